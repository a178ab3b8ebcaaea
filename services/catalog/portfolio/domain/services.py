"""Rules of services: their statuses, and what it takes to run and to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from services.catalog.calendars.domain import CalendarId
from services.catalog.contacts.domain import ContactId
from services.catalog.portfolio.events.services import (
    DataClassification,
    ServiceKind,
    ServicePhase,
    ServiceProposed,
    ServiceRetired,
    ServiceState,
    ServiceStatus,
    ServiceStatusChanged,
    ServiceUpdated,
)
from services.catalog.teams.domain import TeamId
from shared.errors import DomainError, Kind

ServiceId = NewType("ServiceId", UUID)
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
    """The service is retired: it changes no more, and nobody begins to use or to offer it."""

    code = "service-retired"
    kind = Kind.CONFLICT
    title = "The service is retired"


class ServiceNotReadyError(DomainError):
    """The service lacks something that it needs to run; each lack is one of the errors."""

    code = "service-not-ready"
    kind = Kind.CONFLICT
    title = "The service lacks what it needs to be operational"


class ServiceStillNeededError(DomainError):
    """Somebody or something holds on to the service; each of them is one of the errors."""

    code = "service-still-needed"
    kind = Kind.CONFLICT
    title = "The service is needed still"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a service can rely on at an instant, of all that it needs to run.

    ``covered`` is whether an active agreement is about it.
    """

    owner_active: bool
    calendar_active: bool
    published_offerings: int
    covered: bool


@dataclass(frozen=True, slots=True)
class Service:
    """Something that the provider does for others; ``version`` counts its events.

    ``criticality`` is 1 to 5, 5 the most critical. ``support_calendar_id`` names the hours in which
    it is supported; the three people are contacts. ``no_agreement_needed`` is the explicit
    statement that it runs without an agreement.
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
    support_calendar_id: CalendarId | None
    service_manager_id: ContactId | None
    inner_owner_id: ContactId | None
    continuity_manager_id: ContactId | None
    no_agreement_needed: bool
    data_classification: DataClassification
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def proposed(self) -> tuple[Service, list[ServiceState]]:
        """Return the new service with its first event."""
        return self, [ServiceProposed(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Service, list[ServiceState]]:
        """Change what describes it; without a change no event.

        Raises:
            ServiceRetiredError: it is retired.
        """
        self.require_present()
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

    def require_present(self) -> None:
        """Check that the service is in the pipeline or in the catalogue.

        Raises:
            ServiceRetiredError: it is retired.
        """
        if self.phase == "retired":
            raise ServiceRetiredError(f"{self.number} is {self.status}; it changes no more.")

    def lacks(self, standing: Standing) -> dict[str, str]:
        """Return what it lacks to be operational: the field at fault, and a sentence about it."""
        found: dict[str, str] = {}
        if not standing.owner_active:
            found["/owner_team_id"] = "The team that owns it is retired."
        if not standing.calendar_active:
            found["/support_calendar_id"] = "It needs a support calendar that is active."
        if standing.published_offerings == 0:
            found["/offerings"] = "It needs an offering that is published."
        if not standing.covered and not self.no_agreement_needed:
            found["/no_agreement_needed"] = (
                "It needs an active agreement, or the statement that it runs without one."
            )
        return found


def require_ready(service: Service, standing: Standing) -> None:
    """Check that a service has all that it needs to run.

    Raises:
        ServiceNotReadyError: it lacks something; each lack is named.
    """
    _refuse_lacks(service, service.lacks(standing))


def require_as_ready(
    before: Service, after: Service, *, standing: Standing, then: Standing
) -> None:
    """Check that a change takes nothing away that an operational service needs.

    What it lacked before, it may lack still: there are services that ran before anybody asked.

    Raises:
        ServiceNotReadyError: it is operational and would lack something new.
    """
    if after.status != "operational":
        return
    lacked = before.lacks(standing)
    lacks = after.lacks(then)
    _refuse_lacks(after, {where: said for where, said in lacks.items() if where not in lacked})


def require_free(service: Service, holds: Mapping[str, str]) -> None:
    """Check that nothing holds a service that is to leave the portfolio.

    ``holds`` says who does, by where to look.

    Raises:
        ServiceStillNeededError: something does; everything is named.
    """
    if holds:
        raise ServiceStillNeededError(
            f"{service.number} is needed still: {' '.join(holds.values())}",
            extras={"errors": _errors(holds)},
        )


def _refuse_lacks(service: Service, lacks: Mapping[str, str]) -> None:
    if lacks:
        raise ServiceNotReadyError(
            f"{service.number} cannot be operational: {' '.join(lacks.values())}",
            extras={"errors": _errors(lacks)},
        )


def _errors(found: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"pointer": where, "detail": said} for where, said in found.items()]


def _state(service: Service, *, previous: ServiceStatus | None = None) -> dict[str, Any]:
    names = ServiceState.model_fields.keys() - {"service_id", "previous_status"}
    known = {name: getattr(service, name) for name in names}
    return {"service_id": service.id, "previous_status": previous, **known}
