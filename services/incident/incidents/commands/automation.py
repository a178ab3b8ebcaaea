"""What happens to incidents without a person: reach, closing by time, and monitoring's word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.incident.clocks.commands.noting import note_facts
from services.incident.incidents.commands.consequences import open_outage_if_high
from services.incident.incidents.commands.recording import AUTO_CLOSE, keep
from services.incident.incidents.commands.rooting import link_to_root_if_effect, wake_effects
from services.incident.incidents.domain import lifecycle, major, reach, revision, transitions
from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.domain.transitions import Resolve
from services.incident.incidents.events.vocabulary import IncidentEvent
from services.incident.incidents.tables import incidents as tables
from services.incident.incidents.tables import matrix as matrix_tables
from services.incident.incidents.tables import reach as reach_tables
from services.incident.outages.commands.automatic import open_by_people
from services.incident.settings import Settings
from services.incident.views.queries.ways import load_map
from shared import timers
from shared.auth import Actor, platform_actor
from shared.db import Tx

CLEARED: Final = "cleared_by_monitoring"


async def assess_if_open(
    tx: Tx, *, incident_id: UUID, reach_too: bool, instant: datetime, now: datetime
) -> None:
    """Follow up on a declaration or change: root, reach, outage of high impact, major proposal.

    The map is taken as valid at ``instant`` (aware UTC), when the incident was declared or
    changed. What is over is left as it is.

    Emits:
        itsm.incident.linked.v1, if it is the effect of what another open incident is about;
        itsm.incident.impact_assessed.v1, if services or items are named or were before;
        itsm.sla_clock.started.v1 for promises to the customers in reach;
        itsm.outage.started.v1 for high impact, unless its service has an outage for it;
        itsm.incident.major_proposed.v1 for priority 1 that nobody has judged
    """
    before = await tables.load_incident(tx, str(incident_id))
    if before.state not in OPEN:
        return
    after, events = before, list[IncidentEvent]()
    origins = (*before.affected_service_ids, *before.ci_ids)
    if reach_too and (origins or before.impact_assessed_at):
        services, items = before.affected_service_ids, before.ci_ids
        known = await load_map(tx, services=services, items=items, instant=instant)
        await wake_effects(tx, before, known, now=now)
        after, linked = await link_to_root_if_effect(tx, before, now=now)
        found = reach.compute(origins, known)
        await reach_tables.replace_reach(tx, before.id, found)
        await note_facts(
            tx,
            record_id=before.id,
            reached={one.customer_id: one.service_ids for one in found.customers},
            actor=platform_actor("incident"),
            now=now,
        )
        after, assessed = reach.assess(after, found, now=now)
        events = [*linked, *assessed]
    await open_outage_if_high(tx, after, actor=platform_actor("incident"), now=now)
    after, proposed = major.propose_if_critical(after, now=now)
    await keep(
        tx,
        before,
        after,
        [*events, *proposed],
        actor=platform_actor("incident"),
        occurred_at=now,
        now=now,
    )


async def close_if_due(tx: Tx, *, incident_id: UUID, now: datetime) -> None:
    """Close a resolved incident to whose resolution nobody objected in time.

    Emits:
        itsm.incident.closed.v1, if its time has come
    """
    before = await tables.load_incident(tx, str(incident_id))
    if before.state != "resolved" or before.auto_close_at is None:
        return
    if before.auto_close_at > now:
        await timers.arm(tx, kind=AUTO_CLOSE, subject=before.id, due_at=before.auto_close_at)
        return
    at = before.moment(None, now=now)
    after, events = lifecycle.close(before, automatic=True, at=at, now=now)
    actor = platform_actor("incident")
    await keep(tx, before, after, events, actor=actor, occurred_at=at, now=now)


async def load_survivor(tx: Tx, *, incident_id: UUID) -> Incident:
    """Return, locked, the incident that lives on where this one was merged into another."""
    incident = await tables.load_incident(tx, str(incident_id))
    while incident.duplicate_of is not None:
        incident = await tables.load_incident(tx, str(incident.duplicate_of))
    return incident


async def reopen_if_recent(
    tx: Tx, incident: Incident, *, reason: str, window: timedelta, actor: Actor, now: datetime
) -> Incident | None:
    """Reopen a locked incident whose resolution is younger than the window; None if it is not.

    Emits:
        itsm.incident.reopened.v1
    """
    if not transitions.reopenable(incident, now=now, window=window):
        return None
    at = incident.moment(None, now=now)
    after, events = lifecycle.reopen(incident, reason=reason, at=at, now=now)
    return await keep(tx, incident, after, events, actor=actor, occurred_at=at, now=now)


async def clear_if_open(
    tx: Tx,
    incident: Incident,
    *,
    technical: str,
    business: str,
    settings: Settings,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Resolve a locked incident, from on hold too, because monitoring sees nothing any more.

    While an outage that people opened for it is open, it only says so in the timeline.

    Emits:
        itsm.incident.resolved.v1, if it is open; or .commented.v1
    """
    if incident.state not in OPEN:
        return incident
    if await open_by_people(tx, incident_id=incident.id):
        text = f"{technical}\nNot resolved: outages that people opened for it are still open."
        after, events = incident.comment(text=text, visibility="internal", now=now)
        return await keep(tx, incident, after, events, actor=actor, occurred_at=now, now=now)
    at = incident.moment(None, now=now)
    after, events = lifecycle.resolve(
        incident,
        Resolve(code=CLEARED, technical=technical, business=business, workaround=None),
        by_person=False,
        auto_close_after=settings.auto_close_after,
        at=at,
        now=now,
    )
    return await keep(tx, incident, after, events, actor=actor, occurred_at=at, now=now)


async def acknowledge_if_open(
    tx: Tx, incident: Incident, *, actor: Actor, now: datetime
) -> Incident:
    """Note that somebody took notice in the monitoring tool.

    Emits:
        itsm.incident.acknowledged.v1, if it is open and nobody had
    """
    if incident.state not in OPEN:
        return incident
    at = incident.moment(None, now=now)
    after, events = incident.acknowledge(at=at, now=now)
    return await keep(tx, incident, after, events, actor=actor, occurred_at=at, now=now)


async def add_signals(
    tx: Tx,
    incident: Incident,
    *,
    text: str,
    impact: int,
    urgency: int,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Note further signals in a locked incident's timeline; they may raise its weight.

    They never lower it, nor move a priority that a person has set.

    Emits:
        itsm.incident.commented.v1, and .priority_changed.v1 where they weigh more
    """
    after, events = incident.comment(text=text, visibility="internal", now=now)
    if incident.state in OPEN:
        cells, _ = await matrix_tables.load_matrix(tx)
        after, weighed = revision.weigh(
            after,
            impact=min(impact, after.impact),
            urgency=min(urgency, after.urgency),
            cells=cells,
            now=now,
        )
        events = [*events, *weighed]
    return await keep(tx, incident, after, events, actor=actor, occurred_at=now, now=now)
