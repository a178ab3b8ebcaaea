"""Reading services."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.customers.queries import visible_customers
from services.catalog.permissions import require_provider
from services.catalog.portfolio.domain.services import ServiceNotFoundError, ServiceRef
from services.catalog.portfolio.events import ServiceState
from services.catalog.portfolio.queries.scope import has_service, in_scope
from services.catalog.portfolio.schemas.services import ServiceRecord
from services.catalog.portfolio.tables import services as tables
from services.catalog.portfolio.tables.services import SERVICE
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

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
        "support_calendar_id": SERVICE.c.support_calendar_id,
        "data_classification": SERVICE.c.data_classification,
        "no_agreement_needed": SERVICE.c.no_agreement_needed,
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
HISTORY: Final = History("catalog", "service")


async def read_service(
    tx: ReadTx, *, ref: ServiceRef, as_of: datetime | None = None, actor: Actor, now: datetime
) -> ServiceRecord:
    """Return one service as it is now, or as it was known at an instant.

    Raises:
        ServiceNotFoundError: there is none, or was none yet, or the actor's customers do not have
            it at ``now``, or did not use it then.
    """
    service = await tables.find_service(tx, ref)
    if not await has_service(tx, service_id=service.id, actor=actor, now=now, as_of=as_of):
        raise ServiceNotFoundError(f"There is no service {ref}.")
    if as_of is None:
        return ServiceRecord.of(service)
    told = await HISTORY.state_at(tx, key=service.id, as_of=as_of)
    if told is None:
        raise ServiceNotFoundError(f"There is no service {ref}.")
    return told.record(ServiceRecord, ServiceState)


async def read_service_history(
    tx: ReadTx, *, ref: ServiceRef, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a service, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceNotFoundError: there is none.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    service = await tables.find_service(tx, ref)
    found = await HISTORY.entries(tx, key=service.id, asked=asked)
    if found is None:
        raise ServiceNotFoundError(f"There is no service {ref}.")
    return found


async def list_services(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[ServiceRecord]:
    """Return a page of services; of those that its customers have where the actor is bounded.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where = in_scope(SERVICE.c.id, visible, now)
    rows, following = await page(tx, SERVICES, asked, where=where)
    items = [of_row(ServiceRecord, row) for row in rows]
    return Page[ServiceRecord](items=items, next=following)
