"""An answer of the map as nodes, edges, groups and reasons, for a page to draw.

A drawing is bounded: the nodes nearest to what was asked, and everything between them. Where it
leaves some out it says so; a reason may then speak of one that is not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from services.catalog.components.domain import DependencyId, FailureMode, GroupId, NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.columns import UNGROUPED
from services.catalog.impact.graph.impact import GroupState, Hit, Impact, Reasons, reasons
from services.catalog.impact.graph.rows import Level, MapNode, microseconds
from services.catalog.impact.graph.upstream import Upstream

Role: TypeAlias = Literal["failed", "hit", "held", "asked", "foundation"]
ReasonKind: TypeAlias = Literal["dependency", "group"]

DRAWN: Final = 2_000
"""So many nodes are drawn at most; a page shows no more."""
_NAMED: Final = 5
"""So many lost members are named in a sentence; all of them are listed beside it."""


class DrawnReason(NamedTuple):
    """Why a node is as it is, for programs by ids and for people by a sentence."""

    kind: ReasonKind
    id: DependencyId | GroupId
    text: str


class DrawnNode(NamedTuple):
    """A node with what happens to it; ``held`` is one whose redundancy group keeps it unharmed."""

    id: NodeId
    kind: str
    label: str
    role: Role
    level: Level
    distance: int | None
    reasons: tuple[DrawnReason, ...]


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


class Drawing(NamedTuple):
    """A graph document of some of ``total`` nodes, those held not counted.

    ``truncated`` says that the depth or the bound of the drawing left something out.
    """

    as_of: datetime
    depth: int | None
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    groups: tuple[GroupState, ...]
    circles: tuple[tuple[NodeId, ...], ...]
    total: int
    truncated: bool


def draw_impact(service_map: ServiceMap, impact: Impact, *, most: int = DRAWN) -> Drawing:
    """Return an impact as a graph document: what failed, what is hit, and what is held.

    Edges are those that pass the failure on, also to a group that holds. At most ``most`` nodes
    that failed or are hit are drawn, the nearest, and what is held by them.

    Raises:
        MapChangedError: the map changed since the impact was found.
    """
    service_map.require_revision(impact.revision)
    levels = {hit.node: hit.level for hit in impact.hits[:most]}
    groups = [one for one in impact.held if levels.keys() >= set(one.lost)]
    held: dict[NodeId, list[DrawnReason]] = {}
    for group in groups:
        held.setdefault(group.consumer, []).append(_group_reason(service_map, group))
    nodes: list[DrawnNode] = []
    decisive: set[DependencyId] = set()
    for hit in impact.hits[:most]:
        why = reasons(service_map, impact, hit.node)
        groups.extend(why.groups)
        decisive.update(one.dependency for one in why.passages)
        nodes.append(_hit_node(service_map, impact, hit, why))
    for consumer, sentences in held.items():
        node = _node(service_map, consumer)
        nodes.append(DrawnNode(*node, "held", Level.OPERATIONAL, None, tuple(sentences)))
    drawn = levels.keys() | held.keys()
    return Drawing(
        as_of=impact.as_of,
        depth=impact.depth,
        nodes=tuple(nodes),
        edges=tuple(_carrying(service_map, impact, levels, held.keys(), decisive)),
        groups=tuple(groups),
        circles=tuple(one for one in impact.circles if drawn >= set(one)),
        total=len(impact.hits),
        truncated=impact.truncated or len(impact.hits) > most,
    )


def draw_upstream(service_map: ServiceMap, found: Upstream, *, most: int = DRAWN) -> Drawing:
    """Return what a node rests on as a graph document; nothing has failed in it.

    At most ``most`` nodes are drawn, the nearest.

    Raises:
        MapChangedError: the map changed since the answer was found.
    """
    service_map.require_revision(found.revision)
    at = microseconds(found.as_of)
    drawn = {service_map.positions[one.node]: one for one in found.foundations[:most]}
    ids = {one.node for one in drawn.values()}
    nodes, edges = [], []
    for position, one in drawn.items():
        role: Role = "foundation" if one.distance else "asked"
        node = service_map.nodes[position]
        nodes.append(DrawnNode(*node, role, Level.OPERATIONAL, one.distance, ()))
        if found.depth is None or one.distance < found.depth:
            edges += [
                _edge(service_map, slot, Level.OPERATIONAL, decisive=False)
                for slot in service_map.foundations(position, at)
                if service_map.dependencies.provider[slot] in drawn
            ]
    return Drawing(
        as_of=found.as_of,
        depth=found.depth,
        nodes=tuple(nodes),
        edges=tuple(sorted(edges, key=lambda edge: edge.id.int)),
        groups=tuple(
            GroupState(one.id, one.consumer, Level.OPERATIONAL, one.size, one.needed, ())
            for one in found.groups
            if one.consumer in ids
        ),
        circles=tuple(one for one in found.circles if ids >= set(one)),
        total=len(found.foundations),
        truncated=found.truncated or len(found.foundations) > most,
    )


def _hit_node(service_map: ServiceMap, impact: Impact, hit: Hit, why: Reasons) -> DrawnNode:
    sentences = []
    for one in why.passages:
        level = Level(impact.state.levels[service_map.positions[one.provider]])
        text = f"Rests on {_node(service_map, one.provider).label}, which is {_name(level)}."
        sentences.append(DrawnReason("dependency", one.dependency, text))
    sentences += [_group_reason(service_map, group) for group in why.groups]
    role: Role = "hit" if hit.node not in impact.failed else "failed"
    node = _node(service_map, hit.node)
    return DrawnNode(*node, role, hit.level, hit.distance, tuple(sentences))


def _carrying(
    service_map: ServiceMap,
    impact: Impact,
    levels: Mapping[NodeId, Level],
    held: AbstractSet[NodeId],
    decisive: AbstractSet[DependencyId],
) -> Iterator[DrawnEdge]:
    """Yield the dependencies of drawn nodes on hit ones, by provider, then by id."""
    at = microseconds(impact.as_of)
    columns, positions = service_map.dependencies, service_map.positions
    begins, ends, strength = columns.begins, columns.ends, columns.strength
    drawn = {positions[node] for node in levels.keys() | held}
    for node, level in levels.items():
        slots = [
            slot
            for slot in service_map.carries[positions[node]]
            if begins[slot] <= at < ends[slot]
            and strength[slot]
            and columns.consumer[slot] in drawn
        ]
        for slot in sorted(slots, key=columns.number):
            passed = Level(min(level, columns.cap[slot]))
            own = columns.id(slot) in decisive
            yield _edge(service_map, slot, passed, decisive=own)


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
    names = ", ".join(_node(service_map, node).label for node in group.lost[:_NAMED])
    if len(group.lost) > _NAMED:
        names += f" and {len(group.lost) - _NAMED} more"
    text = (
        f"Needs {group.needed} of {group.size} {up},"
        f" has {group.size - len(group.lost)} without {names}."
    )
    return DrawnReason("group", group.id, text)


def _node(service_map: ServiceMap, node: NodeId) -> MapNode:
    return service_map.nodes[service_map.positions[node]]


def _name(level: Level) -> str:
    return level.name.lower()
