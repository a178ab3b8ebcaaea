"""Reading suppliers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.permissions import require_provider
from services.catalog.suppliers.domain import SupplierId, SupplierNotFoundError, SupplierStatus
from services.catalog.suppliers.events import SupplierChanged
from services.catalog.suppliers.schemas import SupplierRecord
from services.catalog.suppliers.tables import SUPPLIER
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

SUPPLIERS: Final = Listing(
    source=sa.select(SUPPLIER),
    key=SUPPLIER.c.id,
    filters={
        "status": SUPPLIER.c.status,
        "name": SUPPLIER.c.name,
        "support_calendar_id": SUPPLIER.c.support_calendar_id,
    },
    sorts={"name": SUPPLIER.c.name, "created_at": SUPPLIER.c.created_at, "id": SUPPLIER.c.id},
    default_sort="name",
)
HISTORY: Final = History("catalog", "supplier")
_READ: Final = statement("select * from catalog.supplier where id = :id")
_STATUS: Final = statement("select status from catalog.supplier where id = :id")


async def supplier_status(tx: ReadTx, *, supplier_id: SupplierId) -> SupplierStatus | None:
    """Return a supplier's status, None where there is no such supplier."""
    found: SupplierStatus | None = await tx.value(_STATUS, id=supplier_id)
    return found


async def read_supplier(
    tx: ReadTx, *, supplier_id: SupplierId, as_of: datetime | None = None, actor: Actor
) -> SupplierRecord:
    """Return one supplier as it is now, or as it was known at an instant.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SupplierNotFoundError: there is none with this id, or was none yet.
    """
    require_provider(actor)
    if as_of is not None:
        told = await HISTORY.state_at(tx, key=supplier_id, as_of=as_of)
        if told is None:
            raise SupplierNotFoundError(f"There is no supplier {supplier_id}.")
        return told.record(SupplierRecord, SupplierChanged)
    row = await tx.first(_READ, id=supplier_id)
    if row is None:
        raise SupplierNotFoundError(f"There is no supplier {supplier_id}.")
    return SupplierRecord.model_validate(dict(row))


async def read_supplier_history(
    tx: ReadTx, *, supplier_id: SupplierId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a supplier, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SupplierNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=supplier_id, asked=asked)
    if found is None:
        raise SupplierNotFoundError(f"There is no supplier {supplier_id}.")
    return found


async def list_suppliers(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[SupplierRecord]:
    """Return a page of suppliers.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    rows, following = await page(tx, SUPPLIERS, asked)
    items = [of_row(SupplierRecord, row) for row in rows]
    return Page[SupplierRecord](items=items, next=following)
