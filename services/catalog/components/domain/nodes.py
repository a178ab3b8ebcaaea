"""Rules of a place on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NewType, TypeAlias
from uuid import UUID

from shared.errors import DomainError, Kind

NodeId = NewType("NodeId", UUID)
NodeKind: TypeAlias = Literal["service", "configuration_item"]
NodeStatus: TypeAlias = Literal["active", "retired"]


class NodeUnknownError(DomainError):
    """One end of a dependency, or the owner of a group, does not exist."""

    code = "node-unknown"
    kind = Kind.INVALID
    title = "There is no such thing on the map"


class NodeRetiredError(DomainError):
    """One end of a dependency, or the owner of a group, is retired."""

    code = "node-retired"
    kind = Kind.CONFLICT
    title = "It is retired"


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


@dataclass(frozen=True, slots=True)
class Node:
    """A place on the map; ``label`` and ``number`` are those of what stands there."""

    id: NodeId
    kind: NodeKind
    label: str
    number: str | None = None
    status: NodeStatus = "active"


def require_node(nodes: Mapping[NodeId, Node], node_id: NodeId, *, pointer: str) -> Node:
    """Return a node that things can be declared of; ``pointer`` is the field that names it.

    Raises:
        NodeUnknownError: it is not among the nodes.
        NodeRetiredError: it is retired.
    """
    if node_id not in nodes:
        raise NodeUnknownError(f"There is nothing {node_id} on the map.", pointer=pointer)
    if nodes[node_id].status == "retired":
        raise NodeRetiredError(f"{node_id} is retired.", pointer=pointer)
    return nodes[node_id]


def require_ends(
    nodes: Mapping[NodeId, Node], *, from_id: NodeId, to_id: NodeId, at: str = ""
) -> tuple[Node, Node]:
    """Return both ends of a dependency to be declared; ``at`` is where it stands in the request.

    Raises:
        SelfDependencyError: they are the same.
        NodeUnknownError: one is not among the nodes.
        NodeRetiredError: one is retired.
    """
    if from_id == to_id:
        raise SelfDependencyError("Name two different ends.", pointer=f"{at}/to_id")
    consumer = require_node(nodes, from_id, pointer=f"{at}/from_id")
    return consumer, require_node(nodes, to_id, pointer=f"{at}/to_id")
