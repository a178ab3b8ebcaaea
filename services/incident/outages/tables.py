"""Where outages are kept: the record, its segments and its customers, written together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.outages.domain.affected import Affected, decimal_text
from services.incident.outages.domain.outage import Outage, OutageId
from services.incident.outages.domain.refusals import OutageNotFoundError
from services.incident.outages.domain.segments import Segment
from services.incident.schema import METADATA
from shared.db import Tx, insert_rows, statement


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


OUTAGE: Final = sa.Table(
    "outage",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("service_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, comment="of the last segment"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("incident_id", sa.Uuid, sa.ForeignKey("incident.incident.id")),
    sa.Column("change_id", sa.Uuid),
    sa.Column("cause_ci_id", sa.Uuid),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("others_share", sa.Numeric(5, 4)),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("merged_into", sa.Uuid, sa.ForeignKey("incident.outage.id")),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    sa.CheckConstraint("kind in ('outage', 'degradation', 'planned')", name="kind"),
    sa.CheckConstraint("state in ('open', 'ended', 'merged')", name="state"),
    sa.CheckConstraint("(ended_at is null) = (state = 'open')", name="ended_at"),
    sa.Index(None, "service_id", "started_at"),
    sa.Index(None, "incident_id", postgresql_where=sa.text("incident_id is not null")),
    sa.Index(None, "change_id", postgresql_where=sa.text("change_id is not null")),
    sa.Index(None, "started_at", "id"),
    sa.Index(None, "ended_at"),
    sa.Index("ix_outage_not_ended", "state", "id", postgresql_where=sa.text("state <> 'ended'")),
)
SEGMENT: Final = sa.Table(
    "outage_segment",
    METADATA,
    sa.Column("outage_id", sa.Uuid, sa.ForeignKey("incident.outage.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("severity_factor", sa.Numeric(5, 4), nullable=False),
    sa.CheckConstraint("severity_factor between 0 and 1", name="severity_factor"),
    sa.Index(
        "ix_outage_segment_until",
        sa.text("coalesce(ended_at, cast('infinity' as timestamptz))"),
    ),
)
AFFECTED: Final = sa.Table(
    "outage_customer",
    METADATA,
    sa.Column("outage_id", sa.Uuid, sa.ForeignKey("incident.outage.id"), primary_key=True),
    sa.Column("customer_id", sa.Uuid, primary_key=True, index=True),
    sa.Column("share", sa.Numeric(5, 4), nullable=False),
    sa.CheckConstraint("share between 0 and 1", name="share"),
)

_NAMES: Final = tuple(OUTAGE.c.keys())
_PARTS: Final = (
    " (select coalesce(jsonb_agg(jsonb_build_array(s.started_at, s.ended_at, s.kind,"
    " s.severity_factor::text) order by s.place), '[]') from incident.outage_segment s"
    " where s.outage_id = o.id) as segments,"
    " (select coalesce(jsonb_agg(jsonb_build_array(a.customer_id, a.share::text)"
    " order by a.customer_id), '[]') from incident.outage_customer a"
    " where a.outage_id = o.id) as affected"
)
READ_SQL: Final = f"select o.*,{_PARTS} from incident.outage o"  # noqa: S608 - our own names
"""Outages with their segments and customers, for ``outage_of``; whoever uses it adds a where."""

# The parts are read once the row is locked: in the same statement they could be older than it is.
_LOCK: Final = statement(
    "select id from incident.outage where id = any(cast(:ids as uuid[])) order by id for update"
)
_OF_INCIDENT: Final = statement(
    "select id from incident.outage where incident_id = :incident_id order by id for update"
)
_LOAD: Final = statement(f"{READ_SQL} where o.id = any(cast(:ids as uuid[])) order by o.id")
_INSERT: Final = statement(
    f"insert into incident.outage ({', '.join(_NAMES)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _NAMES)})"
)
_SAVE: Final = statement(
    "update incident.outage set "  # noqa: S608 - our own names
    + ", ".join(f"{name} = :{name}" for name in _NAMES if name not in ("id", "created_at"))
    + " where id = :id"
)
_DROP_SEGMENTS: Final = statement("delete from incident.outage_segment where outage_id = :id")
_DROP_AFFECTED: Final = statement("delete from incident.outage_customer where outage_id = :id")
_ADD_SEGMENTS: Final = insert_rows(SEGMENT)
_ADD_AFFECTED: Final = insert_rows(AFFECTED)
# The row is locked, so the incident is not resolved while an outage is opened for it. The table
# belongs to an area above this one; its key is ours too, by the foreign key.
_INCIDENT_STATE: Final = statement(
    "select state from incident.incident where id = :incident_id for share"
)


async def load_outages(tx: Tx, ids: Collection[UUID]) -> list[Outage]:
    """Return outages by their ids, in the order asked for, locked until the transaction ends.

    Raises:
        OutageNotFoundError: one is not there.
    """
    await tx.all(_LOCK, ids=list(ids))
    found = {row["id"]: outage_of(row) for row in await tx.all(_LOAD, ids=list(ids))}
    for one in ids:
        if one not in found:
            raise OutageNotFoundError(f"There is no outage {one}.")
    return [found[one] for one in ids]


async def load_of_incident(tx: Tx, incident_id: UUID) -> list[Outage]:
    """Return the outages of an incident, locked until the transaction ends."""
    rows = await tx.all(_OF_INCIDENT, incident_id=incident_id)
    if not rows:
        return []
    return await load_outages(tx, [row["id"] for row in rows])


async def incident_state(tx: Tx, incident_id: UUID) -> str | None:
    """Return the state of an incident, which stays so until the transaction ends."""
    state: str | None = await tx.value(_INCIDENT_STATE, incident_id=incident_id)
    return state


async def insert_outage(tx: Tx, outage: Outage) -> None:
    """Write a new outage."""
    await tx.run(_INSERT, **_values(outage))
    await _add_parts(tx, outage)


async def save_outage(tx: Tx, outage: Outage) -> None:
    """Write an outage that this transaction has locked."""
    await tx.run(_SAVE, **_values(outage))
    await tx.run(_DROP_SEGMENTS, id=outage.id)
    await tx.run(_DROP_AFFECTED, id=outage.id)
    await _add_parts(tx, outage)


async def _add_parts(tx: Tx, outage: Outage) -> None:
    segments = [
        {
            "outage_id": outage.id,
            "place": place,
            "started_at": one.start,
            "ended_at": one.end,
            "kind": one.kind,
            "severity_factor": decimal_text(one.severity_factor),
        }
        for place, one in enumerate(outage.segments)
    ]
    await tx.run(_ADD_SEGMENTS, rows=segments)
    affected = [
        {"outage_id": outage.id, "customer_id": one.customer_id, "share": decimal_text(one.share)}
        for one in outage.affected
    ]
    if affected:
        await tx.run(_ADD_AFFECTED, rows=affected)


def outage_of(row: Mapping[str, Any]) -> Outage:
    """Return the outage that a row with its parts holds."""
    return Outage(
        id=OutageId(row["id"]),
        service_id=row["service_id"],
        incident_id=row["incident_id"],
        change_id=row["change_id"],
        cause_ci_id=row["cause_ci_id"],
        description=row["description"],
        segments=tuple(
            Segment(
                datetime.fromisoformat(start),
                None if end is None else datetime.fromisoformat(end),
                kind,
                Decimal(factor),
            )
            for start, end, kind, factor in row["segments"]
        ),
        affected=tuple(Affected(UUID(key), Decimal(share)) for key, share in row["affected"]),
        others_share=row["others_share"],
        automatic=row["automatic"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        state=row["state"],
        merged_into=row["merged_into"],
        version=row["version"],
    )


def _values(outage: Outage) -> dict[str, object]:
    return {name: getattr(outage, name) for name in _NAMES}
