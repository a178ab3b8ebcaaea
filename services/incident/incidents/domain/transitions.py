"""Where an incident may go from each state, and how a refusal says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeAlias
from uuid import UUID

from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.events.vocabulary import HoldReason, State
from shared.errors import DomainError, Kind

TRANSITIONS: Final[Mapping[State, tuple[State, ...]]] = {
    "new": ("assigned", "resolved", "cancelled", "merged"),
    "assigned": ("assigned", "in_progress", "on_hold", "resolved", "cancelled", "merged"),
    "in_progress": ("assigned", "on_hold", "resolved", "cancelled", "merged"),
    "on_hold": ("assigned", "in_progress", "resolved", "cancelled", "merged"),
    "resolved": ("in_progress", "closed"),
    "closed": (),
    "cancelled": (),
    "merged": (),
}


class IncidentTransitionError(DomainError):
    """The incident's state does not allow this; ``allowed`` says what it does."""

    code = "incident-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The incident's state does not allow this"


class TransitionFieldError(DomainError):
    """The transition needs something that was not given, or another value of it."""

    code = "incident-transition-incomplete"
    kind = Kind.INVALID
    title = "The transition needs something more"


class MergeTargetError(DomainError):
    """The other incident cannot take this one in."""

    code = "merge-target-not-possible"
    kind = Kind.CONFLICT
    title = "The other incident cannot take this one in"


def allowed(incident: Incident, *, now: datetime, reopen_window: timedelta) -> tuple[State, ...]:
    """Return where the incident may go from its present state."""
    targets = TRANSITIONS[incident.state]
    if incident.major_state == "accepted":
        targets = tuple(one for one in targets if one != "on_hold")
    if incident.state == "resolved" and not reopenable(incident, now=now, window=reopen_window):
        targets = tuple(one for one in targets if one != "in_progress")
    return targets


def reopenable(incident: Incident, *, now: datetime, window: timedelta) -> bool:
    """Tell whether the resolution was recorded no longer ago than the window."""
    recorded = incident.resolution_recorded_at
    return incident.state == "resolved" and recorded is not None and now <= recorded + window


def require_allowed(
    incident: Incident, to: State, *, now: datetime, reopen_window: timedelta
) -> None:
    """Check a transition against the state.

    Raises:
        IncidentTransitionError: it is not allowed; the error carries those that are.
    """
    targets = allowed(incident, now=now, reopen_window=reopen_window)
    if to in targets:
        return
    if to == "on_hold" and incident.major_state == "accepted":
        why = "A major incident may not be put on hold."
    elif incident.state == "resolved" and to == "in_progress":
        why = "The time to reopen it is over; declare a new incident."
    else:
        why = f"An incident that is {incident.state} cannot become {to}."
    raise IncidentTransitionError(why, extras={"allowed": list(targets)})


@dataclass(frozen=True, slots=True)
class Assign:
    """To a team, and to a person in it if one is named."""

    to: ClassVar[State] = "assigned"
    team_id: UUID | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Start:
    """Into work; from resolved this reopens it, and needs a reason."""

    to: ClassVar[State] = "in_progress"
    assignee: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    """On hold until somebody looks again."""

    to: ClassVar[State] = "on_hold"
    reason: HoldReason
    follow_up_at: datetime


@dataclass(frozen=True, slots=True)
class Resolve:
    """Service restored or a workaround in place, said for both audiences."""

    to: ClassVar[State] = "resolved"
    code: str
    technical: str
    business: str
    workaround: str | None


@dataclass(frozen=True, slots=True)
class Close:
    """The caller confirms."""

    to: ClassVar[State] = "closed"


@dataclass(frozen=True, slots=True)
class Cancel:
    """It was no incident."""

    to: ClassVar[State] = "cancelled"
    reason: str


@dataclass(frozen=True, slots=True)
class Merge:
    """It is the same as another one, named by id or number."""

    to: ClassVar[State] = "merged"
    duplicate_of: str


Move: TypeAlias = Assign | Start | Hold | Resolve | Close | Cancel | Merge
