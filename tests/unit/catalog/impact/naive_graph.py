"""The map read a second time, slowly and without any of its code: plain rows, plain loops.

Redundancy is enumerated: a group breaks when no combination of as many members as it needs is
left whole. Probability is enumerated too: every combination of uncertain dependencies is tried.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations, product
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from services.catalog.components.domain import DependencyId, FailureMode, GroupId, MinUpUnit, NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.rows import Level, MapDependency, MapGroup, MapNode

COUNT: Final[MinUpUnit] = "count"
PERCENT: Final[MinUpUnit] = "percent"
START = datetime(2026, 3, 2, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def node(number: int) -> NodeId:
    return NodeId(UUID(int=number))


def group(number: int) -> GroupId:
    return GroupId(UUID(int=1 << 100 | number))


def dependency(number: int) -> DependencyId:
    return DependencyId(UUID(int=1 << 101 | number))


@dataclass(frozen=True)
class World:
    """Rows of a small map."""

    nodes: list[MapNode]
    groups: list[MapGroup]
    dependencies: list[MapDependency]

    def build(self) -> ServiceMap:
        return ServiceMap.build(self.nodes, self.groups, self.dependencies)


def world(size: int, *edges: MapDependency, groups: Collection[MapGroup] = ()) -> World:
    nodes = [MapNode(node(number), "service", f"Node {number}") for number in range(size)]
    return World(nodes, list(groups), list(edges))


def edge(
    number: int,
    consumer: int,
    provider: int,
    *,
    strength: float = 1.0,
    degrade: bool = False,
    of: GroupId | None = None,
    begins: int = 0,
    ends: int | None = None,
) -> MapDependency:
    mode: FailureMode = "degrade" if degrade else "down"
    until = None if ends is None else day(ends)
    ends_at = (dependency(number), node(consumer), node(provider))
    return MapDependency(*ends_at, strength, mode, of, day(begins), until)


@st.composite
def worlds(
    draw: st.DrawFn, *, edges: int = 30, strengths: tuple[float, ...] = (0.0, 0.5, 1.0, 1.0)
) -> World:
    """Maps of up to 12 nodes, circles and doubled dependencies included, valid days 0 to 3."""
    size = draw(st.integers(2, 12))
    groups = [
        MapGroup(group(number), node(number // 2), least, unit)
        for number in range(2 * size)
        for unit, least in [
            draw(
                st.one_of(
                    st.tuples(st.just(COUNT), st.integers(0, 3)),
                    st.tuples(st.just(PERCENT), st.sampled_from([0, 34, 50, 66, 67, 100])),
                )
            )
        ]
    ]
    places = st.tuples(st.integers(0, size - 1), st.integers(1, size - 1))
    # Drawn first, since lists by themselves stay short, and sparse maps show little.
    count = draw(st.integers(0, edges))
    rows = draw(
        st.lists(
            st.tuples(
                places,
                st.sampled_from(strengths),
                st.booleans(),
                st.sampled_from([None, None, 0, 0, 1]),
                st.sampled_from([(0, None), (0, None), (0, 2), (1, 3), (2, None)]),
            ),
            min_size=count,
            max_size=count,
        )
    )
    made = [
        edge(
            number,
            consumer,
            (consumer + step) % size,
            strength=strength,
            degrade=degrade,
            of=None if choice is None else group(2 * consumer + choice),
            begins=begins,
            ends=ends,
        )
        for number, ((consumer, step), strength, degrade, choice, (begins, ends)) in enumerate(rows)
    ]
    return world(size, *made, groups=groups)


def valid(here: World, at: datetime) -> list[MapDependency]:
    return [
        one
        for one in here.dependencies
        if one.valid_from <= at and (one.valid_to is None or at < one.valid_to)
    ]


def needs(one: MapGroup, size: int) -> int:
    """Return the smallest number of members that satisfies a group."""
    for count in range(size + 1):
        if one.min_up_unit == "count" and count >= one.min_up:
            return count
        if one.min_up_unit == "percent" and Fraction(count, size or 1) >= Fraction(one.min_up, 100):
            return count
    return size


def harmed(
    here: World,
    levels: Mapping[NodeId, Level],
    passing: Collection[DependencyId],
    mine: list[MapDependency],
    level: Level,
) -> bool:
    """Tell whether the providers of a node's dependencies bring it to a level, or worse."""

    def passes(one: MapDependency) -> bool:
        capable = level == Level.DEGRADED or one.failure_mode == "down"
        return one.id in passing and capable and levels[one.provider] >= level

    if any(passes(one) for one in mine if one.group is None):
        return True
    named = {one.group for one in mine}
    for each in (one for one in here.groups if one.id in named):
        own = [one for one in mine if one.group == each.id]
        members = {one.provider for one in own}
        whole = members - {one.provider for one in own if passes(one)}
        needed = needs(each, len(members))
        if not any(set(team) <= whole for team in combinations(sorted(members), needed)):
            return True
    return False


def worst_case(
    here: World,
    failed: Mapping[NodeId, Level],
    at: datetime,
    *,
    rounds: int | None = None,
    passing: Collection[DependencyId] | None = None,
) -> tuple[dict[NodeId, Level], dict[NodeId, int]]:
    """Return the level of every node after so many rounds, and the round each was hit first."""
    there = valid(here, at)
    if passing is None:
        passing = {one.id for one in there if one.strength > 0}
    of = {each.id: [one for one in there if one.consumer == each.id] for each in here.nodes}
    levels = {one.id: failed.get(one.id, Level.OPERATIONAL) for one in here.nodes}
    first = {id_: 0 for id_, level in levels.items() if level}
    done = 0
    while rounds is None or done < rounds:
        after = {
            id_: max(
                [level]
                + [
                    worse
                    for worse in (Level.DEGRADED, Level.DOWN)
                    if harmed(here, levels, passing, of[id_], worse)
                ]
            )
            for id_, level in levels.items()
        }
        if after == levels:
            break
        levels, done = after, done + 1
        for id_, level in levels.items():
            if level:
                first.setdefault(id_, done)
    return levels, first


def chances(
    here: World, failed: Mapping[NodeId, Level], at: datetime
) -> dict[NodeId, tuple[float, float]]:
    """Return the probability of every node to be hit, and to be down."""
    there = [one for one in valid(here, at) if one.strength > 0]
    certain = {one.id for one in there if one.strength == 1}
    uncertain = [one for one in there if one.strength < 1]
    total = {one.id: (0.0, 0.0) for one in here.nodes}
    for pattern in product((False, True), repeat=len(uncertain)):
        weight, passing = 1.0, set(certain)
        for one, passes in zip(uncertain, pattern, strict=True):
            weight *= one.strength if passes else 1 - one.strength
            if passes:
                passing.add(one.id)
        levels, _ = worst_case(here, failed, at, passing=passing)
        for id_, level in levels.items():
            hit, down = total[id_]
            total[id_] = (hit + weight * (level >= 1), down + weight * (level == 2))
    return total


def reachable(here: World, at: datetime, start: NodeId, among: Collection[NodeId]) -> set[NodeId]:
    """Return what a node rests on through some nodes, itself only where there is a circle."""
    found: set[NodeId] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        for each in valid(here, at):
            fits = each.consumer == one and each.strength > 0 and each.provider in among
            if fits and each.provider not in found:
                found.add(each.provider)
                waiting.append(each.provider)
    return found


def circles_of(here: World, at: datetime, among: Collection[NodeId]) -> set[tuple[NodeId, ...]]:
    """Return the sets of nodes that rest on each other, each in the order of ids."""
    under = {one: reachable(here, at, one, among) for one in among}
    return {
        tuple(sorted(other for other in under[one] if one in under[other]))
        for one in among
        if one in under[one]
    }
