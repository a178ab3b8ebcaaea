"""Reading customers, and what else of the catalog somebody may see because of them."""

from __future__ import annotations

from datetime import datetime
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
from services.catalog.customers.events import CustomerState
from services.catalog.customers.schemas import CustomerRecord
from services.catalog.customers.tables import CUSTOMER
from services.catalog.permissions import is_bounded, require_provider
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

CUSTOMERS: Final = Listing(
    source=sa.select(CUSTOMER),
    key=CUSTOMER.c.id,
    filters={
        "number": CUSTOMER.c.number,
        "name": CUSTOMER.c.name,
        "parent_id": CUSTOMER.c.parent_id,
        "kind": CUSTOMER.c.kind,
        "status": CUSTOMER.c.status,
        "criticality": CUSTOMER.c.criticality,
    },
    sorts={
        "name": CUSTOMER.c.name,
        "number": CUSTOMER.c.number,
        "created_at": CUSTOMER.c.created_at,
        "id": CUSTOMER.c.id,
    },
    default_sort="name",
)
HISTORY: Final = History("catalog", "customer")
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


async def may_see(
    tx: ReadTx, *, customer_id: CustomerId | None, actor: Actor, as_of: datetime | None = None
) -> bool:
    """Tell whether what belongs to a customer may be shown to an actor, as it was at an instant.

    Somebody bounded to a customer sees the past of what is theirs now and was theirs then: with a
    customer that moves in the tree, neither the old nor the new superior gets the other's part.
    None stands for what belongs to no customer.
    """
    visible = await visible_customers(tx, actor=actor)
    if visible is None:
        return True
    if customer_id is None or customer_id not in visible:
        return False
    return as_of is None or await _lay_below(tx, customer_id, actor.customer_id, as_of)


async def _lay_below(
    tx: ReadTx, customer_id: UUID, ancestor_id: UUID | None, as_of: datetime
) -> bool:
    """Tell whether a customer was another one or lay below it.

    What is noted may show a circle that never was: the moves it consists of waited for each other
    after their times were taken.
    """
    place: UUID | None = customer_id
    passed: set[UUID] = set()
    while place is not None and place not in passed:
        told = await HISTORY.state_at(tx, key=place, as_of=as_of)
        if told is None:
            return False
        if place == ancestor_id:
            return True
        passed.add(place)
        place = CustomerState.model_validate_json(told.data).parent_id
    return False


async def read_customer(
    tx: ReadTx, *, ref: CustomerRef, as_of: datetime | None = None, actor: Actor
) -> CustomerRecord:
    """Return one customer as it is now, or as it was known at an instant.

    Raises:
        CustomerNotFoundError: there is none, or was none yet, or the actor may not see it.
    """
    customer = await tables.find_customer(tx, ref)
    if not await may_see(tx, customer_id=customer.id, actor=actor, as_of=as_of):
        raise CustomerNotFoundError(f"There is no customer {ref}.")
    if as_of is None:
        return CustomerRecord.of(customer)
    told = await HISTORY.state_at(tx, key=customer.id, as_of=as_of)
    if told is None:
        raise CustomerNotFoundError(f"There is no customer {ref}.")
    return told.record(CustomerRecord, CustomerState)


async def read_customer_history(
    tx: ReadTx, *, ref: CustomerRef, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a customer, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CustomerNotFoundError: there is none.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    customer = await tables.find_customer(tx, ref)
    found = await HISTORY.entries(tx, key=customer.id, asked=asked)
    if found is None:
        raise CustomerNotFoundError(f"There is no customer {ref}.")
    return found


async def list_customers(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[CustomerRecord]:
    """Return a page of the customers that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    rows, following = await page(tx, CUSTOMERS, asked, where=bounds(CUSTOMER.c.id, visible))
    items = [of_row(CustomerRecord, row) for row in rows]
    return Page[CustomerRecord](items=items, next=following)
