"""What signals do when time passes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.incident.settings import settings
from services.incident.signals.commands.releasing import release_next
from shared import clock
from shared.db import Database
from shared.service import Job


async def release_signals(database: Database, now: datetime) -> int:
    """Let the signals of one group count whose change is over; tell whether there was one."""
    async with database.transaction() as tx:
        return int(await release_next(tx, new_id=clock.new_id, settings=settings(), now=now))


JOBS: Final = (Job(name="incident.signals.release", every_seconds=5, run=release_signals),)
