"""Services as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints

from services.catalog.calendars.domain import CalendarId
from services.catalog.contacts.domain import ContactId
from services.catalog.portfolio.domain import Service
from services.catalog.portfolio.events import (
    DataClassification,
    ServiceKind,
    ServicePhase,
    ServiceStatus,
)
from services.catalog.teams.domain import TeamId
from shared.db import columns
from shared.schemas import Level, Line, Paragraph, RequestModel, ResponseModel, absent

EarlyStatus: TypeAlias = Literal[
    "requirements",
    "definition",
    "analysis",
    "approved",
    "chartered",
    "design",
    "development",
    "build_test_release",
    "operational",
]
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
                    "status": "build_test_release",
                    "owner_team_id": "01970000-0000-7000-8000-000000007001",
                    "criticality": 5,
                    "no_agreement_needed": True,
                    "data_classification": "confidential",
                }
            ]
        }
    )

    name_business: Line = Field(description="What customers call it.")
    name_technical: Line = Field(description="What engineers call it; unique, whatever the case.")
    kind: ServiceKind = "business"
    status: EarlyStatus = Field(
        default="requirements",
        description="Where it stands already. operational comes later: it needs an offering.",
    )
    owner_team_id: TeamId
    criticality: Level = Field(description="5 is the most critical.")
    description_business: Paragraph = ""
    description_technical: Paragraph = ""
    support_calendar_id: CalendarId | None = Field(
        default=None, description="When it is supported."
    )
    service_manager_id: ContactId | None = Field(default=None, description="A contact.")
    inner_owner_id: ContactId | None = Field(default=None, description="A contact.")
    continuity_manager_id: ContactId | None = Field(default=None, description="A contact.")
    no_agreement_needed: bool = Field(
        default=False,
        strict=True,
        description="The explicit statement that it runs without a service level agreement.",
    )
    data_classification: DataClassification = "internal"


class ChangeService(RequestModel):
    """A merge patch of a service."""

    name_business: Line = absent()
    name_technical: Line = absent()
    kind: ServiceKind = absent()
    owner_team_id: TeamId = absent()
    criticality: Level = absent()
    description_business: Paragraph = absent()
    description_technical: Paragraph = absent()
    support_calendar_id: CalendarId | None = absent()
    service_manager_id: ContactId | None = absent()
    inner_owner_id: ContactId | None = absent()
    continuity_manager_id: ContactId | None = absent()
    no_agreement_needed: StrictBool = absent()
    data_classification: DataClassification = absent()


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
    support_calendar_id: UUID | None
    service_manager_id: UUID | None
    inner_owner_id: UUID | None
    continuity_manager_id: UUID | None
    no_agreement_needed: bool
    data_classification: DataClassification
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, service: Service) -> ServiceRecord:
        """Return what HTTP shows of a service."""
        return cls(**columns(service))
