"""What a change wakes up for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.change.changes import commands
from shared.db import Tx
from shared.timers import Timer, TimerHandler


async def wake_for_overrun(tx: Tx, timer: Timer, now: datetime) -> None:
    """Look whether a change is still carried out now that its window has ended."""
    await commands.note_overrun_if_late(tx, change_id=timer.subject, now=now)


TIMERS: Final[Mapping[str, TimerHandler]] = {commands.OVERRUN: wake_for_overrun}
