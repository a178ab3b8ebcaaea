"""What the world learns about configuration items."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

ItemKind: TypeAlias = Literal["hardware", "network", "software", "data"]
Environment: TypeAlias = Literal["production", "staging", "test", "development"]
ItemStatus: TypeAlias = Literal["planned", "in_stock", "live", "maintenance", "retired"]


class ExternalRefState(BaseModel):
    """The name that another system has for the item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: str
    id: str


class ConfigurationItemState(BaseModel):
    """A configuration item as it is after an event.

    ``previous_status`` is set where the event is about a change of status.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        json_schema_extra={
            "examples": [
                {
                    "configuration_item_id": "01970000-0000-7000-8000-00000000c001",
                    "number": "CI0000001",
                    "kind": "hardware",
                    "class": "server",
                    "name": "db-host-1",
                    "environment": "production",
                    "location": "Berlin 2, rack 14",
                    "owner_team_id": "01970000-0000-7000-8000-000000007001",
                    "status": "live",
                    "previous_status": None,
                    "attributes": {"cpu": "16 cores", "memory": "128 GiB"},
                    "external_refs": [{"system": "inventory", "id": "SRV-0471"}],
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    configuration_item_id: UUID
    number: str
    kind: ItemKind
    item_class: str = Field(alias="class")
    name: str
    environment: Environment
    location: str | None
    owner_team_id: UUID | None
    status: ItemStatus
    previous_status: ItemStatus | None
    attributes: dict[str, str]
    external_refs: list[ExternalRefState]


class ConfigurationItemRegistered(ConfigurationItemState):
    """A configuration item is known now."""

    TYPE: ClassVar[str] = "itsm.configuration_item.registered.v1"


class ConfigurationItemUpdated(ConfigurationItemState):
    """What is known of a configuration item changed, its status apart."""

    TYPE: ClassVar[str] = "itsm.configuration_item.updated.v1"


class ConfigurationItemStatusChanged(ConfigurationItemState):
    """A configuration item has another status, and is not retired."""

    TYPE: ClassVar[str] = "itsm.configuration_item.status_changed.v1"


class ConfigurationItemRetired(ConfigurationItemState):
    """A configuration item is gone; it rests on nothing any more."""

    TYPE: ClassVar[str] = "itsm.configuration_item.retired.v1"
