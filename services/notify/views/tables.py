"""Where the read models are kept; each row has the sequence of the event it comes from."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.notify.schema import METADATA
from services.notify.views.domain import KnownIncident, known_incident
from shared.db import Statement, Tx, statement


def _view(name: str, key: str, *columns: sa.Column[Any] | sa.Index) -> sa.Table:
    return sa.Table(
        name,
        METADATA,
        sa.Column(key, sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        *columns,
    )


VIEW_TEAM: Final = _view(
    "view_team",
    "team_id",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
)
VIEW_CONTACT: Final = _view(
    "view_contact",
    "contact_id",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Uuid),
    sa.Column("team_id", sa.Uuid),
    sa.Column("roles", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Index(None, "customer_id"),
    sa.Index(None, "team_id"),
)
VIEW_CUSTOMER: Final = _view(
    "view_customer",
    "customer_id",
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Uuid),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("representative_ids", pg.ARRAY(sa.Uuid), nullable=False),
    sa.Index(None, "parent_id"),
)
VIEW_SERVICE: Final = _view(
    "view_service",
    "service_id",
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name_business", sa.Text, nullable=False),
    sa.Column("name_technical", sa.Text, nullable=False),
    sa.Column("owner_team_id", sa.Uuid, nullable=False),
)
VIEW_INCIDENT: Final = _view(
    "view_incident",
    "incident_id",
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("service_id", sa.Uuid),
    sa.Column("assignment_team_id", sa.Uuid),
    sa.Column("description_technical", sa.Text, nullable=False),
    sa.Column("description_business", sa.Text, nullable=False),
    sa.Column("resolution_technical", sa.Text, nullable=False),
    sa.Column("resolution_business", sa.Text, nullable=False),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("reached_services", sa.JSON, nullable=False),
    sa.Column("reached_customers", sa.JSON, nullable=False),
)


def _upsert(table: sa.Table) -> Statement:
    """Return the statement that writes a row unless a newer event has already written it."""
    names = list(table.c.keys())
    key = names[0]
    values = ", ".join(f":{name}" for name in names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    return statement(
        f"insert into notify.{table.name} as held ({', '.join(names)})"  # noqa: S608 - our own names
        f" values ({values})"
        f" on conflict ({key}) do update set {changes} where held.sequence < excluded.sequence"
    )


UPSERT: Final = {
    table.name: _upsert(table)
    for table in (VIEW_TEAM, VIEW_CONTACT, VIEW_CUSTOMER, VIEW_SERVICE, VIEW_INCIDENT)
}
_LOAD_INCIDENT: Final = statement(
    "select * from notify.view_incident where incident_id = :incident_id for update"
)


async def save_view(tx: Tx, table: sa.Table, **values: object) -> None:
    await tx.run(UPSERT[table.name], **values)


async def load_incident(tx: Tx, incident_id: UUID) -> KnownIncident | None:
    row = await tx.first(_LOAD_INCIDENT, incident_id=incident_id)
    return None if row is None else known_incident(row)
