"""Reading incidents, each caller as much as concerns them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.incidents.domain.incident import Incident, IncidentNotFoundError
from services.incident.incidents.domain.priority import DEFAULT_CELLS, rows_of
from services.incident.incidents.schemas.records import (
    ImpactRecord,
    IncidentRecord,
    MatrixRecord,
    ReachedCustomerRecord,
    ReachedServiceRecord,
    TimelineRecord,
)
from services.incident.incidents.tables import matrix as matrix_tables
from services.incident.incidents.tables.incidents import incident_of
from services.incident.incidents.tables.reach import REACHED_CUSTOMER
from services.incident.incidents.tables.shape import IDS, INCIDENT, TIMELINE
from services.incident.views.domain import Scope, recognise
from services.incident.views.queries import scope_of
from shared.auth import Actor
from shared.db import ReadTx, Row, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

INCIDENTS: Final = Listing(
    source=sa.select(INCIDENT),
    key=INCIDENT.c.id,
    filters={
        "number": INCIDENT.c.number,
        "state": INCIDENT.c.state,
        "priority": INCIDENT.c.priority,
        "major_state": INCIDENT.c.major_state,
        "service_id": INCIDENT.c.service_id,
        "assignment_team_id": INCIDENT.c.assignment_team_id,
        "assignee": INCIDENT.c.assignee,
        "channel": INCIDENT.c.channel,
        "category": INCIDENT.c.category,
        "parent_id": INCIDENT.c.parent_id,
        "opened_at": INCIDENT.c.created_at,
    },
    sorts={
        "opened_at": INCIDENT.c.created_at,
        "updated_at": INCIDENT.c.updated_at,
        "number": INCIDENT.c.number,
    },
    default_sort="-opened_at",
)
ENTRIES: Final = Listing(
    source=sa.select(TIMELINE),
    key=TIMELINE.c.id,
    filters={
        "kind": TIMELINE.c.kind,
        "visibility": TIMELINE.c.visibility,
        "occurred_at": TIMELINE.c.occurred_at,
    },
    sorts={"occurred_at": TIMELINE.c.occurred_at, "recorded_at": TIMELINE.c.recorded_at},
    default_sort="occurred_at",
)
_VISIBLE: Final = (
    "(cast(:everything as boolean) or i.customer_ids && cast(:customers as uuid[])"
    " or exists (select from incident.reached_customer r where r.incident_id = i.id"
    " and r.customer_id = any(cast(:customers as uuid[]))))"
)
_READ: Final = statement(
    "select * from incident.incident i where (i.id = cast(:id as uuid)"  # noqa: S608 - a fragment of ours
    f" or i.number = cast(:number as text)) and {_VISIBLE}"
)
_FAMILY: Final = statement(
    "with recursive family as (select cast(:id as uuid) as id union select d.id"  # noqa: S608 - a fragment of ours
    " from incident.incident d join family f on d.duplicate_of = f.id)"
    f" select i.id from family join incident.incident i using (id) where {_VISIBLE}"
)
# Written out, for the partial index over those that name any.
_NAMES_ITEMS: Final = sa.text("incident.incident.ci_ids <> '{}'")
_SERVICES: Final = statement(
    "select service_id, name_business, distance from incident.reached_service"
    " where incident_id = :id order by distance, name_business, service_id"
)
_CUSTOMERS: Final = statement(
    "select customer_id, service_ids from incident.reached_customer where incident_id = :id"
    " and (cast(:everything as boolean) or customer_id = any(cast(:customers as uuid[])))"
    " order by customer_id"
)


async def read_incident(tx: ReadTx, *, reference: str, actor: Actor) -> IncidentRecord:
    """Return an incident by id or number.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
    """
    incident, scope = await _find(tx, reference=reference, actor=actor)
    return shown(incident, scope)


async def list_incidents(
    tx: ReadTx,
    *,
    asked: PageRequest,
    customer_id: UUID | None,
    ci_id: UUID | None,
    actor: Actor,
) -> Page[IncidentRecord]:
    """Return a page of incidents; ``customer_id`` keeps those for or in reach of a customer.

    ``ci_id`` keeps those that name a configuration item; to customers none do.

    Raises:
        ProblemError: a parameter is not valid.
    """
    scope = await scope_of(tx, actor=actor)
    where = [] if scope.customers is None else [touching(scope.customers)]
    if customer_id is not None:
        # Whom else an incident of theirs touches is not for customers.
        where.append(touching([customer_id] if scope.covers(customer_id) else []))
        # A cursor belongs to its filters, and this one is not among those that paging knows.
        asked = replace(asked, secret=asked.secret + customer_id.bytes)
    if ci_id is not None:
        naming = INCIDENT.c.ci_ids.contains(_ids([ci_id]))
        where.append(sa.and_(naming, _NAMES_ITEMS) if scope.unbounded else sa.false())
        asked = replace(asked, secret=asked.secret + b"ci" + ci_id.bytes)
    rows, following = await page(tx, INCIDENTS, asked, where=where)
    items = [shown(incident_of(row), scope) for row in rows]
    return Page[IncidentRecord](items=items, next=following)


async def list_timeline(
    tx: ReadTx, *, reference: str, asked: PageRequest, actor: Actor
) -> Page[TimelineRecord]:
    """Return a page of an incident's timeline, with those of incidents merged into it.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
        ProblemError: a parameter is not valid.
    """
    incident, scope = await _find(tx, reference=reference, actor=actor)
    family = await _family(tx, incident.id, scope)
    where = [TIMELINE.c.incident_id == sa.any_(_ids(family))]
    if scope.customers is not None:
        where.append(TIMELINE.c.visibility != sa.literal("internal"))
        own = TIMELINE.c.customer_id == sa.any_(_ids(scope.customers))
        where.append(sa.or_(TIMELINE.c.customer_id.is_(None), own))
    rows, following = await page(tx, ENTRIES, asked, where=where)
    items = [_entry(row, scope) for row in rows]
    return Page[TimelineRecord](items=items, next=following)


async def read_impact(tx: ReadTx, *, reference: str, actor: Actor) -> ImpactRecord:
    """Return whom an incident reaches; a customer's user sees its own side of it.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
    """
    incident, scope = await _find(tx, reference=reference, actor=actor)
    services = await tx.all(_SERVICES, id=incident.id)
    customers = await tx.all(_CUSTOMERS, id=incident.id, **_bounds(scope))
    used = {one for row in customers for one in row["service_ids"]}
    return ImpactRecord(
        incident_id=incident.id,
        assessed_at=incident.impact_assessed_at,
        map_version=incident.map_version,
        services=[
            ReachedServiceRecord.model_validate(dict(row))
            for row in services
            if scope.unbounded or row["service_id"] in used
        ],
        customers=[ReachedCustomerRecord.model_validate(dict(row)) for row in customers],
    )


async def read_matrix(tx: ReadTx) -> MatrixRecord:
    """Return the priority matrix in force."""
    cells, version = await matrix_tables.load_matrix(tx)
    rows = [list(row) for row in rows_of(cells or DEFAULT_CELLS)]
    return MatrixRecord(cells=rows, version=version)


async def family_of(tx: ReadTx, *, incident_id: UUID) -> list[UUID]:
    """Return an incident's id and those of all that were merged into it, directly or not."""
    return await _family(tx, incident_id, Scope(None))


async def _family(tx: ReadTx, incident_id: UUID, scope: Scope) -> list[UUID]:
    rows = await tx.all(_FAMILY, id=incident_id, **_bounds(scope))
    return [row["id"] for row in rows]


async def _find(tx: ReadTx, *, reference: str, actor: Actor) -> tuple[Incident, Scope]:
    scope = await scope_of(tx, actor=actor)
    incident_id, number = recognise(reference)
    row = await tx.first(_READ, id=incident_id, number=number, **_bounds(scope))
    if row is None:
        raise IncidentNotFoundError(f"There is no incident {reference[:40]}.")
    return incident_of(row), scope


def _entry(row: Row, scope: Scope) -> TimelineRecord:
    """Return what a timeline shows of an entry; to customers the provider's staff is one."""
    values = {name: row[name] for name in TimelineRecord.model_fields}
    if scope.customers is not None and row["customer_id"] is None:
        values["actor"] = "provider"
    return TimelineRecord.model_validate(values)


def _bounds(scope: Scope) -> dict[str, Any]:
    return {"everything": scope.unbounded, "customers": list(scope.customers or ())}


def shown(incident: Incident, scope: Scope) -> IncidentRecord:
    """Return what an actor of a scope sees of an incident."""
    record = IncidentRecord.of(incident)
    return record if scope.customers is None else record.for_customers(scope.customers)


def _ids(values: Any) -> sa.ColumnElement[Any]:  # noqa: ANN401 - any collection of ids
    return sa.literal(list(values), IDS)


def touching(customers: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401 - any collection of ids
    """Return the condition that an incident is for some customers, or reaches them."""
    reached = sa.exists().where(
        REACHED_CUSTOMER.c.incident_id == INCIDENT.c.id,
        REACHED_CUSTOMER.c.customer_id == sa.any_(_ids(customers)),
    )
    return sa.or_(INCIDENT.c.customer_ids.op("&&")(_ids(customers)), reached)
