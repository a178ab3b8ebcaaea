"""What HTTP shows of impact: graph documents that a page can draw."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from services.catalog.components.domain import DependencyType, FailureMode
from services.catalog.components.queries.whole_map import DependencyRow
from services.catalog.impact.graph.drawing import (
    Drawing,
    DrawnEdge,
    DrawnNode,
    DrawnReason,
    ReasonKind,
    Role,
)
from services.catalog.impact.graph.draws import Estimate
from services.catalog.impact.graph.impact import GroupState
from services.catalog.impact.graph.probability import Chance, Likelihood, Method
from services.catalog.impact.graph.rows import Level, MapNode
from shared.schemas import ResponseModel, of_record

Direction: TypeAlias = Literal["downstream", "upstream"]
Harm: TypeAlias = Literal["operational", "degraded", "down"]
_HARMS: Final[dict[Level, Harm]] = {
    Level.OPERATIONAL: "operational",
    Level.DEGRADED: "degraded",
    Level.DOWN: "down",
}


class Reason(ResponseModel):
    """Why a node is as it is: the dependency or redundancy group at fault, and a sentence."""

    kind: ReasonKind
    id: UUID
    text: str

    @classmethod
    def of(cls, reason: DrawnReason) -> Reason:
        """Return a reason as shown."""
        return cls.model_construct(kind=reason.kind, id=reason.id, text=reason.text)


class GraphNode(ResponseModel):
    """A node; ``distance`` is in dependencies, null for one that its redundancy group protects."""

    id: UUID
    kind: str
    label: str
    role: Role
    level: Harm
    distance: int | None
    reasons: list[Reason]

    @classmethod
    def of(cls, node: DrawnNode) -> GraphNode:
        """Return a node as shown."""
        return cls.model_construct(
            id=node.id,
            kind=node.kind,
            label=node.label,
            role=node.role,
            level=_HARMS[node.level],
            distance=node.distance,
            reasons=[Reason.of(one) for one in node.reasons],
        )


class GraphEdge(ResponseModel):
    """A dependency of the consumer ``from_id`` on the provider ``to_id``, and what it passes on.

    ``decisive`` is one that brought its consumer to its level by itself.
    """

    id: UUID
    from_id: UUID
    to_id: UUID
    strength: float
    failure_mode: FailureMode
    redundancy_group_id: UUID | None
    level: Harm
    decisive: bool

    @classmethod
    def of(cls, edge: DrawnEdge) -> GraphEdge:
        """Return an edge as shown."""
        return cls.model_construct(
            id=edge.id,
            from_id=edge.consumer,
            to_id=edge.provider,
            strength=edge.strength,
            failure_mode=edge.failure_mode,
            redundancy_group_id=edge.group,
            level=_HARMS[edge.level],
            decisive=edge.decisive,
        )


class GraphGroup(ResponseModel):
    """A redundancy group of a node: how many members it has, needs and lost, and how it is."""

    id: UUID
    node_id: UUID
    level: Harm
    size: int
    needed: int
    lost: list[UUID]

    @classmethod
    def of(cls, group: GroupState) -> GraphGroup:
        """Return a group as shown."""
        return cls.model_construct(
            id=group.id,
            node_id=group.consumer,
            level=_HARMS[group.level],
            size=group.size,
            needed=group.needed,
            lost=list(group.lost),
        )


class ImpactGraph(ResponseModel):
    """Nodes and edges of an answer, nearest first.

    ``total`` counts what failed and what is hit, or what the node rests on and itself. What
    ``depth`` or ``most`` left out, ``complete`` tells. A cycle is a set of nodes that all rest on
    each other.
    """

    direction: Direction
    as_of: datetime
    asked: list[UUID]
    depth: int | None
    most: int
    total: int
    complete: bool
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    groups: list[GraphGroup]
    cycles: list[list[UUID]]

    @classmethod
    def of(
        cls, drawing: Drawing, *, direction: Direction, asked: list[UUID], most: int
    ) -> ImpactGraph:
        """Return a drawing as shown."""
        return cls.model_construct(
            direction=direction,
            as_of=drawing.as_of,
            asked=asked,
            depth=drawing.depth,
            most=most,
            total=drawing.total,
            complete=not drawing.truncated,
            nodes=[GraphNode.of(one) for one in drawing.nodes],
            edges=[GraphEdge.of(one) for one in drawing.edges],
            groups=[GraphGroup.of(one) for one in drawing.groups],
            cycles=[list(one) for one in drawing.circles],
        )


class Share(ResponseModel):
    """A probability; where it is exact its standard error is 0."""

    value: float
    standard_error: float
    exact: bool

    @classmethod
    def of(cls, estimate: Estimate) -> Share:
        """Return an estimate as shown."""
        return cls.model_construct(**estimate._asdict())


class NodeChance(ResponseModel):
    """How probable it is that a node is hit at all, and that it is down."""

    id: UUID
    kind: str
    label: str
    hit: Share
    down: Share

    @classmethod
    def of(cls, chance: Chance, node: MapNode) -> NodeChance:
        """Return a node's chances as shown."""
        return cls.model_construct(
            id=node.id,
            kind=node.kind,
            label=node.label,
            hit=Share.of(chance.hit),
            down=Share.of(chance.down),
        )


class ImpactChances(ResponseModel):
    """The chances of all that can be hit, the most probable first; the same seed, the same answer.

    ``method`` says whether nothing was uncertain, all combinations were tried, or ``draws`` of
    them. ``uncertain`` counts the uncertain dependencies in reach.
    """

    as_of: datetime
    asked: list[UUID]
    method: Method
    uncertain: int
    draws: int
    seed: int
    most: int
    total: int
    complete: bool
    nodes: list[NodeChance]

    @classmethod
    def of(
        cls, found: Likelihood, nodes: list[NodeChance], *, asked: list[UUID], most: int
    ) -> ImpactChances:
        """Return a likelihood as shown, with the nodes chosen of it."""
        return cls(
            as_of=found.as_of,
            asked=asked,
            method=found.method,
            uncertain=found.uncertain,
            draws=found.draws,
            seed=found.seed,
            most=most,
            total=len(found.chances),
            complete=len(nodes) == len(found.chances),
            nodes=nodes,
        )


class CycleNode(ResponseModel):
    """A node of a cycle."""

    id: UUID
    kind: str
    label: str


class CycleDependency(ResponseModel):
    """A dependency inside a cycle."""

    id: UUID
    from_id: UUID
    to_id: UUID
    type: DependencyType
    strength: float
    redundancy_group_id: UUID | None

    @classmethod
    def of(cls, row: DependencyRow) -> CycleDependency:
        """Return a dependency as shown."""
        return of_record(cls, row)


class DependencyCycle(ResponseModel):
    """Nodes that all rest on each other, ``size`` of them, and through what.

    ``certain`` says that they do so through dependencies of type ``depends_on`` alone that pass
    every failure on and have no redundancy group: none of them can come up first.
    """

    size: int
    certain: bool
    complete: bool
    nodes: list[CycleNode]
    dependencies: list[CycleDependency]


class DependencyCycles(ResponseModel):
    """The cycles of the present map; ``complete`` is false where there are more than listed."""

    as_of: datetime
    total: int
    complete: bool
    items: list[DependencyCycle]
