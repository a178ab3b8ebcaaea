"""Which signals do not lead to an incident of their own: explained by a change, or too few."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from services.incident.signals.domain.integration import Integration
from services.incident.signals.domain.ledger import Ledger
from services.incident.signals.domain.signal import Signal
from services.incident.signals.tables import signals as tables
from services.incident.views.queries import changes as views
from shared.db import Tx

Held: TypeAlias = Literal["waiting", "suppressed"]


async def hold_back(
    tx: Tx,
    *,
    integration: Integration,
    ledger: Ledger,
    group_id: UUID,
    is_open: bool,
    now: datetime,
) -> tuple[list[Signal], Held | None]:
    """Take out of a ledger's fresh signals those that a change explains, or all if they are few.

    ``is_open`` says whether their group has an open incident, which they join however few.
    Returns the earlier signals that waited for them, and why the last ones were taken out.
    """
    held: Held | None = None
    if ledger.fresh and await _suppress(tx, integration, ledger, now=now):
        held = "suppressed"
    if not ledger.fresh or is_open or integration.threshold == 1:
        return [], held
    waiting = await tables.load_waiting(tx, group_id=group_id, since=now - integration.window)
    if len(ledger.fresh | {one.id for one in waiting}) >= integration.threshold:
        return waiting, held
    ledger.wait()
    return [], "waiting"


async def _suppress(tx: Tx, integration: Integration, ledger: Ledger, *, now: datetime) -> bool:
    by_service: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for signal_id in ledger.fresh:
        service_id = ledger.latest[signal_id].service_id or integration.default_service_id
        if service_id is not None:
            by_service[service_id].append(signal_id)
    if not by_service:
        return False
    covering = await views.covering_changes(tx, service_ids=by_service, now=now)
    for service_id, change in covering.items():
        reason = f"{change.number} takes the service down as planned: {change.title}"
        ledger.suppress(by_service[service_id], change_id=change.change_id, reason=reason)
    return bool(covering)
