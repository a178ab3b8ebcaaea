"""What rests on itself, and in which order the rest can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from services.catalog.components.domain import NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.rows import microseconds


def components(nodes: Iterable[int], follow: Callable[[int], Iterable[int]]) -> list[list[int]]:
    """Return the nodes in sets, each of nodes that all lead to each other (Tarjan's algorithm).

    A set comes after every other one that it leads to.
    """
    found: list[list[int]] = []
    # The number a node was met under; in ``lowest`` the smallest of those it leads back to.
    met: dict[int, int] = {}
    lowest: dict[int, int] = {}
    pending: list[int] = []
    for root in nodes:
        if root in met:
            continue
        met[root] = lowest[root] = len(met)
        pending.append(root)
        way: list[tuple[int, Iterator[int]]] = [(root, iter(follow(root)))]
        while way:
            node, ahead = way[-1]
            for following in ahead:
                if following not in met:
                    met[following] = lowest[following] = len(met)
                    pending.append(following)
                    way.append((following, iter(follow(following))))
                    break
                # One whose set is closed has left ``lowest``.
                if following in lowest:
                    lowest[node] = min(lowest[node], met[following])
            else:
                way.pop()
                if way and lowest[node] < lowest[way[-1][0]]:
                    lowest[way[-1][0]] = lowest[node]
                if lowest[node] == met[node]:
                    found.append(_close(node, pending, lowest))
    return found


def circles_among(
    service_map: ServiceMap, nodes: dict[int, int] | range, at: int
) -> tuple[tuple[NodeId, ...], ...]:
    """Return each set of nodes that all rest on each other through some of these nodes.

    ``at`` is in microseconds since 1970. Every node has its set, which is in the order of ids.
    """
    sets = components(nodes, lambda node: service_map.consumers(node, at, nodes))
    named = [
        tuple(sorted((service_map.nodes[node].id for node in one), key=lambda id_: id_.int))
        for one in sets
        if len(one) > 1
    ]
    return tuple(sorted(named, key=lambda one: one[0].int))


def circles(service_map: ServiceMap, *, as_of: datetime) -> tuple[tuple[NodeId, ...], ...]:
    """Return every circle of the whole map at an instant, as a set of nodes that share circles.

    Raises:
        MapQuestionError: the instant has no zone.
    """
    return circles_among(service_map, range(len(service_map.nodes)), microseconds(as_of))


def _close(node: int, pending: list[int], lowest: dict[int, int]) -> list[int]:
    one: list[int] = []
    while not one or one[-1] != node:
        one.append(pending.pop())
        del lowest[one[-1]]
    return one
