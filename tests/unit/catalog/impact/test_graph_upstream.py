"""What a node rests on."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.impact.graph.rows import MapGroup
from services.catalog.impact.graph.upstream import GroupNeed, upstream
from tests.unit.catalog.impact.naive_graph import (
    World,
    circles_of,
    day,
    dependency,
    edge,
    group,
    node,
    reachable,
    valid,
    world,
    worlds,
)


@settings(max_examples=200)
@given(here=worlds(), at=st.integers(0, 3).map(day), depth=st.sampled_from([None, 1, 2]))
def test_exactly_what_can_be_reached_is_found_by_shortest_ways(
    here: World, at: datetime, depth: int | None
) -> None:
    found = upstream(here.build(), node(0), as_of=at, depth=depth)
    real = [one for one in valid(here, at) if one.strength > 0]
    distances = {node(0): 0}
    for distance in range(1, (depth or 12) + 1):
        near = {id_ for id_, known in distances.items() if known == distance - 1}
        for one in real:
            if one.consumer in near:
                distances.setdefault(one.provider, distance)
    assert {one.node: one.distance for one in found.foundations} == distances
    walked = {id_ for id_, distance in distances.items() if depth is None or distance < depth}
    for found_one in found.foundations:
        assert list(found_one.dependencies) == sorted(
            one.id for one in real if one.provider == found_one.node and one.consumer in walked
        )
    everything = reachable(here, at, node(0), [one.id for one in here.nodes]) | {node(0)}
    assert found.truncated == (distances.keys() != everything)
    assert set(found.circles) == circles_of(here, at, distances)
    groups = {one.group for one in real if one.group and one.consumer in walked}
    assert {one.id for one in found.groups} == groups


def test_groups_on_the_way_say_what_they_need() -> None:
    three = MapGroup(group(0), node(0), 50, "percent")
    edges = [edge(number, 0, number, of=group(0)) for number in (1, 2)]
    spare = edge(3, 0, 3, strength=0.0, of=group(0))
    here = world(5, *edges, spare, edge(4, 1, 4), groups=[three])
    found = upstream(here.build(), node(0), as_of=day(0))
    # One that cannot be lost counts as a member and is no way to follow.
    assert found.groups == (GroupNeed(group(0), node(0), 3, 2, (node(1), node(2))),)
    assert [one.node for one in found.foundations] == [node(0), node(1), node(2), node(4)]
    assert found.foundations[-1].dependencies == (dependency(4),)
