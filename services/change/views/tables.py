"""Where the read models are kept: versioned upserts, so an older event never undoes a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.change.schema import METADATA
from shared.db import Tx, statement

URGENT: Final = "priority = 1 and state not in ('resolved', 'closed', 'cancelled', 'merged')"
"""An open incident of the highest priority; a state not known here counts as open."""

SERVICE: Final = sa.Table(
    "service_view",
    METADATA,
    sa.Column("service_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name_business", sa.Text, nullable=False),
    sa.Column("name_technical", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
CUSTOMER: Final = sa.Table(
    "customer_view",
    METADATA,
    sa.Column("customer_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Uuid),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(None, "parent_id"),
)
SERVICE_USE: Final = sa.Table(
    "service_use_view",
    METADATA,
    sa.Column("service_use_id", sa.Uuid, primary_key=True),
    sa.Column("customer_id", sa.Uuid, nullable=False),
    sa.Column("service_id", sa.Uuid, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index(None, "customer_id"),
)
INCIDENT: Final = sa.Table(
    "incident_view",
    METADATA,
    sa.Column("incident_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("service_id", sa.Uuid),
    sa.Column("reached_service_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    # Few incidents of the highest priority are ever open at once: all of them are looked through.
    sa.Index(
        "ix_incident_view_urgent",
        "incident_id",
        postgresql_where=sa.text(URGENT),
    ),
)

_SERVICE: Final = statement(
    "insert into change.service_view as held"
    " (service_id, number, name_business, name_technical, phase, status, sequence)"
    " values (:service_id, :number, :name_business, :name_technical, :phase, :status, :sequence)"
    " on conflict (service_id) do update set number = excluded.number,"
    " name_business = excluded.name_business, name_technical = excluded.name_technical,"
    " phase = excluded.phase, status = excluded.status, sequence = excluded.sequence"
    " where held.sequence < excluded.sequence"
)
_CUSTOMER: Final = statement(
    "insert into change.customer_view as held"
    " (customer_id, number, name, parent_id, status, sequence)"
    " values (:customer_id, :number, :name, :parent_id, :status, :sequence)"
    " on conflict (customer_id) do update set number = excluded.number, name = excluded.name,"
    " parent_id = excluded.parent_id, status = excluded.status, sequence = excluded.sequence"
    " where held.sequence < excluded.sequence"
)
_SERVICE_USE: Final = statement(
    "insert into change.service_use_view as held"
    " (service_use_id, customer_id, service_id, valid_from, valid_to, sequence)"
    " values (:service_use_id, :customer_id, :service_id, :valid_from, :valid_to, :sequence)"
    " on conflict (service_use_id) do update set customer_id = excluded.customer_id,"
    " service_id = excluded.service_id, valid_from = excluded.valid_from,"
    " valid_to = excluded.valid_to, sequence = excluded.sequence"
    " where held.sequence < excluded.sequence"
)
# Most events of an incident say nothing of its reach, which then stays as it was.
_INCIDENT: Final = statement(
    "insert into change.incident_view as held"
    " (incident_id, number, state, priority, service_id, reached_service_ids, sequence)"
    " values (:incident_id, :number, :state, :priority, :service_id,"
    " coalesce(cast(:reached as uuid[]), '{}'), :sequence)"
    " on conflict (incident_id) do update set number = excluded.number, state = excluded.state,"
    " priority = excluded.priority, service_id = excluded.service_id,"
    " reached_service_ids = coalesce(cast(:reached as uuid[]), held.reached_service_ids),"
    " sequence = excluded.sequence"
    " where held.sequence < excluded.sequence"
)


async def upsert_service(tx: Tx, *, sequence: int, **columns: object) -> None:
    await tx.run(_SERVICE, sequence=sequence, **columns)


async def upsert_customer(tx: Tx, *, sequence: int, **columns: object) -> None:
    await tx.run(_CUSTOMER, sequence=sequence, **columns)


async def upsert_service_use(tx: Tx, *, sequence: int, **columns: object) -> None:
    await tx.run(_SERVICE_USE, sequence=sequence, **columns)


async def upsert_incident(
    tx: Tx, *, sequence: int, reached: Sequence[object] | None, **columns: object
) -> None:
    """Write an incident; ``reached`` None leaves the services in its reach as they were."""
    await tx.run(_INCIDENT, sequence=sequence, reached=reached, **columns)
