"""What the world learns about customers."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class CustomerState(BaseModel):
    """A customer as it is after an event; representatives are ids of contacts.

    ``criticality`` is 1 to 5, 5 the most critical; whoever was registered without one has 3.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
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
                    "criticality": 4,
                    "representative_ids": ["01970000-0000-7000-8000-00000000c0a1"],
                }
            ]
        },
    )

    TYPE: ClassVar[str]

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
    criticality: int = 3


class CustomerRegistered(CustomerState):
    """A customer was registered."""

    TYPE: ClassVar[str] = "itsm.customer.registered.v1"


class CustomerUpdated(CustomerState):
    """A customer changed, became active again, or has other representatives now."""

    TYPE: ClassVar[str] = "itsm.customer.updated.v1"


class CustomerDeactivated(CustomerState):
    """A customer is served no longer."""

    TYPE: ClassVar[str] = "itsm.customer.deactivated.v1"


PUBLISHED = (CustomerRegistered, CustomerUpdated, CustomerDeactivated)
