"""Where the read models are kept; each row applies an event only if its sequence is higher."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.incident.schema import METADATA
from shared.db import Statement, Tx, statement

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
    sa.Column("sequence", sa.BigInteger, nullable=False),
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
    table.name: _upsert(table) for table in (SERVICE, TEAM, CUSTOMER, USE, DEPENDENCY)
}


async def note(tx: Tx, table: sa.Table, *, sequence: int, **values: object) -> None:
    """Keep what an event says of a record, unless a later one was applied already."""
    await tx.run(_UPSERTS[table.name], **values, sequence=sequence)
