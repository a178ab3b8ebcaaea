"""Who is hit when something fails, in the worst case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from services.catalog.components.domain import DependencyId, NodeId
from services.catalog.components.graph.adjacency import ServiceMap
from services.catalog.components.graph.circles import circles_among
from services.catalog.components.graph.rows import GroupId, Level, microseconds, require_depth
from services.catalog.components.graph.spread import Cause, Spread, Tally, origins_of, spread


class GroupState(NamedTuple):
    """What is left of a redundancy group: ``size`` members, of which ``needed`` must be up.

    ``lost`` are those too harmed to count, for the level the group has.
    """

    id: GroupId
    consumer: NodeId
    level: Level
    size: int
    needed: int
    lost: tuple[NodeId, ...]


class Passage(NamedTuple):
    """A dependency that passed a failure on, and the provider it came from."""

    dependency: DependencyId
    provider: NodeId


class Hit(NamedTuple):
    """A node that failed or is hit, how badly, and how many dependencies away it was hit first.

    ``passages`` and ``groups`` are the reasons: those that brought it to its level when it got
    there. One that failed has none, unless others made it worse. What rests on it later on, in a
    circle, is no reason.
    """

    node: NodeId
    level: Level
    distance: int
    passages: tuple[Passage, ...]
    groups: tuple[GroupState, ...]


class Impact(NamedTuple):
    """The worst case: hits by distance, then by id, those that failed among them with distance 0.

    ``held`` are the groups that lost members and still keep their consumer unharmed. ``circles``
    are sets of hit nodes that rest on each other. ``truncated`` says that more would be hit, or
    worse, beyond ``depth``.
    """

    as_of: datetime
    depth: int | None
    failed: tuple[NodeId, ...]
    hits: tuple[Hit, ...]
    held: tuple[GroupState, ...]
    circles: tuple[tuple[NodeId, ...], ...]
    truncated: bool


def downstream(
    service_map: ServiceMap,
    failed: Mapping[NodeId, Level],
    *,
    as_of: datetime,
    depth: int | None = None,
) -> Impact:
    """Return who is hit in the worst case when these nodes fail, each as badly as it says.

    A dependency of any strength above 0 passes a failure on: as it is, or degraded where that is
    its failure mode. One in a redundancy group passes it on only when fewer members are left than
    the group needs, first of those that are not down, then of those that are unharmed. ``depth``
    bounds how many dependencies far a failure is followed.

    Raises:
        NodeUnknownError: one of them is not on the map.
        MapQuestionError: nothing failed, the depth is below 1 or the instant has no zone.
    """
    require_depth(depth)
    at = microseconds(as_of)
    origins = origins_of(service_map, failed)
    state = spread(service_map, origins, at=at, depth=depth)
    nodes, distances = service_map.nodes, state.distances
    order = sorted(distances, key=lambda node: (distances[node], nodes[node].id.int))
    held = [one for one in state.held.values() if _consumer(service_map, one) not in distances]
    return Impact(
        as_of,
        depth,
        tuple(nodes[node].id for node in order[: len(origins)]),
        tuple(_hit(service_map, state, node) for node in order),
        _states(service_map, held),
        circles_among(service_map, state.levels, at),
        state.truncated,
    )


def _hit(service_map: ServiceMap, state: Spread, node: int) -> Hit:
    causes: list[Cause] = state.causes.get(node, [])
    columns = service_map.dependencies
    slots = [one for one in causes if isinstance(one, int)]
    if len(slots) > 1:
        slots.sort(key=columns.number)
    groups = [one for one in causes if isinstance(one, Tally)]
    return Hit(
        service_map.nodes[node].id,
        Level(state.levels[node]),
        state.distances[node],
        tuple(
            Passage(columns.id(slot), service_map.nodes[columns.provider[slot]].id)
            for slot in slots
        ),
        _states(service_map, groups) if groups else (),
    )


def _states(service_map: ServiceMap, tallies: list[Tally]) -> tuple[GroupState, ...]:
    nodes, groups = service_map.nodes, service_map.groups
    states = [
        GroupState(
            groups.ids[one.group],
            nodes[_consumer(service_map, one)].id,
            Level(one.level),
            one.size,
            one.needed,
            tuple(sorted((nodes[lost].id for lost in one.lost), key=lambda id_: id_.int)),
        )
        for one in tallies
    ]
    return tuple(sorted(states, key=lambda state: state.id.int))


def _consumer(service_map: ServiceMap, found: Tally) -> int:
    return service_map.groups.consumer[found.group]
