"""What the world learns about notifications: who was told of what, never an address or a text."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

NotificationState: TypeAlias = Literal[
    "requested", "suppressed", "queued", "sending", "sent", "dead_lettered"
]
_COMMON: Final[dict[str, Any]] = {
    "notification_id": "0190a000-0000-7000-8000-0000000000f1",
    "rule_id": "0190a000-0000-7000-8000-000000000002",
    "cause_event_id": "0190a000-0000-7000-8000-0000000000c1",
    "cause_type": "itsm.incident.impact_assessed.v1",
    "record_kind": "incident",
    "record_id": "0190a000-0000-7000-8000-0000000000a1",
    "recipient_kind": "contact",
    "recipient_id": "0190a000-0000-7000-8000-0000000000b1",
    "customer_id": "0190a000-0000-7000-8000-0000000000d1",
    "audience": "business",
    "urgency": "high",
    "channel": "email",
    "state": "queued",
}


def _example(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    return ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{**_COMMON, **own}]}
    )


class NotificationEvent(BaseModel):
    """What every payload begins with; ``channel`` is null while the recipient is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    TYPE: ClassVar[str]

    notification_id: UUID
    rule_id: UUID
    cause_event_id: UUID
    cause_type: str
    record_kind: str
    record_id: UUID
    recipient_kind: Literal["contact", "webhook_endpoint", "team", "customer", "service", "record"]
    recipient_id: UUID
    customer_id: UUID | None
    audience: Literal["business", "technical", "system"]
    urgency: Literal["high", "low"]
    channel: Literal["email", "log", "webhook"] | None
    state: NotificationState


class NotificationRequested(NotificationEvent):
    """A rule asks to tell somebody; ``queued`` if it is known whom, else ``requested``."""

    model_config = _example()
    TYPE: ClassVar[str] = "itsm.notification.requested.v1"


class NotificationQueued(NotificationEvent):
    """It is to be sent after a wait: its recipient was found, or a dead one is tried again."""

    model_config = _example(reason="recipient_found")
    TYPE: ClassVar[str] = "itsm.notification.queued.v1"

    reason: Literal["recipient_found", "redelivery"]


class NotificationSuppressed(NotificationEvent):
    """It will not be sent, and why."""

    model_config = _example(state="suppressed", channel=None, reason="no_recipient")
    TYPE: ClassVar[str] = "itsm.notification.suppressed.v1"

    reason: Literal["no_recipient", "no_address", "superseded"]


class NotificationSent(NotificationEvent):
    """The channel took it at its ``attempt``-th try."""

    model_config = _example(state="sent", attempt=1, status_code=250, provider_id="queued as 42")
    TYPE: ClassVar[str] = "itsm.notification.sent.v1"

    attempt: int
    status_code: int | None
    provider_id: str | None


class NotificationFailed(NotificationEvent):
    """A try failed; the next one is not before ``next_attempt_at``."""

    model_config = _example(
        attempt=1,
        status_code=451,
        detail="recipient not taken",
        next_attempt_at="2026-03-02T09:00:10Z",
    )
    TYPE: ClassVar[str] = "itsm.notification.failed.v1"

    attempt: int
    status_code: int | None
    detail: str
    next_attempt_at: datetime


class NotificationDeadLettered(NotificationEvent):
    """It could not be delivered and is not tried again by itself."""

    model_config = _example(
        state="dead_lettered",
        attempt=11,
        status_code=None,
        detail="connection: SMTPConnectError",
        reason="exhausted",
    )
    TYPE: ClassVar[str] = "itsm.notification.dead_lettered.v1"

    attempt: int
    status_code: int | None
    detail: str
    reason: Literal["exhausted", "refused", "endpoint_gone", "endpoint_disabled"]


PUBLISHED = (
    NotificationRequested,
    NotificationQueued,
    NotificationSuppressed,
    NotificationSent,
    NotificationFailed,
    NotificationDeadLettered,
)
