"""Reading services and their use."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.customers.domain import CustomerId
from services.catalog.customers.queries import bounds, visible_customers
from services.catalog.portfolio import tables
from services.catalog.portfolio.domain import (
    ServiceNotFoundError,
    ServiceRef,
    ServiceUseId,
    ServiceUseNotFoundError,
)
from services.catalog.portfolio.schemas import ServiceRecord, ServiceUseRecord
from services.catalog.portfolio.tables import SERVICE, SERVICE_USE
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

SERVICES: Final = Listing(
    source=sa.select(SERVICE),
    key=SERVICE.c.id,
    filters={
        "number": SERVICE.c.number,
        "name_business": SERVICE.c.name_business,
        "name_technical": SERVICE.c.name_technical,
        "kind": SERVICE.c.kind,
        "phase": SERVICE.c.phase,
        "status": SERVICE.c.status,
        "owner_team_id": SERVICE.c.owner_team_id,
        "criticality": SERVICE.c.criticality,
    },
    sorts={
        "name_business": SERVICE.c.name_business,
        "name_technical": SERVICE.c.name_technical,
        "number": SERVICE.c.number,
        "criticality": SERVICE.c.criticality,
        "created_at": SERVICE.c.created_at,
        "id": SERVICE.c.id,
    },
    default_sort="name_business",
)
SERVICE_USES: Final = Listing(
    source=sa.select(SERVICE_USE),
    key=SERVICE_USE.c.id,
    filters={
        "customer_id": SERVICE_USE.c.customer_id,
        "service_id": SERVICE_USE.c.service_id,
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
_USED_BY_ANY: Final = statement(
    "select exists (select from catalog.service_use where service_id = :id"
    " and customer_id = any(:customers) and valid_from <= :now"
    " and (valid_to is null or valid_to > :now))"
)


async def read_service(
    tx: ReadTx, *, ref: ServiceRef, actor: Actor, now: datetime
) -> ServiceRecord:
    """Return one service as it is now.

    Raises:
        ServiceNotFoundError: there is none, or the actor's customers do not use it at ``now``.
    """
    service = await tables.find_service(tx, ref)
    visible = await visible_customers(tx, actor=actor)
    if visible is not None and not await tx.value(
        _USED_BY_ANY, id=service.id, customers=list(visible), now=now
    ):
        raise ServiceNotFoundError(f"There is no service {ref}.")
    return ServiceRecord.of(service)


async def list_services(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[ServiceRecord]:
    """Return a page of services; of those in use at ``now`` where the actor is bounded.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where = [] if visible is None else [SERVICE.c.id.in_(_used_by(visible, now))]
    rows, following = await page(tx, SERVICES, asked, where=where)
    items = [
        ServiceRecord.model_validate({name: row[name] for name in ServiceRecord.model_fields})
        for row in rows
    ]
    return Page[ServiceRecord](items=items, next=following)


async def read_service_use(tx: ReadTx, *, use_id: ServiceUseId, actor: Actor) -> ServiceUseRecord:
    """Return one use as it is now.

    Raises:
        ServiceUseNotFoundError: there is none with this id, or the actor may not see it.
    """
    use = await tables.find_use(tx, use_id)
    visible = await visible_customers(tx, actor=actor)
    if visible is not None and use.customer_id not in visible:
        raise ServiceUseNotFoundError(f"There is no use {use_id} of a service.")
    return ServiceUseRecord.of(use)


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
    items = [
        ServiceUseRecord.model_validate({name: row[name] for name in ServiceUseRecord.model_fields})
        for row in rows
    ]
    return Page[ServiceUseRecord](items=items, next=following)


def _used_by(visible: frozenset[CustomerId], now: datetime) -> sa.Select[tuple[object]]:
    return sa.select(SERVICE_USE.c.service_id).where(
        *bounds(SERVICE_USE.c.customer_id, visible),
        SERVICE_USE.c.valid_from <= now,
        sa.or_(SERVICE_USE.c.valid_to.is_(None), SERVICE_USE.c.valid_to > now),
    )
