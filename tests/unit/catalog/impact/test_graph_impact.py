"""Who is hit in the worst case, against a slow second reading and by named examples."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.components.domain import MinUpUnit, NodeId, NodeUnknownError
from services.catalog.impact.graph.circles import circles
from services.catalog.impact.graph.impact import Hit, downstream, reasons
from services.catalog.impact.graph.rows import Level, MapGroup, MapQuestionError
from tests.unit.catalog.impact.naive_graph import (
    COUNT,
    PERCENT,
    World,
    circles_of,
    day,
    dependency,
    edge,
    group,
    node,
    valid,
    world,
    worlds,
    worst_case,
)

FAILURES = st.dictionaries(
    st.integers(0, 1).map(node),
    st.sampled_from([Level.DEGRADED, Level.DOWN, Level.DOWN]),
    min_size=1,
)
INSTANTS = st.integers(0, 3).map(day)
DEPTHS = st.sampled_from([None, None, 1, 2, 3])


def levels_after(here: World, failed: int, at: int = 0) -> dict[int, Level]:
    impact = downstream(here.build(), {node(failed): Level.DOWN}, as_of=day(at))
    return {hit.node.int: hit.level for hit in impact.hits if hit.distance}


@settings(max_examples=400)
@given(here=worlds(), failed=FAILURES, at=INSTANTS, depth=DEPTHS)
def test_exactly_what_a_slow_reading_finds_is_hit_as_badly_and_as_far(
    here: World, failed: dict[NodeId, Level], at: datetime, depth: int | None
) -> None:
    impact = downstream(here.build(), failed, as_of=at, depth=depth)
    levels, first = worst_case(here, failed, at, rounds=depth)
    expected = [Hit(one, levels[one], first[one]) for one in first]
    assert list(impact.hits) == sorted(expected, key=lambda hit: (hit.distance, hit.node))
    assert set(impact.failed) == set(failed)
    assert impact.truncated == (levels != worst_case(here, failed, at)[0])


@settings(max_examples=200)
@given(here=worlds(), failed=FAILURES, at=INSTANTS)
def test_the_reasons_alone_explain_every_hit(
    here: World, failed: dict[NodeId, Level], at: datetime
) -> None:
    service_map = here.build()
    impact = downstream(service_map, failed, as_of=at)
    levels = {hit.node: hit.level for hit in impact.hits}
    by_id = {one.id: one for one in valid(here, at)}
    named, broken = set(), set()
    for hit in impact.hits:
        why = reasons(service_map, impact, hit.node)
        assert hit.node in failed or why.passages or why.groups
        named |= {one.dependency for one in why.passages}
        broken |= {one.id for one in why.groups}
        assert all(levels[one.provider] >= hit.level for one in why.passages)
        downs = [one for one in why.passages if by_id[one.dependency].failure_mode == "down"]
        assert hit.level == Level.DEGRADED or list(why.passages) == downs
        assert all(one.level == hit.level for one in why.groups)
        assert all(one.size - len(one.lost) < one.needed for one in why.groups)
    assert all(by_id[id_].group is None and by_id[id_].strength > 0 for id_ in named)
    passing = {
        id_
        for id_, one in by_id.items()
        if one.strength > 0 and (id_ in named or one.group in broken)
    }
    alone, _ = worst_case(here, failed, at, passing=passing)
    assert levels == {id_: level for id_, level in alone.items() if level}


@settings(max_examples=200)
@given(here=worlds(), failed=FAILURES, at=INSTANTS)
def test_groups_that_keep_their_consumer_unharmed_are_named(
    here: World, failed: dict[NodeId, Level], at: datetime
) -> None:
    impact = downstream(here.build(), failed, as_of=at)
    levels, _ = worst_case(here, failed, at)
    expected = {
        (one.group, one.provider)
        for one in valid(here, at)
        if one.group and one.strength > 0 and levels[one.provider] and not levels[one.consumer]
    }
    assert {(one.id, lost) for one in impact.held for lost in one.lost} == expected
    assert all(one.level == Level.OPERATIONAL for one in impact.held)
    assert all(one.size - len(one.lost) >= one.needed for one in impact.held)


@settings(max_examples=200)
@given(here=worlds(), failed=FAILURES, at=INSTANTS)
def test_circles_are_found_among_the_hit_and_on_the_whole_map(
    here: World, failed: dict[NodeId, Level], at: datetime
) -> None:
    service_map = here.build()
    impact = downstream(service_map, failed, as_of=at)
    assert set(impact.circles) == circles_of(here, at, [hit.node for hit in impact.hits])
    whole = circles(service_map, as_of=at)
    assert set(whole) == circles_of(here, at, [one.id for one in here.nodes])
    assert list(whole) == sorted(whole)


def test_one_of_a_pair_is_enough_and_none_is_not() -> None:
    pair = MapGroup(group(0), node(0), 1)
    here = world(4, edge(1, 0, 1, of=group(0)), edge(2, 0, 2, of=group(0)), groups=[pair])
    assert levels_after(here, 1) == {}
    both = {node(1): Level.DOWN, node(2): Level.DOWN}
    service_map = here.build()
    impact = downstream(service_map, both, as_of=day(0))
    assert impact.hits[-1] == Hit(node(0), Level.DOWN, 1)
    [broken] = reasons(service_map, impact, node(0)).groups
    assert (broken.size, broken.needed, broken.lost) == (2, 1, (node(1), node(2)))
    assert reasons(service_map, impact, node(3)) == ((), ())


def test_a_provider_above_both_of_a_pair_breaks_it_one_round_later() -> None:
    pair = MapGroup(group(0), node(0), 1)
    here = world(
        5,
        edge(1, 0, 1, of=group(0)),
        edge(2, 0, 2, of=group(0)),
        edge(3, 1, 4),
        edge(4, 2, 3),
        edge(5, 3, 4),
        groups=[pair],
    )
    impact = downstream(here.build(), {node(4): Level.DOWN}, as_of=day(0))
    assert [(hit.node.int, hit.distance) for hit in impact.hits] == [
        (4, 0),
        (1, 1),
        (3, 1),
        (2, 2),
        (0, 3),
    ]


@pytest.mark.parametrize(
    ("least", "unit", "bearable"),
    [
        (2, COUNT, 1),
        (1, COUNT, 2),
        (67, PERCENT, 0),  # of three, 67 % are more than two
        (66, PERCENT, 1),
        (9, COUNT, 0),  # more than there are is all of them
        (0, COUNT, 3),
    ],
)
def test_a_group_of_three_bears_to_lose_so_many(least: int, unit: MinUpUnit, bearable: int) -> None:
    three = MapGroup(group(0), node(0), least, unit)
    members = [edge(number, 0, number, of=group(0)) for number in (1, 2, 3)]
    service_map = world(4, *members, groups=[three]).build()
    for lost in (1, 2, 3):
        failed = {node(number): Level.DOWN for number in range(1, lost + 1)}
        impact = downstream(service_map, failed, as_of=day(0))
        assert (node(0) in {hit.node for hit in impact.hits}) == (lost > bearable)


def test_a_dependency_that_degrades_stops_a_failure_from_going_on_as_such() -> None:
    here = world(5, edge(1, 1, 0), edge(2, 2, 1, degrade=True), edge(3, 3, 2), edge(4, 4, 0))
    assert levels_after(here, 0) == {
        1: Level.DOWN,
        2: Level.DEGRADED,
        3: Level.DEGRADED,
        4: Level.DOWN,
    }


def test_members_that_are_degraded_break_a_group_to_degraded_at_most() -> None:
    pair = MapGroup(group(0), node(0), 1)
    here = world(
        4,
        edge(1, 0, 1, of=group(0)),
        edge(2, 0, 2, of=group(0)),
        edge(3, 1, 3, degrade=True),
        edge(4, 2, 3),
        groups=[pair],
    )
    assert levels_after(here, 3) == {1: Level.DEGRADED, 2: Level.DOWN, 0: Level.DEGRADED}


def test_of_two_reasons_in_one_round_the_worse_counts() -> None:
    here = world(4, edge(1, 3, 1, degrade=True), edge(2, 3, 2), edge(3, 3, 1, degrade=True))
    service_map = here.build()
    both = {node(1): Level.DOWN, node(2): Level.DOWN}
    impact = downstream(service_map, both, as_of=day(0))
    assert impact.hits[-1] == Hit(node(3), Level.DOWN, 1)
    assert reasons(service_map, impact, node(3)).passages == ((dependency(2), node(2)),)


def test_a_member_that_is_needed_in_two_ways_is_one_member_and_lost_by_the_worse() -> None:
    pair = MapGroup(group(0), node(0), 1)
    weak = [edge(2, 0, 1, of=group(0), degrade=True), edge(3, 0, 1, of=group(0), strength=0.0)]
    here = world(3, edge(1, 0, 1, of=group(0)), *weak, edge(4, 0, 2, of=group(0)), groups=[pair])
    both = {node(1): Level.DOWN, node(2): Level.DOWN}
    service_map = here.build()
    impact = downstream(service_map, both, as_of=day(0))
    [broken] = reasons(service_map, impact, node(0)).groups
    assert (broken.level, broken.size, broken.lost) == (Level.DOWN, 2, (node(1), node(2)))
    assert levels_after(here, 1) == {}


def test_a_circle_comes_to_rest_and_gives_no_reason_for_itself() -> None:
    here = world(4, edge(1, 1, 0), edge(2, 2, 1), edge(3, 1, 2), edge(4, 3, 2))
    service_map = here.build()
    impact = downstream(service_map, {node(0): Level.DOWN}, as_of=day(0))
    assert impact.circles == ((node(1), node(2)),)
    assert [hit.distance for hit in impact.hits] == [0, 1, 2, 3]
    [why] = reasons(service_map, impact, node(1)).passages
    assert why == (dependency(1), node(0))
    # A circle that nothing from outside brings down stays up.
    assert levels_after(here, 3) == {}


def test_a_group_that_holds_no_more_needs_every_member() -> None:
    pair = MapGroup(group(0), node(0), 1, valid_from=day(1), valid_to=day(2))
    here = world(3, edge(1, 0, 1, of=group(0)), edge(2, 0, 2, of=group(0)), groups=[pair])
    assert [levels_after(here, 1, at) for at in (0, 1, 2)] == [
        {0: Level.DOWN},
        {},
        {0: Level.DOWN},
    ]


def test_only_sensible_questions_are_answered() -> None:
    service_map = world(2, edge(1, 1, 0)).build()
    down = {node(0): Level.DOWN}
    with pytest.raises(NodeUnknownError):
        downstream(service_map, {node(9): Level.DOWN}, as_of=day(0))
    with pytest.raises(MapQuestionError):
        downstream(service_map, {}, as_of=day(0))
    with pytest.raises(MapQuestionError):
        downstream(service_map, {node(0): Level.OPERATIONAL}, as_of=day(0))
    with pytest.raises(MapQuestionError) as shallow:
        downstream(service_map, down, as_of=day(0), depth=0)
    assert shallow.value.pointer == "depth"
    with pytest.raises(MapQuestionError):
        downstream(service_map, down, as_of=day(0).replace(tzinfo=None))
