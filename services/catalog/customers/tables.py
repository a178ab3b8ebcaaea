"""Where customers are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.customers.domain import (
    Customer,
    CustomerId,
    CustomerNotFoundError,
    CustomerRef,
)
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement

CUSTOMER_NUMBER: Final = sa.Sequence("customer_number", metadata=METADATA, schema="catalog")
CUSTOMER: Final = sa.Table(
    "customer",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Uuid, sa.ForeignKey("catalog.customer.id"), index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("representative_ids", ARRAY(sa.Uuid), nullable=False),
    # The previous release knows no criticality; what it registers has the usual one.
    sa.Column("criticality", sa.Integer, nullable=False, server_default="3"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('internal', 'external')", name="kind"),
    sa.CheckConstraint("status in ('active', 'inactive')", name="status"),
    sa.CheckConstraint("parent_id <> id", name="not_own_parent"),
    sa.CheckConstraint("criticality between 1 and 5", name="criticality"),
    sa.Index(None, "name", "id"),
)

_NEXT_NUMBER: Final = statement("select nextval('catalog.customer_number')")
_INSERT_CUSTOMER: Final = statement(
    "insert into catalog.customer (id, number, name, parent_id, kind, status, time_zone, language,"
    " currency, criticality, representative_ids, version, created_at, updated_at) values (:id,"
    " :number, :name, :parent_id, :kind, :status, :time_zone, :language, :currency, :criticality,"
    " :representative_ids, :version, :created_at, :updated_at)"
)
_BY_REF: Final = "select * from catalog.customer where id = :id or number = :number"
_READ_CUSTOMER: Final = statement(_BY_REF)
# Ids never change: a transaction that has written a row which names the customer may lock it after
# that, although another one has done the same, and neither waits for the other in a circle.
_LOAD_CUSTOMER: Final = statement(f"{_BY_REF} for no key update")
_HOLD_CUSTOMER: Final = statement("select * from catalog.customer where id = :id for share")
_SAVE_CUSTOMER: Final = statement(
    "update catalog.customer set name = :name, parent_id = :parent_id, kind = :kind,"
    " status = :status, time_zone = :time_zone, language = :language, currency = :currency,"
    " criticality = :criticality, representative_ids = :representative_ids, version = :version,"
    " updated_at = :updated_at where id = :id"
)
_LOCK_TREE: Final = statement(
    "select pg_advisory_xact_lock(hashtextextended('catalog.customer_tree', 0))"
)
_LIES_BELOW: Final = statement(
    "with recursive above as (select id, parent_id from catalog.customer where id = :id"
    " union select c.id, c.parent_id from catalog.customer c join above a on c.id = a.parent_id)"
    " select exists (select from above where id = :ancestor_id)"
)
_HAS_ACTIVE_CHILDREN: Final = statement(
    "select exists (select from catalog.customer where parent_id = :id and status = 'active')"
)


async def next_number(tx: Tx) -> str:
    """Return the next customer number."""
    return f"CUS{await tx.value(_NEXT_NUMBER):07d}"


async def insert_customer(tx: Tx, customer: Customer) -> None:
    await tx.run(_INSERT_CUSTOMER, **columns(customer))


async def find_customer(tx: ReadTx, ref: CustomerRef) -> Customer:
    """Return a customer as it is now.

    Raises:
        CustomerNotFoundError: there is none.
    """
    return _customer(await tx.first(_READ_CUSTOMER, **_ref(ref)), ref)


async def load_customer(tx: Tx, ref: CustomerRef) -> Customer:
    """Return a customer and lock its row until the transaction ends.

    Raises:
        CustomerNotFoundError: there is none.
    """
    return _customer(await tx.first(_LOAD_CUSTOMER, **_ref(ref)), ref)


async def hold_customer(tx: Tx, customer_id: CustomerId) -> Customer:
    """Return a customer and keep it from changing until the transaction ends.

    Raises:
        CustomerNotFoundError: there is none.
    """
    return _customer(await tx.first(_HOLD_CUSTOMER, id=customer_id), customer_id)


async def save_customer(tx: Tx, customer: Customer) -> None:
    """Write a customer that this transaction has locked."""
    await tx.run(_SAVE_CUSTOMER, **columns(customer))


async def lock_tree(tx: Tx) -> None:
    """Keep others from moving customers in the tree; before any row of it is locked."""
    await tx.value(_LOCK_TREE)


async def lies_below(tx: Tx, customer_id: CustomerId, ancestor_id: CustomerId) -> bool:
    """Tell whether a customer is another one or lies below it."""
    return bool(await tx.value(_LIES_BELOW, id=customer_id, ancestor_id=ancestor_id))


async def has_active_children(tx: Tx, customer_id: CustomerId) -> bool:
    return bool(await tx.value(_HAS_ACTIVE_CHILDREN, id=customer_id))


def _ref(ref: CustomerRef) -> Mapping[str, Any]:
    by_id = isinstance(ref, UUID)
    return {"id": ref if by_id else None, "number": None if by_id else ref}


def _customer(row: Row | None, ref: CustomerRef) -> Customer:
    if row is None:
        raise CustomerNotFoundError(f"There is no customer {ref}.")
    return Customer(**{**row, "representative_ids": tuple(row["representative_ids"])})
