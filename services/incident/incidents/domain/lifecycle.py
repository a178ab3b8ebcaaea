"""The way of an incident from state to state, and what each step asks for.

Each function takes the incident as it stands and returns it one or two versions on, with the
events that say so. ``at`` is when it happened (see ``Incident.moment``), ``by_person`` tells
whether a person of the provider acts: the first one to do so has acknowledged the incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.domain.transitions import (
    Assign,
    Hold,
    MergeTargetError,
    Resolve,
    TransitionFieldError,
)
from services.incident.incidents.events.handling import (
    IncidentAssigned,
    IncidentCancelled,
    IncidentClosed,
    IncidentMerged,
    IncidentPutOnHold,
    IncidentReassigned,
    IncidentReopened,
    IncidentResolved,
    IncidentResumed,
    IncidentStarted,
)
from services.incident.incidents.events.vocabulary import IncidentEvent, State

Outcome: TypeAlias = tuple[Incident, list[IncidentEvent]]


def _noticed(incident: Incident, *, by_person: bool, at: datetime, now: datetime) -> Outcome:
    return incident.acknowledge(at=at, now=now) if by_person else (incident, [])


def assign(
    incident: Incident, move: Assign, *, by_person: bool, at: datetime, now: datetime
) -> Outcome:
    """Give the incident to a team, and to a person in it if one is named.

    Without a team it stays with the one it has; another team without a named person means that
    nobody has it yet. From on hold this also means that work goes on.

    Raises:
        TransitionFieldError: it has no team and none is given.
    """
    team = move.team_id or incident.assignment_team_id
    if team is None:
        raise TransitionFieldError("Name the team to assign it to.", pointer="/team_id")
    same_team = team == incident.assignment_team_id
    person = move.assignee or (incident.assignee if same_team else None)
    moved = not same_team or person != incident.assignee
    if incident.state == "assigned" and not moved:
        return _noticed(incident, by_person=by_person, at=at, now=now)
    incident, events = _noticed(incident, by_person=by_person, at=at, now=now)
    state: dict[str, Any] = {"state": "assigned", "state_since": at}
    if incident.state == "on_hold":
        incident, resumed = _resume(incident, to="assigned", at=at, now=now)
        events.append(resumed)
        if not moved:
            return incident, events
    changes = {**state, "assignment_team_id": team, "assignee": person}
    event: IncidentEvent
    if incident.assignment_team_id is None:
        own: dict[str, Any] = {"by_routing": False}
        incident, event = incident.then(IncidentAssigned, now=now, own=own, **changes)
    else:
        own = {
            "previous_team_id": incident.assignment_team_id,
            "previous_assignee": incident.assignee,
        }
        incident, event = incident.then(IncidentReassigned, now=now, own=own, **changes)
    return incident, [*events, event]


def start(
    incident: Incident, *, assignee: str | None, by_person: bool, at: datetime, now: datetime
) -> Outcome:
    """Begin to work on it, or go on after a hold.

    Raises:
        TransitionFieldError: nobody has it and nobody is named.
    """
    person = assignee or incident.assignee
    if person is None:
        raise TransitionFieldError("Name the person who works on it.", pointer="/assignee")
    incident, events = _noticed(incident, by_person=by_person, at=at, now=now)
    event: IncidentEvent
    if incident.state == "on_hold":
        incident, event = _resume(incident, to="in_progress", at=at, now=now, assignee=person)
    else:
        incident, event = incident.then(
            IncidentStarted, now=now, state="in_progress", state_since=at, assignee=person
        )
    return incident, [*events, event]


def _resume(
    incident: Incident,
    *,
    to: State,
    at: datetime,
    now: datetime,
    **changes: Any,  # noqa: ANN401 - fields of the incident
) -> tuple[Incident, IncidentEvent]:
    return incident.then(
        IncidentResumed,
        now=now,
        own={"previous_reason": incident.hold_reason},
        **{**_OFF_HOLD, "state": to, "state_since": at, **changes},
    )


_OFF_HOLD: Final[Mapping[str, None]] = {"hold_reason": None, "follow_up_at": None}


def hold(
    incident: Incident, move: Hold, *, by_person: bool, at: datetime, now: datetime
) -> Outcome:
    """Let it wait for something until somebody looks again.

    Raises:
        TransitionFieldError: that time is over already.
    """
    if move.follow_up_at <= now:
        raise TransitionFieldError("The follow-up must lie ahead.", pointer="/follow_up_at")
    incident, events = _noticed(incident, by_person=by_person, at=at, now=now)
    incident, event = incident.then(
        IncidentPutOnHold,
        now=now,
        own={"reason": move.reason, "follow_up_at": move.follow_up_at},
        state="on_hold",
        state_since=at,
        hold_reason=move.reason,
        follow_up_at=move.follow_up_at,
    )
    return incident, [*events, event]


def resolve(
    incident: Incident,
    move: Resolve,
    *,
    by_person: bool,
    auto_close_after: timedelta,
    at: datetime,
    now: datetime,
) -> Outcome:
    """Say that service is restored or a workaround in place; it closes by itself later.

    Raises:
        TransitionFieldError: the code says workaround and none is described.
    """
    if move.code == "workaround" and not move.workaround:
        raise TransitionFieldError("Describe the workaround.", pointer="/workaround")
    incident, events = _noticed(incident, by_person=by_person, at=at, now=now)
    texts = {
        "resolution_code": move.code,
        "resolution_technical": move.technical,
        "resolution_business": move.business,
        "workaround": move.workaround,
        "resolved_at": at,
    }
    minutes = int((at - incident.started_at).total_seconds() // 60)
    incident, event = incident.then(
        IncidentResolved,
        now=now,
        own={**texts, "minutes_since_start": minutes},
        **{**texts, **_OFF_HOLD},
        state="resolved",
        state_since=at,
        resolution_recorded_at=now,
        auto_close_at=now + auto_close_after,
    )
    return incident, [*events, event]


def reopen(incident: Incident, *, reason: str | None, at: datetime, now: datetime) -> Outcome:
    """Go on with it: the resolution did not hold. What it said stays in the timeline.

    Raises:
        TransitionFieldError: no reason is given.
    """
    if reason is None:
        raise TransitionFieldError("Say why it is reopened.", pointer="/reason")
    count = incident.reopen_count + 1
    after, event = incident.then(
        IncidentReopened,
        now=now,
        own={"reason": reason, "reopen_count": count},
        **_UNRESOLVED,
        state="in_progress",
        state_since=at,
        reopen_count=count,
    )
    return after, [event]


_UNRESOLVED: Final[Mapping[str, None]] = dict.fromkeys(
    (
        "resolution_code",
        "resolution_technical",
        "resolution_business",
        "workaround",
        "resolution_recorded_at",
        "auto_close_at",
        "mitigated_at",
        "resolved_at",
    )
)


def close(incident: Incident, *, automatic: bool, at: datetime, now: datetime) -> Outcome:
    """End it: the caller confirmed, or nobody objected in time."""
    own = {
        "automatic": automatic,
        "closed_at": at,
        "resolution_code": incident.resolution_code,
    }
    after, event = incident.then(
        IncidentClosed,
        now=now,
        own=own,
        state="closed",
        state_since=at,
        closed_at=at,
        auto_close_at=None,
    )
    return after, [event]


def cancel(incident: Incident, *, reason: str, at: datetime, now: datetime) -> Outcome:
    """End it: it was no incident."""
    after, event = incident.then(
        IncidentCancelled,
        now=now,
        own={"reason": reason},
        **_OFF_HOLD,
        state="cancelled",
        state_since=at,
        cancellation_reason=reason,
    )
    return after, [event]


def merge(incident: Incident, *, into: Incident, at: datetime, now: datetime) -> Outcome:
    """End it: it is the same as another one, which takes over its timeline and signals.

    Raises:
        MergeTargetError: that is itself, or is over.
    """
    if into.id == incident.id:
        raise MergeTargetError("An incident is no duplicate of itself.", pointer="/duplicate_of")
    if into.state not in OPEN:
        raise MergeTargetError(
            f"{into.number} is {into.state}; only an open incident can take one in.",
            pointer="/duplicate_of",
        )
    after, event = incident.then(
        IncidentMerged,
        now=now,
        own={"duplicate_of": into.id, "duplicate_of_number": into.number},
        **_OFF_HOLD,
        state="merged",
        state_since=at,
        duplicate_of=into.id,
    )
    return after, [event]
