"""What a change of an incident means for its clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.incident.clocks.domain import Belongs, FactKind, Note
from services.incident.incidents.domain.incident import SETTLED, Incident
from services.incident.incidents.events.handling import IncidentCommented
from services.incident.incidents.events.relations import IncidentTimestampsCorrected
from services.incident.incidents.events.vocabulary import IncidentEvent

_TOLD_BY: Final[Mapping[str, FactKind]] = {
    "acknowledged": "acknowledged",
    "assigned": "assigned",
    "reassigned": "assigned",
    "priority_changed": "weighed",
    "put_on_hold": "held",
    "resumed": "resumed",
    "commented": "updated",
    "resolved": "resolved",
    "reopened": "reopened",
    "cancelled": "cancelled",
    "merged": "cancelled",
}
"""Which fact an entry of the timeline tells of, if it tells of one: not each does."""


def notes(
    before: Incident,
    after: Incident,
    events: Sequence[IncidentEvent],
    *,
    at: datetime,
    by_provider: bool,
) -> list[Note]:
    """Return the facts that clocks need to know of a change that happened ``at``.

    ``events`` tell of the change; ``by_provider`` whether it is the provider's, not a customer's.
    """
    first = after.version - len(events) + 1
    entries: dict[FactKind, int] = {}
    for sequence, event in enumerate(events, start=first):
        if (kind := _TOLD_BY.get(event.TYPE.split(".")[2])) is not None:
            entries[kind] = sequence
    found = [*_notes(before, after, at)]
    if by_provider and after.state not in SETTLED and any(map(_is_update, events)):
        found.append(Note("updated", at))
    named = [replace(one, entry=entries.get(one.kind)) for one in found]
    return [*named, *_corrected_milestones(before, after), *_corrected_entries(events)]


def _is_update(event: IncidentEvent) -> bool:
    """Tell whether an event publishes something: customers see it in the timeline."""
    return isinstance(event, IncidentCommented) and event.visibility != "internal"


def _notes(before: Incident, after: Incident, at: datetime) -> Iterator[Note]:
    if before.acknowledged_at is None and after.acknowledged_at is not None:
        yield Note("acknowledged", after.acknowledged_at)
    if before.state == "resolved" and after.state == "in_progress":
        yield Note("reopened", at)
    if before.state == "on_hold" and after.state in ("assigned", "in_progress"):
        yield Note("resumed", at)
    if before.assignment_team_id != after.assignment_team_id:
        yield Note("assigned", at, team_id=after.assignment_team_id)
    if before.priority != after.priority:
        yield Note("weighed", at, priority=after.priority)
    if before.state == after.state:
        return
    if after.state == "on_hold":
        yield Note("held", at, reason=after.hold_reason)
    elif after.state == "resolved":
        yield Note("resolved", after.resolved_at or at)
    elif after.state in ("cancelled", "merged"):
        yield Note("cancelled", at)


def _corrected_milestones(before: Incident, after: Incident) -> Iterator[Note]:
    """Yield what was at another time than it was said to be, in one and the same state."""
    if before.state != after.state:
        return
    kinds: tuple[tuple[FactKind, datetime | None, datetime | None], ...] = (
        ("started", before.reported_at, after.reported_at),
        ("acknowledged", before.acknowledged_at, after.acknowledged_at),
        ("resolved", before.resolved_at, after.resolved_at),
    )
    for kind, old, new in kinds:
        if old is not None and new is not None and old != new:
            yield Note("corrected", new, corrects=kind, was=old)


def _corrected_entries(events: Sequence[IncidentEvent]) -> Iterator[Note]:
    for event in events:
        if not isinstance(event, IncidentTimestampsCorrected) or event.entry is None:
            continue
        entry = event.entry
        if (kind := _TOLD_BY.get(entry.kind)) is not None:
            yield Note("corrected", entry.new, corrects=kind, was=entry.old, entry=entry.sequence)


def belongs(before: Incident, after: Incident) -> Belongs | None:
    """Return what the incident is about and for whom, if that is not what it was."""
    named = Belongs(after.service_id, after.customer_ids)
    return None if named == Belongs(before.service_id, before.customer_ids) else named
