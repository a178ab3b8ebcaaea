"""What calendars do by themselves: at the turn of the year, the year that has come into view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from services.catalog.calendars import commands
from services.catalog.calendars.holiday_days import HolidaySource, holiday_dates
from shared.auth import platform_actor
from shared.db import Database
from shared.service import Job

BATCH: Final = 20


def renewing(holidays_of: HolidaySource) -> Callable[[Database, datetime], Awaitable[int]]:
    """Return the step that renews some calendars, as somebody who knows holidays tells it."""

    async def renew(database: Database, now: datetime) -> int:
        async with database.transaction() as tx:
            return await commands.renew_calendars(
                tx,
                holidays_of=holidays_of,
                limit=BATCH,
                actor=platform_actor(database.service),
                now=now,
            )

    return renew


# Due once a year; looked at every hour, for a process may not run when the year turns.
JOBS: Final = (Job(name="calendars.renew", every_seconds=3600, run=renewing(holiday_dates)),)
