"""The map: what a disturbed service drags along."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.incident.views.graph import Edge, Use, customers_reached, downstream


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
