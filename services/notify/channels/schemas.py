"""Webhook endpoints as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.notify.channels.domain import DisabledReason, Endpoint, EndpointStatus
from shared.schemas import Line, RequestModel, ResponseModel, absent

Url = Annotated[
    str, StringConstraints(min_length=1, max_length=2000), Field(description="An https address.")
]
EventType = Annotated[
    str, StringConstraints(max_length=120, pattern=r"^itsm\.[a-z_]+\.[a-z_]+\.v[0-9]{1,3}$")
]
EventTypes = Annotated[
    tuple[EventType, ...],
    Field(max_length=100, description="Types of events to send; empty means all."),
]
Origins = Annotated[
    tuple[Line, ...],
    Field(max_length=20, description="Client programs whose own doings are not sent back."),
]


class RegisterWebhookEndpoint(RequestModel):
    """An endpoint to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Chat bridge",
                    "url": "https://hooks.example.com/itsm",
                    "event_types": ["itsm.incident.declared.v1"],
                    "exclude_origins": ["chat-bridge"],
                }
            ]
        }
    )

    name: Line
    url: Url
    event_types: EventTypes = ()
    exclude_origins: Origins = ()


class ChangeWebhookEndpoint(RequestModel):
    """A merge patch of an endpoint."""

    name: Line = absent()
    url: Url = absent()
    event_types: EventTypes = absent()
    exclude_origins: Origins = absent()


class MoveWebhookEndpoint(RequestModel):
    """The status an endpoint should have."""

    to: EndpointStatus


class EndpointRecord(ResponseModel):
    """A webhook endpoint; its secrets are never shown again."""

    id: UUID
    name: str
    url: str
    event_types: list[str]
    exclude_origins: list[str]
    status: EndpointStatus
    reason: DisabledReason | None
    former_secrets_until: list[datetime]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> EndpointRecord:
        """Return what HTTP shows of an endpoint."""
        return cls.model_validate(_shown(endpoint))


class EndpointWithSecret(EndpointRecord):
    """A webhook endpoint with its new secret, shown this once; null where that is repeated."""

    secret: str | None

    @classmethod
    def with_secret(cls, endpoint: Endpoint) -> EndpointWithSecret:
        """Return what HTTP shows right after a secret was made."""
        return cls.model_validate({**_shown(endpoint), "secret": endpoint.secrets[0].text})

    @classmethod
    def without_secret(cls, endpoint: Endpoint) -> EndpointWithSecret:
        """Return what may be kept of that, and is shown to whoever repeats the request."""
        return cls.model_validate({**_shown(endpoint), "secret": None})


def _shown(endpoint: Endpoint) -> dict[str, object]:
    values: dict[str, object] = {
        name: getattr(endpoint, name)
        for name in EndpointRecord.model_fields
        if name != "former_secrets_until"
    }
    ends = [one.expires_at for one in endpoint.secrets if one.expires_at is not None]
    return {**values, "former_secrets_until": ends}
