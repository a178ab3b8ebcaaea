"""What the world learns about webhook endpoints: never a secret, of the address only the host."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

_EXAMPLE: Final[dict[str, Any]] = {
    "webhook_endpoint_id": "0190a000-0000-7000-8000-0000000000e1",
    "name": "Chat bridge",
    "host": "hooks.example.com",
    "event_types": ["itsm.incident.declared.v1"],
    "exclude_origins": ["chat-bridge"],
    "status": "enabled",
    "reason": None,
}


class WebhookEndpointChanged(BaseModel):
    """An endpoint was registered, changed, enabled or disabled, or has a new secret.

    ``event_types`` is empty where it wants every event; ``reason`` says why it is disabled.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [_EXAMPLE]}
    )
    TYPE: ClassVar[str] = "itsm.webhook_endpoint.changed.v1"

    webhook_endpoint_id: UUID
    name: str
    host: str
    event_types: list[str]
    exclude_origins: list[str]
    status: Literal["enabled", "disabled"]
    reason: Literal["by_hand", "gone"] | None


PUBLISHED = (WebhookEndpointChanged,)
