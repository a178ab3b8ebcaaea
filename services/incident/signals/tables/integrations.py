"""Where integrations are kept."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.schema import METADATA
from services.incident.signals.domain.integration import (
    Integration,
    IntegrationId,
    IntegrationNameTakenError,
    IntegrationNotFoundError,
)
from shared.db import ReadTx, Row, Tx, statement, violations

INTEGRATION: Final = sa.Table(
    "integration",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("default_service_id", sa.Uuid),
    sa.Column("default_team_id", sa.Uuid),
    sa.Column("resolve_on", sa.Text, nullable=False),
    sa.Column("reopen_window_hours", sa.Integer, nullable=False),
    sa.Column("severities", postgresql.JSONB, nullable=False),
    sa.Column("threshold", sa.Integer, nullable=False, server_default="1"),
    sa.Column("window_seconds", sa.Integer, nullable=False, server_default="300"),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('generic', 'alertmanager')", name="kind"),
    sa.CheckConstraint("resolve_on in ('all', 'first', 'never')", name="resolve_on"),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.Index(
        "uq_integration_active_name",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    ),
)

_COLUMNS: Final = tuple(INTEGRATION.c.keys())
_INSERT: Final = statement(
    f"insert into incident.integration ({', '.join(_COLUMNS)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _COLUMNS)})"
)
_LOAD: Final = statement("select * from incident.integration where id = :id for update")
_FIND: Final = statement("select * from incident.integration where id = :id")
_SAVE: Final = statement(
    "update incident.integration set "  # noqa: S608 - our own names
    + ", ".join(f"{name} = :{name}" for name in _COLUMNS if name not in ("id", "created_at"))
    + " where id = :id"
)


async def insert_integration(tx: Tx, integration: Integration) -> None:
    """Write a new integration.

    Raises:
        IntegrationNameTakenError: another active one has the name.
    """
    with violations(_name_taken(integration)):
        await tx.run(_INSERT, **_values(integration))


async def load_integration(tx: Tx, integration_id: IntegrationId) -> Integration:
    """Return an integration and lock its row until the transaction ends.

    Raises:
        IntegrationNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=integration_id)
    if row is None:
        raise IntegrationNotFoundError(f"There is no integration {integration_id}.")
    return integration_of(row)


async def find_integration(tx: ReadTx, integration_id: IntegrationId) -> Integration | None:
    """Return an integration, if there is one with this id."""
    row = await tx.first(_FIND, id=integration_id)
    return None if row is None else integration_of(row)


async def save_integration(tx: Tx, integration: Integration) -> None:
    """Write an integration that this transaction has locked.

    Raises:
        IntegrationNameTakenError: another active one has the name.
    """
    with violations(_name_taken(integration)):
        await tx.run(_SAVE, **_values(integration))


def integration_of(row: Row) -> Integration:
    """Return the integration that a row holds."""
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    pairs = values["severities"].items()
    values["severities"] = {severity: (one[0], one[1]) for severity, one in pairs}
    return Integration(**values)


def _values(integration: Integration) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(integration, name) for name in _COLUMNS}
    values["severities"] = {name: list(one) for name, one in integration.severities.items()}
    return values


def _name_taken(integration: Integration) -> dict[str, Exception]:
    message = f"An active integration is called {integration.name} already."
    error = IntegrationNameTakenError(message, pointer="/name")
    return {"uq_integration_active_name": error}
