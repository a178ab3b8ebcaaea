"""Judging the health of services."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from services.catalog.health import tables
from services.catalog.health.domain import ServiceHealthId, healthy
from shared import clock, outbox, timers
from shared.auth import platform_actor
from shared.db import Tx

TURN: Final = "service_health.turn"


async def judge(tx: Tx, *, service_ids: Collection[UUID], at: datetime, now: datetime) -> None:
    """Judge services anew after something happened ``at`` (aware UTC).

    Emits:
        itsm.service_health.changed.v1 for each whose health, or reasons for it, changed
    """
    for service_id in sorted(service_ids):
        known = await tables.lock_health(tx, service_id)
        before = known or healthy(ServiceHealthId(clock.new_id()), service_id, now=now)
        causes = await tables.causes_of(tx, service_id, now=now)
        after, events = before.judged(causes, at=at, now=now)
        if not events:
            continue
        await tables.keep_health(tx, after)
        outbox.append(
            tx,
            key=after.id,
            version=after.version,
            events=events,
            actor=platform_actor("catalog"),
            occurred_at=at,
            now=now,
        )


async def follow_change(
    tx: Tx,
    *,
    change_id: UUID,
    formerly: Collection[UUID] = (),
    at: datetime,
    now: datetime,
) -> None:
    """Judge the services that a change takes down, and wake up when its window turns next.

    ``formerly`` are those that it took down before: without it they may be well again.

    Emits:
        itsm.service_health.changed.v1 for each whose health, or reasons for it, changed
    """
    row = await tables.change_row(tx, change_id)
    services = {*formerly, *(row["service_ids"] if row else ())}
    if row is None or not services:
        return
    moments = [one for one in (row["planned_start"], row["planned_end"]) if one and one > now]
    # The timer comes before any health, as for the timer that fires: so neither waits for ever.
    if row["state"] == "scheduled" and row["service_ids"] and moments:
        await timers.arm(tx, kind=TURN, subject=change_id, due_at=min(moments))
    else:
        await timers.disarm(tx, kind=TURN, subject=change_id)
    await judge(tx, service_ids=services, at=at, now=now)
