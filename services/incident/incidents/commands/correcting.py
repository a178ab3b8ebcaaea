"""Correcting when something happened: milestones, and what the timeline tells of besides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.incident.incidents.commands.recording import keep, require_visible
from services.incident.incidents.domain import corrections, relations
from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.domain.timeline import REACHED
from services.incident.incidents.tables import entries
from services.incident.incidents.tables import incidents as tables
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version

_ENTRIES: Final[Mapping[str, tuple[str, str | None]]] = {
    "reported_at": ("declared", None),
    "acknowledged_at": ("acknowledged", None),
    "identified_at": ("milestone_recorded", REACHED.format(milestone="identified")),
    "mitigated_at": ("milestone_recorded", REACHED.format(milestone="mitigated")),
    "resolved_at": ("resolved", None),
    "closed_at": ("closed", None),
}
"""Which entry of the timeline tells of a milestone: its kind, and its words where that is more."""


async def correct_milestones(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    moments: Mapping[str, datetime],
    reason: str,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Say when milestones of an incident really were; timeline, clocks and outages follow.

    Raises:
        IncidentNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        MomentNotPossibleError: a time lies ahead, is out of order, or of what has not happened.
    Emits:
        itsm.incident.timestamps_corrected.v1; itsm.outage.corrected.v1 for those that opened by
        themselves; the events of clocks that show something else now
    """
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    story = await entries.load_story(tx, before.id, kinds=corrections.DECISIVE)
    after, events = relations.correct(before, moments, story=story, reason=reason, now=now)
    times = {
        entry: getattr(after, name)
        for name, entry in _ENTRIES.items()
        if getattr(after, name) != getattr(before, name)
    }
    if times:
        await entries.move_newest(tx, before.id, times)
    return await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)


async def correct_time(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    sequence: int,
    occurred_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Say when what an entry of an incident's timeline tells of really happened.

    The entry moves there, another one says from where and why, and the clocks count anew.

    Raises:
        IncidentNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        TimeNotCorrectableError: there is no such entry, it is a milestone, or nothing counts by it.
        MomentNotPossibleError: the time lies ahead or out of order; the error says between what.
    Emits:
        itsm.incident.timestamps_corrected.v1, if it was at another time; the events of clocks that
        show something else now
    """
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    story = await entries.load_story(tx, before.id, sequence=sequence, kinds=corrections.DECISIVE)
    after, events = corrections.correct_entry(
        before, story, sequence=sequence, occurred_at=occurred_at, reason=reason, now=now
    )
    if events:
        await entries.move_entry(tx, before.id, sequence=sequence, at=occurred_at)
    return await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
