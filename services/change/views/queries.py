"""Asking the read models."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.change.permissions import STAFF
from services.change.views.domain import OpenIncident, UnknownServiceError
from services.change.views.tables import INCIDENT, URGENT
from shared.auth import Actor
from shared.db import ReadTx, statement

_KNOWN: Final = statement(
    "select service_id from change.service_view"
    " where service_id = any(cast(:service_ids as uuid[]))"
)
# The customer itself counts even before its own event has arrived; union ends on cycles.
_USED: Final = statement(
    "with recursive mine (customer_id) as ("
    " select cast(:customer_id as uuid)"
    " union select c.customer_id from change.customer_view c"
    " join mine on c.parent_id = mine.customer_id)"
    " select distinct u.service_id from mine"
    " join change.service_use_view u on u.customer_id = mine.customer_id"
    " where u.valid_from <= :now and (u.valid_to is null or u.valid_to > :now)"
)
_SERVICES: Final = sa.bindparam("service_ids", type_=ARRAY(sa.Uuid))
# The condition stands as text, because the partial index is found by its text.
_URGENT: Final = statement(
    sa.select(INCIDENT)
    .where(
        sa.text(URGENT),
        sa.or_(
            INCIDENT.c.service_id == sa.any_(_SERVICES),
            INCIDENT.c.reached_service_ids.overlap(_SERVICES),
        ),
    )
    .order_by(INCIDENT.c.number)
)


async def require_services(tx: ReadTx, service_ids: Sequence[UUID]) -> None:
    """Check that catalog has told of each of these services.

    Raises:
        UnknownServiceError: it has not told of one; the pointer says which.
    """
    if not service_ids:
        return
    known = {row["service_id"] for row in await tx.all(_KNOWN, service_ids=list(service_ids))}
    for place, service_id in enumerate(service_ids):
        if service_id not in known:
            raise UnknownServiceError(
                f"There is no service {service_id}, or it was made a moment ago: then try again.",
                pointer=f"/service_ids/{place}",
            )


async def services_in_view(tx: ReadTx, *, actor: Actor, now: datetime) -> frozenset[UUID] | None:
    """Return the services whose changes the actor may see; None means all of them.

    For a customer's user these are the services that the customer or a descendant uses at ``now``;
    a user with customer roles alone and no customer sees nothing.
    """
    if actor.customer_id is None:
        return None if actor.has_any(STAFF) else frozenset()
    rows = await tx.all(_USED, customer_id=actor.customer_id, now=now)
    return frozenset(row["service_id"] for row in rows)


async def urgent_incidents(
    tx: ReadTx, *, service_ids: Collection[UUID]
) -> tuple[OpenIncident, ...]:
    """Return the open incidents of priority 1 that touch one of the services, by number."""
    if not service_ids:
        return ()
    rows = await tx.all(_URGENT, service_ids=list(service_ids))
    return tuple(
        OpenIncident(
            id=row["incident_id"],
            number=row["number"],
            service_ids=frozenset({row["service_id"], *row["reached_service_ids"]} - {None}),
        )
        for row in rows
    )
