"""Rules of a dependency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.components.domain.groups import GroupId, Period
from services.catalog.components.domain.nodes import NodeId, NodeKind
from services.catalog.components.events import (
    DependencyChanged,
    DependencyDeclared,
    DependencyRemoved,
    DependencyState,
)
from shared.errors import DomainError, Kind

DependencyId = NewType("DependencyId", UUID)
DependencyType: TypeAlias = Literal[
    "depends_on", "hosted_on", "part_of", "connects_to", "uses_data_of"
]
FailureMode: TypeAlias = Literal["down", "degrade"]
Evidence: TypeAlias = Literal["declared", "discovered"]


class DependencyExistsError(DomainError):
    """This dependency is declared already, for some of the time."""

    code = "dependency-exists"
    kind = Kind.CONFLICT
    title = "This dependency exists"


class DependencyNotFoundError(DomainError):
    """No such dependency."""

    code = "dependency-not-found"
    kind = Kind.NOT_FOUND
    title = "No such dependency"


class DependencyRemovedError(DomainError):
    """The dependency was removed, or its planned end is past, so it changes no more."""

    code = "dependency-removed"
    kind = Kind.CONFLICT
    title = "The dependency was removed"


class DependencyPeriodError(DomainError):
    """A dependency ends after it begins, and a planned end lies ahead."""

    code = "dependency-period-invalid"
    kind = Kind.INVALID
    title = "The dependency cannot end then"


@dataclass(frozen=True, slots=True)
class NewDependency:
    """A dependency to declare; without ``valid_from`` it holds from the declaration on."""

    id: DependencyId
    from_id: NodeId
    to_id: NodeId
    type: DependencyType = "depends_on"
    strength: float = 1.0
    failure_mode: FailureMode = "down"
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    redundancy_group_id: GroupId | None = None
    evidence: Evidence = "declared"


@dataclass(frozen=True, slots=True)
class Dependency:
    """The consumer ``from_id`` rests on the provider ``to_id``; ``version`` counts its events.

    ``strength`` is 0 to 1. It holds from ``valid_from`` until just before ``valid_to``, for ever
    where that is None. ``redundancy_group_id`` is a group of the consumer, in which the provider
    stands in for others.
    """

    id: DependencyId
    from_id: NodeId
    from_kind: NodeKind
    to_id: NodeId
    to_kind: NodeKind
    type: DependencyType
    strength: float
    failure_mode: FailureMode
    valid_from: datetime
    created_at: datetime
    updated_at: datetime
    valid_to: datetime | None = None
    redundancy_group_id: GroupId | None = None
    evidence: Evidence = "declared"
    version: int = 1

    @property
    def period(self) -> Period:
        """When it holds."""
        return self.valid_from, self.valid_to

    def has_ended(self, now: datetime) -> bool:
        """Tell whether it holds at no instant from ``now`` on."""
        return self.valid_to is not None and self.valid_to <= max(now, self.valid_from)

    def declared(self, *, at: str = "") -> tuple[Dependency, list[DependencyState]]:
        """Return the new dependency with its first event; ``at`` is its place in the request.

        Raises:
            DependencyPeriodError: it would end before it begins.
        """
        _require_order(self, at=at)
        return self, [DependencyDeclared(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Dependency, list[DependencyState]]:
        """Change what may be changed; a change that changes nothing makes no event.

        Raises:
            DependencyRemovedError: it has ended.
            DependencyPeriodError: it would end before it begins, or in the past.
        """
        self._require_present(now)
        after = replace(self, **changes)
        if after == self:
            return self, []
        if after.valid_to != self.valid_to:
            _require_order(after, at="")
            if after.valid_to is not None and after.valid_to <= now:
                detail = "Plan an end that lies ahead; to end it now, remove it."
                raise DependencyPeriodError(detail, pointer="/valid_to")
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [DependencyChanged(**_state(after))]

    def remove(self, *, now: datetime) -> tuple[Dependency, list[DependencyState]]:
        """End the dependency now; one that has not begun never does.

        Raises:
            DependencyRemovedError: it has ended before.
        """
        self._require_present(now)
        after = replace(
            self, valid_to=max(now, self.valid_from), version=self.version + 1, updated_at=now
        )
        return after, [DependencyRemoved(**_state(after))]

    def _require_present(self, now: datetime) -> None:
        if self.has_ended(now):
            detail = "The dependency was removed; declare it anew."
            raise DependencyRemovedError(detail, extras={"allowed": []})


def require_distinct(dependencies: Sequence[Dependency], *, places: Sequence[str]) -> None:
    """Check that dependencies declared together, each at its place, do not claim the same.

    Raises:
        DependencyExistsError: two of one type between the same ends overlap.
    """
    known: dict[tuple[NodeId, NodeId, DependencyType], list[Dependency]] = {}
    for place, one in zip(places, dependencies, strict=True):
        others = known.setdefault((one.from_id, one.to_id, one.type), [])
        if any(_overlap(one.period, other.period) for other in others):
            detail = f"{one.from_id} {one.type} {one.to_id} is declared twice."
            raise DependencyExistsError(detail, pointer=place or None)
        others.append(one)


def _overlap(one: Period, other: Period) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])


def _require_order(dependency: Dependency, *, at: str) -> None:
    if dependency.valid_to is not None and dependency.valid_to <= dependency.valid_from:
        detail = "A dependency ends after it begins."
        raise DependencyPeriodError(detail, pointer=f"{at}/valid_to")


_FIELDS = tuple(sorted(DependencyState.model_fields.keys() - {"dependency_id"}))


def _state(dependency: Dependency) -> dict[str, Any]:
    return {"dependency_id": dependency.id, **{name: getattr(dependency, name) for name in _FIELDS}}
