"""Suppliers as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.catalog.calendars.domain import CalendarId
from services.catalog.suppliers.domain import Supplier, SupplierStatus
from shared.db import columns
from shared.schemas import Line, Paragraph, RequestModel, ResponseModel, absent


class RegisterSupplier(RequestModel):
    """A supplier to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Elbe Hosting", "description": "Runs the data centre"}]
        }
    )

    name: Line
    description: Paragraph = Field(default="", description="What the supplier delivers.")
    support_calendar_id: CalendarId | None = Field(
        default=None, description="The hours in which it works; null: not known."
    )


class ChangeSupplier(RequestModel):
    """A merge patch of a supplier."""

    name: Line = absent()
    description: Paragraph = absent()
    support_calendar_id: CalendarId | None = absent()


class MoveSupplier(RequestModel):
    """The status a supplier should have."""

    to: SupplierStatus


class SupplierRecord(ResponseModel):
    """A supplier."""

    id: UUID
    name: str
    description: str
    support_calendar_id: UUID | None
    status: SupplierStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, supplier: Supplier) -> SupplierRecord:
        """Return what HTTP shows of a supplier."""
        return cls(**columns(supplier))
