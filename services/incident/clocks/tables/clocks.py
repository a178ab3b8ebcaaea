"""Where clocks are kept, with the facts of the records that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.clocks.domain import Clock, Fact, Record
from services.incident.clocks.events import Metric
from services.incident.clocks.tables.rows import (
    clock_of,
    clock_row,
    fact_row,
    record_of,
    record_row,
)
from services.incident.schema import METADATA
from services.incident.views.queries.promises import NEWEST_CALENDARS_FRAGMENT
from shared.db import Closing, ReadTx, Tx, statement


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{name} in ({listed})", name=name)


RECORD: Final = sa.Table(
    "clock_record",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("service_id", sa.Uuid),
    sa.Column("supplier_id", sa.Uuid, comment="whom a hold for a supplier waits for"),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("facts", postgresql.JSONB, nullable=False),
    sa.Column("customer_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
    sa.Column("reached", postgresql.JSONB, nullable=False),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    sa.Index("ix_clock_record_open", "id", postgresql_where=sa.text("is_open")),
)
_TIMES: Final = ("breached_at", "stopped_at", "deadline", "started_at")
CLOCK: Final = sa.Table(
    "sla_clock",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("record_type", sa.Text, nullable=False),
    # No foreign key: a clock is written with its record or under its lock, and none is deleted.
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("record_number", sa.Text, nullable=False),
    sa.Column("service_id", sa.Uuid, nullable=False),
    sa.Column("customer_id", sa.Uuid),
    sa.Column("team_id", sa.Uuid),
    sa.Column("supplier_id", sa.Uuid),
    sa.Column("agreement_id", sa.Uuid, nullable=False),
    sa.Column("agreement_type", sa.Text, nullable=False),
    sa.Column("agreement_version", sa.BigInteger, nullable=False),
    sa.Column("agreement_sequence", sa.BigInteger, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("target_id", sa.Uuid, nullable=False),
    sa.Column("target_seconds", sa.BigInteger, nullable=False),
    sa.Column("calendar_id", sa.Uuid),
    sa.Column("calendar_version", sa.BigInteger),
    sa.Column("calendar_sequence", sa.BigInteger),
    sa.Column("calendar_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
    sa.Column("terms", postgresql.JSONB, nullable=False, comment="the target of each priority"),
    _moment("withdrawn_at"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("running", sa.Boolean, nullable=False),
    _moment("started_at", nullable=False),
    _moment("stopped_at"),
    _moment("breached_at"),
    _moment("deadline"),
    _moment("measured_at", nullable=False),
    sa.Column("elapsed", sa.BigInteger, nullable=False, comment="microseconds at measured_at"),
    sa.Column("hits", postgresql.JSONB, nullable=False),
    sa.Column("attribution", postgresql.JSONB, nullable=False),
    _moment("wake_at"),
    sa.Column("version", sa.BigInteger, nullable=False),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    _one_of("state", "running", "paused", "met", "breached", "cancelled"),
    _one_of("metric", "response", "update", "resolution", "fulfilment"),
    sa.Index(
        "uq_sla_clock_identity",
        *("record_id", "agreement_id", "metric", "service_id"),
        *("customer_id", "team_id", "supplier_id"),
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    sa.Index(None, "customer_id", "id", postgresql_where=sa.text("customer_id is not null")),
    sa.Index("ix_sla_clock_running", "deadline", "id", postgresql_where=sa.text("running")),
    sa.Index(None, "supplier_id", "id", postgresql_where=sa.text("supplier_id is not null")),
    # A clock is looked for by its times or its record's number seldom, and written often: these
    # say of each stretch of the table what may be in it, and cost next to nothing to keep.
    sa.Index(
        "ix_sla_clock_times",
        *_TIMES,
        postgresql_using="brin",
        postgresql_ops=dict.fromkeys(_TIMES, "timestamptz_minmax_multi_ops"),
        postgresql_with={"autosummarize": "on"},
    ),
    sa.Index(
        "ix_sla_clock_names",
        "record_number",
        "agreement_id",
        postgresql_using="brin",
        postgresql_ops={
            "record_number": "text_bloom_ops(n_distinct_per_range = 700)",
            "agreement_id": "uuid_bloom_ops(n_distinct_per_range = 200)",
        },
        postgresql_with={"autosummarize": "on"},
    ),
)

_RECORD_NAMES: Final = ", ".join(RECORD.c.keys())
_COLUMNS: Final = tuple(CLOCK.c.keys())
_CLOCK_NAMES: Final = ", ".join(_COLUMNS)
_FROM_ROWS: Final = "jsonb_populate_recordset(null::incident.{table}, {rows})"
_CHANGES: Final = ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("id", "created_at")
)
_INSERT_TEXT: Final = (
    f"clocked as (insert into incident.clock_record ({_RECORD_NAMES}) select {_RECORD_NAMES}"  # noqa: S608 - our own names
    f" from {_FROM_ROWS.format(table='clock_record', rows=':clock_record')}),"
    f" clocks as (insert into incident.sla_clock ({_CLOCK_NAMES}) select {_CLOCK_NAMES}"
    f" from {_FROM_ROWS.format(table='sla_clock', rows=':clock_rows')})"
)
_INSERT: Final = statement(_INSERT_TEXT)
_INSERT_NOW: Final = statement(f"with {_INSERT_TEXT} select 1")
_WRITE_CLOCKS: Final = (
    f"insert into incident.sla_clock ({_CLOCK_NAMES}) select {_CLOCK_NAMES}"  # noqa: S608 - our own names
    f" from {_FROM_ROWS.format(table='sla_clock', rows=':clock_rows')}"
    f" on conflict (id) do update set {_CHANGES}"
)
_SAVE: Final = statement(
    "with known as (update incident.clock_record r set facts = n.facts,"  # noqa: S608 - our own names
    " service_id = n.service_id, supplier_id = n.supplier_id, is_open = n.is_open,"
    " customer_ids = n.customer_ids, reached = n.reached, updated_at = n.updated_at"
    f" from {_FROM_ROWS.format(table='clock_record', rows=':clock_record')} n where r.id = n.id)"
    f" {_WRITE_CLOCKS}"
)
_SAVE_CLOCKS: Final = statement(_WRITE_CLOCKS)
# A fact's sequence is its place; those before it are there already.
_NOTE: Final = statement(
    "update incident.clock_record r set updated_at = :now, facts = r.facts || ("
    "select jsonb_agg(jsonb_set(n.fact, '{sequence}',"
    " to_jsonb(jsonb_array_length(r.facts) + n.place)) order by n.place)"
    " from jsonb_array_elements(:facts) with ordinality n(fact, place))"
    " where r.id = :id and not exists"
    " (select from incident.sla_clock c where c.record_id = r.id and c.metric = :metric)"
)
_LOCK: Final = statement("select * from incident.clock_record where id = :id for update")
_IS_THERE: Final = statement("select exists (select from incident.sla_clock where id = :id)")
_NEWEST: Final = NEWEST_CALENDARS_FRAGMENT.format(ids="c.calendar_ids")
_CLOCKS: Final = statement(
    f"select c.*, ({_NEWEST}) as newest from incident.sla_clock c"  # noqa: S608 - a fragment of ours
    " where c.record_id = :record_id order by c.id"
)
# Both rows are locked, so both are as they were committed last; neither is waited for.
_LOCK_CLOCK: Final = statement(
    f"select c.*, ({_NEWEST}) as newest,"  # noqa: S608 - a fragment of ours
    + ", ".join(f" r.{name} as record_row_{name}" for name in RECORD.c.keys())  # noqa: SIM118 - a collection of columns
    + " from incident.sla_clock c join incident.clock_record r on r.id = c.record_id"
    " where c.id = :id for update of c, r skip locked"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A clock, and the newest state of each calendar that its targets count by."""

    clock: Clock
    newest: Mapping[UUID, int]


async def insert_record(
    tx: Tx, record: Record, clocks: Sequence[Clock], *, at_the_end: bool
) -> None:
    """Write a new record and its first clocks, in one statement or as part of the last one."""
    of_record, of_clocks = [record_row(record)], [clock_row(record, one) for one in clocks]
    if at_the_end:
        tx.close_with("clocks", Closing(_INSERT, (of_record, of_clocks)))
    else:
        await tx.run(_INSERT_NOW, clock_record=of_record, clock_rows=of_clocks)


async def load_record(tx: Tx, record_id: UUID) -> Record | None:
    """Return a record and lock its row, and with it all its clocks; None if it has no clocks."""
    row = await tx.first(_LOCK, id=record_id)
    return None if row is None else record_of(row)


async def lock_clock(tx: Tx, clock_id: UUID) -> tuple[Record, Kept] | None:
    """Return a clock and its record, both locked, or None where somebody has them locked now.

    A wake-up must not wait: whoever has the record may wait for the timer of this very clock.
    """
    row = await tx.first(_LOCK_CLOCK, id=clock_id)
    if row is None:
        return None
    record = {name: row[f"record_row_{name}"] for name in RECORD.c.keys()}  # noqa: SIM118 - a collection of columns
    return record_of(record), _kept(row)


async def is_there(tx: ReadTx, clock_id: UUID) -> bool:
    """Tell whether there is such a clock."""
    found: bool = await tx.value(_IS_THERE, id=clock_id)
    return found


async def load_clocks(tx: ReadTx, record_id: UUID) -> list[Kept]:
    """Return the clocks of a record that this transaction has locked."""
    return [_kept(row) for row in await tx.all(_CLOCKS, record_id=record_id)]


async def save(tx: Tx, record: Record, clocks: Sequence[Clock]) -> None:
    """Write a record that this transaction has locked, and new and changed clocks of it."""
    await tx.run(
        _SAVE,
        clock_record=[record_row(record)],
        clock_rows=[clock_row(record, one) for one in clocks],
    )


async def note_in_passing(
    tx: Tx, record_id: UUID, facts: Sequence[Fact], *, metric: Metric, now: datetime
) -> bool:
    """Add facts that only clocks of one kind count by to a record without such; tell whether.

    The facts are numbered after those that are there.
    """
    rows = [fact_row(one) for one in facts]
    return await tx.run(_NOTE, id=record_id, facts=rows, metric=metric, now=now) > 0


async def save_clocks(tx: Tx, record: Record, clocks: Sequence[Clock]) -> None:
    """Write changed clocks of a record that this transaction has locked and leaves as it is."""
    await tx.run(_SAVE_CLOCKS, clock_rows=[clock_row(record, one) for one in clocks])


def _kept(row: Mapping[str, Any]) -> Kept:
    newest = {UUID(key): sequence for key, sequence in (row["newest"] or {}).items()}
    return Kept(clock_of(row), newest)
