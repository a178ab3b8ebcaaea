"""What health does when time passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.catalog.health.commands import TURN, follow_change
from shared.db import Tx
from shared.timers import Timer, TimerHandler


async def turn_window(tx: Tx, timer: Timer, now: datetime) -> None:
    """Judge the services of a change whose planned window begins or ends."""
    await follow_change(tx, change_id=timer.subject, at=timer.due_at, now=now)


TIMERS: Final[Mapping[str, TimerHandler]] = {TURN: turn_window}
