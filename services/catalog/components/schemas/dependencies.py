"""Dependencies as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.catalog.components.domain import (
    Dependency,
    DependencyType,
    Evidence,
    FailureMode,
    GroupId,
    NodeId,
    NodeKind,
)
from shared.db import columns
from shared.schemas import Instant, RequestModel, ResponseModel, absent

Strength = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
"""How much the consumer needs the provider: 0 hardly, 1 entirely."""


class DeclareDependency(RequestModel):
    """A dependency to declare: the consumer ``from_id`` rests on the provider ``to_id``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_id": "01970000-0000-7000-8000-000000005001",
                    "to_id": "01970000-0000-7000-8000-000000005002",
                    "type": "depends_on",
                    "strength": 1,
                    "failure_mode": "down",
                }
            ]
        }
    )

    from_id: NodeId = Field(description="A service or a configuration item.")
    to_id: NodeId = Field(description="A service or a configuration item.")
    type: DependencyType = "depends_on"
    strength: Strength = 1.0
    failure_mode: FailureMode = Field(
        default="down", description="What becomes of the consumer if the provider is down."
    )
    valid_from: Instant | None = Field(default=None, description="Since when; now if absent.")
    valid_to: Instant | None = Field(default=None, description="Until just before when.")
    redundancy_group_id: GroupId | None = Field(
        default=None, description="The group of the consumer that the provider joins."
    )
    evidence: Evidence = Field(
        default="declared", description="Whether somebody said it, or a program found it."
    )


class ChangeDependency(RequestModel):
    """A merge patch of a dependency; null takes it out of its group, or unplans its end."""

    strength: Strength = absent()
    failure_mode: FailureMode = absent()
    valid_to: Instant | None = absent()
    redundancy_group_id: GroupId | None = absent()
    evidence: Evidence = absent()


class MoveDependency(RequestModel):
    """The end of a dependency."""

    to: Literal["removed"]


class DependencyRecord(ResponseModel):
    """A dependency; it holds from ``valid_from`` until just before ``valid_to``."""

    id: UUID
    from_id: UUID
    from_kind: NodeKind
    to_id: UUID
    to_kind: NodeKind
    type: DependencyType
    strength: float
    failure_mode: FailureMode
    valid_from: datetime
    valid_to: datetime | None
    redundancy_group_id: UUID | None
    evidence: Evidence
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, dependency: Dependency) -> DependencyRecord:
        """Return what HTTP shows of a dependency."""
        return cls(**columns(dependency))
