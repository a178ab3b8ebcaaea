"""What can be done with contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.catalog.contacts import tables
from services.catalog.contacts.domain import (
    Contact,
    ContactId,
    ContactOwnerError,
    ContactOwnerInactiveError,
    ContactStatus,
)
from services.catalog.contacts.events import ContactChanged
from services.catalog.customers import commands as customers
from services.catalog.customers import queries as customer_queries
from services.catalog.customers.domain import CustomerId
from services.catalog.permissions import require_provider
from services.catalog.suppliers import queries as supplier_queries
from services.catalog.suppliers.domain import SupplierId
from services.catalog.teams import queries as team_queries
from services.catalog.teams.domain import TeamId
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_contact(
    tx: Tx,
    *,
    contact_id: ContactId,
    name: str,
    email: str | None,
    phone: str | None,
    language: str,
    customer_id: CustomerId | None,
    team_id: TeamId | None,
    supplier_id: SupplierId | None,
    roles: Sequence[str],
    actor: Actor,
    now: datetime,
) -> Contact:
    """Register a contact of a customer, a team or a supplier; it is active at once.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ContactOwnerError: not exactly one of customer, team and supplier is given, or there is no
            such one.
        ContactOwnerInactiveError: the customer is inactive, or the team or supplier retired.
        ContactUnreachableError: neither e-mail address nor phone number is given.
        ContactRoleError: somebody else's contact would represent a customer.
        TooManyRepresentativesError: the customer has 100 already.
    Emits:
        itsm.contact.changed.v1, and itsm.customer.updated.v1 if it represents its customer
    """
    require_provider(actor)
    contact, events = Contact(
        id=contact_id,
        name=name,
        email=email,
        phone=phone,
        language=language,
        customer_id=customer_id,
        team_id=team_id,
        supplier_id=supplier_id,
        roles=tuple(dict.fromkeys(roles)),
        created_at=now,
        updated_at=now,
    ).registered()
    await _require_active_owner(tx, contact)
    await tables.insert_contact(tx, contact)
    await _publish(tx, contact, events, actor=actor, now=now)
    return contact


async def change_contact(
    tx: Tx,
    *,
    contact_id: ContactId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Contact:
    """Change a contact, never its owner; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ContactNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        ContactUnreachableError: active, it would have neither e-mail address nor phone number.
        ContactRoleError: somebody else's contact would represent a customer.
        TooManyRepresentativesError: the customer has 100 already.
    Emits:
        itsm.contact.changed.v1 unless nothing changes, and itsm.customer.updated.v1 if it begins
        or ceases to represent its customer
    """
    require_provider(actor)
    contact = await tables.load_contact(tx, contact_id)
    require_version(contact.version, expected_version)
    if "roles" in changes:
        changes = {**changes, "roles": tuple(dict.fromkeys(changes["roles"]))}
    contact, events = contact.revise(changes, now=now)
    if events:
        await tables.save_contact(tx, contact)
        await _publish(tx, contact, events, actor=actor, now=now)
    return contact


async def move_contact(
    tx: Tx,
    *,
    contact_id: ContactId,
    expected_version: int | None,
    to: ContactStatus,
    actor: Actor,
    now: datetime,
) -> Contact:
    """Retire a contact, or make it active again.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ContactNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        ContactTransitionError: its status does not allow it.
        ContactUnreachableError: it would become active without an address.
        ContactOwnerInactiveError: it would become active with an owner that is not.
        TooManyRepresentativesError: the customer has 100 already.
    Emits:
        itsm.contact.changed.v1, and itsm.customer.updated.v1 if it begins or ceases to represent
        its customer
    """
    require_provider(actor)
    contact = await tables.load_contact(tx, contact_id)
    require_version(contact.version, expected_version)
    contact, events = contact.move(to, now=now)
    if to == "active":
        await _require_active_owner(tx, contact)
    await tables.save_contact(tx, contact)
    await _publish(tx, contact, events, actor=actor, now=now)
    return contact


async def _require_active_owner(tx: Tx, contact: Contact) -> None:
    if contact.customer_id is not None:
        customer = await customer_queries.customer_status(tx, customer_id=contact.customer_id)
        _require_active("customer", customer)
    if contact.team_id is not None:
        _require_active("team", await team_queries.team_status(tx, team_id=contact.team_id))
    if contact.supplier_id is not None:
        supplier = await supplier_queries.supplier_status(tx, supplier_id=contact.supplier_id)
        _require_active("supplier", supplier)


def _require_active(owner: str, status: str | None) -> None:
    pointer = f"/{owner}_id"
    if status is None:
        raise ContactOwnerError(f"There is no such {owner}.", pointer=pointer)
    if status != "active":
        raise ContactOwnerInactiveError(f"The {owner} is {status}.", pointer=pointer)


async def _publish(
    tx: Tx, contact: Contact, events: Sequence[ContactChanged], *, actor: Actor, now: datetime
) -> None:
    outbox.append(
        tx,
        key=contact.id,
        version=contact.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
    if contact.customer_id is not None:
        await customers.note_representative(
            tx,
            customer_id=contact.customer_id,
            contact_id=contact.id,
            represents=contact.represents,
            actor=actor,
            now=now,
        )
