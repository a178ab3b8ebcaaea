"""Reading customers, and what else of the catalog somebody may see because of them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.customers import tables
from services.catalog.customers.domain import (
    CustomerId,
    CustomerNotFoundError,
    CustomerRef,
    CustomerStatus,
)
from services.catalog.customers.schemas import CustomerRecord
from services.catalog.customers.tables import CUSTOMER
from services.catalog.permissions import is_bounded
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

CUSTOMERS: Final = Listing(
    source=sa.select(CUSTOMER),
    key=CUSTOMER.c.id,
    filters={
        "number": CUSTOMER.c.number,
        "name": CUSTOMER.c.name,
        "parent_id": CUSTOMER.c.parent_id,
        "kind": CUSTOMER.c.kind,
        "status": CUSTOMER.c.status,
    },
    sorts={
        "name": CUSTOMER.c.name,
        "number": CUSTOMER.c.number,
        "created_at": CUSTOMER.c.created_at,
        "id": CUSTOMER.c.id,
    },
    default_sort="name",
)
_STATUS: Final = statement("select status from catalog.customer where id = :id")
_TREE_BELOW: Final = statement(
    "with recursive below as (select id from catalog.customer where id = :id"
    " union select c.id from catalog.customer c join below b on c.parent_id = b.id)"
    " select id from below"
)


async def visible_customers(tx: ReadTx, *, actor: Actor) -> frozenset[CustomerId] | None:
    """Return the customers that an actor is bounded to, None where it sees all there are.

    A token for a customer covers that customer and its descendants; a customer's user without a
    customer sees nobody.
    """
    if not is_bounded(actor):
        return None
    rows = await tx.all(_TREE_BELOW, id=actor.customer_id)
    return frozenset(CustomerId(row["id"]) for row in rows)


def bounds(
    column: sa.ColumnElement[UUID], visible: frozenset[CustomerId] | None
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that keep a list to what belongs to some customers."""
    if visible is None:
        return []
    return [column == sa.any_(sa.literal(sorted(visible), ARRAY(sa.Uuid)))]


async def customer_status(tx: ReadTx, *, customer_id: CustomerId) -> CustomerStatus | None:
    """Return a customer's status, None where there is no such customer."""
    found: CustomerStatus | None = await tx.value(_STATUS, id=customer_id)
    return found


async def read_customer(tx: ReadTx, *, ref: CustomerRef, actor: Actor) -> CustomerRecord:
    """Return one customer as it is now.

    Raises:
        CustomerNotFoundError: there is none, or the actor may not see it.
    """
    customer = await tables.find_customer(tx, ref)
    visible = await visible_customers(tx, actor=actor)
    if visible is not None and customer.id not in visible:
        raise CustomerNotFoundError(f"There is no customer {ref}.")
    return CustomerRecord.of(customer)


async def list_customers(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[CustomerRecord]:
    """Return a page of the customers that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    rows, following = await page(tx, CUSTOMERS, asked, where=bounds(CUSTOMER.c.id, visible))
    items = [
        CustomerRecord.model_validate({name: row[name] for name in CustomerRecord.model_fields})
        for row in rows
    ]
    return Page[CustomerRecord](items=items, next=following)
