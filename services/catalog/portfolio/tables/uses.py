"""Where uses of services are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.domain.uses import (
    ServiceUse,
    ServiceUseId,
    ServiceUseNotFoundError,
)
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement

SERVICE_USE: Final = sa.Table(
    "service_use",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "customer_id", sa.Uuid, sa.ForeignKey("catalog.customer.id"), nullable=False, index=True
    ),
    sa.Column(
        "service_id", sa.Uuid, sa.ForeignKey("catalog.service.id"), nullable=False, index=True
    ),
    sa.Column("offering_id", sa.Uuid, sa.ForeignKey("catalog.offering.id")),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("valid_to >= valid_from", name="validity"),
    sa.Index(None, "valid_from", "id"),
    sa.Index(None, "created_at", "id"),
)

_COLUMNS: Final = (
    "id, customer_id, service_id, offering_id, valid_from, valid_to, version, created_at,"
    " updated_at"
)
_IS_USED: Final = statement(
    "select exists (select from catalog.service_use"
    " where service_id = :id and (valid_to is null or valid_to > :now))"
)
_INSERT: Final = statement(
    f"insert into catalog.service_use ({_COLUMNS}) values (:id, :customer_id, :service_id,"  # noqa: S608 - our own columns
    " :offering_id, :valid_from, :valid_to, :version, :created_at, :updated_at)"
)
_OVERLAPS: Final = statement(
    "select exists (select from catalog.service_use where customer_id = :customer_id"
    " and service_id = :service_id and valid_from < coalesce(:valid_to, 'infinity'::timestamptz)"
    " and (valid_to is null or valid_to > greatest(valid_from, :valid_from)))"
)
_BY_ID: Final = f"select {_COLUMNS} from catalog.service_use where id = :id"  # noqa: S608 - our own columns
_READ: Final = statement(_BY_ID)
_LOAD: Final = statement(f"{_BY_ID} for update")
_SAVE: Final = statement(
    "update catalog.service_use set valid_to = :valid_to, version = :version,"
    " updated_at = :updated_at where id = :id"
)


async def is_used(tx: Tx, service_id: ServiceId, *, now: datetime) -> bool:
    """Tell whether a customer uses a service now or is going to."""
    return bool(await tx.value(_IS_USED, id=service_id, now=now))


async def insert_use(tx: Tx, use: ServiceUse) -> None:
    """Write a new use; this transaction has locked its service."""
    await tx.run(_INSERT, **columns(use))


async def overlaps(tx: Tx, use: ServiceUse) -> bool:
    """Tell whether the customer uses the service already at some time of a new use."""
    return bool(await tx.value(_OVERLAPS, **columns(use)))


async def find_use(tx: ReadTx, use_id: ServiceUseId) -> ServiceUse:
    """Return a use as it is now.

    Raises:
        ServiceUseNotFoundError: there is none with this id.
    """
    return _use(await tx.first(_READ, id=use_id), use_id)


async def load_use(tx: Tx, use_id: ServiceUseId) -> ServiceUse:
    """Return a use and lock its row until the transaction ends.

    Raises:
        ServiceUseNotFoundError: there is none with this id.
    """
    return _use(await tx.first(_LOAD, id=use_id), use_id)


async def save_use(tx: Tx, use: ServiceUse) -> None:
    """Write a use that this transaction has locked."""
    await tx.run(_SAVE, **columns(use))


def _use(row: Row | None, use_id: ServiceUseId) -> ServiceUse:
    if row is None:
        raise ServiceUseNotFoundError(f"There is no use {use_id} of a service.")
    return ServiceUse(**row)
