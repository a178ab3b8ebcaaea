"""What clocks do when time passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.incident.clocks.commands import judging
from services.incident.clocks.commands.recording import WAKE
from shared.db import Database, Tx
from shared.service import Job
from shared.timers import Timer, TimerHandler


async def wake_clock(tx: Tx, timer: Timer, now: datetime) -> None:
    """Look at the clock that the timer is about."""
    await judging.wake_clock(tx, clock_id=timer.subject, due_at=timer.due_at, now=now)


async def follow_sources(database: Database, now: datetime) -> int:
    """Take open records on to the newest calendars and agreements, some in each step."""
    async with database.transaction() as tx:
        return await judging.follow_source(tx, now=now)


TIMERS: Final[Mapping[str, TimerHandler]] = {WAKE: wake_clock}
JOBS: Final = (Job(name="incident.clocks.sources", every_seconds=2, run=follow_sources),)
