"""Rules as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.notify.rules.domain import (
    Audience,
    ChannelName,
    Condition,
    Recipients,
    Rule,
    RuleStatus,
    Template,
    Urgency,
)
from shared.db import columns
from shared.schemas import Line, RequestModel, ResponseModel, absent

Channels = Annotated[
    tuple[ChannelName, ...],
    Field(min_length=1, max_length=3, description="Tried in this order."),
]


class ChangeRule(RequestModel):
    """A merge patch of a rule."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"urgency": "low"}]})

    name: Line = absent()
    channels: Channels = absent()
    urgency: Urgency = absent()


class MoveRule(RequestModel):
    """The status a rule should have."""

    to: RuleStatus


class RuleRecord(ResponseModel):
    """A rule."""

    id: UUID
    name: str
    status: RuleStatus
    event_types: list[str]
    condition: Condition
    audience: Audience
    recipients: Recipients
    template: Template
    channels: list[ChannelName]
    urgency: Urgency
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, rule: Rule) -> RuleRecord:
        """Return what HTTP shows of a rule."""
        return cls.model_validate(columns(rule))
