"""What can be done with changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from services.change.changes import tables
from services.change.changes.content import Content
from services.change.changes.domain import Change, ChangeId, Moved
from services.change.changes.events import ChangeType
from services.change.changes.lifecycle import AHEAD, Act
from services.change.permissions import AUTHORITIES
from services.change.views import queries as views
from services.change.views.domain import OpenIncident
from shared import outbox, timers
from shared.auth import Actor, platform_actor
from shared.db import Tx
from shared.errors import require_version

OVERRUN: Final = "change.overrun"
"""The timer that wakes at the end of the planned window of a change that is carried out."""
Step: TypeAlias = Callable[[Change, Act], Moved]
"""One transition of the life of a change, with what it was asked with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A change after a command, and the urgent incidents that are open on its services."""

    change: Change
    incidents: tuple[OpenIncident, ...]


async def request_change(
    tx: Tx,
    *,
    change_id: ChangeId,
    kind: ChangeType,
    content: Content,
    actor: Actor,
    now: datetime,
) -> Answer:
    """Request a change; it is a draft, and the actor is its requester.

    Raises:
        ChangeTypeNotAvailableError: only normal changes can be requested.
        ChangeContentError: the content contradicts itself.
        UnknownServiceError: catalog has not told of one of the services.
    Emits:
        itsm.change.requested.v1
    """
    change, events = Change.request(
        change_id=change_id,
        number=await tables.next_number(tx),
        kind=kind,
        requester=actor.sub,
        content=content,
        now=now,
    )
    await views.require_services(tx, content.service_ids)
    await tables.insert_change(tx, change)
    outbox.append(
        tx,
        key=change_id,
        version=change.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
    return await _answer(tx, change)


async def revise_change(
    tx: Tx,
    *,
    ref: str,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Answer:
    """Alter the content of a change; ``changes`` holds the new values of the fields to alter.

    Raises:
        ChangeNotFoundError: there is none with this id or number.
        StaleVersionError: it is not at ``expected_version``.
        ChangeContentFixedError: it is past its assessment.
        ChangeContentError: the content would contradict itself.
        UnknownServiceError: catalog has not told of a service that is new to the change.
    Emits:
        itsm.change.updated.v1, unless nothing changes
    """
    before = await tables.load_change(tx, ref)
    require_version(before.version, expected_version)
    change, events = before.revise(changes, now=now)
    if events:
        await _require_new_services(tx, before, change)
        await tables.save_change(tx, change)
        outbox.append(
            tx,
            key=change.id,
            version=change.version,
            events=events,
            actor=actor,
            occurred_at=now,
            now=now,
        )
    return await _answer(tx, change)


async def move_change(
    tx: Tx,
    *,
    ref: str,
    expected_version: int | None,
    step: Step,
    occurred_at: datetime | None,
    start_tolerance: timedelta,
    actor: Actor,
    now: datetime,
) -> Answer:
    """Take one step in the life of a change, as it was at ``occurred_at`` (now if None).

    A change that is carried out is watched by a timer until its work has ended.

    Raises:
        ChangeNotFoundError: there is none with this id or number.
        StaleVersionError: it is not at ``expected_version``.
        DomainError: the step is refused, see the methods of ``Change``.
    Emits:
        itsm.change.submitted.v1, .assessed.v1, .authorised.v1 and .scheduled.v1, .rejected.v1,
        .reverted.v1, .cancelled.v1, .implementation_started.v1, .implemented.v1 or
        .backed_out.v1, .reviewed.v1 and .closed.v1
    """
    before = await tables.load_change(tx, ref)
    require_version(before.version, expected_version)
    act = Act(
        by=actor.sub,
        authority=actor.has_any(AUTHORITIES),
        now=now,
        start_tolerance=start_tolerance,
        occurred_at=occurred_at,
    )
    change, events = step(before, act)
    await tables.save_change(tx, change)
    outbox.append(
        tx,
        key=change.id,
        version=change.version,
        events=events,
        actor=actor,
        occurred_at=change.state_since,
        now=now,
    )
    if change.state == "implement" and change.content.planned_end is not None:
        await timers.arm(tx, kind=OVERRUN, subject=change.id, due_at=change.content.planned_end)
    elif before.state == "implement":
        await timers.disarm(tx, kind=OVERRUN, subject=change.id)
    return await _answer(tx, change)


async def note_overrun_if_late(tx: Tx, *, change_id: UUID, now: datetime) -> None:
    """Make known that a change goes on after its planned window, if it does.

    Emits:
        itsm.change.overran.v1, once per change
    """
    before = await tables.load_change(tx, str(change_id))
    change, events = before.overrun_if_late(now=now)
    if events:
        await tables.save_change(tx, change)
        outbox.append(
            tx,
            key=change.id,
            version=change.version,
            events=events,
            actor=platform_actor("change"),
            occurred_at=change.overran_at or now,
            now=now,
        )


async def _require_new_services(tx: Tx, before: Change, after: Change) -> None:
    known = set(before.content.service_ids)
    if not known.issuperset(after.content.service_ids):
        # The whole list, so that the pointer of an unknown one fits what was sent.
        await views.require_services(tx, after.content.service_ids)


async def _answer(tx: Tx, change: Change) -> Answer:
    if change.state not in AHEAD:
        return Answer(change, ())
    incidents = await views.urgent_incidents(tx, service_ids=change.content.service_ids)
    return Answer(change, incidents)
