"""A customer's catalogue: what it has, as what, and what can be asked for with that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.catalog.customers import queries as customers
from services.catalog.customers.domain import CustomerId, CustomerNotFoundError
from services.catalog.portfolio.domain.offerings import Offering
from services.catalog.portfolio.queries.scope import had, in_scope
from services.catalog.portfolio.schemas.catalogue import (
    CatalogueItem,
    CatalogueOffering,
    CatalogueService,
)
from services.catalog.portfolio.schemas.offerings import CommitmentRecord, PriceRecord
from services.catalog.portfolio.tables.offerings import offering_of
from services.catalog.portfolio.tables.services import SERVICE
from shared.auth import Actor
from shared.db import ReadTx, Row, columns, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

CATALOGUE: Final = Listing(
    source=sa.select(SERVICE),
    key=SERVICE.c.id,
    filters={
        "name_business": SERVICE.c.name_business,
        "kind": SERVICE.c.kind,
        "status": SERVICE.c.status,
        "criticality": SERVICE.c.criticality,
    },
    sorts={
        "name_business": SERVICE.c.name_business,
        "number": SERVICE.c.number,
        "criticality": SERVICE.c.criticality,
        "id": SERVICE.c.id,
    },
    default_sort="name_business",
)
_OFFERINGS: Final = statement(
    "select * from catalog.offering where service_id = any(:services)"
    " and (status = 'published' or id = any(:named)) and status <> 'draft' order by name, id"
)
_ITEMS: Final = statement(
    "select id, offering_id, name, fulfilment_target_seconds, approval from catalog.request_item"
    " where offering_id = any(:offerings) and status = 'published' order by name, id"
)


async def read_catalogue(
    tx: ReadTx, *, customer_id: CustomerId, asked: PageRequest, actor: Actor, now: datetime
) -> Page[CatalogueService]:
    """Return a page of what a customer uses at ``now`` or is covered for by an agreement.

    It shows exactly this customer, without those below it. Where uses and agreements name
    offerings, these are shown, withdrawn ones too, for the customer keeps them; where one of them
    names none, every published offering of the service is.

    Raises:
        CustomerNotFoundError: there is none with this id, or the actor may not see it.
        ProblemError: a parameter is not valid.
    """
    status = await customers.customer_status(tx, customer_id=customer_id)
    if status is None or not await customers.may_see(tx, customer_id=customer_id, actor=actor):
        raise CustomerNotFoundError(f"There is no customer {customer_id}.")
    it = frozenset({customer_id})
    # A cursor of another customer's catalogue leads nowhere in this one.
    asked = replace(asked, secret=asked.secret + customer_id.bytes)
    where = in_scope(SERVICE.c.id, it, now)
    rows, following = await page(tx, CATALOGUE, asked, where=where)
    shown = await _offerings(tx, it, [row["id"] for row in rows], now)
    return Page[CatalogueService](
        items=[_service(row, shown.get(row["id"], [])) for row in rows], next=following
    )


async def _offerings(
    tx: ReadTx, it: frozenset[CustomerId], service_ids: Sequence[UUID], now: datetime
) -> Mapping[UUID, list[CatalogueOffering]]:
    if not service_ids:
        return {}
    used, covered = had(it, now)
    held = sa.union(used, covered).subquery()
    names = await tx.all(statement(sa.select(held).where(held.c.service_id.in_(service_ids))))
    named = {row["offering_id"] for row in names if row["offering_id"] is not None}
    whole = {row["service_id"] for row in names if row["offering_id"] is None}
    rows = await tx.all(_OFFERINGS, services=list(service_ids), named=list(named))
    found = [
        one
        for one in map(offering_of, rows)
        if one.id in named or (one.service_id in whole and one.status == "published")
    ]
    items: dict[UUID, list[CatalogueItem]] = defaultdict(list)
    for row in await tx.all(_ITEMS, offerings=[one.id for one in found]):
        items[row["offering_id"]].append(of_row(CatalogueItem, row))
    shown: dict[UUID, list[CatalogueOffering]] = defaultdict(list)
    for one in found:
        shown[one.service_id].append(_offering(one, items.get(one.id, [])))
    return shown


def _offering(offering: Offering, items: list[CatalogueItem]) -> CatalogueOffering:
    return CatalogueOffering(
        id=offering.id,
        name=offering.name,
        tier=offering.tier,
        commitments=[CommitmentRecord(**columns(one)) for one in offering.commitments],
        price=PriceRecord.of(offering.price),
        request_items=items,
    )


def _service(row: Row, offerings: list[CatalogueOffering]) -> CatalogueService:
    own = {name: row[name] for name in CatalogueService.model_fields if name != "offerings"}
    return CatalogueService.model_validate({**own, "offerings": offerings})
