"""Who is hit when something fails, in the worst case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from services.catalog.components.domain import DependencyId, GroupId, NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.circles import circles_among
from services.catalog.impact.graph.rows import Level, microseconds, require_depth
from services.catalog.impact.graph.spread import Spread, Tally, origins_of, spread

_LEVELS: Final = tuple(Level)


class Hit(NamedTuple):
    """A node that failed or is hit, how badly, and how many dependencies away it was hit first."""

    node: NodeId
    level: Level
    distance: int


class Passage(NamedTuple):
    """A dependency that passed a failure on, and the provider it came from."""

    dependency: DependencyId
    provider: NodeId


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


class Reasons(NamedTuple):
    """What brought a node to its level when it got there; ids in their order.

    A node that failed has none, unless others made it worse. What passes the failure back to it
    later on, in a circle, is no reason.
    """

    passages: tuple[Passage, ...]
    groups: tuple[GroupState, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """The worst case: hits by distance, then by id, those that failed among them with distance 0.

    ``held`` are the groups that lost members and still keep their consumer unharmed. ``circles``
    are sets of hit nodes that rest on each other. ``truncated`` says that more would be hit, or
    worse, beyond ``depth``. It can be asked for reasons until the map changes.
    """

    as_of: datetime
    depth: int | None
    failed: tuple[NodeId, ...]
    hits: tuple[Hit, ...]
    held: tuple[GroupState, ...]
    circles: tuple[tuple[NodeId, ...], ...]
    truncated: bool
    revision: int
    state: Spread = field(repr=False, compare=False)


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
    nodes, levels, distances = service_map.nodes, state.levels, state.distances
    order = sorted(distances, key=lambda node: distances[node] << 128 | nodes[node].id.int)
    consumer = service_map.groups.consumer
    held = [one for one in state.held.values() if consumer[one.group] not in distances]
    return Impact(
        as_of=as_of,
        depth=depth,
        failed=tuple(nodes[node].id for node in order[: len(origins)]),
        hits=tuple(Hit(nodes[node].id, _LEVELS[levels[node]], distances[node]) for node in order),
        held=_states(service_map, held),
        circles=circles_among(service_map, levels, at),
        truncated=state.truncated,
        revision=service_map.revision,
        state=state,
    )


def reasons(service_map: ServiceMap, impact: Impact, node: NodeId) -> Reasons:
    """Return why a node is hit; nothing for one that is not.

    Raises:
        NodeUnknownError: it is not on the map.
        MapChangedError: the map changed since the impact was found.
    """
    service_map.require_revision(impact.revision)
    columns, nodes = service_map.dependencies, service_map.nodes
    causes = impact.state.causes.get(service_map.position(node), [])
    slots = [one for one in causes if isinstance(one, int)]
    return Reasons(
        tuple(
            Passage(columns.id(slot), nodes[columns.provider[slot]].id)
            for slot in sorted(slots, key=columns.number)
        ),
        _states(service_map, [one for one in causes if isinstance(one, Tally)]),
    )


def _states(service_map: ServiceMap, tallies: list[Tally]) -> tuple[GroupState, ...]:
    nodes, groups = service_map.nodes, service_map.groups
    states = [
        GroupState(
            groups.ids[one.group],
            nodes[groups.consumer[one.group]].id,
            Level(one.level),
            one.size,
            one.needed,
            tuple(sorted((nodes[lost].id for lost in one.lost), key=lambda id_: id_.int)),
        )
        for one in tallies
    ]
    return tuple(sorted(states, key=lambda state: state.id.int))
