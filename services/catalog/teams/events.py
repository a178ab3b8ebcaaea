"""What the world learns about teams."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class TeamChanged(BaseModel):
    """A team was registered, changed or retired; the payload is its whole state after that."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "team_id": "01970000-0000-7000-8000-000000007001",
                    "name": "Shop platform",
                    "purpose": "Runs the web shop",
                    "status": "active",
                }
            ]
        },
    )

    TYPE: ClassVar[str] = "itsm.team.changed.v1"

    team_id: UUID
    name: str
    purpose: str
    status: Literal["active", "retired"]


PUBLISHED = (TeamChanged,)
