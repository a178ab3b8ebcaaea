"""The map of who rests on whom: what a disturbed service or configuration item drags along.

Downstream of a node is whoever rests on it, directly or through others. Circles are tolerated.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Edge:
    """The consumer rests on the provider; in a ``group``, on enough of its members."""

    consumer: UUID
    provider: UUID
    group: UUID | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """The customer uses the service."""

    customer: UUID
    service: UUID


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """Who rests on whom and who uses what, as valid at one instant, as far as it was asked for.

    ``names`` has the business names of services that are not retired; ``retired`` those that are;
    ``items`` the configuration items, which are ways from service to service. ``spare`` says of a
    redundancy group how many of its members can fail without harm. ``version`` counts the
    catalog's events in the whole map.
    """

    version: int
    names: dict[UUID, str]
    retired: frozenset[UUID]
    edges: tuple[Edge, ...]
    uses: tuple[Use, ...]
    items: frozenset[UUID] = frozenset()
    spare: Mapping[UUID, int] = field(default_factory=dict)


def downstream(
    origins: Iterable[UUID],
    edges: Iterable[Edge],
    *,
    without: Collection[UUID] = (),
    spare: Mapping[UUID, int] | None = None,
) -> dict[UUID, int]:
    """Return every node in reach with its distance in hops, nearest first; the origins have 0.

    ``without`` names services that no longer run: they are not reached and nothing through them.
    A group in ``spare`` passes something on when more of its members are reached than it says; of
    any other, every member is needed.
    """
    consumers: defaultdict[UUID, list[Edge]] = defaultdict(list)
    for edge in edges:
        consumers[edge.provider].append(edge)
    harmless = spare or {}
    fallen: defaultdict[UUID, set[UUID]] = defaultdict(set)
    distances = dict.fromkeys(origins, 0)
    waiting = deque(distances)
    while waiting:
        node = waiting.popleft()
        for edge in consumers[node]:
            consumer = edge.consumer
            if consumer in distances or consumer in without:
                continue
            if edge.group is not None and edge.group in harmless:
                fallen[edge.group].add(node)
                if len(fallen[edge.group]) <= harmless[edge.group]:
                    continue
            distances[consumer] = distances[node] + 1
            waiting.append(consumer)
    return distances


def spare_of(*, members: int, min_up: int, unit: str) -> int:
    """Return how many of a group's members can fail; ``unit`` is count or percent of them."""
    needed = min_up if unit == "count" else -(-min_up * members // 100)
    return max(members - needed, 0)


def customers_reached(
    distances: Mapping[UUID, int], uses: Iterable[Use]
) -> dict[UUID, tuple[UUID, ...]]:
    """Return each customer that uses a service in reach, with those services, nearest first."""
    touched: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for use in uses:
        if use.service in distances:
            touched[use.customer].add(use.service)
    return {
        customer: tuple(sorted(services, key=lambda one: (distances[one], one)))
        for customer, services in sorted(touched.items())
    }
