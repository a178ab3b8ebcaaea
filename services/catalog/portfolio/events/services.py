"""What the world learns about services."""

from __future__ import annotations

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
DataClassification: TypeAlias = Literal["public", "internal", "confidential", "restricted"]


class ServiceState(BaseModel):
    """A service as it is after an event; ``previous_status`` is set where the status changed.

    ``support_calendar_id`` names the hours in which it is supported, ``service_manager_id``,
    ``inner_owner_id`` and ``continuity_manager_id`` name contacts. ``no_agreement_needed`` is the
    explicit statement that it runs without a service level agreement.
    """

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
                    "description_business": "Where customers order.",
                    "description_technical": "Three replicas behind the edge proxy.",
                    "support_calendar_id": "01970000-0000-7000-8000-00000000ca01",
                    "service_manager_id": "01970000-0000-7000-8000-00000000a001",
                    "inner_owner_id": "01970000-0000-7000-8000-00000000a002",
                    "continuity_manager_id": None,
                    "no_agreement_needed": False,
                    "data_classification": "confidential",
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
    description_business: str = ""
    description_technical: str = ""
    support_calendar_id: UUID | None = None
    service_manager_id: UUID | None = None
    inner_owner_id: UUID | None = None
    continuity_manager_id: UUID | None = None
    no_agreement_needed: bool = False
    data_classification: DataClassification = "internal"


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
