"""Reading uses of services."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.customers.queries import bounds, may_see, visible_customers
from services.catalog.permissions import require_provider
from services.catalog.portfolio.domain.uses import ServiceUseId, ServiceUseNotFoundError
from services.catalog.portfolio.events import ServiceUseState
from services.catalog.portfolio.schemas.uses import ServiceUseRecord
from services.catalog.portfolio.tables import uses as tables
from services.catalog.portfolio.tables.uses import SERVICE_USE
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

SERVICE_USES: Final = Listing(
    source=sa.select(SERVICE_USE),
    key=SERVICE_USE.c.id,
    filters={
        "customer_id": SERVICE_USE.c.customer_id,
        "service_id": SERVICE_USE.c.service_id,
        "offering_id": SERVICE_USE.c.offering_id,
        "valid_from": SERVICE_USE.c.valid_from,
        "valid_to": SERVICE_USE.c.valid_to,
    },
    sorts={
        "valid_from": SERVICE_USE.c.valid_from,
        "created_at": SERVICE_USE.c.created_at,
        "id": SERVICE_USE.c.id,
    },
    default_sort="valid_from",
)
HISTORY: Final = History("catalog", "service_use")


async def read_service_use(
    tx: ReadTx, *, use_id: ServiceUseId, as_of: datetime | None = None, actor: Actor
) -> ServiceUseRecord:
    """Return one use as it is now, or as it was known at an instant.

    Raises:
        ServiceUseNotFoundError: there is none with this id, or was none yet, or the actor may not
            see it.
    """
    use = await tables.find_use(tx, use_id)
    if not await may_see(tx, customer_id=use.customer_id, actor=actor, as_of=as_of):
        raise ServiceUseNotFoundError(f"There is no use {use_id} of a service.")
    if as_of is None:
        return ServiceUseRecord.of(use)
    told = await HISTORY.state_at(tx, key=use_id, as_of=as_of)
    if told is None:
        raise ServiceUseNotFoundError(f"There is no use {use_id} of a service.")
    return told.record(ServiceUseRecord, ServiceUseState)


async def read_service_use_history(
    tx: ReadTx, *, use_id: ServiceUseId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a use, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceUseNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=use_id, asked=asked)
    if found is None:
        raise ServiceUseNotFoundError(f"There is no use {use_id} of a service.")
    return found


async def list_service_uses(
    tx: ReadTx, *, asked: PageRequest, actor: Actor
) -> Page[ServiceUseRecord]:
    """Return a page of the uses that the actor may see, past and future ones included.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where = bounds(SERVICE_USE.c.customer_id, visible)
    rows, following = await page(tx, SERVICE_USES, asked, where=where)
    items = [of_row(ServiceUseRecord, row) for row in rows]
    return Page[ServiceUseRecord](items=items, next=following)
