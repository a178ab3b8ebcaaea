"""The events of outages and changes, as far as the health of services needs them."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.catalog.health import commands, tables
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on


class OutageSeen(BaseModel, frozen=True):
    """An outage as its events tell it."""

    outage_id: UUID
    service_id: UUID
    kind: Literal["outage", "degradation", "planned"]
    state: Literal["open", "ended", "merged"]


class PlannedOutageSeen(BaseModel, frozen=True):
    """A service that a change takes down."""

    service_id: UUID


class ChangeSeen(BaseModel, frozen=True):
    """A change as its events tell it; only some tell which services it takes down."""

    change_id: UUID
    state: str
    planned_start: AwareDatetime | None
    planned_end: AwareDatetime | None
    planned_outages: tuple[PlannedOutageSeen, ...] | None = None


async def note_outage(tx: Tx, event: Event, body: OutageSeen, now: datetime) -> None:
    """Keep an outage as it is after the event, and judge its service."""
    await tables.note_outage(tx, sequence=event.sequence, **dict(body))
    await commands.judge(tx, service_ids=[body.service_id], at=event.occurred_at, now=now)


async def note_change(tx: Tx, event: Event, body: ChangeSeen, now: datetime) -> None:
    """Keep a change as it is after the event, and judge the services that it takes down."""
    planned = body.planned_outages
    before = await tables.change_row(tx, body.change_id)
    await tables.note_change(
        tx,
        sequence=event.sequence,
        change_id=body.change_id,
        state=body.state,
        planned_start=body.planned_start,
        planned_end=body.planned_end,
        service_ids=None if planned is None else sorted({one.service_id for one in planned}),
    )
    await commands.follow_change(
        tx,
        change_id=body.change_id,
        formerly=before["service_ids"] if before else (),
        at=event.occurred_at,
        now=now,
    )


def _types(aggregate: str, *facts: str) -> tuple[str, ...]:
    return tuple(f"itsm.{aggregate}.{fact}.v1" for fact in facts)


SUBSCRIPTIONS: Final = (
    Subscription(
        name="catalog.health",
        topics=("itsm.incident.events", "itsm.change.events"),
        reactions=(
            on(
                _types("outage", "started", "changed", "ended", "merged", "corrected"),
                OutageSeen,
                note_outage,
            ),
            on(
                _types(
                    "change",
                    *("requested", "updated", "scheduled", "reverted", "cancelled"),
                    *("implementation_started", "implemented", "backed_out"),
                ),
                ChangeSeen,
                note_change,
            ),
        ),
    ),
)
