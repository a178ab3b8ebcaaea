"""How incidents of another system become ours, with their own times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.incident.incidents.domain.history import PastEvent, relate
from services.incident.incidents.domain.incident import Incident, number_of
from services.incident.incidents.domain.past import ORIGIN, Past
from services.incident.incidents.domain.timeline import TimelineEntry, entries
from services.incident.incidents.tables import history as tables
from services.incident.incidents.tables import incidents as incident_tables
from shared import outbox
from shared.auth import Actor
from shared.db import Row, Tx


@dataclass(frozen=True, slots=True)
class Imported:
    """An incident that was written: how many events tell of it."""

    incident_id: UUID
    events: int


async def record_history(
    tx: Tx, *, pasts: Sequence[tuple[UUID, Past]], actor: Actor, now: datetime
) -> list[Imported]:
    """Write incidents of another system, each under a new id and a number of ours.

    No clock, timer, reach or notification follows from them: their events carry the origin
    ``import``, whatever the actor's.

    Emits:
        itsm.incident.declared.v1 and what followed it, each with the time of its fact
    """
    by = replace(actor, origin=ORIGIN)
    counts = await tables.draw_numbers(tx, len(pasts))
    incidents: list[Incident] = []
    told: list[TimelineEntry] = []
    done: list[Imported] = []
    for (incident_id, past), count in zip(pasts, counts, strict=True):
        number = number_of(count)
        incident, events = relate(past, incident_id=incident_id, number=number, now=now)
        incidents.append(incident)
        told.extend(_append(tx, events, first=1, actor=by, now=now))
        done.append(Imported(incident.id, len(events)))
    await tables.insert_incidents(tx, incidents, told)
    return done


async def extend_history(
    tx: Tx, *, incident_id: UUID, past: Past, known: int, actor: Actor, now: datetime
) -> Imported | None:
    """Add what happened since to an imported incident of whose events ``known`` are written.

    Returns None, and changes nothing, if it was changed here since then.

    Emits:
        what followed, each with the time of its fact
    """
    before = await incident_tables.load_incident(tx, str(incident_id))
    if before.version != known:
        return None
    after, events = relate(past, incident_id=before.id, number=before.number, now=now)
    after = replace(after, created_at=before.created_at)
    by = replace(actor, origin=ORIGIN)
    told = list(_append(tx, events[known:], first=known + 1, actor=by, now=now))
    if told:
        await incident_tables.save_incident(tx, after, told)
    return Imported(before.id, len(events))


def _append(
    tx: Tx, events: Sequence[PastEvent], *, first: int, actor: Actor, now: datetime
) -> Iterator[TimelineEntry]:
    """Add events to the transaction; yield their entries in the timeline."""
    for version, one in enumerate(events, start=first):
        outbox.append(
            tx,
            key=one.event.incident_id,
            version=version,
            events=[one.event],
            actor=actor,
            occurred_at=one.occurred_at,
            now=now,
        )
        (entry,) = entries(
            [one.event],
            version=version,
            actor=actor.sub,
            customer_id=None,
            occurred_at=one.occurred_at,
            now=now,
        )
        if one.words is not None:
            entry = replace(entry, visibility=one.words[0], text=one.words[1])
        yield entry


async def figures_of(tx: Tx, *, incident_ids: Sequence[UUID]) -> list[Row]:
    """Return what is stored of some incidents: counts and summed seconds, by state and priority."""
    return await tables.read_figures(tx, incident_ids)
