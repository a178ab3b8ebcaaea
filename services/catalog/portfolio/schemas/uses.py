"""Uses of services as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import OfferingId, ServiceId, ServiceUse
from shared.db import columns
from shared.schemas import Instant, RequestModel, ResponseModel


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
    offering_id: OfferingId | None = Field(
        default=None, description="As what, where that is known; one that is published."
    )
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
    offering_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, use: ServiceUse) -> ServiceUseRecord:
        """Return what HTTP shows of a use."""
        return cls(**columns(use))
