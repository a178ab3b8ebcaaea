"""Writing many incidents with their timelines at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from services.incident.incidents.domain.incident import FIELDS, Incident
from services.incident.incidents.domain.timeline import TimelineEntry
from services.incident.incidents.tables.shape import INCIDENT, TIMELINE
from shared.db import ReadTx, Row, Tx, insert_rows, statement

_ENTRY: Final = tuple(field.name for field in fields(TimelineEntry))
_NUMBERS: Final = statement(
    "select nextval('incident.incident_number') as count"
    " from generate_series(1, cast(:wanted as integer))"
)
_INSERT: Final = insert_rows(INCIDENT, FIELDS)
_INSERT_ENTRIES: Final = insert_rows(TIMELINE, _ENTRY)
_FIGURES: Final = statement(
    "select state, priority, count(*) as incidents, sum(reopen_count) as reopens,"
    " count(*) filter (where priority_source = 'override') as overridden,"
    " count(acknowledged_at) as acknowledged,"
    " coalesce(sum(extract(epoch from acknowledged_at - reported_at)), 0) as to_acknowledge,"
    " count(resolved_at) as resolved,"
    " coalesce(sum(extract(epoch from resolved_at - reported_at)), 0) as to_resolve"
    " from incident.incident where id = any(cast(:ids as uuid[])) group by state, priority"
)


async def draw_numbers(tx: Tx, wanted: int) -> list[int]:
    """Draw so many numbers of incidents."""
    return [row["count"] for row in await tx.all(_NUMBERS, wanted=wanted)]


async def insert_incidents(
    tx: Tx, incidents: Sequence[Incident], entries: Sequence[TimelineEntry]
) -> None:
    """Write new incidents and the entries of their timelines, in two statements."""
    await tx.run(_INSERT, rows=[_columns(one, FIELDS) for one in incidents])
    await tx.run(_INSERT_ENTRIES, rows=[_columns(one, _ENTRY) for one in entries])


async def read_figures(tx: ReadTx, ids: Sequence[UUID]) -> list[Row]:
    """Return counts and summed seconds of some incidents, by state and priority."""
    return await tx.all(_FIGURES, ids=list(ids))


def _columns(record: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}
