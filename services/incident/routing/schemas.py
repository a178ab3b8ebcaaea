"""Routing rules as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from services.incident.routing.domain import RoutingRule
from services.incident.routing.events import Channel, RuleStatus
from shared.schemas import Level, Line, RequestModel, ResponseModel, absent, of_record

MAX_IDS: Final = 100
MAX_WORDS: Final = 50
MAX_POSITION: Final = 1_000_000
Category = Annotated[
    str,
    StringConstraints(max_length=60, pattern=r"^[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*$"),
]
"""What sort of thing is disturbed: lower-case words, ``/`` before what is narrower."""


def _none_twice(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


Ids = Annotated[tuple[UUID, ...], Field(max_length=MAX_IDS), AfterValidator(_none_twice)]
Channels = Annotated[tuple[Channel, ...], Field(max_length=MAX_IDS), AfterValidator(_none_twice)]
Priorities = Annotated[tuple[Level, ...], Field(max_length=MAX_IDS), AfterValidator(_none_twice)]
Words = Annotated[
    tuple[Annotated[Line, Field(max_length=100)], ...],
    Field(max_length=MAX_WORDS),
    AfterValidator(_none_twice),
]
Position = Annotated[int, Field(strict=True, ge=0, le=MAX_POSITION)]


class RegisterRoutingRule(RequestModel):
    """A routing rule; all conditions that it names must hold, one that names none always does."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Databases, when it is urgent",
                    "position": 100,
                    "category": "database",
                    "priorities": [1, 2],
                    "team_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e03",
                }
            ]
        }
    )

    name: Line
    position: Position = Field(
        description="Lower ones are asked first; of equal ones the older rule."
    )
    enabled: bool = Field(default=True, strict=True)
    service_ids: Ids = Field(default=(), description="The disturbed service is one of these.")
    category: Category | None = Field(
        default=None, description="Of this category, or of one below it."
    )
    channels: Channels = Field(default=(), description="It came in by one of these.")
    customer_ids: Ids = Field(
        default=(), description="Declared for one of these, or for a customer below one of them."
    )
    priorities: Priorities = Field(default=(), description="1 (critical) to 5 (planning).")
    title_words: Words = Field(
        default=(), description="The title has one of these in it, in upper or lower case."
    )
    team_id: UUID = Field(description="Who gets what all of that holds for.")


class ChangeRoutingRule(RequestModel):
    """A merge patch of a routing rule."""

    name: Line = absent()
    position: Position = absent()
    enabled: Annotated[bool, Field(strict=True)] = absent()
    service_ids: Ids = absent()
    category: Category | None = absent()
    channels: Channels = absent()
    customer_ids: Ids = absent()
    priorities: Priorities = absent()
    title_words: Words = absent()
    team_id: UUID = absent()


class MoveRoutingRule(RequestModel):
    """The status a routing rule should have."""

    to: RuleStatus


class RoutingRuleRecord(ResponseModel):
    """A routing rule; an empty list, or a category that is null, asks for nothing."""

    id: UUID
    name: str
    position: int
    enabled: bool
    service_ids: tuple[UUID, ...]
    category: str | None
    channels: tuple[Channel, ...]
    customer_ids: tuple[UUID, ...]
    priorities: tuple[int, ...]
    title_words: tuple[str, ...]
    team_id: UUID
    status: RuleStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, rule: RoutingRule) -> RoutingRuleRecord:
        """Return what HTTP shows of a rule."""
        return of_record(cls, rule)
