"""Configuration items as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from services.catalog.components.domain import (
    ConfigurationItem,
    ConfigurationItemId,
    ExternalRef,
    NewConfigurationItem,
)
from services.catalog.components.events import Environment, ItemKind, ItemStatus
from services.catalog.teams.domain import TeamId
from shared.db import columns
from shared.schemas import Line, Paragraph, RequestModel, ResponseModel, Word, absent

ConfigurationItemRefPath: TypeAlias = (
    UUID
    | Annotated[
        str,
        StringConstraints(pattern=r"^[Cc][Ii][0-9]{7,18}$"),
        AfterValidator(str.upper),
    ]
)
"""A configuration item in a path: its id or its number."""

AttributeName = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
]
"""What is said: letters, digits and ``._/-``."""

AttributeValue = Annotated[Paragraph, StringConstraints(max_length=1000)]
"""What is said of it, up to 1,000 characters."""

SystemName = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
"""Another system: letters, digits and ``._-``."""


ExternalRefText = Annotated[
    str | None,
    Query(
        max_length=261,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}:[^\x00-\x1f\x7f]+$",
        description="What another system calls a present item, as ``system:id``.",
    ),
]
"""A filter by external reference."""


class ExternalRefBody(RequestModel):
    """What another system calls the item; no two present items share one."""

    system: SystemName
    id: Line


class RegisterConfigurationItem(RequestModel):
    """A configuration item to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "hardware",
                    "class": "server",
                    "name": "db-host-1",
                    "environment": "production",
                    "location": "Berlin 2, rack 14",
                    "status": "live",
                    "attributes": {"cpu": "16 cores", "memory": "128 GiB"},
                    "external_refs": [],
                }
            ]
        },
    )

    kind: ItemKind
    item_class: Word = Field(alias="class", description="What it is, more closely: ``server``.")
    name: Line
    environment: Environment = "production"
    location: Line | None = None
    owner_team_id: TeamId | None = None
    status: Literal["planned", "in_stock", "live", "maintenance"] = "live"
    attributes: dict[AttributeName, AttributeValue] = Field(default={}, max_length=50)
    external_refs: list[ExternalRefBody] = Field(default=[], max_length=20)

    def item(self, item_id: ConfigurationItemId) -> NewConfigurationItem:
        """Return the item to register, with its id."""
        return NewConfigurationItem(
            id=item_id,
            kind=self.kind,
            item_class=self.item_class,
            name=self.name,
            environment=self.environment,
            location=self.location,
            owner_team_id=self.owner_team_id,
            status=self.status,
            attributes=self.attributes,
            external_refs=tuple(ExternalRef(ref.system, ref.id) for ref in self.external_refs),
        )


class ChangeConfigurationItem(RequestModel):
    """A merge patch of a configuration item; an attribute that is null is taken away."""

    kind: ItemKind = absent()
    item_class: Annotated[Word, Field(alias="class")] = absent()
    name: Line = absent()
    environment: Environment = absent()
    location: Line | None = absent()
    owner_team_id: TeamId | None = absent()
    attributes: dict[AttributeName, AttributeValue | None] = absent()
    external_refs: list[ExternalRefBody] = absent()

    def changes(self) -> dict[str, Any]:
        """Return the new values of the fields that were sent."""
        found = {name: getattr(self, name) for name in self.model_fields_set}
        if "external_refs" in found:
            refs = found["external_refs"]
            found["external_refs"] = tuple(ExternalRef(ref.system, ref.id) for ref in refs)
        return found


class MoveConfigurationItem(RequestModel):
    """The status a configuration item should have."""

    to: ItemStatus


class ExternalRefRecord(ResponseModel):
    """What another system calls the item."""

    system: str
    id: str


class ConfigurationItemRecord(ResponseModel):
    """A configuration item; its id is also its place on the map."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    id: UUID
    number: str
    kind: ItemKind
    item_class: str = Field(alias="class")
    name: str
    environment: Environment
    location: str | None
    owner_team_id: UUID | None
    status: ItemStatus
    attributes: dict[str, str]
    external_refs: list[ExternalRefRecord]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: ConfigurationItem) -> ConfigurationItemRecord:
        """Return what HTTP shows of a configuration item."""
        refs = [ExternalRefRecord(system=ref.system, id=ref.id) for ref in item.external_refs]
        return cls(**{**columns(item), "external_refs": refs})
