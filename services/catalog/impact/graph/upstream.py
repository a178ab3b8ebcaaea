"""What a node rests on, and through which redundancy groups."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.catalog.components.domain import DependencyId, GroupId, NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.circles import circles_among
from services.catalog.impact.graph.columns import UNGROUPED
from services.catalog.impact.graph.rows import microseconds, require_depth


class Foundation(NamedTuple):
    """A node that the asked one rests on, ``distance`` dependencies away on the shortest way.

    ``dependencies`` are those on it of nodes nearer than ``depth``. The asked node has distance 0.
    """

    node: NodeId
    distance: int
    dependencies: tuple[DependencyId, ...]


class GroupNeed(NamedTuple):
    """A redundancy group on the way: its consumer needs so many of its ``size`` members.

    ``members`` are those that can be lost; one whose dependency has strength 0 cannot.
    """

    id: GroupId
    consumer: NodeId
    size: int
    needed: int
    members: tuple[NodeId, ...]


class Upstream(NamedTuple):
    """What a node rests on, by distance, then by id; the node itself comes first.

    ``circles`` are sets of these nodes that rest on each other. ``truncated`` says that there is
    more beyond ``depth``.
    """

    as_of: datetime
    depth: int | None
    node: NodeId
    foundations: tuple[Foundation, ...]
    groups: tuple[GroupNeed, ...]
    circles: tuple[tuple[NodeId, ...], ...]
    truncated: bool
    revision: int


def upstream(
    service_map: ServiceMap, node: NodeId, *, as_of: datetime, depth: int | None = None
) -> Upstream:
    """Return everything that a node rests on at an instant, or ``depth`` dependencies far.

    A dependency of strength 0 carries nothing and is not followed.

    Raises:
        NodeUnknownError: it is not on the map.
        MapQuestionError: the depth is below 1 or the instant has no zone.
    """
    require_depth(depth)
    at = microseconds(as_of)
    start = service_map.position(node)
    columns, nodes = service_map.dependencies, service_map.nodes
    distances, slots_on = {start: 0}, dict[int, list[int]]()
    groups: dict[int, None] = {}
    frontier, distance = [start], 0
    while frontier and distance != depth:
        distance += 1
        nearer, frontier = frontier, []
        for consumer in nearer:
            for slot in service_map.foundations(consumer, at):
                provider = columns.provider[slot]
                slots_on.setdefault(provider, []).append(slot)
                if columns.group[slot] != UNGROUPED:
                    groups[columns.group[slot]] = None
                if provider not in distances:
                    distances[provider] = distance
                    frontier.append(provider)
    order = sorted(distances, key=lambda one: (distances[one], nodes[one].id.int))
    return Upstream(
        as_of,
        depth,
        node,
        tuple(
            Foundation(
                nodes[one].id,
                distances[one],
                tuple(
                    columns.id(slot) for slot in sorted(slots_on.get(one, ()), key=columns.number)
                ),
            )
            for one in order
        ),
        _needs(service_map, groups, at),
        circles_among(service_map, distances, at),
        any(
            columns.provider[slot] not in distances
            for one in frontier
            for slot in service_map.foundations(one, at)
        ),
        service_map.revision,
    )


def _needs(service_map: ServiceMap, groups: dict[int, None], at: int) -> tuple[GroupNeed, ...]:
    columns, nodes = service_map.dependencies, service_map.nodes
    needs = []
    for group in groups:
        slots = service_map.members(group, at)
        size = len({columns.provider[slot] for slot in slots})
        losable = {columns.provider[slot] for slot in slots if columns.strength[slot]}
        needs.append(
            GroupNeed(
                service_map.groups.ids[group],
                nodes[service_map.groups.consumer[group]].id,
                size,
                service_map.groups.needed(group, size=size, at=at),
                tuple(sorted((nodes[one].id for one in losable), key=lambda id_: id_.int)),
            )
        )
    return tuple(sorted(needs, key=lambda need: need.id.int))
