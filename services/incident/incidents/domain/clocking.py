"""What a change of an incident means for its clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.incident.clocks.domain import Belongs, Note
from services.incident.incidents.domain.incident import Incident


def notes(before: Incident, after: Incident, *, at: datetime) -> list[Note]:
    """Return the facts that clocks need to know of a change that happened ``at``."""
    return list(_notes(before, after, at))


def _notes(before: Incident, after: Incident, at: datetime) -> Iterator[Note]:
    if before.acknowledged_at is None and after.acknowledged_at is not None:
        yield Note("acknowledged", after.acknowledged_at)
    if before.reported_at != after.reported_at:
        yield Note("corrected", after.reported_at, corrects="started")
    if before.acknowledged_at and after.acknowledged_at not in (None, before.acknowledged_at):
        yield Note("corrected", after.acknowledged_at or at, corrects="acknowledged")
    if before.state == after.state and before.resolved_at and after.resolved_at:
        if before.resolved_at != after.resolved_at:
            yield Note("corrected", after.resolved_at, corrects="resolved")
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


def belongs(before: Incident, after: Incident) -> Belongs | None:
    """Return what the incident is about and for whom, if that is not what it was."""
    named = Belongs(after.service_id, after.customer_ids)
    return None if named == Belongs(before.service_id, before.customer_ids) else named
