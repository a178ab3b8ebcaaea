"""Who and what an incident reaches: everything downstream, and the customers that use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.events.handling import IncidentImpactAssessed
from services.incident.incidents.events.vocabulary import (
    IncidentEvent,
    ReachedCustomer,
    ReachedService,
)
from services.incident.views.graph import ServiceMap, customers_reached, downstream

MAX_SERVICES_PER_CUSTOMER: Final = 100
"""Of the services in reach that a customer uses, the nearest hundred are named."""
PART_BYTES: Final = 150_000
"""Estimated size of a part, so that each event stays well below what a log accepts."""
_ID_BYTES: Final = 40
_ROW_BYTES: Final = 120


@dataclass(frozen=True, slots=True)
class Reach:
    """Services by distance, customers with the services they use, and the map they come from."""

    services: tuple[ReachedService, ...]
    customers: tuple[ReachedCustomer, ...]
    map_version: int


def compute(origins: tuple[UUID, ...], known: ServiceMap) -> Reach:
    """Return the reach of disturbed services and configuration items on a map.

    Configuration items are ways: they count as hops, but only services are in reach. What rests on
    a redundancy group is reached when too few of its members are left. A service that the catalog
    has not named yet goes by its id.
    """
    hops = downstream(origins, known.edges, without=known.retired, spare=known.spare)
    distances = {node: distance for node, distance in hops.items() if node not in known.items}
    touched = customers_reached(distances, known.uses)
    return Reach(
        services=tuple(
            ReachedService(
                service_id=service,
                name_business=known.names.get(service, str(service)),
                distance=distance,
            )
            for service, distance in distances.items()
        ),
        customers=tuple(
            ReachedCustomer(customer_id=customer, service_ids=services[:MAX_SERVICES_PER_CUSTOMER])
            for customer, services in touched.items()
        ),
        map_version=known.version,
    )


def assess(
    incident: Incident, reach: Reach, *, now: datetime
) -> tuple[Incident, list[IncidentEvent]]:
    """Note the reach; a large one is told in several events."""
    shares = list(_shares(reach))
    events: list[IncidentEvent] = []
    for part, (services, customers) in enumerate(shares, start=1):
        own = {
            "services": services,
            "customers": customers,
            "map_version": reach.map_version,
            "part": part,
            "parts": len(shares),
        }
        incident, event = incident.then(
            IncidentImpactAssessed,
            now=now,
            own=own,
            impact_assessed_at=now,
            map_version=reach.map_version,
        )
        events.append(event)
    return incident, events


def _shares(
    reach: Reach,
) -> Iterator[tuple[tuple[ReachedService, ...], tuple[ReachedCustomer, ...]]]:
    services: list[ReachedService] = []
    customers: list[ReachedCustomer] = []
    size = 0
    rows: tuple[ReachedService | ReachedCustomer, ...] = (*reach.services, *reach.customers)
    for one in rows:
        weight = _weight(one)
        if size + weight > PART_BYTES:
            yield tuple(services), tuple(customers)
            services, customers, size = [], [], 0
        size += weight
        if isinstance(one, ReachedService):
            services.append(one)
        else:
            customers.append(one)
    yield tuple(services), tuple(customers)


def _weight(one: ReachedService | ReachedCustomer) -> int:
    if isinstance(one, ReachedService):
        return _ROW_BYTES + len(one.name_business.encode())
    return _ROW_BYTES + _ID_BYTES * len(one.service_ids)
