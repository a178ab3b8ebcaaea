"""Reading changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.change.changes.domain import ChangeId, ChangeNotFoundError
from services.change.changes.replay import replayed
from services.change.changes.schemas import ChangeRecord
from services.change.changes.tables import CHANGE, change_of, events_until, find_change
from services.change.views import queries as views
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import LATEST, Page


def _any_service() -> sa.ColumnElement[Any]:
    """Return what equals a service's id where the change touches that service."""
    member: sa.ColumnElement[Any] = sa.any_(CHANGE.c.service_ids)
    # SQLAlchemy gives it the type of a comparison; a filter's value is read as this one.
    member.type = sa.Uuid()
    return member


CHANGES: Final = Listing(
    source=sa.select(CHANGE),
    key=CHANGE.c.id,
    filters={
        "state": CHANGE.c.state,
        "type": CHANGE.c.type,
        "service_id": _any_service(),
        "planned_start": CHANGE.c.planned_start,
        "planned_end": CHANGE.c.planned_end,
        "created_at": CHANGE.c.created_at,
    },
    sorts={
        # Without a window a change comes after all that have one.
        "planned_start": sa.func.coalesce(
            CHANGE.c.planned_start, sa.literal(LATEST), type_=sa.DateTime(timezone=True)
        ),
        "created_at": CHANGE.c.created_at,
    },
    default_sort="-created_at",
)
HISTORY: Final = History("change", "change")
_READ: Final = statement("select * from change.change where id = :id")


async def read_change(
    tx: ReadTx, *, ref: str, as_of: datetime | None = None, actor: Actor, now: datetime
) -> ChangeRecord:
    """Return one change as it is now or was known at an instant, as far as the actor may see it.

    Raises:
        ChangeNotFoundError: there is none with this id or number, or was none yet, or it touches
            nothing that the actor's customer uses.
    """
    shown = await views.services_in_view(tx, actor=actor, now=now)
    if as_of is not None:
        used = await views.services_in_view(tx, actor=actor, now=as_of)
        shown = None if shown is None or used is None else shown & used
        return await _read_past(tx, await find_change(tx, ref), as_of=as_of, shown=shown)
    row = await tx.first(_READ, id=await find_change(tx, ref))
    if row is None or (shown is not None and shown.isdisjoint(row["service_ids"])):
        raise ChangeNotFoundError("There is no such change.")
    incidents = await views.urgent_incidents(tx, service_ids=row["service_ids"])
    return ChangeRecord.of(change_of(row), incidents, shown=shown)


async def list_changes(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[ChangeRecord]:
    """Return a page of the changes that the actor may see.

    Raises:
        ProblemError: a parameter is not valid.
    """
    shown = await views.services_in_view(tx, actor=actor, now=now)
    where = []
    if shown is not None:
        # By a filter for a service of somebody else nobody learns what shares a change with theirs.
        named = asked.filters.get("service_id", "").lower().split(",")
        seen = [one for one in shown if named == [""] or str(one) in named]
        where = [CHANGE.c.service_ids.overlap(seen)]
    rows, following = await page(tx, CHANGES, asked, where=where)
    touched = {service_id for row in rows for service_id in row["service_ids"]}
    incidents = await views.urgent_incidents(tx, service_ids=touched)
    items = [ChangeRecord.of(change_of(row), incidents, shown=shown) for row in rows]
    return Page[ChangeRecord](items=items, next=following)


async def read_change_history(
    tx: ReadTx, *, ref: str, asked: PageRequest, actor: Actor, now: datetime
) -> Page[HistoryEntry]:
    """Return a page of what happened to a change, oldest first unless asked otherwise.

    Raises:
        ChangeNotFoundError: there is none with this id or number, or the actor is bounded to a
            customer: events tell of everybody's services and of how the provider works.
        ProblemError: a parameter is not valid.
    """
    found = await HISTORY.entries(tx, key=await find_change(tx, ref), asked=asked)
    bounded = await views.services_in_view(tx, actor=actor, now=now) is not None
    if found is None or bounded:
        raise ChangeNotFoundError("There is no such change.")
    return found


async def _read_past(
    tx: ReadTx, change_id: ChangeId, *, as_of: datetime, shown: frozenset[UUID] | None
) -> ChangeRecord:
    """Return a change as it was known; of what was broken then on its services it says nothing."""
    told = await events_until(tx, change_id, as_of=as_of)
    if not told:
        raise ChangeNotFoundError("There is no such change.")
    change = replayed(told)
    if shown is not None and shown.isdisjoint(change.content.service_ids):
        raise ChangeNotFoundError("There is no such change.")
    return ChangeRecord.of(change, (), shown=shown)
