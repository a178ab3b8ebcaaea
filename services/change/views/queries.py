"""Asking the read models."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.change.permissions import STAFF
from services.change.views.domain import (
    ENDED,
    HIGHEST_PRIORITY,
    OpenIncident,
    UnknownServiceError,
)
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
_URGENT: Final = statement(
    "select incident_id, number, service_id, reached_service_ids from change.incident_view"
    f" where priority = {HIGHEST_PRIORITY}"
    f" and state not in ({', '.join(repr(state) for state in ENDED)})"
    " and (service_id = any(cast(:service_ids as uuid[]))"
    " or reached_service_ids && cast(:service_ids as uuid[]))"
    " order by number"
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
