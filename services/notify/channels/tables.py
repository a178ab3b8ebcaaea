"""Where webhook endpoints are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.notify.channels.domain import (
    Endpoint,
    EndpointId,
    EndpointLimitError,
    EndpointNotFoundError,
    Secret,
)
from services.notify.schema import METADATA
from shared.db import Tx, statement

MAX_ENDPOINTS: Final = 500
WEBHOOK_ENDPOINT: Final = sa.Table(
    "webhook_endpoint",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("event_types", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("exclude_origins", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("secrets", sa.JSON, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('enabled', 'disabled')", name="status"),
    sa.CheckConstraint("reason in ('by_hand', 'gone')", name="reason"),
    sa.Index(None, "name", "id"),
)

_INSERT: Final = statement(
    "insert into notify.webhook_endpoint (id, name, url, event_types, exclude_origins, status,"
    " reason, secrets, version, created_at, updated_at)"
    " select :id, :name, :url, :event_types, :exclude_origins, :status, :reason, :secrets,"
    " :version, :created_at, :updated_at"
    " where (select count(*) from notify.webhook_endpoint) < cast(:most as bigint)"
)
_LOAD: Final = statement("select * from notify.webhook_endpoint where id = :id for update")
_SAVE: Final = statement(
    "update notify.webhook_endpoint set name = :name, url = :url, event_types = :event_types,"
    " exclude_origins = :exclude_origins, status = :status, reason = :reason, secrets = :secrets,"
    " version = :version, updated_at = :updated_at where id = :id"
)


def endpoint_of(row: Mapping[str, Any]) -> Endpoint:
    values = {name: row[name] for name in Endpoint.__slots__}
    values["event_types"] = tuple(values["event_types"])
    values["exclude_origins"] = tuple(values["exclude_origins"])
    values["secrets"] = tuple(
        Secret(one["text"], datetime.fromisoformat(end) if (end := one["expires_at"]) else None)
        for one in values["secrets"]
    )
    return Endpoint(**values)


async def insert_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    if not await tx.run(_INSERT, **asdict(endpoint), most=MAX_ENDPOINTS):
        raise EndpointLimitError(f"There can be {MAX_ENDPOINTS} webhook endpoints.")


async def load_endpoint(tx: Tx, endpoint_id: EndpointId) -> Endpoint:
    row = await tx.first(_LOAD, id=endpoint_id)
    if row is None:
        raise EndpointNotFoundError(f"There is no webhook endpoint {endpoint_id}.")
    return endpoint_of(row)


async def save_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    await tx.run(_SAVE, **asdict(endpoint))
