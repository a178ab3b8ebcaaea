"""Contacts as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.catalog.contacts.domain import Contact, ContactStatus
from services.catalog.customers.domain import CustomerId
from services.catalog.customers.schemas import LanguageTag
from services.catalog.suppliers.domain import SupplierId
from services.catalog.teams.domain import TeamId
from shared.db import columns
from shared.schemas import EmailAddress, Line, RequestModel, ResponseModel, absent

PhoneNumber = Annotated[
    str, StringConstraints(max_length=40, pattern=r"^\+?[0-9(][0-9 ()./-]{1,37}[0-9]$")
]
"""A phone number as people write it: digits with blanks, brackets and ``./-``, + in front."""

ContactRole = Annotated[
    str, StringConstraints(max_length=50, pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
]
"""What a contact is for: ``representative``, ``duty``, ``manager``, or another word."""

ContactRoles = Annotated[list[ContactRole], Field(max_length=20)]


class RegisterContact(RequestModel):
    """A contact to register; it belongs to one customer, one team or one supplier."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Ada Brandt",
                    "email": "ada.brandt@nordwind.example",
                    "language": "de",
                    "customer_id": "01970000-0000-7000-8000-00000000c001",
                    "roles": ["representative"],
                }
            ]
        }
    )

    name: Line
    email: EmailAddress | None = None
    phone: PhoneNumber | None = None
    language: LanguageTag = "en"
    customer_id: CustomerId | None = None
    team_id: TeamId | None = None
    supplier_id: SupplierId | None = None
    roles: ContactRoles = Field(
        default=[],
        description=(
            "representative: is told what concerns the customer; duty: is called first;"
            " manager: leads the team."
        ),
    )


class ChangeContact(RequestModel):
    """A merge patch of a contact."""

    name: Line = absent()
    email: EmailAddress | None = absent()
    phone: PhoneNumber | None = absent()
    language: LanguageTag = absent()
    roles: ContactRoles = absent()


class MoveContact(RequestModel):
    """The status a contact should have."""

    to: ContactStatus


class ContactRecord(ResponseModel):
    """A contact."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    language: str
    customer_id: UUID | None
    team_id: UUID | None
    supplier_id: UUID | None
    roles: list[str]
    status: ContactStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, contact: Contact) -> ContactRecord:
        """Return what HTTP shows of a contact."""
        return cls(**columns(contact))
