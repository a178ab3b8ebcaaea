"""Redundancy groups as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.catalog.components.domain import (
    DependencyId,
    MinUpUnit,
    NodeId,
    NodeKind,
    RedundancyGroup,
)
from shared.db import columns
from shared.schemas import Instant, Line, RequestModel, ResponseModel, absent

MinUp = Annotated[int, Field(strict=True, ge=1, le=1000)]
"""How many members must be up: so many, or so many percent, at most 100, rounded up."""


class DefineRedundancyGroup(RequestModel):
    """A redundancy group to define: the node runs while ``min_up`` of its members do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node_id": "01970000-0000-7000-8000-000000005001",
                    "name": "web servers",
                    "min_up": 1,
                    "dependency_ids": ["01970000-0000-7000-8000-00000000d001"],
                }
            ]
        }
    )

    node_id: NodeId = Field(description="A service or a configuration item.")
    name: Line
    min_up: MinUp
    min_up_unit: MinUpUnit = "count"
    dependency_ids: list[DependencyId] = Field(
        min_length=1,
        max_length=200,
        description="Dependencies of the node; others join by naming the group.",
    )
    valid_from: Instant | None = Field(default=None, description="Since when; now if absent.")
    valid_to: Instant | None = Field(default=None, description="Until just before when.")


class ChangeRedundancyGroup(RequestModel):
    """A merge patch of a redundancy group; null unplans its end."""

    name: Line = absent()
    min_up: MinUp = absent()
    min_up_unit: MinUpUnit = absent()
    valid_to: Instant | None = absent()


class MoveRedundancyGroup(RequestModel):
    """The end of a redundancy group; its node then needs every one of its members."""

    to: Literal["removed"]


class RedundancyGroupRecord(ResponseModel):
    """A redundancy group; its members are the dependencies that name it."""

    id: UUID
    node_id: UUID
    node_kind: NodeKind
    name: str
    min_up: int
    min_up_unit: MinUpUnit
    valid_from: datetime
    valid_to: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, group: RedundancyGroup) -> RedundancyGroupRecord:
        """Return what HTTP shows of a redundancy group."""
        return cls(**columns(group))
