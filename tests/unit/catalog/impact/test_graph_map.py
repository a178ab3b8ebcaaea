"""The map held in memory: built once, changed one dependency at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.components.domain import NodeUnknownError, SelfDependencyError
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.drawing import Drawing, draw_impact, draw_upstream
from services.catalog.impact.graph.impact import downstream, reasons
from services.catalog.impact.graph.rows import (
    Level,
    MapChangedError,
    MapDependency,
    MapGroup,
    MapNode,
    MapRowError,
)
from services.catalog.impact.graph.upstream import upstream
from tests.unit.catalog.impact.naive_graph import (
    COUNT,
    PERCENT,
    World,
    day,
    dependency,
    edge,
    group,
    node,
    world,
    worlds,
)

DOWN = {node(0): Level.DOWN}


def answers(service_map: ServiceMap, at: datetime) -> tuple[Drawing, Drawing]:
    impact = downstream(service_map, DOWN, as_of=at)
    found = upstream(service_map, node(1), as_of=at)
    return draw_impact(service_map, impact), draw_upstream(service_map, found)


def hit(service_map: ServiceMap, at: int = 0) -> list[int]:
    return [one.node.int for one in downstream(service_map, DOWN, as_of=day(at)).hits]


@settings(max_examples=150)
@given(here=worlds(), order=st.randoms(use_true_random=False), at=st.integers(0, 3).map(day))
def test_a_map_that_was_changed_answers_like_one_built_anew(
    here: World, order: Random, at: datetime
) -> None:
    rows = list(here.dependencies)
    order.shuffle(rows)
    before, after = rows[: len(rows) // 2], rows[len(rows) // 3 :]
    service_map = World(here.nodes, [], []).build()
    for one in here.groups:
        service_map.put_group(one)
    for row in before:
        service_map.put_dependency(row._replace(strength=0.7, valid_from=day(0), valid_to=None))
    kept = {row.id for row in after}
    for row in before:
        if row.id not in kept:
            assert service_map.drop_dependency(row.id, consumer=row.consumer)
    for row in after:
        service_map.put_dependency(row)
    fresh = World(here.nodes, here.groups, after).build()
    assert answers(service_map, at) == answers(fresh, at)


def test_a_dependency_has_one_row_per_period_of_its_life() -> None:
    service_map = world(2).build()
    weak, strong = edge(1, 1, 0, strength=0.0, ends=1), edge(1, 1, 0, begins=1, ends=3)
    never = edge(1, 1, 0, begins=2, ends=2)
    service_map.put_dependency(strong, weak, never)
    assert [hit(service_map, at) for at in range(4)] == [[0], [0, 1], [0, 1], [0]]
    service_map.put_dependency(edge(1, 1, 0, begins=2))
    assert [hit(service_map, at) for at in range(4)] == [[0], [0], [0, 1], [0, 1]]
    assert service_map.drop_dependency(dependency(1), consumer=node(1))
    assert not service_map.drop_dependency(dependency(1), consumer=node(1))
    assert [hit(service_map, at) for at in range(4)] == [[0], [0], [0], [0]]


def test_a_slot_that_was_given_up_is_used_again() -> None:
    service_map = world(4, edge(1, 1, 0), edge(2, 2, 0)).build()
    for number in range(50):
        service_map.drop_dependency(dependency(number + 1), consumer=node(number % 2 + 1))
        service_map.put_dependency(edge(number + 3, number % 2 + 1, 0))
    assert len(service_map.dependencies.consumer) == 2
    assert hit(service_map) == [0, 1, 2]


def test_a_node_gets_its_new_label() -> None:
    service_map = world(2, edge(1, 1, 0)).build()
    service_map.put_node(MapNode(node(1), "data", "Orders"))
    drawn = draw_impact(service_map, downstream(service_map, DOWN, as_of=day(0)))
    assert [(one.kind, one.label) for one in drawn.nodes] == [
        ("service", "Node 0"),
        ("data", "Orders"),
    ]


PAIR = MapGroup(group(0), node(0), 1)
REFUSED = [
    ([edge(1, 1, 9)], NodeUnknownError),
    ([edge(1, 9, 1)], NodeUnknownError),
    ([edge(1, 1, 1)], SelfDependencyError),
    ([edge(1, 1, 2, strength=1.5)], MapRowError),
    ([edge(1, 1, 2, strength=-0.1)], MapRowError),
    ([edge(1, 1, 2, strength=math.nan)], MapRowError),
    ([edge(1, 1, 2, begins=2, ends=1)], MapRowError),
    ([edge(1, 1, 2, of=group(0))], MapRowError),  # a group of node 0
    ([edge(1, 1, 2, of=group(7))], MapRowError),
    ([edge(1, 1, 2, ends=2), edge(1, 1, 2, begins=1)], MapRowError),
]


@pytest.mark.parametrize(("rows", "error"), REFUSED)
def test_a_row_that_does_not_fit_is_refused_and_changes_nothing(
    rows: list[MapDependency], error: type[Exception]
) -> None:
    with pytest.raises(error):
        world(3, *rows, groups=[PAIR]).build()
    service_map = world(3, edge(1, 1, 0), groups=[PAIR]).build()
    with pytest.raises(error):
        service_map.put_dependency(*rows)
    assert hit(service_map) == [0, 1]
    assert answers(service_map, day(0)) == answers(world(3, edge(1, 1, 0)).build(), day(0))


def test_rows_of_two_dependencies_are_no_periods_of_one() -> None:
    service_map = world(3).build()
    with pytest.raises(MapRowError):
        service_map.put_dependency(edge(1, 1, 0, ends=1), edge(2, 1, 0, begins=1))
    with pytest.raises(MapRowError):
        service_map.put_group(PAIR, MapGroup(group(1), node(0), 1))


@pytest.mark.parametrize(
    "rows",
    [
        [MapGroup(group(1), node(0), -1, COUNT)],
        [MapGroup(group(1), node(0), 101, PERCENT)],
        [MapGroup(group(1), node(0), 1, COUNT, day(2), day(1))],
        [MapGroup(group(1), node(0), 1, COUNT, None, day(2)), MapGroup(group(1), node(0), 2)],
    ],
)
def test_an_impossible_group_is_refused(rows: list[MapGroup]) -> None:
    with pytest.raises(MapRowError):
        world(1, groups=rows).build()


def test_a_group_stays_with_its_consumer() -> None:
    service_map = world(2, groups=[PAIR]).build()
    with pytest.raises(MapRowError):
        service_map.put_group(PAIR._replace(consumer=node(1)))
    with pytest.raises(NodeUnknownError):
        service_map.put_group(MapGroup(group(1), node(9), 1))


def test_an_answer_cannot_be_explained_by_a_map_that_changed() -> None:
    service_map = world(3, edge(1, 1, 0), groups=[PAIR]).build()
    changes: list[Callable[[], object]] = [
        lambda: service_map.put_dependency(edge(2, 2, 0)),
        lambda: service_map.drop_dependency(dependency(2), consumer=node(2)),
        lambda: service_map.put_node(MapNode(node(1), "data", "Orders")),
        lambda: service_map.put_group(PAIR._replace(min_up=2)),
    ]
    for change in changes:
        impact = downstream(service_map, DOWN, as_of=day(0))
        found = upstream(service_map, node(1), as_of=day(0))
        change()
        with pytest.raises(MapChangedError):
            reasons(service_map, impact, node(1))
        with pytest.raises(MapChangedError):
            draw_impact(service_map, impact)
        with pytest.raises(MapChangedError):
            draw_upstream(service_map, found)
