"""Linking incidents to other records, and looking again at holds."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.incidents.commands.recording import FOLLOW_UP, keep, require_visible
from services.incident.incidents.domain import relations
from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.domain.relations import LinkError
from services.incident.incidents.events.vocabulary import Relation
from services.incident.incidents.tables import family
from services.incident.incidents.tables import incidents as tables
from services.incident.views.queries import changes as views
from shared import timers
from shared.auth import Actor, platform_actor
from shared.db import Tx
from shared.errors import require_version

MAX_DEPTH: Final = 20


async def link_incident(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    relation: Relation,
    target_id: UUID,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Link an incident to its parent, its problem, or a change that caused or fixes it.

    Raises:
        IncidentNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        LinkError: the other record is not known, or would be its own parent's child.
    Emits:
        itsm.incident.linked.v1, unless it is linked so already
    """
    if relation == "parent":
        # One after the other: two links at once could close a circle that neither of them sees.
        await family.lock_family(tx)
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    number: str | None = None
    if relation == "parent":
        number = await _parent_number(tx, before, target_id)
    elif relation != "problem":
        number = await views.change_number(tx, change_id=target_id)
        if number is None:
            raise LinkError(f"There is no change {target_id}.", pointer="/target_id")
    after, events = relations.link(
        before, relation=relation, target_id=target_id, target_number=number, now=now
    )
    return await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)


async def _parent_number(tx: Tx, child: Incident, parent_id: UUID) -> str:
    """Return the number of what can be its parent: neither itself nor one of its children."""
    line = await family.ancestors(tx, parent_id, most=MAX_DEPTH)
    if not line:
        raise LinkError(f"There is no incident {parent_id}.", pointer="/target_id")
    if child.id in line or len(line) >= MAX_DEPTH:
        raise LinkError(
            "An incident cannot be above itself, nor deeper than 20 levels.", pointer="/target_id"
        )
    return line[parent_id]


async def unlink_incident(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    relation: Relation,
    target_id: UUID,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Take a link of an incident away.

    Raises:
        IncidentNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        LinkNotFoundError: it has no such link.
    Emits:
        itsm.incident.unlinked.v1
    """
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    after, events = relations.unlink(before, relation=relation, target_id=target_id, now=now)
    return await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)


async def follow_up_if_due(tx: Tx, *, incident_id: UUID, now: datetime) -> None:
    """Say that it is time to look again at an incident on hold.

    Emits:
        itsm.incident.follow_up_due.v1, if it is on hold and its time has come
    """
    before = await tables.load_incident(tx, str(incident_id))
    if before.state != "on_hold" or before.follow_up_at is None:
        return
    if before.follow_up_at > now:
        await timers.arm(tx, kind=FOLLOW_UP, subject=before.id, due_at=before.follow_up_at)
        return
    after, events = relations.follow_up(before, now=now)
    actor = platform_actor("incident")
    await keep(tx, before, after, events, actor=actor, occurred_at=before.follow_up_at, now=now)
