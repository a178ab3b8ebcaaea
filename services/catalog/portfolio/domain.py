"""Rules of services and of their use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.events import (
    ServiceKind,
    ServicePhase,
    ServiceProposed,
    ServiceRetired,
    ServiceState,
    ServiceStatus,
    ServiceStatusChanged,
    ServiceUpdated,
    ServiceUseEnded,
    ServiceUseStarted,
    ServiceUseState,
)
from services.catalog.teams.domain import TeamId
from shared.errors import DomainError, Kind

ServiceId = NewType("ServiceId", UUID)
ServiceUseId = NewType("ServiceUseId", UUID)
ServiceRef: TypeAlias = UUID | str
"""A service's id, or its number."""
TRANSITIONS: Final[Mapping[ServiceStatus, tuple[ServiceStatus, ...]]] = {
    "requirements": ("definition", "cancelled"),
    "definition": ("analysis", "cancelled"),
    "analysis": ("approved", "cancelled"),
    "approved": ("chartered", "cancelled"),
    "chartered": ("design", "cancelled"),
    "design": ("development",),
    "development": ("build_test_release",),
    "build_test_release": ("operational",),
    "operational": ("retiring",),
    "retiring": ("retired",),
    "retired": ("obsolete",),
    "obsolete": (),
    "cancelled": (),
}
PHASES: Final[Mapping[ServiceStatus, ServicePhase]] = {
    "requirements": "pipeline",
    "definition": "pipeline",
    "analysis": "pipeline",
    "approved": "pipeline",
    "chartered": "pipeline",
    "design": "catalogue",
    "development": "catalogue",
    "build_test_release": "catalogue",
    "operational": "catalogue",
    "retiring": "catalogue",
    "retired": "retired",
    "obsolete": "retired",
    "cancelled": "retired",
}


class ServiceNotFoundError(DomainError):
    """No such service, or none that the caller may see."""

    code = "service-not-found"
    kind = Kind.NOT_FOUND
    title = "No such service"


class ServiceNameTakenError(DomainError):
    """Another service that is not retired has this technical name."""

    code = "service-name-taken"
    kind = Kind.CONFLICT
    title = "Another service has this technical name"


class ServiceTransitionError(DomainError):
    """The service's status does not allow this."""

    code = "service-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The service's status does not allow this"


class ServiceRetiredError(DomainError):
    """The service is retired, so it changes no more and nobody begins to use it."""

    code = "service-retired"
    kind = Kind.CONFLICT
    title = "The service is retired"


class ServiceStillUsedError(DomainError):
    """Customers use the service still, or are going to."""

    code = "service-still-used"
    kind = Kind.CONFLICT
    title = "Customers use the service"


class ServiceUseNotFoundError(DomainError):
    """No such use of a service, or none that the caller may see."""

    code = "service-use-not-found"
    kind = Kind.NOT_FOUND
    title = "No such use of a service"


class ServiceUsePeriodError(DomainError):
    """The use would end before it begins, or later than was agreed."""

    code = "service-use-period-invalid"
    kind = Kind.INVALID
    title = "The period of the use is not valid"


class ServiceUseEndedError(DomainError):
    """The use is over."""

    code = "service-use-ended"
    kind = Kind.CONFLICT
    title = "The use is over"


@dataclass(frozen=True, slots=True)
class Service:
    """Something that the provider does for others; ``version`` counts its events.

    ``criticality`` is 1 to 5, 5 the most critical.
    """

    id: ServiceId
    number: str
    name_business: str
    name_technical: str
    kind: ServiceKind
    phase: ServicePhase
    status: ServiceStatus
    owner_team_id: TeamId
    criticality: int
    description_business: str
    description_technical: str
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def proposed(self) -> tuple[Service, list[ServiceState]]:
        """Return the new service with its first event."""
        return self, [ServiceProposed(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Service, list[ServiceState]]:
        """Change names, kind, owner, criticality or descriptions; without a change no event.

        Raises:
            ServiceRetiredError: it is retired.
        """
        if self.phase == "retired":
            raise ServiceRetiredError(f"{self.number} is {self.status}; it changes no more.")
        after = replace(self, **changes)
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [ServiceUpdated(**_state(after))]

    def move(self, to: ServiceStatus, *, now: datetime) -> tuple[Service, list[ServiceState]]:
        """Take the service to another status.

        Raises:
            ServiceTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise ServiceTransitionError(
                f"A service that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        after = replace(self, status=to, phase=PHASES[to], version=self.version + 1, updated_at=now)
        leaves = after.phase == "retired" and self.phase != "retired"
        event = ServiceRetired if leaves else ServiceStatusChanged
        return after, [event(**_state(after, previous=self.status))]


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """A customer uses a service; ``version`` counts its events.

    From ``valid_from`` until just before ``valid_to``, with no end in sight where that is None.
    """

    id: ServiceUseId
    customer_id: CustomerId
    service_id: ServiceId
    valid_from: datetime
    valid_to: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def started(self) -> tuple[ServiceUse, list[ServiceUseState]]:
        """Return the new use with its first event.

        Raises:
            ServiceUsePeriodError: it would not last.
        """
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ServiceUsePeriodError(
                "The end must lie after the beginning.", pointer="/valid_to"
            )
        return self, [ServiceUseStarted(**_use_state(self))]

    def end(
        self, at: datetime | None, *, now: datetime
    ) -> tuple[ServiceUse, list[ServiceUseState]]:
        """End the use at an instant, by default now; no event if that was its end before.

        A use that has not begun and is ended now never begins.

        Raises:
            ServiceUseEndedError: it is over.
            ServiceUsePeriodError: the end lies before the beginning, or after the end agreed on.
        """
        if self.valid_to is not None and self.valid_to <= now:
            raise ServiceUseEndedError("The use is over; start another one.")
        end = max(now, self.valid_from) if at is None else at
        if end < self.valid_from:
            raise ServiceUsePeriodError("It ends before it begins.", pointer="/valid_to")
        if self.valid_to is not None and end > self.valid_to:
            detail = "It ends earlier already; start another use after it."
            raise ServiceUsePeriodError(detail, pointer="/valid_to")
        if end == self.valid_to:
            return self, []
        after = replace(self, valid_to=end, version=self.version + 1, updated_at=now)
        return after, [ServiceUseEnded(**_use_state(after))]


def _state(service: Service, *, previous: ServiceStatus | None = None) -> dict[str, Any]:
    names = ServiceState.model_fields.keys() - {"service_id", "previous_status"}
    known = {name: getattr(service, name) for name in names}
    return {"service_id": service.id, "previous_status": previous, **known}


def _use_state(use: ServiceUse) -> dict[str, Any]:
    names = ServiceUseState.model_fields.keys() - {"service_use_id"}
    return {"service_use_id": use.id, **{name: getattr(use, name) for name in names}}
