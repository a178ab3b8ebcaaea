"""What the world learns about teams."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel


class TeamChanged(BaseModel, frozen=True, extra="forbid"):
    """A team was registered, changed or retired; the payload is its whole state after that."""

    TYPE: ClassVar[str] = "itsm.team.changed.v1"

    team_id: UUID
    name: str
    purpose: str
    status: Literal["active", "retired"]


PUBLISHED = (TeamChanged,)
