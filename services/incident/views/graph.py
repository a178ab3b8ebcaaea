"""The map of who rests on whom: what a disturbed service drags along.

Downstream of a service is whoever uses it, directly or through others. Circles are tolerated.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Edge:
    """The consumer rests on the provider."""

    consumer: UUID
    provider: UUID


@dataclass(frozen=True, slots=True)
class Use:
    """The customer uses the service."""

    customer: UUID
    service: UUID


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """Who rests on whom and who uses what, as valid at one instant.

    ``names`` has the business names of services that are not retired; ``retired`` those that are.
    ``version`` counts the catalog's events in it.
    """

    version: int
    names: dict[UUID, str]
    retired: frozenset[UUID]
    edges: tuple[Edge, ...]
    uses: tuple[Use, ...]


def downstream(
    origins: Iterable[UUID], edges: Iterable[Edge], *, without: Collection[UUID] = ()
) -> dict[UUID, int]:
    """Return every service in reach with its distance, nearest first; the origins have 0.

    ``without`` names services that no longer run: they are not reached and nothing through them.
    """
    consumers: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for edge in edges:
        consumers[edge.provider].append(edge.consumer)
    distances = dict.fromkeys(origins, 0)
    waiting = deque(distances)
    while waiting:
        service = waiting.popleft()
        for consumer in consumers[service]:
            if consumer not in distances and consumer not in without:
                distances[consumer] = distances[service] + 1
                waiting.append(consumer)
    return distances


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
