"""The timeline: one entry per event, in words, and for whose eyes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.incidents.events import handling as told
from services.incident.incidents.events import major, relations
from services.incident.incidents.events.roles import IncidentRoleAssigned
from services.incident.incidents.events.vocabulary import IncidentEvent, Visibility

REACHED: Final = "Reached: {milestone}."
_LOW_62_BITS: Final = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An entry; ``sequence`` is the incident's version that it tells of.

    ``customer_id`` is set where a customer's user wrote it: other customers do not see it.
    """

    id: UUID
    incident_id: UUID
    sequence: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    customer_id: UUID | None
    visibility: Visibility
    text: str


_TOLD: Final[Mapping[type[IncidentEvent], tuple[Visibility, str]]] = {
    told.IncidentImpactAssessed: ("internal", "Reach computed from map version {map_version}."),
    told.IncidentUpdated: ("internal", "Changed: {changed}."),
    told.IncidentAcknowledged: ("customer", "Acknowledged."),
    told.IncidentReassigned: (
        "internal",
        "Handed over to team {assignment_team_id}, assignee {assignee}.",
    ),
    told.IncidentStarted: ("customer", "Work has begun."),
    told.IncidentPriorityChanged: (
        "customer",
        "Priority {priority}, it was {previous_priority}.",
    ),
    told.IncidentPutOnHold: ("customer", "On hold: {reason}; next look at {follow_up_at:%FT%TZ}."),
    told.IncidentResumed: ("customer", "Work goes on."),
    told.IncidentMilestoneRecorded: ("internal", REACHED),
    told.IncidentResolved: ("customer", "Resolved: {resolution_business}"),
    told.IncidentReopened: ("customer", "Reopened: {reason}"),
    told.IncidentClosed: ("customer", "Closed."),
    told.IncidentCancelled: ("customer", "Cancelled: {reason}"),
    told.IncidentMerged: ("customer", "Merged into {duplicate_of_number}."),
    relations.IncidentLinked: ("internal", "Linked ({relation}): {target_id}."),
    relations.IncidentUnlinked: ("internal", "No longer linked ({relation}): {target_id}."),
    relations.IncidentFollowUpDue: ("internal", "Time to look again; on hold: {reason}."),
    major.IncidentMajorProposed: ("internal", "Proposed as a major incident: {reason}"),
    major.IncidentMajorAccepted: ("customer", "Handled as a major incident: {business_impact}"),
    major.IncidentMajorRejected: ("internal", "Not a major incident: {reason}"),
    major.IncidentMajorStoodDown: ("customer", "No longer a major incident: {reason}"),
}


def entries(
    events: Sequence[IncidentEvent],
    *,
    version: int,
    actor: str,
    customer_id: UUID | None,
    occurred_at: datetime,
    now: datetime,
) -> Iterator[TimelineEntry]:
    """Yield an entry per event; ``version`` is the incident's after the last of them."""
    for sequence, event in enumerate(events, start=version - len(events) + 1):
        visibility, text = _words(event)
        yield TimelineEntry(
            id=entry_id(event.incident_id, sequence, now),
            incident_id=event.incident_id,
            sequence=sequence,
            kind=event.TYPE.split(".")[2],
            occurred_at=occurred_at,
            recorded_at=now,
            actor=actor,
            customer_id=customer_id,
            visibility=visibility,
            text=text,
        )


def _words(event: IncidentEvent) -> tuple[Visibility, str]:
    if isinstance(event, told.IncidentCommented):
        return event.visibility, event.text
    if isinstance(event, told.IncidentDeclared):
        return "customer", f"Declared with priority {event.priority}{_by_rule(event)}."
    if isinstance(event, told.IncidentAssigned):
        return "internal", f"Assigned to team {event.assignment_team_id}{_by_rule(event)}."
    if isinstance(event, IncidentRoleAssigned):
        before = f", before: {event.previous}" if event.previous else ""
        return "internal", f"Role {event.role}: {event.person or 'nobody'}{before}."
    if isinstance(event, relations.IncidentTimestampsCorrected):
        return _correction(event)
    visibility, words = _TOLD[type(event)]
    return visibility, words.format_map(event.__dict__)


def _by_rule(event: told.IncidentDeclared | told.IncidentAssigned) -> str:
    return f", routed by rule {event.routing_rule_id}" if event.routing_rule_id else ""


def _correction(event: relations.IncidentTimestampsCorrected) -> tuple[Visibility, str]:
    """Return what was at another time; it is for the eyes that see what it corrects."""
    if (entry := event.entry) is not None:
        what = f"{entry.kind} (entry {entry.sequence})"
        changed = f"{what} was at {entry.new.isoformat()}, not {entry.old.isoformat()}"
        return entry.visibility, f"Time corrected, {changed}: {event.reason}"
    changed = ", ".join(
        f"{one.milestone} {one.new.isoformat()}, not {one.old.isoformat() if one.old else 'known'}"
        for one in event.corrections
    )
    return "internal", f"Times corrected, {changed}: {event.reason}"


def entry_id(incident_id: UUID, sequence: int, recorded_at: datetime) -> UUID:
    """Return an entry's id: a UUIDv7 of its instant, its sequence as counter, the incident's end.

    Made from what is known, so that entries of one instant stay in order.
    """
    milliseconds = int(recorded_at.timestamp() * 1000) & ((1 << 48) - 1)
    counter = (7 << 12) | (sequence & 0xFFF)
    end = (2 << 62) | (incident_id.int & _LOW_62_BITS)
    return UUID(int=(milliseconds << 80) | (counter << 64) | end)
