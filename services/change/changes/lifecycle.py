"""Where a change can go from each state, who may decide about it, and when that can have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.change.changes.events import State
from shared.errors import DomainError, Kind

TRANSITIONS: Final[Mapping[State, tuple[State, ...]]] = {
    "draft": ("assess", "cancelled"),
    "assess": ("authorize", "draft", "cancelled"),
    "authorize": ("scheduled", "rejected", "draft", "cancelled"),
    "rejected": ("draft", "cancelled"),
    "scheduled": ("implement", "draft", "cancelled"),
    "implement": ("review",),
    "review": ("closed",),
    "closed": (),
    "cancelled": (),
}
EDITABLE: Final[tuple[State, ...]] = ("draft", "assess")
AHEAD: Final[tuple[State, ...]] = ("draft", "assess", "authorize", "scheduled", "implement")
"""States in which the work is still to come or under way, so that a warning can help."""


class ChangeTransitionError(DomainError):
    """The state does not lead there."""

    code = "change-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The state of the change does not allow this"


class ChangeContentFixedError(DomainError):
    """What an authority sees, or has agreed to, does not change under their eyes."""

    code = "change-content-fixed"
    kind = Kind.CONFLICT
    title = "The content of the change is fixed in this state"


class OccurredAtError(DomainError):
    """The transition cannot have been at that instant."""

    code = "occurred-at-out-of-order"
    kind = Kind.INVALID
    title = "It cannot have been at that instant"


class AuthorityNeededError(DomainError):
    """The actor is no change authority."""

    code = "change-authority-needed"
    kind = Kind.FORBIDDEN
    title = "Only a change authority can decide this"


class SelfAuthorisationError(DomainError):
    """The actor asked for this change."""

    code = "requester-cannot-authorise"
    kind = Kind.FORBIDDEN
    title = "A requester cannot authorise their own change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who moves a change and when: at ``occurred_at`` if given, else now; both aware UTC.

    ``authority`` says whether they may decide about changes, ``start_tolerance`` how long before
    the planned start the work may begin.
    """

    by: str
    authority: bool
    now: datetime
    start_tolerance: timedelta
    occurred_at: datetime | None = None

    def instant(self, state: State, since: datetime, to: State) -> datetime:
        """Return when a change that was in a state since an instant came into another.

        Raises:
            ChangeTransitionError: the state does not lead there.
            OccurredAtError: the instant given is before ``since`` or in the future.
        """
        allowed = TRANSITIONS[state]
        if to not in allowed:
            raise ChangeTransitionError(
                f"A change that is in {state} cannot go to {to}.",
                extras={"allowed": list(allowed)},
            )
        if self.occurred_at is None:
            # Clocks of two replicas may differ: the transition before may lie in our future.
            return max(self.now, since)
        if not since <= self.occurred_at <= self.now:
            raise OccurredAtError(
                "It cannot have been before the transition before it, nor in the future.",
                pointer="/occurred_at",
                extras={"earliest": since.isoformat(), "latest": self.now.isoformat()},
            )
        return self.occurred_at

    def require_authority(self, state: State, to: State) -> None:
        """Check that the actor may decide about changes.

        Raises:
            AuthorityNeededError: they may not.
        """
        if not self.authority:
            raise AuthorityNeededError(
                "This needs the role of a change authority.",
                extras={"allowed": others(state, to)},
            )

    def require_other_than(self, requester: str, state: State, to: State) -> None:
        """Check that a second person decides.

        Raises:
            SelfAuthorisationError: the actor is the requester.
        """
        if self.by == requester:
            raise SelfAuthorisationError(
                "Somebody else than its requester must authorise a change.",
                extras={"allowed": others(state, to)},
            )


def others(state: State, refused: State) -> list[State]:
    """Return where a change can go from a state, except where it was just refused."""
    return [to for to in TRANSITIONS[state] if to != refused]


def require_editable(state: State) -> None:
    """Check that the content may be altered in this state.

    Raises:
        ChangeContentFixedError: it is past the assessment; making it a draft again opens it.
    """
    if state not in EDITABLE:
        raise ChangeContentFixedError(
            f"The content can be altered in {' and '.join(EDITABLE)}, not in {state}.",
            extras={"editable_in": list(EDITABLE), "allowed": list(TRANSITIONS[state])},
        )
