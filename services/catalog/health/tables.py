"""Where health is kept, and what it follows from; the latter applies only later sequences."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.catalog.health.domain import OF_KIND, ServiceHealth
from services.catalog.health.events import Cause
from services.catalog.schema import METADATA
from shared.db import Row, Tx, columns, statement


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


OUTAGE: Final = sa.Table(
    "health_outage",
    METADATA,
    sa.Column("outage_id", sa.Uuid, primary_key=True),
    sa.Column("service_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(None, "service_id", postgresql_where=sa.text("state = 'open'")),
)
CHANGE: Final = sa.Table(
    "health_change",
    METADATA,
    sa.Column("change_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    _moment("planned_start", nullable=True),
    _moment("planned_end", nullable=True),
    sa.Column("service_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(
        "ix_health_change_service_ids",
        "service_ids",
        postgresql_using="gin",
        postgresql_where=sa.text("state in ('scheduled', 'implement')"),
    ),
)
HEALTH: Final = sa.Table(
    "service_health",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("service_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("health", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("causes", postgresql.JSONB, nullable=False),
    _moment("since"),
    sa.Column("version", sa.BigInteger, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    sa.CheckConstraint(
        "health in ('operational', 'degraded', 'outage', 'maintenance')", name="health"
    ),
)

_NOTE_OUTAGE: Final = statement(
    "insert into catalog.health_outage as held (outage_id, service_id, kind, state, sequence)"
    " values (:outage_id, :service_id, :kind, :state, :sequence)"
    " on conflict (outage_id) do update set kind = excluded.kind, state = excluded.state,"
    " sequence = excluded.sequence where held.sequence < excluded.sequence"
)
# Only some events of a change tell its content; the others leave the services as they were.
_NOTE_CHANGE: Final = statement(
    "insert into catalog.health_change as held (change_id, state, planned_start, planned_end,"
    " service_ids, sequence) values (:change_id, :state, :planned_start, :planned_end,"
    " coalesce(cast(:service_ids as uuid[]), '{}'), :sequence)"
    " on conflict (change_id) do update set state = excluded.state,"
    " planned_start = excluded.planned_start, planned_end = excluded.planned_end,"
    " service_ids = coalesce(cast(:service_ids as uuid[]), held.service_ids),"
    " sequence = excluded.sequence where held.sequence < excluded.sequence"
)
_CHANGE: Final = statement("select * from catalog.health_change where change_id = :change_id")
_LOCK: Final = statement(
    "select pg_advisory_xact_lock(hashtextextended('service_health/' || cast(:key as text), 0))"
)
_READ: Final = statement("select * from catalog.service_health where service_id = :service_id")
_CAUSES: Final = statement(
    "select 'outage' as kind, outage_id as id, kind as says from catalog.health_outage"
    " where service_id = :service_id and state = 'open'"
    " union all select 'change', change_id, 'planned' from catalog.health_change"
    " where state in ('scheduled', 'implement') and service_ids @> array[cast(:service_id as uuid)]"
    " and (state = 'implement' or planned_start <= :now and planned_end > :now)"
)
_KEEP: Final = statement(
    "insert into catalog.service_health (id, service_id, health, previous, causes, since, version,"
    " created_at, updated_at) values (:id, :service_id, :health, :previous, :causes, :since,"
    " :version, :created_at, :updated_at) on conflict (service_id) do update set"
    " health = excluded.health, previous = excluded.previous, causes = excluded.causes,"
    " since = excluded.since, version = excluded.version, updated_at = excluded.updated_at"
)


async def note_outage(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep what an event says of an outage, unless a later one was applied."""
    await tx.run(_NOTE_OUTAGE, **values, sequence=sequence)


async def note_change(tx: Tx, *, sequence: int, **values: object) -> None:
    """Keep what an event says of a change, unless a later one was applied."""
    await tx.run(_NOTE_CHANGE, **values, sequence=sequence)


async def change_row(tx: Tx, change_id: UUID) -> Row | None:
    """Return what is known of a change: state, planned window, services with planned outages."""
    return await tx.first(_CHANGE, change_id=change_id)


async def lock_health(tx: Tx, service_id: UUID) -> ServiceHealth | None:
    """Return the health of a service, None if it never changed, locked either way."""
    await tx.all(_LOCK, key=str(service_id))
    row = await tx.first(_READ, service_id=service_id)
    if row is None:
        return None
    causes = tuple(Cause.model_validate(one) for one in row["causes"])
    return ServiceHealth(**{**row, "causes": causes})


async def causes_of(tx: Tx, service_id: UUID, *, now: datetime) -> list[Cause]:
    """Return what lasts of a service's outages and maintenance."""
    rows = await tx.all(_CAUSES, service_id=service_id, now=now)
    return [Cause(kind=row["kind"], id=row["id"], health=OF_KIND[row["says"]]) for row in rows]


async def keep_health(tx: Tx, health: ServiceHealth) -> None:
    """Write a health that this transaction has locked."""
    causes = [one.model_dump(mode="json") for one in health.causes]
    await tx.run(_KEEP, **{**columns(health), "causes": causes})
