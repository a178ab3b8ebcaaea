"""Taking in what senders report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.incident.settings import Settings
from services.incident.signals.commands.concluding import Receipt, Work, conclude, sender_actor
from services.incident.signals.commands.hinting import find_hinted
from services.incident.signals.domain.integration import Integration
from services.incident.signals.domain.ledger import sort_out
from services.incident.signals.domain.signal import Delivery, Report, Signal
from services.incident.signals.tables import signals as tables
from shared.db import Tx


async def take_in(
    tx: Tx,
    *,
    integration: Integration,
    delivery: Delivery,
    new_id: Callable[[], UUID],
    settings: Settings,
    now: datetime,
) -> Receipt:
    """Apply a delivery: the same again changes counts alone, a pair of senders counts as one.

    A signal that newly fires declares an incident, joins the open one of its group, or reopens
    the one resolved within the integration's window. When signals end, the incident is resolved
    as the integration's ``resolve_on`` says: with the last one, with the first one, or never.

    Raises:
        SignalRaceError: another group's delivery is storing the same signal; send it again.
    Emits:
        itsm.signal.received.v1, .deduplicated.v1, .resolved.v1; what the incident emits
    """
    group = await tables.lock_group(
        tx,
        group_id=new_id(),
        integration_id=integration.id,
        group_key=delivery.group_key,
        now=now,
    )
    known = await tables.load_known(tx, integration_id=integration.id, reports=delivery.reports)
    hinted = await find_hinted(tx, delivery.reports, now=now)

    def build(report: Report, started_at: datetime) -> Signal:
        service, item_id = hinted.of(report)
        return Signal(
            id=new_id(),
            integration_id=integration.id,
            group_id=group.id,
            fingerprint=report.fingerprint,
            started_at=started_at,
            status="firing",
            severity=report.severity,
            summary=report.summary or report.name,
            details=report.details,
            service_id=service.service_id if service else None,
            service_hint=report.service_hint,
            link=report.link,
            raw=report.raw,
            incident_id=group.incident_id,
            count=1,
            ended_at=None,
            version=1,
            first_seen_at=now,
            last_seen_at=now,
            ci_id=item_id,
            ci_hint=report.ci_hint,
        )

    ledger = sort_out(delivery.reports, known, build=build, now=now)
    actor = sender_actor(integration)
    work = Work(tx, integration, delivery, ledger, hinted.by_id(), new_id, settings, actor, now)
    return await conclude(work, group)
