"""Incidents' own events: the reach is computed off the request that declared them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from services.incident.incidents.commands import automation, rooting
from services.incident.incidents.domain.past import ORIGIN
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on

_MAP_FIELDS: Final = frozenset({"service_id", "affected_service_ids", "ci_ids"})


class Declared(BaseModel, frozen=True):
    """A declaration, a new priority, or a reopening."""

    incident_id: UUID


class Updated(BaseModel, frozen=True):
    """A change of what is said of an incident."""

    incident_id: UUID
    changed: tuple[str, ...]


async def assess_declared(tx: Tx, event: Event, body: Declared, now: datetime) -> None:
    """Compute the reach of a declared incident, not of one that another system had."""
    if event.origin == ORIGIN:
        return
    await automation.assess_if_open(
        tx, incident_id=body.incident_id, reach_too=True, instant=event.recorded_at, now=now
    )


async def assess_updated(tx: Tx, event: Event, body: Updated, now: datetime) -> None:
    """Compute the reach anew where the services or configuration items changed."""
    if event.origin == ORIGIN or _MAP_FIELDS.isdisjoint(body.changed):
        return
    await automation.assess_if_open(
        tx, incident_id=body.incident_id, reach_too=True, instant=event.recorded_at, now=now
    )


async def judge_priority(tx: Tx, event: Event, body: Declared, now: datetime) -> None:
    """Propose an incident that became critical as a major one, unless that is long ago."""
    if event.origin == ORIGIN:
        return
    await automation.assess_if_open(
        tx, incident_id=body.incident_id, reach_too=False, instant=event.recorded_at, now=now
    )


async def look_for_effects(tx: Tx, event: Event, body: Declared, now: datetime) -> None:
    """Let the incidents of effects that were declared meanwhile look for the reopened one."""
    if event.origin == ORIGIN:
        return
    await rooting.wake_effects_again(
        tx, incident_id=body.incident_id, instant=event.recorded_at, now=now
    )


SUBSCRIPTIONS: Final = (
    Subscription(
        name="incident.reach",
        topics=("itsm.incident.events",),
        reactions=(
            on("itsm.incident.declared.v1", Declared, assess_declared),
            on("itsm.incident.updated.v1", Updated, assess_updated),
            on("itsm.incident.priority_changed.v1", Declared, judge_priority),
            on("itsm.incident.reopened.v1", Declared, look_for_effects),
        ),
    ),
)
