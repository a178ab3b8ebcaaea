"""Keeping the read models up to date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.views import tables
from services.notify.views.domain import KnownIncident
from shared.db import Tx


async def note_team(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep what a team's event says, unless a newer one was applied already."""
    await tables.save_view(tx, tables.VIEW_TEAM, sequence=sequence, **values)


async def note_contact(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep what a contact's event says, unless a newer one was applied already."""
    await tables.save_view(tx, tables.VIEW_CONTACT, sequence=sequence, **values)


async def note_customer(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep what a customer's event says, unless a newer one was applied already."""
    await tables.save_view(tx, tables.VIEW_CUSTOMER, sequence=sequence, **values)


async def note_service(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep what a service's event says, unless a newer one was applied already."""
    await tables.save_view(tx, tables.VIEW_SERVICE, sequence=sequence, **values)


async def note_incident(
    tx: Tx,
    *,
    incident_id: UUID,
    sequence: int,
    occurred_at: datetime,
    stated: dict[str, Any],
) -> KnownIncident:
    """Keep what an incident's event states over what is known, and return the result.

    ``stated`` holds the fields that this event carries; others stay as they are. Called by the
    reader of incident events in its own transaction, so that a message about an event is written
    from exactly the state after it. ``occurred_at`` counts for the first event only.
    """
    before = await tables.load_incident(tx, incident_id)
    if before is None:
        before = not_heard_of(incident_id, occurred_at=occurred_at)
    after = replace(before, **stated)
    values = {name: getattr(after, name) for name in KnownIncident.__slots__}
    values["reached_services"] = {str(key): name for key, name in after.reached_services.items()}
    values["reached_customers"] = {
        str(key): [str(one) for one in services]
        for key, services in after.reached_customers.items()
    }
    await tables.save_view(tx, tables.VIEW_INCIDENT, sequence=sequence, **values)
    return after


def not_heard_of(
    incident_id: UUID,
    *,
    number: str = "",
    service_id: UUID | None = None,
    occurred_at: datetime,
) -> KnownIncident:
    """Return an incident of which no event has come, with the little that is known of it."""
    return KnownIncident(
        incident_id=incident_id,
        number=number,
        title=number,
        state="",
        priority=0,
        service_id=service_id,
        assignment_team_id=None,
        description_technical="",
        description_business="",
        resolution_technical="",
        resolution_business="",
        occurred_at=occurred_at,
        reached_services={},
        reached_customers={},
    )
