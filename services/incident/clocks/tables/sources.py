"""How far the clocks have followed each calendar and agreement."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.schema import METADATA
from services.incident.views.queries.promises import SOURCES_FRAGMENT, TOUCHED_FRAGMENT
from shared.db import ReadTx, Row, Tx, statement

SOURCE: Final = sa.Table(
    "clock_source",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("target_sequence", sa.BigInteger, nullable=False),
    sa.Column("place", sa.Uuid, comment="the last record looked at"),
)

_BEHIND: Final = statement(
    "select n.id, n.sequence from (" + SOURCES_FRAGMENT + ") n"  # noqa: S608 - a fragment of ours
    " left join incident.clock_source s on s.id = n.id"
    " where s.id is null or s.sequence < n.sequence order by n.id limit 1"
)
_CLAIM: Final = statement(
    "insert into incident.clock_source as s (id, sequence, target_sequence)"
    " values (:id, 0, :sequence) on conflict (id) do update set"
    # A newer state while the last one was under way begins from the first record again.
    " place = case when s.target_sequence = excluded.target_sequence then s.place end,"
    " target_sequence = excluded.target_sequence returning place"
)
_RECORDS: Final = statement(
    "select r.id from incident.clock_record r where r.is_open"  # noqa: S608 - a fragment of ours
    " and (cast(:place as uuid) is null or r.id > :place)"
    " and (exists (select from incident.sla_clock c where c.record_id = r.id"
    " and (c.agreement_id = :id or :id = any(c.calendar_ids)))"
    f" or r.service_id in ({TOUCHED_FRAGMENT}) or exists (select from"
    f" jsonb_each(r.reached) e where e.value ?| array(select cast(t as text) from"
    f" ({TOUCHED_FRAGMENT}) t(t)))) order by r.id limit :limit"
)
_MOVE: Final = statement("update incident.clock_source set place = :place where id = :id")
_DONE: Final = statement(
    "update incident.clock_source set sequence = target_sequence, place = null where id = :id"
)


async def behind(tx: ReadTx) -> Row | None:
    """Return the id and newest sequence of a calendar or agreement not yet followed, if any."""
    return await tx.first(_BEHIND)


async def claim(tx: Tx, source_id: UUID, *, sequence: int) -> UUID | None:
    """Lock a source until the transaction ends; return the record that was looked at last."""
    place: UUID | None = await tx.value(_CLAIM, id=source_id, sequence=sequence)
    return place


async def records_of(tx: ReadTx, source_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:
    """Return open records that a calendar or agreement may matter to, in the order of ids."""
    rows = await tx.all(_RECORDS, id=source_id, place=after, limit=limit)
    return [row["id"] for row in rows]


async def move_on(tx: Tx, source_id: UUID, *, place: UUID) -> None:
    """Note the record that was looked at last."""
    await tx.run(_MOVE, id=source_id, place=place)


async def finish(tx: Tx, source_id: UUID) -> None:
    """Note that all records have followed the source."""
    await tx.run(_DONE, id=source_id)
