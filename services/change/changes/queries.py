"""Reading changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from services.change.changes.domain import ChangeNotFoundError
from services.change.changes.schemas import ChangeRecord, HistoryEntry
from services.change.changes.tables import CHANGE, change_of, find_change
from services.change.schema import METADATA
from services.change.views import queries as views
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import LATEST, Page

_EVENT: Final = METADATA.tables["change.event_log"]


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
HISTORY: Final = Listing(
    source=sa.select(_EVENT),
    key=_EVENT.c.event_id,
    filters={"type": _EVENT.c.type, "recorded_at": _EVENT.c.recorded_at},
    sorts={"sequence": _EVENT.c.sequence},
    default_sort="sequence",
)
_READ: Final = statement("select * from change.change where id = :id")


async def read_change(tx: ReadTx, *, ref: str, actor: Actor, now: datetime) -> ChangeRecord:
    """Return one change as it is now, as far as the actor may see it.

    Raises:
        ChangeNotFoundError: there is none with this id or number, or it touches nothing that the
            actor's customer uses.
    """
    shown = await views.services_in_view(tx, actor=actor, now=now)
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


async def read_change_history(tx: ReadTx, *, ref: str, asked: PageRequest) -> Page[HistoryEntry]:
    """Return a page of what happened to a change, oldest first unless asked otherwise.

    Raises:
        ChangeNotFoundError: there is none with this id or number.
        ProblemError: a parameter is not valid.
    """
    change_id = await find_change(tx, ref)
    if await tx.first(_READ, id=change_id) is None:
        raise ChangeNotFoundError("There is no such change.")
    rows, following = await page(tx, HISTORY, asked, where=[_EVENT.c.key == change_id])
    items = [
        HistoryEntry(
            data=orjson.loads(row["data"]),
            **{name: row[name] for name in HistoryEntry.model_fields if name != "data"},
        )
        for row in rows
    ]
    return Page[HistoryEntry](items=items, next=following)
