"""What the world learns about customers and contacts."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class CustomerState(BaseModel, frozen=True, extra="forbid"):
    """A customer as it is after an event; representatives are ids of contacts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "01970000-0000-7000-8000-00000000c001",
                    "number": "CUS0000001",
                    "name": "Nordwind Logistics",
                    "parent_id": None,
                    "kind": "external",
                    "status": "active",
                    "time_zone": "Europe/Berlin",
                    "language": "de",
                    "currency": "EUR",
                    "representative_ids": ["01970000-0000-7000-8000-00000000c0a1"],
                }
            ]
        }
    )

    customer_id: UUID
    number: str
    name: str
    parent_id: UUID | None
    kind: Literal["internal", "external"]
    status: Literal["active", "inactive"]
    time_zone: str
    language: str
    currency: str
    representative_ids: tuple[UUID, ...]


class CustomerRegistered(CustomerState):
    """A customer was registered."""

    TYPE: ClassVar[str] = "itsm.customer.registered.v1"


class CustomerUpdated(CustomerState):
    """A customer changed, became active again, or has other representatives now."""

    TYPE: ClassVar[str] = "itsm.customer.updated.v1"


class CustomerDeactivated(CustomerState):
    """A customer is served no longer."""

    TYPE: ClassVar[str] = "itsm.customer.deactivated.v1"


class ContactChanged(BaseModel, frozen=True, extra="forbid"):
    """A contact was registered, changed or retired; the only event that carries addresses."""

    model_config = ConfigDict(
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
                    "roles": ["representative"],
                    "status": "active",
                }
            ]
        }
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


PUBLISHED = (CustomerRegistered, CustomerUpdated, CustomerDeactivated, ContactChanged)
