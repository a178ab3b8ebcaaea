"""The worst case carried from node to node, in rounds of one dependency each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from services.catalog.components.domain import NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.rows import Level, MapQuestionError


class Tally(NamedTuple):
    """A redundancy group at an instant: what is left of it; nodes and group by position."""

    group: int
    level: int
    size: int
    needed: int
    lost: tuple[int, ...]


Cause: TypeAlias = "int | Tally"
"""The slot of a dependency that passes the failure on, or a group that broke."""


@dataclass(slots=True)
class Spread:
    """How far a failure has come; nodes by position, each with its level and first round.

    ``causes`` are those that raised a node to its level, so following them never goes in a circle.
    ``held`` has, by position, the groups that were looked at and needed no more than was left; one
    whose consumer is hit all the same may have broken since.
    """

    at: int
    levels: dict[int, int]
    distances: dict[int, int]
    causes: dict[int, list[Cause]] = field(default_factory=dict)
    held: dict[int, Tally] = field(default_factory=dict)
    truncated: bool = False


@dataclass(slots=True)
class _Round:
    rising: dict[int, int] = field(default_factory=dict)
    causes: dict[int, list[Cause]] = field(default_factory=dict)
    tallies: list[Tally] = field(default_factory=list)

    def raise_to(self, node: int, level: int, cause: Cause) -> None:
        known = self.rising.get(node, 0)
        if level > known:
            self.rising[node] = level
            self.causes[node] = [cause]
        elif level == known:
            self.causes[node].append(cause)


def spread(
    service_map: ServiceMap, origins: Mapping[int, Level], *, at: int, depth: int | None
) -> Spread:
    """Carry a failure from its origins to everything that it reaches, or ``depth`` rounds far.

    In each round every node looks at its providers as the round before left them. Levels only
    rise and there are three, so it comes to rest, in circles too: at the least fixed point.
    """
    state = Spread(at, dict(origins), dict.fromkeys(origins, 0))
    frontier: Iterable[int] = list(origins)
    distance = 0
    while frontier:
        wave = _advance(service_map, state, frontier)
        if distance == depth:
            state.truncated = bool(wave.rising)
            break
        distance += 1
        _apply(state, wave, distance)
        frontier = wave.rising
    return state


def tally(service_map: ServiceMap, group: int, levels: Mapping[int, int], at: int) -> Tally:
    """Count what is left of a group.

    It is down when fewer members than needed are not down, and degraded when fewer are unharmed.
    A member that degrades only is never down; one of strength 0 is never lost.
    """
    columns = service_map.dependencies
    members: dict[int, int] = {}
    for slot in service_map.members(group, at):
        provider = columns.provider[slot]
        passed = min(levels.get(provider, 0), columns.cap[slot]) if columns.strength[slot] else 0
        members[provider] = max(members.get(provider, 0), passed)
    size = len(members)
    needed = service_map.groups.needed(group, size=size, at=at)
    spare = size - needed
    level = 0
    for candidate in (Level.DOWN, Level.DEGRADED):
        if sum(passed >= candidate for passed in members.values()) > spare:
            level = int(candidate)
            break
    least = level or Level.DEGRADED
    lost = tuple(provider for provider, passed in members.items() if passed >= least)
    return Tally(group, level, size, needed, lost)


def origins_of(service_map: ServiceMap, failed: Mapping[NodeId, Level]) -> dict[int, Level]:
    """Return what failed by position.

    Raises:
        MapQuestionError: nothing failed.
        NodeUnknownError: one of them is not on the map.
    """
    origins = {
        service_map.position(node): level
        for node, level in failed.items()
        if level > Level.OPERATIONAL
    }
    if not origins:
        raise MapQuestionError("Name at least one node that is down or degraded.")
    return origins


def _advance(service_map: ServiceMap, state: Spread, frontier: Iterable[int]) -> _Round:
    columns, levels, at = service_map.dependencies, state.levels, state.at
    begins, ends, strength, cap = columns.begins, columns.ends, columns.strength, columns.cap
    consumer, group = columns.consumer, columns.group
    wave = _Round()
    touched: dict[int, None] = {}
    for provider in frontier:
        level = levels[provider]
        for slot in service_map.carries[provider]:
            if not begins[slot] <= at < ends[slot] or not strength[slot]:
                continue
            node = consumer[slot]
            passed = min(level, cap[slot])
            if passed <= levels.get(node, 0):
                continue
            if group[slot] >= 0:
                touched[group[slot]] = None
            else:
                wave.raise_to(node, passed, slot)
    for one in touched:
        found = tally(service_map, one, levels, at)
        wave.tallies.append(found)
        node = service_map.groups.consumer[one]
        if found.level > levels.get(node, 0):
            wave.raise_to(node, found.level, found)
    return wave


def _apply(state: Spread, wave: _Round, distance: int) -> None:
    for node, level in wave.rising.items():
        state.levels[node] = level
        state.distances.setdefault(node, distance)
    state.causes.update(wave.causes)
    state.held.update({found.group: found for found in wave.tallies if not found.level})
