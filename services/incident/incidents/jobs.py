"""What incidents do when time passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.incident.incidents.commands import automation, relating, rooting
from services.incident.incidents.commands.recording import AUTO_CLOSE, FOLLOW_UP
from services.incident.incidents.commands.rooting import ROOT
from shared.db import Tx
from shared.timers import Timer, TimerHandler


async def close_resolved(tx: Tx, timer: Timer, now: datetime) -> None:
    """Close the incident that the timer is about, if its time has come."""
    await automation.close_if_due(tx, incident_id=timer.subject, now=now)


async def follow_up(tx: Tx, timer: Timer, now: datetime) -> None:
    """Say that it is time to look at the incident that the timer is about."""
    await relating.follow_up_if_due(tx, incident_id=timer.subject, now=now)


async def look_for_root(tx: Tx, timer: Timer, now: datetime) -> None:
    """Put the incident that the timer is about below its root."""
    await rooting.look_for_root(tx, incident_id=timer.subject, now=now)


TIMERS: Final[Mapping[str, TimerHandler]] = {
    AUTO_CLOSE: close_resolved,
    FOLLOW_UP: follow_up,
    ROOT: look_for_root,
}
