"""Health as HTTP shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.catalog.health.events import Health
from shared.schemas import ResponseModel


class CauseRecord(ResponseModel):
    """An outage or a change, and the health that it alone would mean."""

    kind: Literal["outage", "change"]
    id: UUID
    health: Health


class HealthRecord(ResponseModel):
    """The own health of a service; ``since`` is null for one of which nothing was ever heard."""

    id: UUID = Field(description="The service's.")
    number: str
    name_business: str
    health: Health
    causes: list[CauseRecord]
    since: datetime | None


class FeltRecord(ResponseModel):
    """A service and what it feels: itself, and through the map what it rests on."""

    service_id: UUID
    felt_health: Health


class HealthAndReach(HealthRecord):
    """The health of a service with what it feels of others, and what others feel of it."""

    felt_health: Health = Field(
        description="In the worst case of all that is disturbed now, through the map."
    )
    consumers: list[FeltRecord] | None = Field(
        description="Services that this one alone would disturb; null for customers' users."
    )
    consumers_total: int | None
