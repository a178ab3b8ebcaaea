"""What an agreement wakes up for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.catalog.agreements import commands
from services.catalog.agreements.domain.agreement import AgreementId
from shared.db import Tx
from shared.timers import Timer, TimerHandler


async def wake_for_agreement(tx: Tx, timer: Timer, now: datetime) -> None:
    """Look what is due: the beginning of an agreement, of its next version, or its end."""
    await commands.wake_agreement(tx, agreement_id=AgreementId(timer.subject), now=now)


TIMERS: Final[Mapping[str, TimerHandler]] = {commands.AGREEMENT_DUE: wake_for_agreement}
