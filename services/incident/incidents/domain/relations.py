"""Links of an incident, corrections of its milestones, and follow-ups of its holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.incident.incidents.domain import corrections, milestones
from services.incident.incidents.domain.corrections import Told
from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.domain.lifecycle import Outcome
from services.incident.incidents.events.relations import (
    CorrectedMoment,
    IncidentFollowUpDue,
    IncidentLinked,
    IncidentTimestampsCorrected,
    IncidentUnlinked,
)
from services.incident.incidents.events.vocabulary import Relation
from shared.errors import DomainError, Kind

MAX_FIXES: Final = 50
_SINGLE: Final[Mapping[Relation, str]] = {
    "parent": "parent_id",
    "problem": "problem_id",
    "caused_by_change": "caused_by_change_id",
}
_SINCE: Final[Mapping[str, str]] = {"resolved": "resolved_at", "closed": "closed_at"}


class LinkError(DomainError):
    """The incident cannot be linked to that."""

    code = "link-not-possible"
    kind = Kind.INVALID
    title = "It cannot be linked to that"


class LinkNotFoundError(DomainError):
    """The incident has no such link."""

    code = "link-not-found"
    kind = Kind.NOT_FOUND
    title = "No such link"


def link(
    incident: Incident,
    *,
    relation: Relation,
    target_id: UUID,
    target_number: str | None,
    now: datetime,
) -> Outcome:
    """Link it to another record; a new parent, problem or cause takes the place of the one so far.

    Raises:
        LinkError: more fixes than can be named.
    """
    changes: dict[str, Any]
    if relation == "fixed_by_change":
        if target_id in incident.fixed_by_change_ids:
            return incident, []
        if len(incident.fixed_by_change_ids) >= MAX_FIXES:
            raise LinkError(f"At most {MAX_FIXES} changes can fix it.", pointer="/target_id")
        changes = {"fixed_by_change_ids": (*incident.fixed_by_change_ids, target_id)}
    else:
        name = _SINGLE[relation]
        if getattr(incident, name) == target_id:
            return incident, []
        changes = {name: target_id}
    own = {"relation": relation, "target_id": target_id, "target_number": target_number}
    after, event = incident.then(IncidentLinked, now=now, own=own, **changes)
    return after, [event]


def unlink(incident: Incident, *, relation: Relation, target_id: UUID, now: datetime) -> Outcome:
    """Take a link away.

    Raises:
        LinkNotFoundError: it has no such link.
    """
    fixes = incident.fixed_by_change_ids
    present = fixes if relation == "fixed_by_change" else (getattr(incident, _SINGLE[relation]),)
    if target_id not in present:
        raise LinkNotFoundError(f"{incident.number} has no such link.")
    changes: dict[str, Any]
    if relation == "fixed_by_change":
        changes = {"fixed_by_change_ids": tuple(one for one in fixes if one != target_id)}
    else:
        changes = {_SINGLE[relation]: None}
    own = {"relation": relation, "target_id": target_id}
    after, event = incident.then(IncidentUnlinked, now=now, own=own, **changes)
    return after, [event]


def correct(
    incident: Incident,
    moments: Mapping[str, datetime],
    *,
    story: Sequence[Told],
    reason: str,
    now: datetime,
) -> Outcome:
    """Say when milestones really were, also when the incident is over.

    Only what has happened can have been at another time: a resolution that is not there, or a
    closing, is not made by a correction. ``story`` has the decisive entries of the timeline, by
    sequence: a resolution stays behind the reopening before it.

    Raises:
        MomentNotPossibleError: a time lies ahead, is out of order, or of what has not happened.
    """
    known = {name: getattr(incident, name) for name in milestones.ORDER}
    for name, moment in moments.items():
        pointer = f"/milestones/{name}"
        milestones.settle(moment, earliest=None, now=now, pointer=pointer)
        if known[name] is None:
            raise milestones.MomentNotPossibleError("This has not happened.", pointer=pointer)
    changed = {name: moment for name, moment in moments.items() if known[name] != moment}
    if not changed:
        return incident, []
    milestones.require_order({**known, **changed}, pointer="/milestones")
    if "resolved_at" in changed:
        corrections.require_after_reopening(changed["resolved_at"], story)
    told = tuple(
        CorrectedMoment(milestone=name, old=known[name], new=changed[name])
        for name in milestones.ORDER
        if name in changed
    )
    since = _SINCE.get(incident.state)
    changes: dict[str, Any] = dict(changed)
    if since in changed:
        changes["state_since"] = changed[since]
    elif incident.state in OPEN and "reported_at" in changed:
        reported_at = changed["reported_at"]
        changes["state_since"] = corrections.newest_state(story, reported_at=reported_at)
    own = {"corrections": told, "reason": reason}
    after, event = incident.then(IncidentTimestampsCorrected, now=now, own=own, **changes)
    return after, [event]


def follow_up(incident: Incident, *, now: datetime) -> Outcome:
    """Say that it is time to look at what a hold waits for."""
    own = {"reason": incident.hold_reason, "follow_up_at": incident.follow_up_at}
    after, event = incident.then(IncidentFollowUpDue, now=now, own=own)
    return after, [event]
