"""Deciding about major incidents."""

from __future__ import annotations

from datetime import datetime

from services.incident.incidents.commands.recording import keep, require_visible
from services.incident.incidents.domain import major
from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.domain.major import MajorMove
from services.incident.incidents.tables import incidents as tables
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def move_major_incident(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    step: MajorMove,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Propose, accept, reject or stand down a major incident.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
        StaleVersionError: it is not at ``expected_version``.
        MajorTransitionError: its states do not allow it.
        NextUpdateError: the next update is promised for a time that is over.
    Emits:
        itsm.incident.major_proposed.v1, .major_accepted.v1, .major_rejected.v1 or
        .major_stood_down.v1
    """
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    major.require_allowed(before, step.to)
    after, events = major.move(before, step, now=now)
    return await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
