"""One root, not forty alerts: what monitoring opened for effects goes below what causes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.incident.incidents.commands.recording import keep
from services.incident.incidents.commands.relating import MAX_DEPTH
from services.incident.incidents.domain import relations, rooting
from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.domain.lifecycle import Outcome
from services.incident.incidents.tables import family, roots
from services.incident.incidents.tables import incidents as tables
from services.incident.views.graph import ServiceMap
from services.incident.views.queries.ways import MOST_HOPS, load_map, upstream_of
from shared import timers
from shared.auth import platform_actor
from shared.db import ReadTx, Tx

ROOT: Final = "incident.root"
"""The timer that lets an incident look for its root; it is due at once."""
NEXT_TRY: Final = timedelta(seconds=1)
"""So long later it looks again, if another incident is being linked just then."""


async def root_of(
    tx: ReadTx, *, node_id: UUID, now: datetime, besides: UUID | None = None
) -> UUID | None:
    """Return the open incident of the nearest thing that a node of the map rests on, if any has."""
    nodes = await upstream_of(tx, node_id=node_id, instant=now)
    return await roots.open_incident_on(tx, nodes=nodes, besides=besides) if nodes else None


async def wake_effects(tx: Tx, root: Incident, known: ServiceMap, *, now: datetime) -> None:
    """Let the incidents of what rests on a locked incident's nodes look for their root.

    Each does so in a transaction of its own: none waits here for the row of another.
    """
    nodes = rooting.resting_on(root, known, most_hops=MOST_HOPS)
    if not nodes:
        return
    effects = await roots.possible_effects_on(tx, nodes=nodes, besides=root.id)
    if effects:
        await timers.set_many(tx, kind=ROOT, due=dict.fromkeys(sorted(effects), now))


async def wake_effects_again(
    tx: Tx, *, incident_id: UUID, instant: datetime, now: datetime
) -> None:
    """Let the incidents of effects look for their root that is open again.

    The map is taken as valid at ``instant`` (aware UTC).
    """
    root = await tables.load_incident(tx, str(incident_id))
    if root.state in OPEN and rooting.place_of(root) is not None:
        services, items = root.affected_service_ids, root.ci_ids
        known = await load_map(tx, services=services, items=items, instant=instant)
        await wake_effects(tx, root, known, now=now)


async def link_to_root_if_effect(tx: Tx, incident: Incident, *, now: datetime) -> Outcome:
    """Put a locked incident below its root, if it may be an effect and there is one.

    A root that is itself below the incident is left alone, and so is one that is 20 levels deep.
    """
    place = rooting.place_of(incident)
    if place is None or not rooting.may_be_effect(incident):
        return incident, []
    root_id = await root_of(tx, node_id=place, now=now, besides=incident.id)
    if root_id is None:
        return incident, []
    if not await family.try_lock_family(tx):
        await timers.arm(tx, kind=ROOT, subject=incident.id, due_at=now + NEXT_TRY)
        return incident, []
    line = await family.ancestors(tx, root_id, most=MAX_DEPTH)
    if incident.id in line or len(line) >= MAX_DEPTH:
        return incident, []
    return relations.link(
        incident, relation="parent", target_id=root_id, target_number=line[root_id], now=now
    )


async def look_for_root(tx: Tx, *, incident_id: UUID, now: datetime) -> None:
    """Put an incident below its root, if it may be an effect and there is one.

    Emits:
        itsm.incident.linked.v1, if there is
    """
    before = await tables.load_incident(tx, str(incident_id))
    after, events = await link_to_root_if_effect(tx, before, now=now)
    actor = platform_actor("incident")
    await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
