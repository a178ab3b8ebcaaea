"""How the health of a service follows from its outages and changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from services.catalog.health.events import Cause, Health, ServiceHealthChanged
from shared.errors import DomainError, Kind

ServiceHealthId = NewType("ServiceHealthId", UUID)
MAX_CAUSES: Final = 100
RANK: Final[Mapping[Health, int]] = {
    "operational": 0,
    "maintenance": 1,
    "degraded": 2,
    "outage": 3,
}
OF_KIND: Final[Mapping[str, Health]] = {
    "outage": "outage",
    "degradation": "degraded",
    "planned": "maintenance",
}


class HealthUnknownError(DomainError):
    """No such service, or none that the caller may see."""

    code = "service-not-found"
    kind = Kind.NOT_FOUND
    title = "No such service"


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """The own health of a service; ``version`` counts its events."""

    id: ServiceHealthId
    service_id: UUID
    health: Health
    previous: Health
    causes: tuple[Cause, ...]
    since: datetime
    version: int
    created_at: datetime
    updated_at: datetime

    def judged(
        self, causes: Iterable[Cause], *, at: datetime, now: datetime
    ) -> tuple[ServiceHealth, list[ServiceHealthChanged]]:
        """Return the health that follows from what lasts; the same causes make no event."""
        found = tuple(
            sorted(causes, key=lambda one: (-RANK[one.health], one.kind, one.id))[:MAX_CAUSES]
        )
        health: Health = found[0].health if found else "operational"
        if found == self.causes:
            return self, []
        after = replace(
            self, causes=found, previous=self.health, version=self.version + 1, updated_at=now
        )
        if health != self.health:
            after = replace(after, health=health, since=at)
        event = ServiceHealthChanged(
            service_health_id=after.id,
            service_id=after.service_id,
            health=after.health,
            previous=after.previous,
            causes=after.causes,
            since=after.since,
        )
        return after, [event]


def healthy(id_: ServiceHealthId, service_id: UUID, *, now: datetime) -> ServiceHealth:
    """Return the health of a service of which nothing was ever heard."""
    return ServiceHealth(id_, service_id, "operational", "operational", (), now, 0, now, now)
