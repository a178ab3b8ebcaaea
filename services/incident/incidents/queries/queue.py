"""Reading the work queue: open incidents in the order in which they need work."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from services.incident.clocks.queries import DUE, is_due, next_deadline
from services.incident.incidents.queries import shown, touching
from services.incident.incidents.schemas.queue import QueueItem
from services.incident.incidents.tables.incidents import incident_of
from services.incident.incidents.tables.shape import INCIDENT
from services.incident.views.domain import Scope
from services.incident.views.queries import scope_of
from shared.auth import Actor
from shared.db import ReadTx, Row
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

Order: TypeAlias = Literal["deadline", "priority"]
# Written out, so that the plan of a prepared statement can use the partial indexes.
_OPEN: Final = sa.text("incident.incident.state in ('assigned', 'in_progress', 'new', 'on_hold')")
_FILTERS: Final = {
    "team_id": INCIDENT.c.assignment_team_id,
    "updated_at": INCIDENT.c.updated_at,
}
_WITH_DEADLINE: Final = sa.select(INCIDENT, next_deadline(INCIDENT.c.id).label("next_deadline_at"))
_DATED_ONES: Final = sa.select(INCIDENT, DUE.c.deadline.label("next_deadline_at")).join(
    DUE, DUE.c.record_id == INCIDENT.c.id
)
_NEAREST: Final = Listing(
    # Clocks run for open incidents nearly alone. The planner does not know that: it would expect
    # a handful, and sort all of them, if it could tell how few of all incidents are open.
    source=_DATED_ONES.where(sa.func.coalesce(_OPEN, sa.false())),
    key=DUE.c.clock_id,
    filters=_FILTERS,
    sorts={"deadline": DUE.c.deadline},
    default_sort="deadline",
)
_NEAREST_OF_A_TEAM: Final = replace(_NEAREST, source=_DATED_ONES.where(_OPEN))
_UNDATED: Final = Listing(
    source=_WITH_DEADLINE.where(_OPEN, sa.not_(is_due(INCIDENT.c.id))),
    key=INCIDENT.c.id,
    filters=_FILTERS,
    sorts={"deadline": INCIDENT.c.priority},
    default_sort="deadline",
)
_WEIGHTIEST: Final = Listing(
    source=_WITH_DEADLINE.where(_OPEN),
    key=INCIDENT.c.id,
    filters=_FILTERS,
    sorts={"priority": INCIDENT.c.priority},
    default_sort="priority",
)
_CHANGED: Final = Listing(
    source=_WITH_DEADLINE,
    key=INCIDENT.c.id,
    filters=_FILTERS,
    sorts={"changed": INCIDENT.c.updated_at},
    default_sort="changed",
)
# A cursor of the nearest says in which of its two lists it continues.
_DATED, _REST = "d", "u"


async def list_queue(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[QueueItem]:
    """Return a page of the queue, by ``deadline``, ``priority`` or ``changed`` (``asked.sort``).

    By deadline, incidents whose clocks stand still or that have none come after all others, by
    priority. Within a priority the older one comes first.

    Raises:
        ProblemError: the cursor is not one of this list's.
    """
    scope = await scope_of(tx, actor=actor)
    where = [] if scope.customers is None else [touching(scope.customers)]
    if asked.sort == "deadline":
        rows, following = await _by_deadline(tx, asked, where)
    else:
        listing = _CHANGED if asked.sort == "changed" else _WEIGHTIEST
        rows, following = await page(tx, listing, asked, where=where)
    return Page[QueueItem](items=[_item(row, scope) for row in rows], next=following)


async def _by_deadline(
    tx: ReadTx, asked: PageRequest, where: list[sa.ColumnElement[bool]]
) -> tuple[list[Row], str | None]:
    cursor = asked.cursor
    rows: list[Row] = []
    if cursor is None or not cursor.startswith(_REST):
        dated = replace(
            asked,
            cursor=cursor and cursor.removeprefix(_DATED),
            secret=asked.secret + _DATED.encode(),
        )
        nearest = _NEAREST_OF_A_TEAM if "team_id" in asked.filters else _NEAREST
        rows, following = await page(tx, nearest, dated, where=where)
        if following is not None:
            return rows, _DATED + following
        if len(rows) == asked.limit:
            return rows, _REST
        cursor = _REST
    rest = replace(
        asked,
        cursor=cursor[1:] or None,
        limit=asked.limit - len(rows),
        secret=asked.secret + _REST.encode(),
    )
    more, following = await page(tx, _UNDATED, rest, where=where)
    return [*rows, *more], None if following is None else _REST + following


def _item(row: Row, scope: Scope) -> QueueItem:
    return QueueItem(
        next_deadline_at=row["next_deadline_at"], incident=shown(incident_of(row), scope)
    )
