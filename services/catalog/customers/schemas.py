"""Customers as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from services.catalog.calendars.schemas import ZoneName
from services.catalog.customers.domain import (
    USUAL_CRITICALITY,
    Customer,
    CustomerId,
    CustomerKind,
    CustomerStatus,
)
from shared.db import columns
from shared.schemas import CurrencyCode, Level, Line, RequestModel, ResponseModel, absent

CustomerRefPath: TypeAlias = (
    UUID
    | Annotated[
        str,
        StringConstraints(pattern=r"^[Cc][Uu][Ss][0-9]{7,18}$"),
        AfterValidator(str.upper),
    ]
)
"""A customer in a path: its id or its number."""

LanguageTag = Annotated[
    str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
]
"""A human language as BCP 47 writes it: ``en``, ``de-AT``."""


class RegisterCustomer(RequestModel):
    """A customer to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Nordwind Logistics",
                    "kind": "external",
                    "time_zone": "Europe/Berlin",
                    "language": "de",
                    "currency": "EUR",
                    "criticality": 4,
                }
            ]
        }
    )

    name: Line
    parent_id: CustomerId | None = Field(default=None, description="The customer it lies below.")
    kind: CustomerKind = "external"
    time_zone: ZoneName
    language: LanguageTag
    currency: CurrencyCode
    criticality: Level = Field(default=USUAL_CRITICALITY, description="5 is the most critical.")


class ChangeCustomer(RequestModel):
    """A merge patch of a customer."""

    name: Line = absent()
    parent_id: CustomerId | None = absent()
    kind: CustomerKind = absent()
    time_zone: ZoneName = absent()
    language: LanguageTag = absent()
    currency: CurrencyCode = absent()
    criticality: Level = absent()


class MoveCustomer(RequestModel):
    """The status a customer should have."""

    to: CustomerStatus


class CustomerRecord(ResponseModel):
    """A customer; its representatives are contacts."""

    id: UUID
    number: str
    name: str
    parent_id: UUID | None
    kind: CustomerKind
    status: CustomerStatus
    time_zone: str
    language: str
    currency: str
    criticality: int
    representative_ids: list[UUID]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, customer: Customer) -> CustomerRecord:
        """Return what HTTP shows of a customer."""
        return cls(**columns(customer))
