"""Asking what is known of the catalog."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from services.incident.permissions import STAFF
from services.incident.views.domain import (
    CustomerUnknownError,
    KnownService,
    Scope,
    ServiceUnknownError,
    TeamUnknownError,
    recognise,
)
from shared.auth import Actor
from shared.db import ReadTx, Row, statement

_SERVICE_COLUMNS: Final = (
    "s.service_id, s.number as service_number, s.name_business,"
    " case when t.status = 'retired' then null else s.owner_team_id end as routing_team_id"
)
_FROM: Final = (
    " from incident.view_service s left join incident.view_team t on t.team_id = s.owner_team_id"
)
SERVICE_BY_ID_FRAGMENT: Final = (
    f"select {_SERVICE_COLUMNS}{_FROM} where s.phase <> 'retired'"
    " and s.service_id = cast(:service as uuid)"
)
SERVICE_BY_NUMBER_FRAGMENT: Final = (
    f"select {_SERVICE_COLUMNS}{_FROM} where s.phase <> 'retired'"
    " and s.number = cast(:service as text)"
)
"""A service, for a statement of an upper area that must not cost a second trip.

By one of them only: with the other beside it, null, PostgreSQL would plan anew each time.
"""

KNOWN_CUSTOMERS_FRAGMENT: Final = (
    "select array_agg(customer_id) from incident.view_customer"
    " where customer_id = any(cast(:customer_ids as uuid[]))"
)
"""Those of some customers that are known, as an array; for the same use."""

_BY_ID: Final = statement(SERVICE_BY_ID_FRAGMENT)
_BY_NUMBER: Final = statement(SERVICE_BY_NUMBER_FRAGMENT)
_BY_HINT: Final = statement(
    f"select h.hint, {_SERVICE_COLUMNS} from unnest(cast(:hints as text[])) h(hint)"  # noqa: S608 - our own columns
    " join incident.view_service s on s.number = upper(h.hint)"
    " or lower(s.name_technical) = lower(h.hint) or cast(s.service_id as text) = lower(h.hint)"
    " left join incident.view_team t on t.team_id = s.owner_team_id"
    " where s.phase <> 'retired' order by h.hint, s.number desc"
)
_TEAM: Final = statement(
    "select exists (select from incident.view_team where team_id = :team_id and status = 'active')"
)
_KNOWN_CUSTOMERS: Final = statement(KNOWN_CUSTOMERS_FRAGMENT)
_KNOWN_SERVICES: Final = statement(
    "select service_id from incident.view_service"
    " where service_id = any(cast(:service_ids as uuid[]))"
)
_TREE: Final = statement(
    "with recursive below as (select cast(:customer_id as uuid) as customer_id union"
    " select c.customer_id from incident.view_customer c"
    " join below b on c.parent_id = b.customer_id) select customer_id from below"
)


def known_service(row: Row) -> KnownService:
    """Return the service that a row with the fragment's columns holds."""
    return KnownService(
        service_id=row["service_id"],
        number=row["service_number"],
        name_business=row["name_business"],
        routing_team_id=row["routing_team_id"],
    )


def unknown_service(reference: object) -> ServiceUnknownError:
    """Return the refusal of a service that is not known."""
    return ServiceUnknownError(f"There is no service {reference}.", pointer="/service_id")


async def find_service(tx: ReadTx, *, reference: str) -> KnownService:
    """Return a service that is not retired, by id or number.

    Raises:
        ServiceUnknownError: none is known.
    """
    service_id, number = recognise(reference)
    if service_id is not None:
        row = await tx.first(_BY_ID, service=service_id)
    else:
        row = await tx.first(_BY_NUMBER, service=number)
    if row is None:
        raise unknown_service(reference)
    return known_service(row)


async def find_services_hinted(tx: ReadTx, *, hints: Collection[str]) -> dict[str, KnownService]:
    """Return services by what a sender calls them: number, id or technical name, in any case.

    Hints that fit nothing are left out; where a technical name fits two, the older one is taken.
    """
    rows = await tx.all(_BY_HINT, hints=sorted(hints))
    return {row["hint"]: known_service(row) for row in rows}


async def require_team(tx: ReadTx, *, team_id: UUID, pointer: str) -> None:
    """Check that a team exists and is active.

    Raises:
        TeamUnknownError: it does not, or is not.
    """
    if not await tx.value(_TEAM, team_id=team_id):
        raise TeamUnknownError(f"There is no active team {team_id}.", pointer=pointer)


async def require_customers(tx: ReadTx, *, customer_ids: Collection[UUID]) -> None:
    """Check that customers are known.

    Raises:
        CustomerUnknownError: one is not.
    """
    known = await tx.value(_KNOWN_CUSTOMERS, customer_ids=list(customer_ids))
    refuse_unknown_customers(set(customer_ids) - set(known or ()))


def refuse_unknown_customers(unknown: Collection[UUID]) -> None:
    """Refuse customers that are not known; none is fine.

    Raises:
        CustomerUnknownError: there is one.
    """
    if unknown:
        raise CustomerUnknownError(f"There is no customer {min(unknown)}.", pointer="/customer_ids")


async def require_services(
    tx: ReadTx, *, service_ids: Collection[UUID], pointer: str = "/affected_service_ids"
) -> None:
    """Check that services are known.

    Raises:
        ServiceUnknownError: one is not.
    """
    rows = await tx.all(_KNOWN_SERVICES, service_ids=list(service_ids))
    unknown = set(service_ids) - {row["service_id"] for row in rows}
    if unknown:
        message = f"There is no service {min(unknown)}."
        raise ServiceUnknownError(message, pointer=pointer)


async def scope_of(tx: ReadTx, *, actor: Actor) -> Scope:
    """Return what an actor may see.

    Staff see all. A token with a customer covers it and its descendants, whatever its roles; a
    customer's role without a customer covers nothing.
    """
    if actor.customer_id is None:
        return Scope(None if actor.has_any(STAFF) else frozenset())
    rows = await tx.all(_TREE, customer_id=actor.customer_id)
    return Scope(frozenset(row["customer_id"] for row in rows))
