"""What the world learns about request items: what the users of an offering can ask for."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

RequestItemStatus: TypeAlias = Literal["published", "withdrawn"]
Approval: TypeAlias = Literal["none", "manager", "service_manager"]


class RequestItemState(BaseModel):
    """A request item as it is after an event.

    ``form_schema`` is a JSON Schema (Draft 2020-12) of an object: the form to fill in. ``approval``
    says who has to agree before the request is fulfilled, ``fulfilment_target_seconds`` how long
    that may take in seconds, where something was said about it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "request_item_id": "01970000-0000-7000-8000-0000000f1001",
                    "offering_id": "01970000-0000-7000-8000-00000000f001",
                    "name": "Another shop administrator",
                    "description": "Gives one more person access to the shop's back office.",
                    "form_schema": {
                        "type": "object",
                        "properties": {
                            "login": {"type": "string", "minLength": 3, "maxLength": 40},
                            "until": {"type": "string", "format": "date"},
                        },
                        "required": ["login"],
                        "additionalProperties": False,
                    },
                    "status": "published",
                    "fulfilment_target_seconds": 28800,
                    "approval": "manager",
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    request_item_id: UUID
    offering_id: UUID
    name: str
    description: str
    form_schema: dict[str, Any]
    status: RequestItemStatus
    fulfilment_target_seconds: int | None
    approval: Approval


class RequestItemPublished(RequestItemState):
    """Something can be asked for now."""

    TYPE: ClassVar[str] = "itsm.request_item.published.v1"


class RequestItemChanged(RequestItemState):
    """A request item was described anew, or has another form."""

    TYPE: ClassVar[str] = "itsm.request_item.changed.v1"


class RequestItemWithdrawn(RequestItemState):
    """Something can be asked for no more."""

    TYPE: ClassVar[str] = "itsm.request_item.withdrawn.v1"
