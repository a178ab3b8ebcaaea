"""Rules of a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.teams.events import TeamChanged
from shared.errors import DomainError, Kind

TeamId = NewType("TeamId", UUID)
TeamStatus: TypeAlias = Literal["active", "retired"]
TRANSITIONS: Final[Mapping[TeamStatus, tuple[TeamStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}


class TeamNotFoundError(DomainError):
    """No such team."""

    code = "team-not-found"
    kind = Kind.NOT_FOUND
    title = "No such team"


class TeamNameTakenError(DomainError):
    """Another active team has this name."""

    code = "team-name-taken"
    kind = Kind.CONFLICT
    title = "Another active team has this name"


class TeamTransitionError(DomainError):
    """The team's status does not allow this."""

    code = "team-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The team's status does not allow this"


@dataclass(frozen=True, slots=True)
class Team:
    """A group of people that looks after something; ``version`` counts its events."""

    id: TeamId
    name: str
    purpose: str
    status: TeamStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls, *, team_id: TeamId, name: str, purpose: str, now: datetime
    ) -> tuple[Team, list[TeamChanged]]:
        """Make an active team."""
        team = cls(
            id=team_id,
            name=name,
            purpose=purpose,
            status="active",
            version=1,
            created_at=now,
            updated_at=now,
        )
        return team, [_changed(team)]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Team, list[TeamChanged]]:
        """Change name or purpose; a change that changes nothing makes no event."""
        return self._become(replace(self, **changes), now=now)

    def move(self, to: TeamStatus, *, now: datetime) -> tuple[Team, list[TeamChanged]]:
        """Retire the team, or make it active again.

        Raises:
            TeamTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise TeamTransitionError(
                f"A team that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def _become(self, after: Team, *, now: datetime) -> tuple[Team, list[TeamChanged]]:
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [_changed(after)]


def _changed(team: Team) -> TeamChanged:
    return TeamChanged(team_id=team.id, name=team.name, purpose=team.purpose, status=team.status)
