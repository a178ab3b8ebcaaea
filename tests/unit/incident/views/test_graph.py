"""The map: what a disturbed service drags along."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.views.graph import Edge, Use, customers_reached, downstream, spare_of


def node(number: int) -> UUID:
    return UUID(int=number)


NODES = st.integers(0, 12).map(node)
EDGES = st.lists(st.builds(Edge, consumer=NODES, provider=NODES), max_size=40)
USES = st.lists(st.builds(Use, customer=NODES, service=NODES), max_size=20)


def test_whoever_rests_on_the_service_is_reached_with_its_distance() -> None:
    edges = [Edge(node(2), node(1)), Edge(node(3), node(2)), Edge(node(1), node(9))]
    assert downstream([node(1)], edges) == {node(1): 0, node(2): 1, node(3): 2}


def test_a_circle_ends() -> None:
    edges = [Edge(node(2), node(1)), Edge(node(1), node(2)), Edge(node(1), node(1))]
    assert downstream([node(1)], edges) == {node(1): 0, node(2): 1}


def test_a_service_that_no_longer_runs_passes_nothing_on() -> None:
    edges = [Edge(node(2), node(1)), Edge(node(3), node(2))]
    assert downstream([node(1)], edges, without={node(2)}) == {node(1): 0}


@given(edges=EDGES, origin=NODES)
def test_distances_are_those_of_shortest_ways(edges: list[Edge], origin: UUID) -> None:
    found = downstream([origin], edges)
    expected = {origin: 0}
    for _ in range(len(edges) + 1):
        for edge in edges:
            if edge.provider in expected:
                step = expected[edge.provider] + 1
                expected[edge.consumer] = min(expected.get(edge.consumer, step), step)
    assert found == expected
    assert list(found.values()) == sorted(found.values())


@given(edges=EDGES, uses=USES, origin=NODES)
def test_exactly_the_users_of_what_is_in_reach_are_reached(
    edges: list[Edge], uses: list[Use], origin: UUID
) -> None:
    distances = downstream([origin], edges)
    reached = customers_reached(distances, uses)
    pairs = {(customer, one) for customer, services in reached.items() for one in services}
    assert pairs == {(use.customer, use.service) for use in uses if use.service in distances}
    for services in reached.values():
        assert [distances[one] for one in services] == sorted(distances[one] for one in services)


GROUPED = st.lists(
    st.builds(Edge, consumer=NODES, provider=NODES, group=st.none() | st.integers(0, 3).map(node)),
    max_size=40,
)


def owned(edges: list[Edge]) -> list[Edge]:
    """Return edges whose groups belong to one consumer each."""
    return [
        Edge(one.consumer, one.provider, one.group and node(one.consumer.int * 4 + one.group.int))
        for one in edges
    ]


@given(edges=GROUPED, spare=st.integers(0, 3), origin=NODES)
def test_a_group_passes_on_what_is_more_than_it_can_spare(
    edges: list[Edge], spare: int, origin: UUID
) -> None:
    edges = owned(edges)
    harmless = {one.group: spare for one in edges if one.group is not None}
    found = downstream([origin], edges, spare=harmless)
    # Read a second way: whatever must fail, fails, until nothing more does.
    failed = {origin}
    while True:
        more = {
            edge.consumer
            for edge in edges
            if edge.provider in failed
            and (
                edge.group is None
                or len({e.provider for e in edges if e.group == edge.group} & failed) > spare
            )
        }
        if more <= failed:
            break
        failed |= more
    assert set(found) == failed
    assert list(found.values()) == sorted(found.values())


@given(edges=GROUPED, origin=NODES)
def test_redundancy_only_ever_keeps_something_out_of_reach(edges: list[Edge], origin: UUID) -> None:
    edges = owned(edges)
    harmless = {one.group: 1 for one in edges if one.group is not None}
    assert downstream([origin], edges, spare=harmless).keys() <= downstream([origin], edges).keys()


@pytest.mark.parametrize(
    ("members", "min_up", "unit", "spare"),
    [
        (3, 2, "count", 1),
        (3, 3, "count", 0),
        (2, 5, "count", 0),
        (3, 50, "percent", 1),
        (4, 50, "percent", 2),
        (3, 100, "percent", 0),
        (3, 0, "percent", 3),
        (0, 1, "count", 0),
    ],
)
def test_a_group_can_spare_what_it_does_not_need(
    members: int, min_up: int, unit: str, spare: int
) -> None:
    assert spare_of(members=members, min_up=min_up, unit=unit) == spare
