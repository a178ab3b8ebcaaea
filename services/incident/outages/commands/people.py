"""What people can do with outages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.incident.outages import tables
from services.incident.outages.commands.recording import (
    default_affected,
    keep,
    keep_new,
    require_provider,
)
from services.incident.outages.domain.affected import Affected, in_order
from services.incident.outages.domain.outage import Outage, OutageId
from services.incident.outages.domain.refusals import OutageIncidentError, OutageIncidentOverError
from services.incident.outages.domain.segments import DEFAULT_FACTOR, first_segment
from services.incident.outages.events import OutageKind
from services.incident.views import queries as views
from services.incident.views.domain import CustomerUnknownError
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version

_OVER: Final = frozenset({"resolved", "closed", "cancelled", "merged"})


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody says who records an outage; ``affected`` None is whoever uses the service."""

    service: str
    kind: OutageKind
    severity_factor: Decimal | None
    started_at: datetime | None
    ended_at: datetime | None
    incident_id: UUID | None
    change_id: UUID | None
    cause_ci_id: UUID | None
    description: str
    affected: tuple[Affected, ...] | None
    others_share: Decimal | None


async def open_outage(
    tx: Tx, *, outage_id: OutageId, said: Opening, actor: Actor, now: datetime
) -> Outage:
    """Record that a service is out, degraded or taken down as planned, or was for a time.

    Raises:
        OutagesNotForCustomersError: the actor is bounded to a customer.
        ServiceUnknownError: the service is not known.
        CustomerUnknownError: an affected customer is not known.
        OutageIncidentError: there is no such incident.
        OutageIncidentOverError: the incident is over and the outage is to be open.
        OutageMomentError: it begins ahead of now, or ends before it begins.
    Emits:
        itsm.outage.started.v1
    """
    require_provider(actor)
    service = await views.find_service(tx, reference=said.service)
    start = said.started_at or now
    if said.incident_id is not None:
        await _require_incident(tx, said.incident_id, still_open=said.ended_at is None)
    affected, others = said.affected, said.others_share
    if affected is not None:
        await _require_customers(tx, affected)
        affected = in_order(affected)
    elif others is None:
        affected, others = await default_affected(tx, service_id=service.service_id, at=start)
    factor = said.severity_factor
    outage, events = Outage(
        id=outage_id,
        service_id=service.service_id,
        incident_id=said.incident_id,
        change_id=said.change_id,
        cause_ci_id=said.cause_ci_id,
        description=said.description,
        segments=first_segment(
            said.kind,
            DEFAULT_FACTOR[said.kind] if factor is None else factor,
            start=start,
            end=said.ended_at,
        ),
        affected=affected or (),
        others_share=others,
        automatic=False,
        created_at=now,
        updated_at=now,
    ).opened(now=now)
    await keep_new(tx, outage, events, actor=actor, now=now)
    return outage


async def change_outage(
    tx: Tx,
    *,
    outage_id: UUID,
    expected_version: int,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Outage:
    """Change what is said of an outage; ``changes`` holds the new values of its fields.

    Raises:
        OutagesNotForCustomersError: the actor is bounded to a customer.
        OutageNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        OutageStateError: it was merged.
        CustomerUnknownError: an affected customer is not known.
    Emits:
        itsm.outage.changed.v1, unless nothing changes
    """
    before = await _load(tx, outage_id, expected_version, actor=actor)
    wanted = dict(changes)
    if "affected" in wanted:
        await _require_customers(tx, wanted["affected"])
        wanted["affected"] = in_order(wanted["affected"])
    after, events = before.describe(wanted, now=now)
    return await keep(tx, after, events, actor=actor, occurred_at=now, now=now)


async def vary_outage(
    tx: Tx,
    *,
    outage_id: UUID,
    expected_version: int,
    kind: OutageKind,
    severity_factor: Decimal | None,
    occurred_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Outage:
    """Note that an open outage became better or worse: a new segment since ``occurred_at``.

    Raises:
        OutagesNotForCustomersError: the actor is bounded to a customer.
        OutageNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        OutageStateError: it is not open, or an unplanned outage would become planned.
        OutageMomentError: the time lies ahead or before the last segment began.
        OutageTooManyPartsError: it has as many segments as one can have.
    Emits:
        itsm.outage.changed.v1, unless nothing changes
    """
    before = await _load(tx, outage_id, expected_version, actor=actor)
    factor = DEFAULT_FACTOR[kind] if severity_factor is None else severity_factor
    after, events = before.vary(kind, factor, at=occurred_at, now=now)
    at = after.segments[-1].start
    return await keep(tx, after, events, actor=actor, occurred_at=at, now=now)


async def move_outage(
    tx: Tx,
    *,
    outage_id: UUID,
    expected_version: int,
    into: UUID | None,
    occurred_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Outage:
    """End an open outage, or with ``into`` make it part of another one of the same service.

    The other one lives on, at each instant as bad as the worse of both was.

    Raises:
        OutagesNotForCustomersError: the actor is bounded to a customer.
        OutageNotFoundError: one of them is not there.
        StaleVersionError: it is not at ``expected_version``.
        OutageStateError: it is not open, or to merge: one was merged already.
        OutageMomentError: the time lies ahead or before the last segment began.
        OutageMergeError: another service, no overlap, or only one has ended.
        OutageTooManyPartsError: together they have too many segments or customers.
    Emits:
        itsm.outage.ended.v1; or itsm.outage.merged.v1, and itsm.outage.changed.v1 of the other one
        if it grows by it
    """
    if into is not None:
        require_provider(actor)
        part, whole = await tables.load_outages(tx, [outage_id, into])
        require_version(part.version, expected_version)
        whole, grown, part, events = whole.take_in(part, now=now)
        await keep(tx, whole, grown, actor=actor, occurred_at=now, now=now)
        return await keep(tx, part, events, actor=actor, occurred_at=now, now=now)
    before = await _load(tx, outage_id, expected_version, actor=actor)
    after, events = before.end(at=occurred_at, now=now)
    at = after.ended_at or now
    return await keep(tx, after, events, actor=actor, occurred_at=at, now=now)


async def correct_outage(
    tx: Tx,
    *,
    outage_id: UUID,
    expected_version: int,
    started_at: datetime | None,
    ended_at: datetime | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Outage:
    """Say that an outage began or ended at another time than was noted, and why.

    Raises:
        OutagesNotForCustomersError: the actor is bounded to a customer.
        OutageNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        OutageStateError: it was merged, or has not ended and an end is given.
        OutageMomentError: a time lies ahead, or the start would not lie before the end.
    Emits:
        itsm.outage.corrected.v1, unless nothing changes
    """
    before = await _load(tx, outage_id, expected_version, actor=actor)
    after, events = before.correct(started_at=started_at, ended_at=ended_at, reason=reason, now=now)
    return await keep(tx, after, events, actor=actor, occurred_at=now, now=now)


async def _load(tx: Tx, outage_id: UUID, expected_version: int, *, actor: Actor) -> Outage:
    require_provider(actor)
    (before,) = await tables.load_outages(tx, [outage_id])
    require_version(before.version, expected_version)
    return before


async def _require_incident(tx: Tx, incident_id: UUID, *, still_open: bool) -> None:
    state = await tables.incident_state(tx, incident_id)
    if state is None:
        raise OutageIncidentError(f"There is no incident {incident_id}.", pointer="/incident_id")
    if still_open and state in _OVER:
        raise OutageIncidentOverError(
            f"The incident is {state}: say when the outage ended, or reopen it.",
            pointer="/incident_id",
        )


async def _require_customers(tx: Tx, affected: tuple[Affected, ...]) -> None:
    try:
        await views.require_customers(tx, customer_ids=[one.customer_id for one in affected])
    except CustomerUnknownError as error:
        raise CustomerUnknownError(error.detail, pointer="/affected") from error
