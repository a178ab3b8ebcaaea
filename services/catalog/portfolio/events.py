"""What the world learns about services and their use."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

ServiceKind: TypeAlias = Literal["business", "technical"]
ServicePhase: TypeAlias = Literal["pipeline", "catalogue", "retired"]
ServiceStatus: TypeAlias = Literal[
    "requirements",
    "definition",
    "analysis",
    "approved",
    "chartered",
    "design",
    "development",
    "build_test_release",
    "operational",
    "retiring",
    "retired",
    "obsolete",
    "cancelled",
]


class ServiceState(BaseModel):
    """A service as it is after an event; ``previous_status`` is set where the status changed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "number": "SVC0000001",
                    "name_business": "Online shop",
                    "name_technical": "shop-web",
                    "kind": "business",
                    "phase": "catalogue",
                    "status": "operational",
                    "previous_status": None,
                    "owner_team_id": "01970000-0000-7000-8000-000000007001",
                    "criticality": 5,
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    service_id: UUID
    number: str
    name_business: str
    name_technical: str
    kind: ServiceKind
    phase: ServicePhase
    status: ServiceStatus
    previous_status: ServiceStatus | None
    owner_team_id: UUID
    criticality: int


class ServiceProposed(ServiceState):
    """A service is in the portfolio now."""

    TYPE: ClassVar[str] = "itsm.service.proposed.v1"


class ServiceUpdated(ServiceState):
    """A service was described anew; its status is the same."""

    TYPE: ClassVar[str] = "itsm.service.updated.v1"


class ServiceStatusChanged(ServiceState):
    """A service went from one status to the next."""

    TYPE: ClassVar[str] = "itsm.service.status_changed.v1"


class ServiceRetired(ServiceState):
    """A service left pipeline or catalogue: it is retired, or its idea was cancelled."""

    TYPE: ClassVar[str] = "itsm.service.retired.v1"


class ServiceUseState(BaseModel):
    """A customer uses a service from ``valid_from`` until just before ``valid_to``."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "service_use_id": "01970000-0000-7000-8000-00000000e001",
                    "customer_id": "01970000-0000-7000-8000-00000000c001",
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "valid_from": "2026-03-02T09:00:00Z",
                    "valid_to": None,
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    service_use_id: UUID
    customer_id: UUID
    service_id: UUID
    valid_from: datetime
    valid_to: datetime | None


class ServiceUseStarted(ServiceUseState):
    """A customer uses a service, or is going to."""

    TYPE: ClassVar[str] = "itsm.service_use.started.v1"


class ServiceUseEnded(ServiceUseState):
    """It is known when a use ends; ``valid_to`` may lie ahead."""

    TYPE: ClassVar[str] = "itsm.service_use.ended.v1"


PUBLISHED = (
    ServiceProposed,
    ServiceUpdated,
    ServiceStatusChanged,
    ServiceRetired,
    ServiceUseStarted,
    ServiceUseEnded,
)
