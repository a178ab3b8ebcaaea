"""Changes' events: which services were taken down as planned, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.incident.outages import tables
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on


class PlannedOutageSeen(BaseModel, frozen=True):
    """For how many minutes a service is taken down."""

    service_id: UUID
    minutes: int


class ContentSeen(BaseModel, frozen=True):
    """The content of a change, as far as its downtime goes."""

    change_id: UUID
    planned_outages: tuple[PlannedOutageSeen, ...]


class WorkSeen(BaseModel, frozen=True):
    """The work of a change began or ended."""

    change_id: UUID
    actual_start: AwareDatetime
    actual_end: AwareDatetime | None = None


async def note_planned_outages(tx: Tx, event: Event, body: ContentSeen, _now: datetime) -> None:
    """Keep which downtime a change plans."""
    await tables.keep_plan(
        tx,
        change_id=body.change_id,
        sequence=event.sequence,
        actual_start=None,
        actual_end=None,
        outages=[one.model_dump(mode="json") for one in body.planned_outages],
    )


async def note_work(tx: Tx, event: Event, body: WorkSeen, _now: datetime) -> None:
    """Keep when the work of a change began and ended."""
    await tables.keep_plan(
        tx,
        change_id=body.change_id,
        sequence=event.sequence,
        actual_start=body.actual_start,
        actual_end=body.actual_end,
        outages=None,
    )


SUBSCRIPTIONS: Final = (
    Subscription(
        name="incident.outages",
        topics=("itsm.change.events",),
        reactions=(
            on(
                ("itsm.change.requested.v1", "itsm.change.updated.v1"),
                ContentSeen,
                note_planned_outages,
            ),
            on(
                (
                    "itsm.change.implementation_started.v1",
                    "itsm.change.implemented.v1",
                    "itsm.change.backed_out.v1",
                ),
                WorkSeen,
                note_work,
            ),
        ),
    ),
)
