"""Where the read models are kept; each row applies an event only if its sequence is higher."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.schema import METADATA
from shared.db import Statement, Tx, insert_rows, statement

SERVICE: Final = sa.Table(
    "view_service",
    METADATA,
    sa.Column("service_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name_business", sa.Text, nullable=False),
    sa.Column("name_technical", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("owner_team_id", sa.Uuid),
    sa.Column("criticality", sa.Integer, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(None, "number"),
    sa.Index("ix_view_service_technical", sa.text("lower(name_technical)")),
)
TEAM: Final = sa.Table(
    "view_team",
    METADATA,
    sa.Column("team_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
CUSTOMER: Final = sa.Table(
    "view_customer",
    METADATA,
    sa.Column("customer_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Uuid, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
USE: Final = sa.Table(
    "view_service_use",
    METADATA,
    sa.Column("service_use_id", sa.Uuid, primary_key=True),
    sa.Column("customer_id", sa.Uuid, nullable=False),
    sa.Column("service_id", sa.Uuid, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("offering_id", sa.Uuid),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(None, "customer_id", "service_id"),
    sa.Index(None, "service_id"),
)
ITEM: Final = sa.Table(
    "view_configuration_item",
    METADATA,
    sa.Column("configuration_item_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("item_class", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index("ix_view_configuration_item_name", sa.text("lower(name)")),
)
DEPENDENCY: Final = sa.Table(
    "view_dependency",
    METADATA,
    sa.Column("dependency_id", sa.Uuid, primary_key=True),
    sa.Column("from_id", sa.Uuid, nullable=False, comment="the consumer"),
    sa.Column("from_kind", sa.Text, nullable=False),
    sa.Column("to_id", sa.Uuid, nullable=False, comment="the provider"),
    sa.Column("to_kind", sa.Text, nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(None, "from_id"),
    sa.Index(None, "to_id"),
)
GROUP: Final = sa.Table(
    "view_redundancy_group",
    METADATA,
    sa.Column("redundancy_group_id", sa.Uuid, primary_key=True),
    sa.Column("min_up", sa.Integer, nullable=False),
    sa.Column("min_up_unit", sa.Text, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
MEMBER: Final = sa.Table(
    "view_redundancy_member",
    METADATA,
    # Apart from the dependency: one that was told of before groups were kept gets its row too.
    sa.Column("dependency_id", sa.Uuid, primary_key=True),
    sa.Column("redundancy_group_id", sa.Uuid, nullable=False, index=True),
)
CALENDAR: Final = sa.Table(
    "view_calendar",
    METADATA,
    # Each state is kept: what was judged by an older one can still be explained.
    sa.Column("calendar_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("calendar_version", sa.BigInteger, nullable=False),
    sa.Column("weeks", postgresql.JSONB, nullable=False),
    sa.Column("days", postgresql.JSONB, nullable=False),
)
AGREEMENT: Final = sa.Table(
    "view_agreement",
    METADATA,
    sa.Column("agreement_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("team_id", sa.Uuid),
    sa.Column("supplier_id", sa.Uuid),
    sa.Column("agreement_version", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
TARGET: Final = sa.Table(
    "view_agreement_target",
    METADATA,
    sa.Column("agreement_id", sa.Uuid, primary_key=True),
    sa.Column("target_id", sa.Uuid, primary_key=True),
    sa.Column("agreement_version", sa.BigInteger, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("seconds", sa.BigInteger),
    sa.Column("percent", sa.Text),
    sa.Column("period", sa.Text),
    sa.Column("calendar_id", sa.Uuid, index=True),
    sa.Column("pause_on", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("runs_only_on", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("thresholds", postgresql.ARRAY(sa.Integer), nullable=False),
)
LINE: Final = sa.Table(
    "view_agreement_line",
    METADATA,
    sa.Column("agreement_id", sa.Uuid, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("customer_id", sa.Uuid, comment="one row per customer; none for OLA and UC"),
    sa.Column("service_id", sa.Uuid, nullable=False),
    sa.Column("offering_id", sa.Uuid),
    sa.Column("record_type", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer),
    sa.Column("agreement_version", sa.BigInteger, nullable=False),
    sa.Column("target_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
    sa.Column("calendar_id", sa.Uuid),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Index(None, "service_id", "customer_id"),
)

CHANGE: Final = sa.Table(
    "view_change",
    METADATA,
    sa.Column("change_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("planned_start", sa.DateTime(timezone=True)),
    sa.Column("planned_end", sa.DateTime(timezone=True)),
    sa.Column("planned_outages", postgresql.JSONB, comment="service_id and minutes of each"),
    sa.Column("actual_start", sa.DateTime(timezone=True)),
    sa.Column("actual_end", sa.DateTime(timezone=True)),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(
        "ix_view_change_covering",
        "planned_outages",
        postgresql_using="gin",
        postgresql_ops={"planned_outages": "jsonb_path_ops"},
        postgresql_where=sa.text("state in ('scheduled', 'implement')"),
    ),
    sa.Index(
        "ix_view_change_carried_out",
        "planned_outages",
        postgresql_using="gin",
        postgresql_ops={"planned_outages": "jsonb_path_ops"},
        postgresql_where=sa.text("actual_start is not null"),
    ),
)


def _upsert(table: sa.Table) -> Statement:
    names = list(table.c.keys())
    key = next(iter(table.primary_key.columns)).name
    places = ", ".join(f":{name}" for name in names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    return statement(
        f"insert into incident.{table.name} as held ({', '.join(names)}) values ({places})"  # noqa: S608 - our own names
        f" on conflict ({key}) do update set {changes} where held.sequence < excluded.sequence"
    )


_UPSERTS: Final = {
    table.name: _upsert(table)
    for table in (SERVICE, TEAM, CUSTOMER, USE, DEPENDENCY, AGREEMENT, ITEM, GROUP)
}


_KEEP_CHANGE: Final = statement(
    "insert into incident.view_change as held (change_id, number, title, state, planned_start,"
    " planned_end, planned_outages, actual_start, actual_end, sequence) values (:change_id,"
    " :number, :title, :state, :planned_start, :planned_end, :planned_outages, :actual_start,"
    " :actual_end, :sequence)"
    " on conflict (change_id) do update set number = excluded.number, title = excluded.title,"
    " state = excluded.state, planned_start = excluded.planned_start,"
    " planned_end = excluded.planned_end,"
    " planned_outages = coalesce(excluded.planned_outages, held.planned_outages),"
    " actual_start = coalesce(excluded.actual_start, held.actual_start),"
    " actual_end = coalesce(excluded.actual_end, held.actual_end),"
    " sequence = excluded.sequence where held.sequence < excluded.sequence"
)
_KEEP_CALENDAR: Final = statement(
    "insert into incident.view_calendar (calendar_id, sequence, name, status, time_zone,"
    " calendar_version, weeks, days) values (:calendar_id, :sequence, :name, :status, :time_zone,"
    " :calendar_version, :weeks, :days) on conflict do nothing"
)
_JOIN_GROUP: Final = statement(
    "insert into incident.view_redundancy_member (dependency_id, redundancy_group_id)"
    " values (:dependency_id, :group_id) on conflict (dependency_id)"
    " do update set redundancy_group_id = excluded.redundancy_group_id"
)
_LEAVE_GROUP: Final = statement(
    "delete from incident.view_redundancy_member where dependency_id = :dependency_id"
)
_DROP_TERMS: Final = statement(
    "with gone as (delete from incident.view_agreement_target where agreement_id = :agreement_id)"
    " delete from incident.view_agreement_line where agreement_id = :agreement_id"
)
_ADD_TARGETS: Final = insert_rows(TARGET)
_ADD_LINES: Final = insert_rows(LINE)


async def note(tx: Tx, table: sa.Table, *, sequence: int, **values: object) -> bool:
    """Keep what an event says of a record, unless a later one was applied; tell whether it did."""
    return await tx.run(_UPSERTS[table.name], **values, sequence=sequence) > 0


async def keep_change(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep a change; planned outages and the time of the work stay if it tells of neither."""
    await tx.run(_KEEP_CHANGE, **values, sequence=sequence)


async def keep_membership(tx: Tx, *, dependency_id: UUID, group_id: UUID | None) -> None:
    """Keep the redundancy group that a dependency belongs to, if it does to one."""
    if group_id is None:
        await tx.run(_LEAVE_GROUP, dependency_id=dependency_id)
    else:
        await tx.run(_JOIN_GROUP, dependency_id=dependency_id, group_id=group_id)


async def keep_calendar(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep a state of a calendar beside those before it."""
    await tx.run(_KEEP_CALENDAR, **values, sequence=sequence)


async def replace_terms(
    tx: Tx, agreement_id: UUID, *, targets: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    """Write the targets and lines of an agreement in place of those before."""
    await tx.run(_DROP_TERMS, agreement_id=agreement_id)
    await tx.run(_ADD_TARGETS, rows=targets)
    await tx.run(_ADD_LINES, rows=lines)
