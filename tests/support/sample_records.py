"""What the sample service takes and shows by HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.schemas import Instant, Line, Paragraph, RequestModel, ResponseModel, absent
from tests.support.sample_things import MAX_SIZE


class MakeThing(RequestModel):
    name: Line
    size: Annotated[int, Field(strict=True, ge=0, le=MAX_SIZE)]
    about: Paragraph = ""
    since: Instant | None = None


class ChangeThing(RequestModel):
    name: Line = absent()
    size: Annotated[int, Field(strict=True, ge=0, le=MAX_SIZE)] = absent()


class RemindThing(RequestModel):
    due_at: Instant


class ThingRecord(ResponseModel):
    id: UUID
    name: str
    size: int
    state: str
    reminders: int
    version: int


class KeyRecord(ResponseModel):
    thing_id: UUID
    key: str | None
