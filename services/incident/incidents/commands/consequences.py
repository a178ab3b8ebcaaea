"""What becomes of an incident's outages when something becomes of the incident."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.outages.commands import automatic
from services.incident.outages.commands.automatic import Disturbance
from shared.auth import Actor
from shared.db import Tx

HIGH_IMPACT: Final = 1
"""An incident of this impact degrades its service by itself, whatever its urgency.

When it falls, the degradation stays until people end it: what happened has happened.
"""


async def open_outage_if_high(tx: Tx, incident: Incident, *, actor: Actor, now: datetime) -> None:
    """Open a degradation of the service of a locked open incident, if its impact is high.

    Emits:
        itsm.outage.started.v1, unless it has, or had, an outage of that service
    """
    if incident.impact == HIGH_IMPACT and incident.service_id is not None:
        await automatic.open_if_none(
            tx,
            incident_id=incident.id,
            service_id=incident.service_id,
            declared_for=incident.customer_ids,
            started_at=incident.started_at,
            actor=actor,
            now=now,
        )


async def settle_outages(
    tx: Tx, before: Incident, after: Incident, *, actor: Actor, now: datetime
) -> None:
    """Let the outages of a locked incident follow it: to another service, time, or its end.

    Service counts as restored when users were no longer affected, at the latest when it was
    resolved. Of an incident that was none, nothing is counted, nor of a service that it is not of.

    Emits:
        itsm.outage.ended.v1 for those that opened by themselves; itsm.outage.changed.v1 and
        .merged.v1 where another incident lives on; itsm.outage.started.v1 and, of what had
        ended, .corrected.v1 where the service is another one; .corrected.v1 where the times are
    """
    if after.service_id != before.service_id:
        high = after.impact == HIGH_IMPACT and after.state in OPEN
        await automatic.follow_service(
            tx,
            incident_id=after.id,
            left=before.service_id,
            service_id=after.service_id,
            declared_for=after.customer_ids,
            degraded_since=after.started_at if high else None,
            actor=actor,
            now=now,
        )
    was, known = _disturbance(before), _disturbance(after)
    if before.state == after.state and was != known:
        await automatic.follow_times(
            tx,
            incident_id=after.id,
            service_id=after.service_id,
            was=was,
            known=known,
            actor=actor,
            now=now,
        )
    if before.state not in OPEN or after.state in OPEN:
        return
    if after.duplicate_of is not None:
        await automatic.follow_merge(
            tx, incident_id=after.id, survivor_id=after.duplicate_of, actor=actor, now=now
        )
        return
    await automatic.end_with_incident(
        tx, incident_id=after.id, restored_at=known.restored_at, actor=actor, now=now
    )


def _disturbance(incident: Incident) -> Disturbance:
    over = incident.state in ("resolved", "closed")
    restored = (incident.mitigated_at or incident.resolved_at) if over else None
    return Disturbance(incident.started_at, restored)
