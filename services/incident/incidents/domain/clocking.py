"""What a change of an incident means for its clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.incident.clocks.domain import Belongs, FactKind, Note
from services.incident.incidents.domain.incident import Incident


def notes(before: Incident, after: Incident, *, at: datetime) -> list[Note]:
    """Return the facts that clocks need to know of a change that happened ``at``."""
    return [*_notes(before, after, at), *_corrections(before, after)]


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


def _corrections(before: Incident, after: Incident) -> Iterator[Note]:
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
            yield Note("corrected", new, corrects=kind)


def belongs(before: Incident, after: Incident) -> Belongs | None:
    """Return what the incident is about and for whom, if that is not what it was."""
    named = Belongs(after.service_id, after.customer_ids)
    return None if named == Belongs(before.service_id, before.customer_ids) else named
