"""How every use case of an outage ends, and what each asks first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.incident.outages import tables
from services.incident.outages.domain.affected import MAX_AFFECTED, Affected, everyone
from services.incident.outages.domain.outage import Outage
from services.incident.outages.domain.refusals import OutagesNotForCustomersError
from services.incident.outages.events import OutageEvent
from services.incident.views.queries.availability import users_of
from shared import outbox
from shared.auth import Actor
from shared.db import Tx


def require_provider(actor: Actor) -> None:
    """Check that the actor is not bounded to a customer.

    Raises:
        OutagesNotForCustomersError: it is.
    """
    if actor.customer_id is not None:
        raise OutagesNotForCustomersError("Outages are recorded by the provider's staff.")


async def default_affected(
    tx: Tx, *, service_id: UUID, at: datetime
) -> tuple[tuple[Affected, ...], Decimal | None]:
    """Return whom an outage of a service affects if nobody says so: all that use it then."""
    return everyone(await users_of(tx, service_id=service_id, at=at, most=MAX_AFFECTED + 1))


async def keep_new(
    tx: Tx, outage: Outage, events: Sequence[OutageEvent], *, actor: Actor, now: datetime
) -> None:
    """Write a new outage and its event."""
    await tables.insert_outage(tx, outage)
    tell(tx, outage, events, actor=actor, occurred_at=outage.started_at, now=now)


async def keep(
    tx: Tx,
    outage: Outage,
    events: Sequence[OutageEvent],
    *,
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
) -> Outage:
    """Write what became of a locked outage, with its events; without any nothing changed."""
    if events:
        await tables.save_outage(tx, outage)
        tell(tx, outage, events, actor=actor, occurred_at=occurred_at, now=now)
    return outage


def tell(
    tx: Tx,
    outage: Outage,
    events: Sequence[OutageEvent],
    *,
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
) -> None:
    """Publish the events of an outage."""
    outbox.append(
        tx,
        key=outage.id,
        version=outage.version,
        events=events,
        actor=actor,
        occurred_at=occurred_at,
        now=now,
    )
