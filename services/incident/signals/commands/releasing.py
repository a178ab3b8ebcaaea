"""Signals that fire on when the change that explained them is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.settings import Settings
from services.incident.signals.commands.concluding import Work, conclude, sender_actor
from services.incident.signals.commands.hinting import find_services
from services.incident.signals.domain.integration import IntegrationId
from services.incident.signals.domain.ledger import Ledger
from services.incident.signals.domain.signal import Delivery
from services.incident.signals.domain.wording import MAX_TEXT_CHARS, lines, one_line
from services.incident.signals.tables import signals as tables
from services.incident.signals.tables.integrations import load_integration
from services.incident.signals.tables.signals import Group
from shared.db import Tx

RELEASED_AT_ONCE: Final = 500


async def release_next(
    tx: Tx,
    *,
    new_id: Callable[[], UUID],
    settings: Settings,
    now: datetime,
) -> bool:
    """Let the signals of one group count that fire after the change that explained them.

    Returns whether there was one.

    Emits:
        itsm.signal.released.v1; what the incident emits that they lead to
    """
    found = await tables.load_released(tx, now=now, most=RELEASED_AT_ONCE)
    if found is None:
        return False
    group, signals = found
    integration = await load_integration(tx, IntegrationId(group["integration_id"]))
    ledger = Ledger()
    ledger.release(signals)
    services = await find_services(tx, {one.service_id for one in signals})
    delivery = Delivery(
        group_key=group["group_key"],
        title=one_line(next((one.summary for one in signals if one.summary), "It still fires")),
        text=lines("\n".join(one.details or one.summary for one in signals), MAX_TEXT_CHARS),
        reports=(),
    )
    work = Work(
        tx,
        integration,
        delivery,
        ledger,
        services,
        new_id,
        settings,
        sender_actor(integration),
        now,
    )
    if signals:
        await conclude(work, Group(id=group["id"], incident_id=group["incident_id"]))
    return True
