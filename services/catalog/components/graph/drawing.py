"""An answer of the map as nodes, edges, groups and reasons, for a page to draw.

Everything that an edge, a group or a circle names is among the nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from services.catalog.components.domain import DependencyId, FailureMode, NodeId
from services.catalog.components.graph.adjacency import ServiceMap
from services.catalog.components.graph.columns import UNGROUPED
from services.catalog.components.graph.impact import GroupState, Impact
from services.catalog.components.graph.probability import Chance, Likelihood
from services.catalog.components.graph.rows import GroupId, Level, MapNode, microseconds
from services.catalog.components.graph.upstream import Upstream

Role: TypeAlias = Literal["failed", "hit", "held", "asked", "foundation"]
ReasonKind: TypeAlias = Literal["dependency", "group"]

_NAMED: Final = 5
"""So many lost members are named in a sentence; all of them are listed beside it."""


class DrawnReason(NamedTuple):
    """Why a node is as it is, for programs by ids and for people by a sentence."""

    kind: ReasonKind
    id: DependencyId | GroupId
    text: str


class DrawnNode(NamedTuple):
    """A node with what happens to it; ``held`` is one whose redundancy group keeps it unharmed.

    ``chance`` is there where a likelihood was drawn as well.
    """

    id: NodeId
    kind: str
    label: str
    role: Role
    level: Level
    distance: int | None
    reasons: tuple[DrawnReason, ...]
    chance: Chance | None


class DrawnEdge(NamedTuple):
    """A dependency between two nodes of the drawing; ``level`` is what it passes on.

    ``decisive`` is one that brought its consumer to its level, by itself.
    """

    id: DependencyId
    consumer: NodeId
    provider: NodeId
    strength: float
    failure_mode: FailureMode
    group: GroupId | None
    level: Level
    decisive: bool


class DrawnGroup(NamedTuple):
    """A redundancy group: so many members, so many needed, and those that were lost."""

    id: GroupId
    consumer: NodeId
    size: int
    needed: int
    level: Level
    lost: tuple[NodeId, ...]


class Drawing(NamedTuple):
    """A graph document. ``truncated`` says that the depth cut something off."""

    as_of: datetime
    depth: int | None
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    groups: tuple[DrawnGroup, ...]
    circles: tuple[tuple[NodeId, ...], ...]
    truncated: bool


def draw_impact(
    service_map: ServiceMap, impact: Impact, likelihood: Likelihood | None = None
) -> Drawing:
    """Return an impact as a graph document: what failed, what is hit, and what is held.

    Edges are those that pass the failure on, also to a group that holds. Ask the map, the
    likelihood and the drawing of one impact without a change in between.
    """
    levels = {hit.node: hit.level for hit in impact.hits}
    held: dict[NodeId, list[DrawnReason]] = {}
    for group in impact.held:
        held.setdefault(group.consumer, []).append(_group_reason(service_map, group))
    nodes = list(_hits(service_map, impact, levels, likelihood))
    for consumer, reasons in held.items():
        levels[consumer] = Level.OPERATIONAL
        node = _node(service_map, consumer)
        nodes.append(DrawnNode(*node, "held", Level.OPERATIONAL, None, tuple(reasons), None))
    broken = [group for hit in impact.hits for group in hit.groups]
    groups = [
        DrawnGroup(one.id, one.consumer, one.size, one.needed, one.level, one.lost)
        for one in [*broken, *impact.held]
    ]
    return Drawing(
        impact.as_of,
        impact.depth,
        tuple(nodes),
        tuple(_carrying(service_map, impact, levels)),
        tuple(groups),
        impact.circles,
        impact.truncated,
    )


def draw_upstream(service_map: ServiceMap, found: Upstream) -> Drawing:
    """Return what a node rests on as a graph document; nothing has failed in it."""
    at = microseconds(found.as_of)
    nodes, edges = [], []
    for one in found.foundations:
        role: Role = "foundation" if one.distance else "asked"
        node = _node(service_map, one.node)
        nodes.append(DrawnNode(*node, role, Level.OPERATIONAL, one.distance, (), None))
        if found.depth is None or one.distance < found.depth:
            position = service_map.positions[one.node]
            edges += [
                _edge(service_map, slot, Level.OPERATIONAL, decisive=False)
                for slot in service_map.foundations(position, at)
            ]
    return Drawing(
        found.as_of,
        found.depth,
        tuple(nodes),
        tuple(sorted(edges, key=lambda edge: edge.id.int)),
        tuple(
            DrawnGroup(one.id, one.consumer, one.size, one.needed, Level.OPERATIONAL, ())
            for one in found.groups
        ),
        found.circles,
        found.truncated,
    )


def _hits(
    service_map: ServiceMap,
    impact: Impact,
    levels: dict[NodeId, Level],
    likelihood: Likelihood | None,
) -> Iterator[DrawnNode]:
    chances = {one.node: one for one in likelihood.chances} if likelihood else {}
    failed = set(impact.failed)
    for hit in impact.hits:
        reasons = [
            DrawnReason(
                "dependency",
                one.dependency,
                f"Rests on {_label(service_map, one.provider)},"
                f" which is {levels[one.provider].name.lower()}.",
            )
            for one in hit.passages
        ]
        reasons += [_group_reason(service_map, group) for group in hit.groups]
        yield DrawnNode(
            *_node(service_map, hit.node),
            "failed" if hit.node in failed else "hit",
            hit.level,
            hit.distance,
            tuple(reasons),
            chances.get(hit.node),
        )


def _carrying(
    service_map: ServiceMap, impact: Impact, levels: dict[NodeId, Level]
) -> Iterator[DrawnEdge]:
    """Yield the dependencies from drawn nodes on hit ones, by provider, then by id."""
    at = microseconds(impact.as_of)
    columns = service_map.dependencies
    begins, ends, strength, consumer = (
        columns.begins,
        columns.ends,
        columns.strength,
        columns.consumer,
    )
    decisive = {one.dependency.int for hit in impact.hits for one in hit.passages}
    drawn = {service_map.positions[node] for node in levels}
    for hit in impact.hits:
        slots = [
            slot
            for slot in service_map.carries[service_map.positions[hit.node]]
            if begins[slot] <= at < ends[slot] and strength[slot] and consumer[slot] in drawn
        ]
        for slot in sorted(slots, key=columns.number):
            passed = Level(min(hit.level, columns.cap[slot]))
            yield _edge(service_map, slot, passed, decisive=columns.number(slot) in decisive)


def _edge(service_map: ServiceMap, slot: int, level: Level, *, decisive: bool) -> DrawnEdge:
    columns, nodes = service_map.dependencies, service_map.nodes
    group = columns.group[slot]
    return DrawnEdge(
        columns.id(slot),
        nodes[columns.consumer[slot]].id,
        nodes[columns.provider[slot]].id,
        columns.strength[slot],
        columns.failure_mode(slot),
        None if group == UNGROUPED else service_map.groups.ids[group],
        level,
        decisive,
    )


def _group_reason(service_map: ServiceMap, group: GroupState) -> DrawnReason:
    up = "not down" if group.level == Level.DOWN else "unharmed"
    names = ", ".join(_label(service_map, node) for node in group.lost[:_NAMED])
    if len(group.lost) > _NAMED:
        names += f" and {len(group.lost) - _NAMED} more"
    text = (
        f"Needs {group.needed} of {group.size} {up},"
        f" has {group.size - len(group.lost)} without {names}."
    )
    return DrawnReason("group", group.id, text)


def _node(service_map: ServiceMap, node: NodeId) -> MapNode:
    return service_map.nodes[service_map.positions[node]]


def _label(service_map: ServiceMap, node: NodeId) -> str:
    return _node(service_map, node).label
