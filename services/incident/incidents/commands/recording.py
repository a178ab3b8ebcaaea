"""What every use case of an incident ends with, and the question who may touch it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from services.incident.clocks.commands.noting import note_facts, start_clocks
from services.incident.incidents.commands.consequences import settle_outages
from services.incident.incidents.domain import clocking
from services.incident.incidents.domain.incident import Incident, IncidentNotFoundError
from services.incident.incidents.domain.timeline import TimelineEntry, entries
from services.incident.incidents.events.vocabulary import IncidentEvent
from services.incident.incidents.tables import incidents as tables
from services.incident.incidents.tables import reach as reach_tables
from services.incident.permissions import STAFF
from services.incident.views.domain import Promise, Scope
from services.incident.views.queries import scope_of
from shared import outbox, timers
from shared.auth import Actor
from shared.db import Tx

AUTO_CLOSE: Final = "incident.auto_close"
FOLLOW_UP: Final = "incident.follow_up"
_PERSONS: Final = STAFF - {"integration"}


def is_person(actor: Actor) -> bool:
    """Tell whether a person of the provider acts, not a program and not a customer."""
    return actor.customer_id is None and actor.has_any(_PERSONS)


def entry_of(
    incident: Incident, event: IncidentEvent, *, actor: Actor, occurred_at: datetime, now: datetime
) -> TimelineEntry:
    """Return the timeline's entry of an event that brought an incident where it is."""
    (entry,) = entries(
        [event],
        version=incident.version,
        actor=actor.sub,
        customer_id=actor.customer_id,
        occurred_at=occurred_at,
        now=now,
    )
    return entry


async def keep_new(
    tx: Tx,
    incident: Incident,
    events: Sequence[IncidentEvent],
    *,
    promised: Collection[Promise],
    at_the_end: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Write a declared incident, the first entry of its timeline, its event and its clocks."""
    at = incident.reported_at
    entry = entry_of(incident, events[0], actor=actor, occurred_at=at, now=now)
    await tables.insert_incident(tx, incident, entry, at_the_end=at_the_end)
    outbox.append(
        tx,
        key=incident.id,
        version=incident.version,
        events=events,
        actor=actor,
        occurred_at=at,
        now=now,
    )
    await start_clocks(
        tx,
        record_type="incident",
        record_id=incident.id,
        record_number=incident.number,
        customer_ids=incident.customer_ids,
        service_id=incident.service_id,
        team_id=incident.assignment_team_id,
        priority=incident.priority,
        at=at,
        actor=actor,
        now=now,
        promised=promised,
        at_the_end=at_the_end,
    )


async def keep(
    tx: Tx,
    before: Incident,
    after: Incident,
    events: Sequence[IncidentEvent],
    *,
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
) -> Incident:
    """Write what became of an incident, its timeline, events, timer, outages and clocks; return it.

    Without events nothing changed and nothing is written.
    """
    if not events:
        return after
    told = entries(
        events,
        version=after.version,
        actor=actor.sub,
        customer_id=actor.customer_id,
        occurred_at=occurred_at,
        now=now,
    )
    await tables.save_incident(tx, after, told)
    await settle_outages(tx, before, after, actor=actor, now=now)
    outbox.append(
        tx,
        key=after.id,
        version=after.version,
        events=events,
        actor=actor,
        occurred_at=occurred_at,
        now=now,
    )
    for kind, was, due in (
        (AUTO_CLOSE, before.auto_close_at, after.auto_close_at),
        (FOLLOW_UP, before.follow_up_at, after.follow_up_at),
    ):
        if due is None and was is not None:
            await timers.disarm(tx, kind=kind, subject=after.id)
        elif due is not None and due != was:
            await timers.arm(tx, kind=kind, subject=after.id, due_at=due)
    by_provider = actor.customer_id is None
    notes = clocking.notes(before, after, events, at=occurred_at, by_provider=by_provider)
    belongs = clocking.belongs(before, after)
    if notes or belongs is not None:
        await note_facts(tx, record_id=after.id, notes=notes, belongs=belongs, actor=actor, now=now)
    return after


async def require_visible(tx: Tx, incident: Incident, *, actor: Actor) -> Scope:
    """Check that the actor may see an incident: its customers are theirs, or it reaches them.

    Raises:
        IncidentNotFoundError: they may not; to them it does not exist.
    """
    scope = await scope_of(tx, actor=actor)
    if scope.customers is None or not scope.customers.isdisjoint(incident.customer_ids):
        return scope
    if not await reach_tables.is_reached(tx, incident.id, scope.customers):
        raise IncidentNotFoundError("There is no such incident.")
    return scope
