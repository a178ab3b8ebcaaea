"""Reading configuration items."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.components.domain import (
    ConfigurationItemNotFoundError,
    ConfigurationItemRef,
    ExternalRef,
)
from services.catalog.components.events import ConfigurationItemRegistered
from services.catalog.components.schemas.items import ConfigurationItemRecord
from services.catalog.components.tables import items
from services.catalog.components.tables.items import CONFIGURATION_ITEM
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

CONFIGURATION_ITEMS: Final = Listing(
    source=sa.select(CONFIGURATION_ITEM),
    key=CONFIGURATION_ITEM.c.id,
    filters={
        "number": CONFIGURATION_ITEM.c.number,
        "name": CONFIGURATION_ITEM.c.name,
        "kind": CONFIGURATION_ITEM.c.kind,
        "class": CONFIGURATION_ITEM.c.item_class,
        "environment": CONFIGURATION_ITEM.c.environment,
        "location": CONFIGURATION_ITEM.c.location,
        "owner_team_id": CONFIGURATION_ITEM.c.owner_team_id,
        "status": CONFIGURATION_ITEM.c.status,
        "created_at": CONFIGURATION_ITEM.c.created_at,
    },
    sorts={
        "name": CONFIGURATION_ITEM.c.name,
        "number": CONFIGURATION_ITEM.c.number,
        "created_at": CONFIGURATION_ITEM.c.created_at,
        "id": CONFIGURATION_ITEM.c.id,
    },
    default_sort="name",
)
CONFIGURATION_ITEM_HISTORY: Final = History("catalog", "configuration_item")


async def read_configuration_item(
    tx: ReadTx, *, ref: ConfigurationItemRef, as_of: datetime | None = None, actor: Actor
) -> ConfigurationItemRecord:
    """Return one configuration item as it is now, or as it was known at an instant.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ConfigurationItemNotFoundError: there is none, or was none yet.
    """
    require_provider(actor)
    item = await items.find_item(tx, ref)
    if as_of is None:
        return ConfigurationItemRecord.of(item)
    told = await CONFIGURATION_ITEM_HISTORY.state_at(tx, key=item.id, as_of=as_of)
    if told is None:
        raise ConfigurationItemNotFoundError(f"There was no configuration item {ref} yet.")
    return told.record(ConfigurationItemRecord, ConfigurationItemRegistered)


async def read_configuration_item_history(
    tx: ReadTx, *, ref: ConfigurationItemRef, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a configuration item, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ConfigurationItemNotFoundError: there is none.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    item = await items.find_item(tx, ref)
    found = await CONFIGURATION_ITEM_HISTORY.entries(tx, key=item.id, asked=asked)
    if found is None:
        raise ConfigurationItemNotFoundError(f"There is no configuration item {ref}.")
    return found


async def list_configuration_items(
    tx: ReadTx, *, asked: PageRequest, external_ref: str | None = None, actor: Actor
) -> Page[ConfigurationItemRecord]:
    """Return a page of configuration items, retired ones included.

    ``external_ref`` is ``system:id`` and finds the present item that has it.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    where: list[sa.ColumnElement[bool]] = []
    if external_ref is not None:
        system, _, external_id = external_ref.partition(":")
        found = await items.items_with(tx, [ExternalRef(system, external_id)])
        where.append(CONFIGURATION_ITEM.c.id.in_(list(found.values())))
    rows, following = await page(tx, CONFIGURATION_ITEMS, asked, where=where)
    records = [of_row(ConfigurationItemRecord, row) for row in rows]
    return Page[ConfigurationItemRecord](items=records, next=following)
