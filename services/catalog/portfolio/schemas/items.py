"""Request items, and forms filled in for them, as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, WithJsonSchema

from services.catalog.portfolio.domain import OfferingId, RequestItem
from services.catalog.portfolio.events import Approval, RequestItemStatus
from shared.db import columns
from shared.schemas import Line, Paragraph, RequestModel, ResponseModel, absent

TEN_YEARS_SECONDS: Final = 10 * 365 * 24 * 3600
FormSchema: TypeAlias = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"const": "object"}},
            "description": (
                "A JSON Schema (Draft 2020-12) of an object, up to 32 KiB. References lead to"
                " $defs of the same schema; patterns repeat no group; formats are date, date-time,"
                " email, ipv4, ipv6 and uuid. A patch replaces it as a whole."
            ),
        }
    ),
]
TargetSeconds: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=TEN_YEARS_SECONDS)]


class PublishRequestItem(RequestModel):
    """Something to ask for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "offering_id": "01970000-0000-7000-8000-00000000f001",
                    "name": "Another shop administrator",
                    "form_schema": {
                        "type": "object",
                        "properties": {
                            "login": {"type": "string", "minLength": 3, "maxLength": 40}
                        },
                        "required": ["login"],
                        "additionalProperties": False,
                    },
                    "fulfilment_target_seconds": 28800,
                    "approval": "manager",
                }
            ]
        }
    )

    offering_id: OfferingId
    name: Line = Field(description="Unique among what can be asked for with the offering.")
    description: Paragraph = ""
    form_schema: FormSchema
    fulfilment_target_seconds: TargetSeconds | None = None
    approval: Approval = "none"


class ChangeRequestItem(RequestModel):
    """A merge patch of a request item; the form is replaced as a whole."""

    name: Line = absent()
    description: Paragraph = absent()
    form_schema: FormSchema = absent()
    fulfilment_target_seconds: TargetSeconds | None = absent()
    approval: Approval = absent()


class MoveRequestItem(RequestModel):
    """The end of a request item."""

    to: Literal["withdrawn"]


class RequestItemRecord(ResponseModel):
    """A request item."""

    id: UUID
    offering_id: UUID
    name: str
    description: str
    form_schema: dict[str, Any]
    status: RequestItemStatus
    fulfilment_target_seconds: int | None
    approval: Approval
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: RequestItem) -> RequestItemRecord:
        """Return what HTTP shows of a request item."""
        return cls(**columns(item))


class CheckForm(RequestModel):
    """A form as somebody filled it in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"form": {"login": "ada.brandt"}}]})

    form: dict[str, Any] = Field(description="Up to 64 KiB and 1,000 values.")


class FormFault(ResponseModel):
    """What is wrong with a form, and where in it (a JSON pointer)."""

    pointer: str
    detail: str


class FormVerdict(ResponseModel):
    """Whether a form can be sent as it is; up to fifty faults if not."""

    valid: bool
    errors: list[FormFault]
