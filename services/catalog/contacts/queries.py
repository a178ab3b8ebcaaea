"""Reading contacts."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.catalog.contacts import tables
from services.catalog.contacts.domain import ContactId, ContactNotFoundError
from services.catalog.contacts.schemas import ContactRecord
from services.catalog.contacts.tables import CONTACT
from services.catalog.customers.queries import bounds, visible_customers
from shared.auth import Actor
from shared.db import ReadTx
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

CONTACTS: Final = Listing(
    source=sa.select(CONTACT),
    key=CONTACT.c.id,
    filters={
        "name": CONTACT.c.name,
        "email": CONTACT.c.email,
        "customer_id": CONTACT.c.customer_id,
        "team_id": CONTACT.c.team_id,
        "status": CONTACT.c.status,
    },
    sorts={"name": CONTACT.c.name, "created_at": CONTACT.c.created_at, "id": CONTACT.c.id},
    default_sort="name",
)


async def read_contact(tx: ReadTx, *, contact_id: ContactId, actor: Actor) -> ContactRecord:
    """Return one contact as it is now.

    Raises:
        ContactNotFoundError: there is none with this id, or the actor may not see it.
    """
    contact = await tables.find_contact(tx, contact_id)
    visible = await visible_customers(tx, actor=actor)
    if visible is not None and contact.customer_id not in visible:
        raise ContactNotFoundError(f"There is no contact {contact_id}.")
    return ContactRecord.of(contact)


async def list_contacts(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[ContactRecord]:
    """Return a page of the contacts that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where = bounds(CONTACT.c.customer_id, visible)
    rows, following = await page(tx, CONTACTS, asked, where=where)
    items = [
        ContactRecord.model_validate({name: row[name] for name in ContactRecord.model_fields})
        for row in rows
    ]
    return Page[ContactRecord](items=items, next=following)
