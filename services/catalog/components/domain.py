"""Rules of the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.components.events import (
    DependencyChanged,
    DependencyDeclared,
    DependencyRemoved,
    DependencyState,
)
from shared.errors import DomainError, Kind

NodeId = NewType("NodeId", UUID)
DependencyId = NewType("DependencyId", UUID)
NodeKind: TypeAlias = Literal["service"]
NodeStatus: TypeAlias = Literal["active", "retired"]
DependencyType: TypeAlias = Literal[
    "depends_on", "hosted_on", "part_of", "connects_to", "uses_data_of"
]
FailureMode: TypeAlias = Literal["down", "degrade"]


class NodeUnknownError(DomainError):
    """One end of a dependency does not exist."""

    code = "node-unknown"
    kind = Kind.INVALID
    title = "An end of the dependency does not exist"


class NodeRetiredError(DomainError):
    """One end of a dependency is retired."""

    code = "node-retired"
    kind = Kind.CONFLICT
    title = "An end of the dependency is retired"


class NodeStillNeededError(DomainError):
    """Others rest on the node still."""

    code = "node-still-needed"
    kind = Kind.CONFLICT
    title = "Others rest on this"


class SelfDependencyError(DomainError):
    """Nothing rests on itself."""

    code = "self-dependency"
    kind = Kind.INVALID
    title = "Nothing depends on itself"


class DependencyExistsError(DomainError):
    """This dependency is declared already."""

    code = "dependency-exists"
    kind = Kind.CONFLICT
    title = "This dependency exists"


class DependencyNotFoundError(DomainError):
    """No such dependency."""

    code = "dependency-not-found"
    kind = Kind.NOT_FOUND
    title = "No such dependency"


class DependencyRemovedError(DomainError):
    """The dependency was removed, so it changes no more."""

    code = "dependency-removed"
    kind = Kind.CONFLICT
    title = "The dependency was removed"


@dataclass(frozen=True, slots=True)
class Node:
    """A place on the map; what stands there belongs to another area."""

    id: NodeId
    kind: NodeKind
    status: NodeStatus = "active"


@dataclass(frozen=True, slots=True)
class Dependency:
    """The consumer ``from_id`` rests on the provider ``to_id``; ``version`` counts its events.

    ``strength`` is 0 to 1. It holds from ``valid_from`` until just before ``valid_to``, for ever
    where that is None.
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
    version: int = 1

    def declared(self) -> tuple[Dependency, list[DependencyState]]:
        """Return the new dependency with its first event."""
        return self, [DependencyDeclared(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Dependency, list[DependencyState]]:
        """Change strength or failure mode; a change that changes nothing makes no event.

        Raises:
            DependencyRemovedError: it was removed.
        """
        self._require_present()
        after = replace(self, **changes)
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [DependencyChanged(**_state(after))]

    def remove(self, *, now: datetime) -> tuple[Dependency, list[DependencyState]]:
        """End the dependency now; one that has not begun never does.

        Raises:
            DependencyRemovedError: it was removed before.
        """
        self._require_present()
        after = replace(
            self, valid_to=max(now, self.valid_from), version=self.version + 1, updated_at=now
        )
        return after, [DependencyRemoved(**_state(after))]

    def _require_present(self) -> None:
        if self.valid_to is not None:
            detail = "The dependency was removed; declare it anew."
            raise DependencyRemovedError(detail, extras={"allowed": []})


def require_ends(
    nodes: Mapping[NodeId, Node], *, from_id: NodeId, to_id: NodeId
) -> tuple[Node, Node]:
    """Return both ends of a dependency to be declared.

    Raises:
        SelfDependencyError: they are the same.
        NodeUnknownError: one is not among the nodes.
        NodeRetiredError: one is retired.
    """
    if from_id == to_id:
        raise SelfDependencyError("Name two different ends.", pointer="/to_id")
    for pointer, end in (("/from_id", from_id), ("/to_id", to_id)):
        if end not in nodes:
            raise NodeUnknownError(f"There is nothing {end} on the map.", pointer=pointer)
        if nodes[end].status == "retired":
            raise NodeRetiredError(f"{end} is retired.", pointer=pointer)
    return nodes[from_id], nodes[to_id]


def _state(dependency: Dependency) -> dict[str, Any]:
    names = DependencyState.model_fields.keys() - {"dependency_id"}
    return {"dependency_id": dependency.id, **{name: getattr(dependency, name) for name in names}}
