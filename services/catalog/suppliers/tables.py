"""Where suppliers are kept."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.catalog.schema import METADATA
from services.catalog.suppliers.domain import (
    Supplier,
    SupplierId,
    SupplierNameTakenError,
    SupplierNotFoundError,
)
from shared.db import Tx, columns, statement, violations

SUPPLIER: Final = sa.Table(
    "supplier",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("support_calendar_id", sa.Uuid, sa.ForeignKey("catalog.calendar.id")),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.Index(
        "uq_supplier_active_name",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    ),
    sa.Index(None, "name", "id"),
)

_INSERT: Final = statement(
    "insert into catalog.supplier (id, name, description, support_calendar_id, status, version,"
    " created_at, updated_at) values (:id, :name, :description, :support_calendar_id, :status,"
    " :version, :created_at, :updated_at)"
)
_LOAD: Final = statement("select * from catalog.supplier where id = :id for update")
_SAVE: Final = statement(
    "update catalog.supplier set name = :name, description = :description,"
    " support_calendar_id = :support_calendar_id, status = :status, version = :version,"
    " updated_at = :updated_at where id = :id"
)


async def insert_supplier(tx: Tx, supplier: Supplier) -> None:
    """Write a new supplier.

    Raises:
        SupplierNameTakenError: another active supplier has the name.
    """
    with violations(_name_taken(supplier)):
        await tx.run(_INSERT, **columns(supplier))


async def load_supplier(tx: Tx, supplier_id: SupplierId) -> Supplier:
    """Return a supplier and lock its row until the transaction ends.

    Raises:
        SupplierNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=supplier_id)
    if row is None:
        raise SupplierNotFoundError(f"There is no supplier {supplier_id}.")
    return Supplier(**row)


async def save_supplier(tx: Tx, supplier: Supplier) -> None:
    """Write a supplier that this transaction has locked.

    Raises:
        SupplierNameTakenError: another active supplier has the name.
    """
    with violations(_name_taken(supplier)):
        await tx.run(_SAVE, **columns(supplier))


def _name_taken(supplier: Supplier) -> dict[str, Exception]:
    error = SupplierNameTakenError(
        f"An active supplier is called {supplier.name} already.", pointer="/name"
    )
    return {"uq_supplier_active_name": error}
