"""Major incidents: a second state of the same record, with its own way.

None → proposed → accepted → stood down; a proposal may be rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, TypeAlias

from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.domain.priority import CRITICAL
from services.incident.incidents.events.major import (
    IncidentMajorAccepted,
    IncidentMajorProposed,
    IncidentMajorRejected,
    IncidentMajorStoodDown,
)
from services.incident.incidents.events.vocabulary import IncidentEvent, MajorState
from shared.errors import DomainError, Kind

Outcome: TypeAlias = tuple[Incident, list[IncidentEvent]]
TRANSITIONS: Final[Mapping[MajorState, tuple[MajorState, ...]]] = {
    "none": ("proposed",),
    "proposed": ("accepted", "rejected"),
    "accepted": ("stood_down",),
    "rejected": (),
    "stood_down": (),
}
AUTOMATIC_REASON: Final = "Priority 1."


class MajorTransitionError(DomainError):
    """The incident's states do not allow this; ``allowed`` says what they do."""

    code = "major-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The incident's states do not allow this"


class NextUpdateError(DomainError):
    """The next update is promised for a time that is over."""

    code = "next-update-not-ahead"
    kind = Kind.INVALID
    title = "The next update must lie ahead"


def allowed(incident: Incident) -> tuple[MajorState, ...]:
    """Return where the major state may go; what is over can only be stood down or rejected."""
    targets = TRANSITIONS[incident.major_state]
    if incident.state == "on_hold":
        return tuple(one for one in targets if one != "accepted")
    if incident.state not in OPEN:
        return tuple(one for one in targets if one in ("stood_down", "rejected"))
    return targets


def require_allowed(incident: Incident, to: MajorState) -> None:
    """Check a transition against both states.

    Raises:
        MajorTransitionError: it is not allowed; the error carries those that are.
    """
    targets = allowed(incident)
    if to in targets:
        return
    if to == "accepted" and incident.state == "on_hold":
        why = "A major incident may not be on hold: resume it first."
    else:
        why = (
            f"An incident that is {incident.state}, major state {incident.major_state},"
            f" cannot become {to}."
        )
    raise MajorTransitionError(why, extras={"allowed": list(targets)})


@dataclass(frozen=True, slots=True)
class Propose:
    """Hold it to be a major incident."""

    to: ClassVar[MajorState] = "proposed"
    reason: str


@dataclass(frozen=True, slots=True)
class Accept:
    """Handle it as one, with somebody in command."""

    to: ClassVar[MajorState] = "accepted"
    commander: str
    business_impact: str
    next_update_at: datetime


@dataclass(frozen=True, slots=True)
class Reject:
    """Decide that it is none."""

    to: ClassVar[MajorState] = "rejected"
    reason: str


@dataclass(frozen=True, slots=True)
class StandDown:
    """Stop handling it as one."""

    to: ClassVar[MajorState] = "stood_down"
    reason: str


MajorMove: TypeAlias = Propose | Accept | Reject | StandDown


def propose(incident: Incident, *, reason: str, automatic: bool, now: datetime) -> Outcome:
    """Hold it to be a major incident, until somebody decides."""
    after, event = incident.then(
        IncidentMajorProposed,
        now=now,
        own={"reason": reason, "automatic": automatic},
        major_state="proposed",
        major_reason=reason,
    )
    return after, [event]


def propose_if_critical(incident: Incident, *, now: datetime) -> Outcome:
    """Propose an open incident of priority 1 that nobody has judged yet."""
    judged = incident.major_state != "none"
    if judged or incident.priority != CRITICAL or incident.state not in OPEN:
        return incident, []
    return propose(incident, reason=AUTOMATIC_REASON, automatic=True, now=now)


def move(incident: Incident, step: MajorMove, *, now: datetime) -> Outcome:
    """Take the major state one step on, where ``require_allowed`` has let it.

    Raises:
        NextUpdateError: the next update is promised for a time that is over.
    """
    match step:
        case Propose(reason=reason):
            return propose(incident, reason=reason, automatic=False, now=now)
        case Accept():
            return _accept(incident, step, now=now)
        case Reject(reason=reason):
            return _reject(incident, reason=reason, now=now)
        case StandDown(reason=reason):
            return _stand_down(incident, reason=reason, now=now)


def _accept(incident: Incident, step: Accept, *, now: datetime) -> Outcome:
    if step.next_update_at <= now:
        raise NextUpdateError("The next update must lie ahead.", pointer="/next_update_at")
    own = {
        "commander": step.commander,
        "business_impact": step.business_impact,
        "next_update_at": step.next_update_at,
    }
    after, event = incident.then(
        IncidentMajorAccepted, now=now, own=own, **own, major_state="accepted"
    )
    return after, [event]


def _reject(incident: Incident, *, reason: str, now: datetime) -> Outcome:
    after, event = incident.then(
        IncidentMajorRejected,
        now=now,
        own={"reason": reason},
        major_state="rejected",
        major_reason=reason,
    )
    return after, [event]


def _stand_down(incident: Incident, *, reason: str, now: datetime) -> Outcome:
    after, event = incident.then(
        IncidentMajorStoodDown,
        now=now,
        own={"reason": reason},
        major_state="stood_down",
        major_reason=reason,
        next_update_at=None,
    )
    return after, [event]
