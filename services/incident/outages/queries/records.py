"""Reading outages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.outages.domain.outage import Outage
from services.incident.outages.domain.refusals import OutageNotFoundError
from services.incident.outages.events import OutageStarted
from services.incident.outages.schemas.records import OutageRecord
from services.incident.outages.tables import AFFECTED, OUTAGE, READ_SQL, outage_of
from services.incident.views.domain import Scope
from services.incident.views.queries import scope_of
from services.incident.views.queries.availability import services_used_by
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

OUTAGES: Final = Listing(
    source=sa.select(OUTAGE.c.id),
    key=OUTAGE.c.id,
    filters={
        "service_id": OUTAGE.c.service_id,
        "incident_id": OUTAGE.c.incident_id,
        "change_id": OUTAGE.c.change_id,
        "kind": OUTAGE.c.kind,
        "state": OUTAGE.c.state,
        "automatic": OUTAGE.c.automatic,
        "started_at": OUTAGE.c.started_at,
        "ended_at": OUTAGE.c.ended_at,
    },
    sorts={"id": OUTAGE.c.id, "started_at": OUTAGE.c.started_at},
    default_sort="-id",
)
HISTORY: Final = History("incident", "outage")
_READ: Final = statement(f"{READ_SQL} where o.id = any(cast(:ids as uuid[]))")
_CONCERNS: Final = (
    "exists (select from incident.outage_customer a where a.outage_id = o.id"
    " and a.customer_id = any(cast(:customers as uuid[])))"
    " or o.others_share is not null and exists (select from incident.view_service_use u"
    " where u.service_id = o.service_id and u.customer_id = any(cast(:customers as uuid[])))"
)
_SEEN: Final = statement(
    "select o.id from incident.outage o where o.id = :id"  # noqa: S608 - our own fragment
    f" and (cast(:everything as boolean) or {_CONCERNS})"
)


async def list_outages(
    tx: ReadTx, *, asked: PageRequest, customer_id: UUID | None, actor: Actor
) -> Page[OutageRecord]:
    """Return a page of outages; customers' users see those that affect them.

    ``customer_id`` asks for those that affect a customer.

    Raises:
        ProblemError: a parameter is not valid.
    """
    scope = await scope_of(tx, actor=actor)
    where: list[sa.ColumnElement[bool]] = []
    if scope.customers is not None:
        where.append(_affecting(list(scope.customers)))
    if customer_id is not None:
        # Whom else an outage of theirs affects is not for customers.
        where.append(_affecting([customer_id] if scope.covers(customer_id) else []))
        # A cursor belongs to its filters, and this one is not among those that paging knows.
        asked = replace(asked, secret=asked.secret + customer_id.bytes)
    rows, following = await page(tx, OUTAGES, asked, where=where)
    ids = [row["id"] for row in rows]
    found = {row["id"]: outage_of(row) for row in await tx.all(_READ, ids=ids)}
    return Page[OutageRecord](items=[_shown(found[one], scope) for one in ids], next=following)


async def read_outage(
    tx: ReadTx, *, outage_id: UUID, as_of: datetime | None, actor: Actor
) -> OutageRecord:
    """Return an outage as it is now, or as it was known at an instant.

    Raises:
        OutageNotFoundError: there is none, or none that the actor may see, or not yet by then.
    """
    scope = await _require_visible(tx, outage_id, actor=actor)
    if as_of is None:
        row = await tx.first(_READ, ids=[outage_id])
        if row is None:
            raise _no_such(outage_id)
        return _shown(outage_of(row), scope)
    told = await HISTORY.state_at(tx, key=outage_id, as_of=as_of)
    if told is None:
        raise _no_such(outage_id)
    # A correction says one thing more, which is none of the outage's own.
    record = told.record(OutageRecord, _Said)
    return record if scope.customers is None else record.for_customers(scope.customers)


async def read_outage_history(
    tx: ReadTx, *, outage_id: UUID, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of everything that happened to an outage.

    Raises:
        OutageNotFoundError: there is none, or none that the actor may see.
        ProblemError: a parameter is not valid.
    """
    await _require_visible(tx, outage_id, actor=actor)
    found = await HISTORY.entries(tx, key=outage_id, asked=asked)
    if found is None:
        raise _no_such(outage_id)
    return found


class _Said(OutageStarted, extra="ignore"):
    """Any event of an outage, for what they all say."""


async def _require_visible(tx: ReadTx, outage_id: UUID, *, actor: Actor) -> Scope:
    scope = await scope_of(tx, actor=actor)
    customers = list(scope.customers or ())
    seen = await tx.value(_SEEN, id=outage_id, everything=scope.unbounded, customers=customers)
    if seen is None:
        raise _no_such(outage_id)
    return scope


def _no_such(outage_id: UUID) -> OutageNotFoundError:
    return OutageNotFoundError(f"There is no outage {outage_id}.")


def _shown(outage: Outage, scope: Scope) -> OutageRecord:
    record = OutageRecord.of(outage)
    return record if scope.customers is None else record.for_customers(scope.customers)


def _affecting(customers: list[UUID]) -> sa.ColumnElement[bool]:
    ids: sa.ColumnElement[Any] = sa.literal(customers, postgresql.ARRAY(sa.Uuid))
    named = sa.exists().where(
        AFFECTED.c.outage_id == OUTAGE.c.id, AFFECTED.c.customer_id == sa.any_(ids)
    )
    using = OUTAGE.c.service_id.in_(services_used_by(customers))
    return sa.or_(named, sa.and_(OUTAGE.c.others_share.is_not(None), using))
