"""Notifications and deliveries as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from services.notify.deliveries.domain import Notification, RecipientKind, State
from services.notify.rules.domain import (
    Audience,
    ChannelName,
    Condition,
    Recipients,
    RuleStatus,
    Template,
    Urgency,
)
from shared.schemas import RequestModel, ResponseModel, of_record


class MoveNotification(RequestModel):
    """The state a notification should have; a dead one can be queued again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "queued"}]})

    to: Literal["queued"]


class NotificationRecord(ResponseModel):
    """A notification; a webhook has no subject and body, its text is the event itself."""

    id: UUID
    event_id: UUID
    event_type: str
    event_sequence: int
    record_kind: str
    record_id: UUID
    record_number: str | None
    rule_id: UUID
    audience: Audience
    urgency: Urgency
    party_kind: RecipientKind
    party_id: UUID
    customer_id: UUID | None
    recipient_kind: RecipientKind
    recipient_id: UUID
    channel: ChannelName | None
    state: State
    reason: str | None
    subject: str | None
    body: str | None
    attempts: int
    due_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, notification: Notification) -> NotificationRecord:
        """Return what HTTP shows of a notification."""
        return of_record(cls, notification)


class DeliveryRecord(ResponseModel):
    """A try; ``unknown`` means that its worker never came back with a receipt."""

    id: UUID
    notification_id: UUID
    attempt: int
    channel: ChannelName
    result: Literal["sending", "accepted", "failed", "refused", "gone", "unknown"]
    status_code: int | None
    detail: str
    provider_id: str | None
    started_at: datetime
    finished_at: datetime | None


class Named(ResponseModel):
    """Somebody or something, with the name it has now; null where that is not known."""

    kind: str
    id: UUID
    name: str | None


class ExplainedEvent(ResponseModel):
    """What happened: the event at the beginning of the chain."""

    id: UUID
    type: str
    sequence: int
    record_kind: str
    record_id: UUID
    record_number: str | None


class ExplainedRule(ResponseModel):
    """The rule as it is now; ``version`` tells whether it was changed since."""

    id: UUID
    name: str
    status: RuleStatus
    condition: Condition
    audience: Audience
    recipients: Recipients
    template: Template
    channels: list[ChannelName]
    version: int


class Explanation(ResponseModel):
    """Why somebody was told, or was not: event, rule, recipient, channel, tries and receipt.

    ``on_behalf_of`` is the team or customer that the recipient stands for.
    """

    notification_id: UUID
    state: State
    reason: str | None
    event: ExplainedEvent
    rule: ExplainedRule
    on_behalf_of: Named
    recipient: Named
    audience: Audience
    urgency: Urgency
    channel: ChannelName | None
    subject: str | None
    deliveries: list[DeliveryRecord]
    receipt: DeliveryRecord | None
