"""Reading contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.contacts import tables
from services.catalog.contacts.domain import ContactId, ContactNotFoundError, ContactStatus
from services.catalog.contacts.events import ContactChanged
from services.catalog.contacts.schemas import ContactRecord
from services.catalog.contacts.tables import CONTACT
from services.catalog.customers.queries import bounds, may_see, visible_customers
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

CONTACTS: Final = Listing(
    source=sa.select(CONTACT),
    key=CONTACT.c.id,
    filters={
        "name": CONTACT.c.name,
        "email": CONTACT.c.email,
        "customer_id": CONTACT.c.customer_id,
        "team_id": CONTACT.c.team_id,
        "supplier_id": CONTACT.c.supplier_id,
        "status": CONTACT.c.status,
    },
    sorts={"name": CONTACT.c.name, "created_at": CONTACT.c.created_at, "id": CONTACT.c.id},
    default_sort="name",
)
HISTORY: Final = History("catalog", "contact")
_STATUS: Final = statement("select status from catalog.contact where id = :id")


async def contact_status(tx: ReadTx, *, contact_id: ContactId) -> ContactStatus | None:
    """Return a contact's status, None where there is no such contact."""
    found: ContactStatus | None = await tx.value(_STATUS, id=contact_id)
    return found


async def read_contact(
    tx: ReadTx, *, contact_id: ContactId, as_of: datetime | None = None, actor: Actor
) -> ContactRecord:
    """Return one contact as it is now, or as it was known at an instant.

    Raises:
        ContactNotFoundError: there is none with this id, or was none yet, or the actor may not
            see it.
    """
    contact = await tables.find_contact(tx, contact_id)
    if not await may_see(tx, customer_id=contact.customer_id, actor=actor, as_of=as_of):
        raise ContactNotFoundError(f"There is no contact {contact_id}.")
    if as_of is None:
        return ContactRecord.of(contact)
    told = await HISTORY.state_at(tx, key=contact_id, as_of=as_of)
    if told is None:
        raise ContactNotFoundError(f"There is no contact {contact_id}.")
    return told.record(ContactRecord, ContactChanged)


async def read_contact_history(
    tx: ReadTx, *, contact_id: ContactId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a contact, by sequence, its former addresses included.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ContactNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=contact_id, asked=asked)
    if found is None:
        raise ContactNotFoundError(f"There is no contact {contact_id}.")
    return found


async def list_contacts(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[ContactRecord]:
    """Return a page of the contacts that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where = bounds(CONTACT.c.customer_id, visible)
    rows, following = await page(tx, CONTACTS, asked, where=where)
    items = [of_row(ContactRecord, row) for row in rows]
    return Page[ContactRecord](items=items, next=following)
