"""Asking how services are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.catalog.components.domain import NodeId
from services.catalog.customers.queries import visible_customers
from services.catalog.health.domain import RANK, HealthUnknownError
from services.catalog.health.events import Health
from services.catalog.health.schemas import (
    FeltRecord,
    HealthAndReach,
    HealthRecord,
)
from services.catalog.health.tables import HEALTH
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.impact import downstream
from services.catalog.impact.graph.rows import Level
from services.catalog.impact.queries import LiveMap
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.queries.scope import has_service, in_scope
from shared.auth import Actor
from shared.db import ReadTx, Row, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

MOST_CONSUMERS: Final = 200
# What the list joins, by name: the table is the portfolio's own.
SERVICE: Final = sa.table(
    "service",
    sa.column("id", sa.Uuid),
    sa.column("number", sa.Text),
    sa.column("name_business", sa.Text),
    schema="catalog",
)
_OWN: Final = sa.func.coalesce(HEALTH.c.health, "operational", type_=sa.Text)
_SHOWN: Final = sa.select(
    SERVICE.c.id,
    SERVICE.c.number,
    SERVICE.c.name_business,
    _OWN.label("health"),
    HEALTH.c.causes,
    HEALTH.c.since,
).select_from(SERVICE.outerjoin(HEALTH, HEALTH.c.service_id == SERVICE.c.id))
HEALTHS: Final = Listing(
    source=_SHOWN,
    key=SERVICE.c.id,
    filters={"health": _OWN, "id": SERVICE.c.id},
    sorts={"number": SERVICE.c.number, "id": SERVICE.c.id},
    default_sort="number",
)
_FIND: Final = statement(
    _SHOWN.where(
        sa.or_(
            SERVICE.c.id == sa.bindparam("id", type_=sa.Uuid),
            SERVICE.c.number == sa.bindparam("number", type_=sa.Text),
        )
    )
)
_DISTURBED: Final = statement(
    "select service_id, health from catalog.service_health where health <> 'operational'"
)
_LEVELS: Final[Mapping[str, Level]] = {
    "outage": Level.DOWN,
    "maintenance": Level.DOWN,
    "degraded": Level.DEGRADED,
}
_FELT: Final[Mapping[Level, Health]] = {
    Level.OPERATIONAL: "operational",
    Level.DEGRADED: "degraded",
    Level.DOWN: "outage",
}


async def list_service_health(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[HealthRecord]:
    """Return a page of services with their own health; customers' users see what they have.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    rows, following = await page(tx, HEALTHS, asked, where=in_scope(SERVICE.c.id, visible, now))
    items = [HealthRecord(**_shown(row)) for row in rows]
    return Page[HealthRecord](items=items, next=following)


async def read_service_health(
    live: LiveMap, *, reference: str, actor: Actor, now: datetime
) -> HealthAndReach:
    """Return the health of a service, by id or number, with what is felt through the map.

    Raises:
        HealthUnknownError: there is none, or none that the actor may see.
        MapBusyError: others are asking.
    """
    async with live.database.reading() as tx:
        row = await tx.first(_FIND, **_ref(reference))
        if row is None or not await has_service(
            tx, service_id=ServiceId(row["id"]), actor=actor, now=now, as_of=None
        ):
            raise HealthUnknownError(f"There is no service {reference}.")
        disturbed = {one["service_id"]: one["health"] for one in await tx.all(_DISTURBED)}
        visible = await visible_customers(tx, actor=actor)
    service: UUID = row["id"]

    def felt(service_map: ServiceMap) -> tuple[Health, list[FeltRecord]]:
        own = {service: disturbed[service]} if service in disturbed and visible is None else {}
        alone = _reach(service_map, own, now)
        consumers = [
            FeltRecord(service_id=key, felt_health=_FELT[level])
            for key, level in alone.items()
            if key != service
        ]
        others = {key: health for key, health in disturbed.items() if key != service}
        through = _FELT[_reach(service_map, others, now).get(service, Level.OPERATIONAL)]
        # Its own health is told as it is: maintenance is no outage to itself.
        own_health: Health = row["health"]
        return max(own_health, through, key=RANK.__getitem__), consumers

    health, consumers = await live.ask(felt, now=now)
    return HealthAndReach(
        **_shown(row),
        felt_health=health,
        consumers=consumers[:MOST_CONSUMERS] if visible is None else None,
        consumers_total=len(consumers) if visible is None else None,
    )


def _reach(
    service_map: ServiceMap, disturbed: Mapping[UUID, str], now: datetime
) -> dict[UUID, Level]:
    """Return the services in reach of some, nearest first, with the worst that each may feel."""
    failed = {
        NodeId(key): _LEVELS[health]
        for key, health in disturbed.items()
        if NodeId(key) in service_map.positions
    }
    if not failed:
        return {}
    nodes, positions = service_map.nodes, service_map.positions
    return {
        hit.node: hit.level
        for hit in downstream(service_map, failed, as_of=now).hits
        if nodes[positions[hit.node]].kind == "service"
    }


def _ref(reference: str) -> dict[str, Any]:
    try:
        return {"id": UUID(reference), "number": None}
    except ValueError:
        return {"id": None, "number": reference.upper()}


def _shown(row: Row) -> dict[str, Any]:
    values = {name: row[name] for name in HealthRecord.model_fields}
    return {**values, "causes": row["causes"] or []}
