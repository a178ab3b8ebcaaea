"""What happens to outages because of what happens to their incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.outages import tables
from services.incident.outages.commands.recording import default_affected, keep, keep_new
from services.incident.outages.domain.affected import MAX_AFFECTED, Affected, in_order
from services.incident.outages.domain.moments import EARLIEST
from services.incident.outages.domain.outage import Outage, OutageId
from services.incident.outages.domain.refusals import OutagesOpenError
from services.incident.outages.domain.segments import (
    DEFAULT_FACTOR,
    Segments,
    first_segment,
    meet,
)
from shared import clock
from shared.auth import Actor
from shared.db import Tx

_ELSEWHERE: Final = "Its incident is of another service."
_CORRECTED: Final = "The times of its incident were corrected."


@dataclass(frozen=True, slots=True)
class Disturbance:
    """When an incident began and, if it is over, when users were no longer affected."""

    began_at: datetime
    restored_at: datetime | None


async def open_if_none(
    tx: Tx,
    *,
    incident_id: UUID,
    service_id: UUID,
    declared_for: Sequence[UUID],
    started_at: datetime,
    actor: Actor,
    now: datetime,
) -> None:
    """Open a degradation of the service of an incident of high impact, since the incident began.

    The incident is locked. It affects whoever used the service then and whom it was declared for.
    An incident that has, or had, an outage of that service gets no second one by itself.

    Emits:
        itsm.outage.started.v1
    """
    known = await tables.load_of_incident(tx, incident_id)
    if any(one.service_id == service_id for one in known):
        return
    await _open(
        tx,
        incident_id=incident_id,
        service_id=service_id,
        declared_for=declared_for,
        segments=_degraded(since=started_at),
        actor=actor,
        now=now,
    )


def _degraded(*, since: datetime) -> Segments:
    factor = DEFAULT_FACTOR["degradation"]
    return first_segment("degradation", factor, start=max(since, EARLIEST), end=None)


async def _open(
    tx: Tx,
    *,
    incident_id: UUID,
    service_id: UUID,
    declared_for: Sequence[UUID],
    segments: Segments,
    actor: Actor,
    now: datetime,
) -> None:
    affected, others = await default_affected(tx, service_id=service_id, at=segments[0].start)
    named = {one.customer_id for one in affected} | set(declared_for)
    if others is None and len(named) <= MAX_AFFECTED:
        affected = in_order(Affected(one, DEFAULT_FACTOR["outage"]) for one in named)
    outage, events = Outage(
        id=OutageId(clock.new_id()),
        service_id=service_id,
        incident_id=incident_id,
        change_id=None,
        cause_ci_id=None,
        description="",
        segments=segments,
        affected=affected,
        others_share=others,
        automatic=True,
        created_at=now,
        updated_at=now,
    ).opened(now=now)
    await keep_new(tx, outage, events, actor=actor, now=now)


async def follow_service(
    tx: Tx,
    *,
    incident_id: UUID,
    left: UUID | None,
    service_id: UUID | None,
    declared_for: Sequence[UUID],
    degraded_since: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Take outages that opened by themselves along to the service that the incident is of now.

    The incident is locked. Of the service that it ``left`` nothing is counted; what was counted
    there is counted of ``service_id``, for whoever used that, unless the incident has an outage of
    it already. ``degraded_since`` is when an incident of high impact began: that opens an outage
    again where it comes back to a service that it left; None: it opens none.

    Emits:
        itsm.outage.ended.v1, or .corrected.v1 of what had ended; itsm.outage.started.v1
    """
    known = await tables.load_of_incident(tx, incident_id)
    leaving = [
        one
        for one in known
        if one.automatic and one.service_id == left and one.state != "merged" and one.lasted
    ]
    for outage in leaving:
        at = outage.started_at if outage.state == "open" else now
        gone, events = outage.withdraw(reason=_ELSEWHERE, now=now)
        await keep(tx, gone, events, actor=actor, occurred_at=at, now=now)
    there = [one for one in known if one.service_id == service_id]
    if service_id is None or any(one.lasted for one in there):
        return
    coming = [one.segments for one in leaving]
    if not coming and there and degraded_since is not None:
        coming = [_degraded(since=degraded_since)]
    for segments in coming:
        await _open(
            tx,
            incident_id=incident_id,
            service_id=service_id,
            declared_for=declared_for,
            segments=segments,
            actor=actor,
            now=now,
        )


async def follow_times(
    tx: Tx,
    *,
    incident_id: UUID,
    service_id: UUID | None,
    was: Disturbance,
    known: Disturbance,
    actor: Actor,
    now: datetime,
) -> None:
    """Move outages that opened by themselves to when their incident is known to have been.

    The incident is locked. A start or end that people gave an outage themselves stays.

    Emits:
        itsm.outage.corrected.v1
    """
    for outage in await tables.load_of_incident(tx, incident_id):
        own = outage.automatic and outage.service_id == service_id
        if not own or outage.state == "merged" or not outage.lasted:
            continue
        begin, end = outage.started_at, outage.ended_at
        if begin == max(was.began_at, EARLIEST):
            begin = max(known.began_at, EARLIEST)
        if end is not None and end == was.restored_at:
            end = known.restored_at
        if end is not None and begin >= end:
            after, events = outage.withdraw(reason=_CORRECTED, now=now)
        else:
            after, events = outage.correct(
                started_at=begin, ended_at=end, reason=_CORRECTED, now=now
            )
        await keep(tx, after, events, actor=actor, occurred_at=now, now=now)


async def open_by_people(tx: Tx, *, incident_id: UUID) -> list[UUID]:
    """Return the outages that people opened for a locked incident and that are open."""
    known = await tables.load_of_incident(tx, incident_id)
    return [one.id for one in known if one.state == "open" and not one.automatic]


async def require_none_open(tx: Tx, *, incident_id: UUID) -> None:
    """Check that no outage that people opened for a locked incident is open.

    Raises:
        OutagesOpenError: one is; the error names them.
    """
    waiting = await open_by_people(tx, incident_id=incident_id)
    if waiting:
        raise OutagesOpenError(
            "End them first, or merge them into others: the service is not restored before.",
            extras={"outage_ids": [str(one) for one in waiting]},
        )


async def end_with_incident(
    tx: Tx, *, incident_id: UUID, restored_at: datetime | None, actor: Actor, now: datetime
) -> None:
    """End the outages of a locked incident that opened by themselves, when it is over.

    ``restored_at`` is when users were no longer affected; None: the incident was none, so nothing
    of its outages is counted.

    Emits:
        itsm.outage.ended.v1
    """
    for outage in await tables.load_of_incident(tx, incident_id):
        if outage.state == "open" and outage.automatic:
            at = max(restored_at or outage.started_at, outage.started_at)
            after, events = outage.end_by_itself(at=at, now=now)
            await keep(tx, after, events, actor=actor, occurred_at=at, now=now)


async def follow_merge(
    tx: Tx, *, incident_id: UUID, survivor_id: UUID, actor: Actor, now: datetime
) -> None:
    """Give the outages of a locked incident to the one that it was merged into, locked too.

    What opened by itself for both on one service becomes one outage.

    Emits:
        itsm.outage.changed.v1; itsm.outage.merged.v1 where two became one
    """
    moving = await tables.load_of_incident(tx, incident_id)
    if not moving:
        return
    theirs = await tables.load_of_incident(tx, survivor_id)
    for outage in moving:
        if outage.state == "merged":
            continue
        twin = next((one for one in theirs if outage.automatic and _same(one, outage)), None)
        if twin is None:
            after, events = outage.describe({"incident_id": survivor_id}, now=now)
            await keep(tx, after, events, actor=actor, occurred_at=now, now=now)
            continue
        whole, grown, part, gone = twin.take_in(outage, now=now)
        await keep(tx, whole, grown, actor=actor, occurred_at=now, now=now)
        await keep(tx, part, gone, actor=actor, occurred_at=now, now=now)
        theirs = [whole if one.id == whole.id else one for one in theirs]


def _same(one: Outage, other: Outage) -> bool:
    alike = one.automatic and one.service_id == other.service_id and one.state == other.state
    return alike and meet(one.segments, other.segments)
