"""Teams as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.catalog.teams.domain import Team, TeamStatus
from shared.db import columns
from shared.schemas import Line, Paragraph, RequestModel, ResponseModel, absent


class RegisterTeam(RequestModel):
    """A team to register."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Shop platform", "purpose": "Runs the web shop"}]}
    )

    name: Line
    purpose: Paragraph = Field(default="", description="What the team looks after.")


class ChangeTeam(RequestModel):
    """A merge patch of a team."""

    name: Line = absent()
    purpose: Paragraph = absent()


class MoveTeam(RequestModel):
    """The status a team should have."""

    to: TeamStatus


class TeamRecord(ResponseModel):
    """A team."""

    id: UUID
    name: str
    purpose: str
    status: TeamStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, team: Team) -> TeamRecord:
        """Return what HTTP shows of a team."""
        return cls(**columns(team))
