"""What incidents do when time passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.incident.incidents.commands import automation
from services.incident.incidents.commands.recording import AUTO_CLOSE
from shared.db import Tx
from shared.timers import Timer, TimerHandler


async def close_resolved(tx: Tx, timer: Timer, now: datetime) -> None:
    """Close the incident that the timer is about, if its time has come."""
    await automation.close_if_due(tx, incident_id=timer.subject, now=now)


TIMERS: Final[Mapping[str, TimerHandler]] = {AUTO_CLOSE: close_resolved}
