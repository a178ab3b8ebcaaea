"""What calendars do by themselves: at the turn of the year, the year that has come into view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from services.catalog.calendars import commands
from services.catalog.calendars.holiday_days import HolidaySource, holiday_dates
from shared.auth import platform_actor
from shared.db import Database
from shared.log import logger
from shared.service import Job

BATCH: Final = 20
_log = logger(__name__)


def renewing(holidays_of: HolidaySource) -> Callable[[Database, datetime], Awaitable[int]]:
    """Return the step that renews some calendars, as somebody who knows holidays tells it."""

    async def renew(database: Database, now: datetime) -> int:
        async with database.transaction() as tx:
            step = await commands.renew_calendars(
                tx,
                holidays_of=holidays_of,
                limit=BATCH,
                actor=platform_actor(database.service),
                now=now,
            )
        if not step.renewed:
            # The last step tells of them, so each is told of once per look.
            for calendar_id, why in step.passed_over.items():
                _log.error("calendar not renewed", calendar_id=str(calendar_id), reason=why)
        return step.renewed

    return renew


# Due once a year; looked at every hour, for a process may not run when the year turns.
JOBS: Final = (Job(name="calendars.renew", every_seconds=3600, run=renewing(holiday_dates)),)
