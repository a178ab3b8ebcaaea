"""Where services and their uses are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args
from uuid import UUID

import sqlalchemy as sa

from services.catalog.portfolio.domain import (
    Service,
    ServiceId,
    ServiceNameTakenError,
    ServiceNotFoundError,
    ServiceRef,
    ServiceUse,
    ServiceUseId,
    ServiceUseNotFoundError,
)
from services.catalog.portfolio.events import ServiceStatus
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

_STATUSES: Final = ", ".join(f"'{status}'" for status in get_args(ServiceStatus))
SERVICE_NUMBER: Final = sa.Sequence("service_number", metadata=METADATA, schema="catalog")
SERVICE: Final = sa.Table(
    "service",
    METADATA,
    sa.Column("id", sa.Uuid, sa.ForeignKey("catalog.node.id"), primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("name_business", sa.Text, nullable=False),
    sa.Column("name_technical", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column(
        "owner_team_id", sa.Uuid, sa.ForeignKey("catalog.team.id"), nullable=False, index=True
    ),
    sa.Column("criticality", sa.Integer, nullable=False),
    sa.Column("description_business", sa.Text, nullable=False),
    sa.Column("description_technical", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('business', 'technical')", name="kind"),
    sa.CheckConstraint("phase in ('pipeline', 'catalogue', 'retired')", name="phase"),
    sa.CheckConstraint(f"status in ({_STATUSES})", name="status"),
    sa.CheckConstraint("criticality between 1 and 5", name="criticality"),
    sa.Index(
        "uq_service_present_name",
        sa.text("lower(name_technical)"),
        unique=True,
        postgresql_where=sa.text("phase <> 'retired'"),
    ),
    sa.Index(None, "name_business", "id"),
)
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
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("valid_to >= valid_from", name="validity"),
    sa.Index(None, "valid_from", "id"),
)

_NEXT_NUMBER: Final = statement("select nextval('catalog.service_number')")
_INSERT: Final = statement(
    "insert into catalog.service (id, number, name_business, name_technical, kind, phase, status,"
    " owner_team_id, criticality, description_business, description_technical, version, created_at,"
    " updated_at) values (:id, :number, :name_business, :name_technical, :kind, :phase, :status,"
    " :owner_team_id, :criticality, :description_business, :description_technical, :version,"
    " :created_at, :updated_at)"
)
_BY_REF: Final = "select * from catalog.service where id = :id or number = :number"
_READ: Final = statement(_BY_REF)
_LOAD: Final = statement(f"{_BY_REF} for update")
_SAVE: Final = statement(
    "update catalog.service set name_business = :name_business, name_technical = :name_technical,"
    " kind = :kind, phase = :phase, status = :status, owner_team_id = :owner_team_id,"
    " criticality = :criticality, description_business = :description_business,"
    " description_technical = :description_technical, version = :version,"
    " updated_at = :updated_at where id = :id"
)
_IS_USED: Final = statement(
    "select exists (select from catalog.service_use"
    " where service_id = :id and (valid_to is null or valid_to > :now))"
)
_INSERT_USE: Final = statement(
    "insert into catalog.service_use (id, customer_id, service_id, valid_from, valid_to, version,"
    " created_at, updated_at) values (:id, :customer_id, :service_id, :valid_from, :valid_to,"
    " :version, :created_at, :updated_at)"
)
_OVERLAPS: Final = statement(
    "select exists (select from catalog.service_use where customer_id = :customer_id"
    " and service_id = :service_id and valid_from < coalesce(:valid_to, 'infinity'::timestamptz)"
    " and (valid_to is null or valid_to > greatest(valid_from, :valid_from)))"
)
_READ_USE: Final = statement("select * from catalog.service_use where id = :id")
_LOAD_USE: Final = statement("select * from catalog.service_use where id = :id for update")
_SAVE_USE: Final = statement(
    "update catalog.service_use set valid_to = :valid_to, version = :version,"
    " updated_at = :updated_at where id = :id"
)


async def next_number(tx: Tx) -> str:
    """Return the next service number."""
    return f"SVC{await tx.value(_NEXT_NUMBER):07d}"


async def insert_service(tx: Tx, service: Service) -> None:
    """Write a new service; its node is on the map already.

    Raises:
        ServiceNameTakenError: another one that is not retired has its technical name.
    """
    with violations(_name_taken(service)):
        await tx.run(_INSERT, **columns(service))


async def find_service(tx: ReadTx, ref: ServiceRef) -> Service:
    """Return a service as it is now.

    Raises:
        ServiceNotFoundError: there is none.
    """
    return _service(await tx.first(_READ, **_ref(ref)), ref)


async def load_service(tx: Tx, ref: ServiceRef) -> Service:
    """Return a service and lock its row until the transaction ends.

    Raises:
        ServiceNotFoundError: there is none.
    """
    return _service(await tx.first(_LOAD, **_ref(ref)), ref)


async def save_service(tx: Tx, service: Service) -> None:
    """Write a service that this transaction has locked.

    Raises:
        ServiceNameTakenError: another one that is not retired has its technical name.
    """
    with violations(_name_taken(service)):
        await tx.run(_SAVE, **columns(service))


async def is_used(tx: Tx, service_id: ServiceId, *, now: datetime) -> bool:
    """Tell whether a customer uses a service now or is going to."""
    return bool(await tx.value(_IS_USED, id=service_id, now=now))


async def insert_use(tx: Tx, use: ServiceUse) -> None:
    await tx.run(_INSERT_USE, **columns(use))


async def overlaps(tx: Tx, use: ServiceUse) -> bool:
    """Tell whether the customer uses the service already at some time of a new use."""
    return bool(await tx.value(_OVERLAPS, **columns(use)))


async def find_use(tx: ReadTx, use_id: ServiceUseId) -> ServiceUse:
    """Return a use as it is now.

    Raises:
        ServiceUseNotFoundError: there is none with this id.
    """
    return _use(await tx.first(_READ_USE, id=use_id), use_id)


async def load_use(tx: Tx, use_id: ServiceUseId) -> ServiceUse:
    """Return a use and lock its row until the transaction ends.

    Raises:
        ServiceUseNotFoundError: there is none with this id.
    """
    return _use(await tx.first(_LOAD_USE, id=use_id), use_id)


async def save_use(tx: Tx, use: ServiceUse) -> None:
    """Write a use that this transaction has locked."""
    await tx.run(_SAVE_USE, **columns(use))


def _ref(ref: ServiceRef) -> Mapping[str, Any]:
    by_id = isinstance(ref, UUID)
    return {"id": ref if by_id else None, "number": None if by_id else ref}


def _service(row: Row | None, ref: ServiceRef) -> Service:
    if row is None:
        raise ServiceNotFoundError(f"There is no service {ref}.")
    return Service(**row)


def _use(row: Row | None, use_id: ServiceUseId) -> ServiceUse:
    if row is None:
        raise ServiceUseNotFoundError(f"There is no use {use_id} of a service.")
    return ServiceUse(**row)


def _name_taken(service: Service) -> dict[str, Exception]:
    detail = f"A service is called {service.name_technical} already."
    return {"uq_service_present_name": ServiceNameTakenError(detail, pointer="/name_technical")}
