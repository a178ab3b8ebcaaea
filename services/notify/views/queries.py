"""What others ask of the read models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.notify.views.domain import (
    REPRESENTATIVE,
    KnownContact,
    KnownIncident,
    known_incident,
)
from shared.db import ReadTx, Row, statement

_OF_TEAM: Final = statement(
    "select contact_id, name, email, status = 'active' as active from notify.view_contact"
    " where team_id = :team_id and status = 'active' order by contact_id"
)
_OF_CUSTOMER: Final = statement(
    "select contact_id, name, email, status = 'active' as active from notify.view_contact"
    " where customer_id = :customer_id"
    " and status = 'active' and cast(:role as text) = any(roles) order by contact_id"
)
# The customer names its representatives; one whose own event is still on its way is missing here.
_AWAITED: Final = statement(
    "select named.id from notify.view_customer c, unnest(c.representative_ids) as named(id)"
    " where c.customer_id = :customer_id and not exists"
    " (select from notify.view_contact k where k.contact_id = named.id) order by named.id"
)
_ONE_CONTACT: Final = statement(
    "select contact_id, name, email, status = 'active' as active from notify.view_contact"
    " where contact_id = :contact_id"
)
_OWNER: Final = statement(
    "select owner_team_id from notify.view_service where service_id = :service_id"
)
_SERVICE_NAMES: Final = statement(
    "select service_id, name_business, name_technical from notify.view_service"
    " where service_id = any(cast(:ids as uuid[]))"
)
_INCIDENT: Final = statement("select * from notify.view_incident where incident_id = :incident_id")
_NAME: Final = {
    "contact": statement("select name from notify.view_contact where contact_id = :id"),
    "team": statement("select name from notify.view_team where team_id = :id"),
    "customer": statement("select name from notify.view_customer where customer_id = :id"),
    "service": statement("select name_technical from notify.view_service where service_id = :id"),
}
_SCOPE: Final = statement(
    "with recursive below (id) as (select cast(:customer_id as uuid)"
    " union select c.customer_id from notify.view_customer c join below b on c.parent_id = b.id)"
    " select id from below"
)


async def contacts_of_team(tx: ReadTx, *, team_id: UUID) -> list[KnownContact]:
    """Return a team's active contacts, as far as they are known yet."""
    return [KnownContact(**row) for row in await tx.all(_OF_TEAM, team_id=team_id)]


async def representatives_of(tx: ReadTx, *, customer_id: UUID) -> list[KnownContact]:
    """Return a customer's active representatives, as far as they are known yet."""
    rows = await tx.all(_OF_CUSTOMER, customer_id=customer_id, role=REPRESENTATIVE)
    return [KnownContact(**row) for row in rows]


async def awaited_representatives(tx: ReadTx, *, customer_id: UUID) -> list[UUID]:
    """Return the representatives that a customer names and nothing is known about yet."""
    return [row["id"] for row in await tx.all(_AWAITED, customer_id=customer_id)]


async def read_contact(tx: ReadTx, *, contact_id: UUID) -> KnownContact | None:
    """Return a contact, or None while nothing is known about it."""
    row = await tx.first(_ONE_CONTACT, contact_id=contact_id)
    return None if row is None else KnownContact(**row)


async def owner_of_service(tx: ReadTx, *, service_id: UUID) -> UUID | None:
    """Return the team that owns a service, or None while the service is not known."""
    found: UUID | None = await tx.value(_OWNER, service_id=service_id)
    return found


async def service_names(tx: ReadTx, *, service_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Return business and technical names by service; services not known yet are missing."""
    rows = await tx.all(_SERVICE_NAMES, ids=list(service_ids))
    return {row["service_id"]: row for row in rows}


async def read_incident(tx: ReadTx, *, incident_id: UUID) -> KnownIncident | None:
    """Return an incident as last heard of, or None."""
    row = await tx.first(_INCIDENT, incident_id=incident_id)
    return None if row is None else known_incident(row)


async def name_of(tx: ReadTx, *, kind: str, record_id: UUID) -> str | None:
    """Return what a contact, team, customer or service is called, or None if that is not known."""
    query = _NAME.get(kind)
    found: str | None = None if query is None else await tx.value(query, id=record_id)
    return found


async def customers_below(tx: ReadTx, *, customer_id: UUID) -> list[UUID]:
    """Return a customer and all its descendants; unknown ones count as themselves alone."""
    return [row["id"] for row in await tx.all(_SCOPE, customer_id=customer_id)]
