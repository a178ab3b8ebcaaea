"""What the world learns about redundancy groups."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class RedundancyGroupState(BaseModel):
    """A redundancy group as it is after an event: the node runs while ``min_up`` members do.

    Its members are the providers of those dependencies of the node that name the group. Outside
    of its validity, every one of them is needed.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "redundancy_group_id": "01970000-0000-7000-8000-00000000e001",
                    "node_id": "01970000-0000-7000-8000-000000005001",
                    "node_kind": "service",
                    "name": "web servers",
                    "min_up": 2,
                    "min_up_unit": "count",
                    "valid_from": "2026-03-02T09:00:00Z",
                    "valid_to": None,
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    redundancy_group_id: UUID
    node_id: UUID
    node_kind: Literal["service", "configuration_item"]
    name: str
    min_up: int
    min_up_unit: Literal["count", "percent"]
    valid_from: datetime
    valid_to: datetime | None


class RedundancyGroupDefined(RedundancyGroupState):
    """Some of what a node rests on can stand in for each other."""

    TYPE: ClassVar[str] = "itsm.redundancy_group.defined.v1"


class RedundancyGroupChanged(RedundancyGroupState):
    """A group has another name, another need or another planned end now."""

    TYPE: ClassVar[str] = "itsm.redundancy_group.changed.v1"


class RedundancyGroupRemoved(RedundancyGroupState):
    """A group ended; ``valid_to`` says when."""

    TYPE: ClassVar[str] = "itsm.redundancy_group.removed.v1"
