"""What the world learns about suppliers."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class SupplierChanged(BaseModel):
    """A supplier was registered, changed or retired; the payload is its whole state after that."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "supplier_id": "01970000-0000-7000-8000-00000000f001",
                    "name": "Elbe Hosting",
                    "description": "Runs the data centre in which the shop lives",
                    "status": "active",
                    "support_calendar_id": "01970000-0000-7000-8000-00000000ca01",
                }
            ]
        },
    )

    TYPE: ClassVar[str] = "itsm.supplier.changed.v1"

    supplier_id: UUID
    name: str
    description: str
    status: Literal["active", "retired"]
    support_calendar_id: UUID | None


PUBLISHED = (SupplierChanged,)
