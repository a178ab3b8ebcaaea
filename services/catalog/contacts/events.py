"""What the world learns about contacts."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ContactChanged(BaseModel):
    """A contact was registered, changed or retired; the only event that carries addresses."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "contact_id": "01970000-0000-7000-8000-00000000c0a1",
                    "name": "Ada Brandt",
                    "email": "ada.brandt@nordwind.example",
                    "phone": "+49 40 5550100",
                    "language": "de",
                    "customer_id": "01970000-0000-7000-8000-00000000c001",
                    "team_id": None,
                    "supplier_id": None,
                    "roles": ["representative"],
                    "status": "active",
                }
            ]
        },
    )

    TYPE: ClassVar[str] = "itsm.contact.changed.v1"

    contact_id: UUID
    name: str
    email: str | None
    phone: str | None
    language: str
    customer_id: UUID | None
    team_id: UUID | None
    roles: tuple[str, ...]
    status: Literal["active", "retired"]
    supplier_id: UUID | None = None


PUBLISHED = (ContactChanged,)
