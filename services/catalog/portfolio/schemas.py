"""Services and their use as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import Service, ServiceId, ServiceUse
from services.catalog.portfolio.events import ServiceKind, ServicePhase, ServiceStatus
from services.catalog.teams.domain import TeamId
from shared.db import columns
from shared.schemas import Instant, Level, Line, Paragraph, RequestModel, ResponseModel, absent

ServiceRefPath: TypeAlias = (
    UUID
    | Annotated[
        str,
        StringConstraints(pattern=r"^[Ss][Vv][Cc][0-9]{7,18}$"),
        AfterValidator(str.upper),
    ]
)
"""A service in a path: its id or its number."""


class ProposeService(RequestModel):
    """A service to add to the portfolio."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name_business": "Online shop",
                    "name_technical": "shop-web",
                    "kind": "business",
                    "status": "operational",
                    "owner_team_id": "01970000-0000-7000-8000-000000007001",
                    "criticality": 5,
                }
            ]
        }
    )

    name_business: Line = Field(description="What customers call it.")
    name_technical: Line = Field(description="What engineers call it; unique, whatever the case.")
    kind: ServiceKind = "business"
    status: Literal["requirements", "operational"] = Field(
        default="requirements", description="operational: it runs already."
    )
    owner_team_id: TeamId
    criticality: Level = Field(description="5 is the most critical.")
    description_business: Paragraph = ""
    description_technical: Paragraph = ""


class ChangeService(RequestModel):
    """A merge patch of a service."""

    name_business: Line = absent()
    name_technical: Line = absent()
    kind: ServiceKind = absent()
    owner_team_id: TeamId = absent()
    criticality: Level = absent()
    description_business: Paragraph = absent()
    description_technical: Paragraph = absent()


class MoveService(RequestModel):
    """The status a service should have."""

    to: ServiceStatus


class ServiceRecord(ResponseModel):
    """A service."""

    id: UUID
    number: str
    name_business: str
    name_technical: str
    kind: ServiceKind
    phase: ServicePhase
    status: ServiceStatus
    owner_team_id: UUID
    criticality: int
    description_business: str
    description_technical: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, service: Service) -> ServiceRecord:
        """Return what HTTP shows of a service."""
        return cls(**columns(service))


class StartServiceUse(RequestModel):
    """A use to note: this customer uses this service."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "01970000-0000-7000-8000-00000000c001",
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "valid_from": "2026-03-02T09:00:00Z",
                }
            ]
        }
    )

    customer_id: CustomerId
    service_id: ServiceId
    valid_from: Instant | None = Field(default=None, description="Since when; now if absent.")
    valid_to: Instant | None = Field(default=None, description="Until just before; open if absent.")


class MoveServiceUse(RequestModel):
    """The end of a use."""

    to: Literal["ended"]
    valid_to: Instant | None = Field(default=None, description="When it ends; now if absent.")


class ServiceUseRecord(ResponseModel):
    """A use; it holds from ``valid_from`` until just before ``valid_to``."""

    id: UUID
    customer_id: UUID
    service_id: UUID
    valid_from: datetime
    valid_to: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, use: ServiceUse) -> ServiceUseRecord:
        """Return what HTTP shows of a use."""
        return cls(**columns(use))
