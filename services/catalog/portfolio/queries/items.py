"""Reading request items, and judging forms filled in for them.

A customer's user sees what can be asked for with the published offerings of the services it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from services.catalog.customers.queries import visible_customers
from services.catalog.permissions import is_bounded, require_provider
from services.catalog.portfolio import forms
from services.catalog.portfolio.domain.items import (
    RequestItem,
    RequestItemId,
    RequestItemNotFoundError,
)
from services.catalog.portfolio.domain.offerings import OfferingNotFoundError
from services.catalog.portfolio.events import RequestItemState
from services.catalog.portfolio.queries.offerings import read_offering
from services.catalog.portfolio.queries.scope import in_scope
from services.catalog.portfolio.schemas.items import FormFault, FormVerdict, RequestItemRecord
from services.catalog.portfolio.tables import items as tables
from services.catalog.portfolio.tables.items import REQUEST_ITEM
from services.catalog.portfolio.tables.offerings import OFFERING
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

REQUEST_ITEMS: Final = Listing(
    source=sa.select(REQUEST_ITEM),
    key=REQUEST_ITEM.c.id,
    filters={
        "offering_id": REQUEST_ITEM.c.offering_id,
        "name": REQUEST_ITEM.c.name,
        "status": REQUEST_ITEM.c.status,
        "approval": REQUEST_ITEM.c.approval,
    },
    sorts={
        "name": REQUEST_ITEM.c.name,
        "created_at": REQUEST_ITEM.c.created_at,
        "id": REQUEST_ITEM.c.id,
    },
    default_sort="name",
)
HISTORY: Final = History("catalog", "request_item")


async def read_request_item(
    tx: ReadTx,
    *,
    item_id: RequestItemId,
    as_of: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> RequestItemRecord:
    """Return one request item as it is now, or as it was known at an instant.

    Raises:
        RequestItemNotFoundError: there is none with this id, or was none yet, or the actor may
            not see it.
    """
    item = await _seen(tx, item_id, actor=actor, now=now, as_of=as_of)
    if as_of is None:
        return RequestItemRecord.of(item)
    told = await HISTORY.state_at(tx, key=item_id, as_of=as_of)
    if told is None:
        raise RequestItemNotFoundError(f"There is no request item {item_id}.")
    return told.record(RequestItemRecord, RequestItemState)


async def check_form(
    tx: ReadTx,
    *,
    item_id: RequestItemId,
    filled_in: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> FormVerdict:
    """Tell whether a form can be sent as it was filled in, and what is wrong if not.

    Raises:
        RequestItemNotFoundError: there is none with this id, or the actor may not see it.
        RequestItemWithdrawnError: nobody can ask for it any more.
    """
    item = await _seen(tx, item_id, actor=actor, now=now, as_of=None)
    item.require_published()
    faults = await asyncio.to_thread(forms.data_faults, item.form_schema, filled_in)
    errors = [FormFault(pointer=one.pointer, detail=one.detail) for one in faults]
    return FormVerdict(valid=not errors, errors=errors)


async def read_request_item_history(
    tx: ReadTx, *, item_id: RequestItemId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a request item, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        RequestItemNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=item_id, asked=asked)
    if found is None:
        raise RequestItemNotFoundError(f"There is no request item {item_id}.")
    return found


async def list_request_items(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[RequestItemRecord]:
    """Return a page of the request items that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where: list[sa.ColumnElement[bool]] = []
    if visible is not None:
        seen = sa.select(OFFERING.c.id).where(
            OFFERING.c.status == "published", *in_scope(OFFERING.c.service_id, visible, now)
        )
        where = [REQUEST_ITEM.c.status == "published", REQUEST_ITEM.c.offering_id.in_(seen)]
    rows, following = await page(tx, REQUEST_ITEMS, asked, where=where)
    items = [of_row(RequestItemRecord, row) for row in rows]
    return Page[RequestItemRecord](items=items, next=following)


async def _seen(
    tx: ReadTx, item_id: RequestItemId, *, actor: Actor, now: datetime, as_of: datetime | None
) -> RequestItem:
    item = await tables.find_item(tx, item_id)
    if not is_bounded(actor):
        return item
    hidden = RequestItemNotFoundError(f"There is no request item {item_id}.")
    if item.status == "withdrawn":
        raise hidden
    try:
        await read_offering(tx, offering_id=item.offering_id, as_of=as_of, actor=actor, now=now)
    except OfferingNotFoundError as error:
        raise hidden from error
    return item
