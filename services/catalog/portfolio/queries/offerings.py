"""Reading offerings. A customer's user sees the published ones of the services it has."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.customers.queries import visible_customers
from services.catalog.permissions import is_bounded, require_provider
from services.catalog.portfolio.domain.offerings import OfferingId, OfferingNotFoundError
from services.catalog.portfolio.events import OfferingState
from services.catalog.portfolio.queries.scope import has_service, in_scope
from services.catalog.portfolio.schemas.offerings import OfferingRecord
from services.catalog.portfolio.tables import offerings as tables
from services.catalog.portfolio.tables.offerings import OFFERING
from shared.auth import Actor
from shared.db import ReadTx, Row
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

OFFERINGS: Final = Listing(
    source=sa.select(OFFERING),
    key=OFFERING.c.id,
    filters={
        "service_id": OFFERING.c.service_id,
        "name": OFFERING.c.name,
        "tier": OFFERING.c.tier,
        "status": OFFERING.c.status,
    },
    sorts={
        "name": OFFERING.c.name,
        "created_at": OFFERING.c.created_at,
        "id": OFFERING.c.id,
    },
    default_sort="name",
)
HISTORY: Final = History("catalog", "offering")


async def read_offering(
    tx: ReadTx,
    *,
    offering_id: OfferingId,
    as_of: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> OfferingRecord:
    """Return one offering as it is now, or as it was known at an instant.

    Raises:
        OfferingNotFoundError: there is none with this id, or was none yet, or the actor may not
            see it.
    """
    offering = await tables.find_offering(tx, offering_id)
    bounded = is_bounded(actor)
    if (bounded and offering.status != "published") or not await has_service(
        tx, service_id=offering.service_id, actor=actor, now=now, as_of=as_of
    ):
        raise OfferingNotFoundError(f"There is no offering {offering_id}.")
    if as_of is None:
        return OfferingRecord.of(offering)
    told = await HISTORY.state_at(tx, key=offering_id, as_of=as_of)
    record = None if told is None else told.record(OfferingRecord, OfferingState)
    if record is None or (bounded and record.status != "published"):
        raise OfferingNotFoundError(f"There is no offering {offering_id}.")
    return record


async def read_offering_history(
    tx: ReadTx, *, offering_id: OfferingId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to an offering, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        OfferingNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=offering_id, asked=asked)
    if found is None:
        raise OfferingNotFoundError(f"There is no offering {offering_id}.")
    return found


async def list_offerings(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[OfferingRecord]:
    """Return a page of the offerings that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where = in_scope(OFFERING.c.service_id, visible, now)
    if visible is not None:
        where.append(OFFERING.c.status == "published")
    rows, following = await page(tx, OFFERINGS, asked, where=where)
    items = [offering_record(row) for row in rows]
    return Page[OfferingRecord](items=items, next=following)


def offering_record(row: Row) -> OfferingRecord:
    """Return what HTTP shows of a row of the list of offerings."""
    return OfferingRecord.of(tables.offering_of(row))
