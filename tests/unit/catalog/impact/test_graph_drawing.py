"""The graph document of an answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.impact.graph.drawing import draw_impact, draw_upstream
from services.catalog.impact.graph.impact import downstream
from services.catalog.impact.graph.probability import probability
from services.catalog.impact.graph.rows import Level, MapGroup
from services.catalog.impact.graph.upstream import upstream
from tests.unit.catalog.impact.naive_graph import (
    World,
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

DOWN = {node(0): Level.DOWN}
PAIR = MapGroup(group(0), node(3), 1)
TRIPLE = MapGroup(group(1), node(4), 2)
SHOP = world(
    6,
    edge(1, 1, 0),
    edge(2, 2, 1, degrade=True),
    edge(3, 3, 1, of=group(0)),
    edge(4, 3, 5, of=group(0)),
    edge(5, 4, 1, of=group(1)),
    edge(6, 4, 2, of=group(1), degrade=True),
    edge(7, 4, 5, of=group(1)),
    groups=[PAIR, TRIPLE],
)


def test_every_node_says_why_it_is_as_it_is() -> None:
    service_map = SHOP.build()
    drawing = draw_impact(service_map, downstream(service_map, DOWN, as_of=day(0)))
    assert [(one.role, one.level, one.distance) for one in drawing.nodes] == [
        ("failed", Level.DOWN, 0),
        ("hit", Level.DOWN, 1),
        ("hit", Level.DEGRADED, 2),
        ("hit", Level.DEGRADED, 3),
        ("held", Level.OPERATIONAL, None),
    ]
    assert [[why.text for why in one.reasons] for one in drawing.nodes] == [
        [],
        ["Rests on Node 0, which is down."],
        ["Rests on Node 1, which is down."],
        ["Needs 2 of 3 unharmed, has 1 without Node 1, Node 2."],
        ["Needs 1 of 2 unharmed, has 1 without Node 1."],
    ]
    assert [(one.id, one.level, one.decisive) for one in drawing.edges] == [
        (dependency(1), Level.DOWN, True),
        (dependency(2), Level.DEGRADED, True),
        (dependency(3), Level.DOWN, False),
        (dependency(5), Level.DOWN, False),
        (dependency(6), Level.DEGRADED, False),
    ]
    assert {one.id: one.lost for one in drawing.groups} == {
        group(0): (node(1),),
        group(1): (node(1), node(2)),
    }
    assert (drawing.total, drawing.truncated) == (4, False)


def test_chances_stand_beside_the_nodes() -> None:
    service_map = world(3, edge(1, 1, 0, strength=0.5), edge(2, 2, 1)).build()
    impact = downstream(service_map, DOWN, as_of=day(0))
    likelihood = probability(service_map, DOWN, as_of=day(0), seed=1)
    drawing = draw_impact(service_map, impact)
    chances = {one.node: one.hit.value for one in likelihood.chances}
    assert [chances[one.id] for one in drawing.nodes] == [1.0, 0.5, 0.5]
    assert [one.strength for one in drawing.edges] == [0.5, 1.0]


def test_a_large_answer_is_drawn_as_far_as_its_bound() -> None:
    circle = [edge(20, 8, 9), edge(21, 9, 8)]
    chain = [edge(number, number, number - 1) for number in range(1, 10)]
    service_map = world(10, *chain, *circle).build()
    impact = downstream(service_map, DOWN, as_of=day(0))
    drawing = draw_impact(service_map, impact, most=9)
    assert [one.id.int for one in drawing.nodes] == list(range(9))
    assert (drawing.total, drawing.truncated, drawing.circles) == (10, True, ())
    assert [one.consumer.int for one in drawing.edges] == list(range(1, 9))
    up = draw_upstream(service_map, upstream(service_map, node(9), as_of=day(0)), most=3)
    assert [one.id.int for one in up.nodes] == [9, 8, 7]
    assert (up.total, up.truncated, up.circles) == (10, True, ((node(8), node(9)),))


def test_what_a_node_rests_on_is_drawn_with_its_groups() -> None:
    service_map = SHOP.build()
    found = upstream(service_map, node(4), as_of=day(0), depth=1)
    drawing = draw_upstream(service_map, found)
    assert [(one.id.int, one.role) for one in drawing.nodes] == [
        (4, "asked"),
        (1, "foundation"),
        (2, "foundation"),
        (5, "foundation"),
    ]
    assert [one.id for one in drawing.edges] == [dependency(5), dependency(6), dependency(7)]
    assert [(one.id, one.size, one.needed) for one in drawing.groups] == [(group(1), 3, 2)]
    assert drawing.truncated


@settings(max_examples=150)
@given(here=worlds(), at=st.integers(0, 3), most=st.sampled_from([1, 3, 100]))
def test_a_drawing_names_only_what_it_shows(here: World, at: int, most: int) -> None:
    service_map = here.build()
    impact = downstream(service_map, DOWN, as_of=day(at))
    drawing = draw_impact(service_map, impact, most=most)
    shown = {one.id for one in drawing.nodes}
    assert {one.consumer for one in drawing.groups} <= shown
    assert {id_ for one in drawing.circles for id_ in one} <= shown
    levels, _ = worst_case(here, DOWN, day(at))
    carrying = {
        one.id
        for one in valid(here, day(at))
        if one.strength > 0 and levels[one.provider] and {one.provider, one.consumer} <= shown
    }
    assert [one.id for one in drawing.edges if one.id not in carrying] == []
    assert len(drawing.edges) == len(carrying)
    found = draw_upstream(service_map, upstream(service_map, node(1), as_of=day(at)), most=most)
    shown = {one.id for one in found.nodes}
    assert {id_ for one in found.edges for id_ in (one.consumer, one.provider)} <= shown
    assert {one.consumer for one in found.groups} <= shown
