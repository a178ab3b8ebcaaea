"""What the world learns about dependencies."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class DependencyState(BaseModel):
    """A dependency as it is after an event: the consumer ``from`` rests on the provider ``to``."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "dependency_id": "01970000-0000-7000-8000-00000000d001",
                    "from_id": "01970000-0000-7000-8000-000000005001",
                    "from_kind": "service",
                    "to_id": "01970000-0000-7000-8000-000000005002",
                    "to_kind": "service",
                    "type": "depends_on",
                    "strength": 1.0,
                    "failure_mode": "down",
                    "valid_from": "2026-03-02T09:00:00Z",
                    "valid_to": None,
                    "redundancy_group_id": None,
                    "evidence": "declared",
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    dependency_id: UUID
    from_id: UUID
    from_kind: Literal["service", "configuration_item"]
    to_id: UUID
    to_kind: Literal["service", "configuration_item"]
    type: Literal["depends_on", "hosted_on", "part_of", "connects_to", "uses_data_of"]
    strength: float
    failure_mode: Literal["down", "degrade"]
    valid_from: datetime
    valid_to: datetime | None
    # Younger than the first events of the type, which have neither.
    redundancy_group_id: UUID | None = None
    evidence: Literal["declared", "discovered"] = "declared"


class DependencyDeclared(DependencyState):
    """A node rests on another one."""

    TYPE: ClassVar[str] = "itsm.dependency.declared.v1"


class DependencyChanged(DependencyState):
    """A dependency has another strength, failure mode, group, evidence or planned end now."""

    TYPE: ClassVar[str] = "itsm.dependency.changed.v1"


class DependencyRemoved(DependencyState):
    """A dependency ended; ``valid_to`` says when."""

    TYPE: ClassVar[str] = "itsm.dependency.removed.v1"
