"""Where services are kept, and which agreements cover them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.portfolio.domain.services import (
    Service,
    ServiceId,
    ServiceNameTakenError,
    ServiceNotFoundError,
    ServiceRef,
)
from services.catalog.portfolio.events import DataClassification, ServiceStatus
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

_STATUSES: Final = ", ".join(f"'{status}'" for status in get_args(ServiceStatus))
_CLASSES: Final = ", ".join(f"'{one}'" for one in get_args(DataClassification))
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
    sa.Column("support_calendar_id", sa.Uuid, sa.ForeignKey("catalog.calendar.id")),
    sa.Column("service_manager_id", sa.Uuid, sa.ForeignKey("catalog.contact.id")),
    sa.Column("inner_owner_id", sa.Uuid, sa.ForeignKey("catalog.contact.id")),
    sa.Column("continuity_manager_id", sa.Uuid, sa.ForeignKey("catalog.contact.id")),
    sa.Column("no_agreement_needed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("data_classification", sa.Text, nullable=False, server_default="internal"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('business', 'technical')", name="kind"),
    sa.CheckConstraint("phase in ('pipeline', 'catalogue', 'retired')", name="phase"),
    sa.CheckConstraint(f"status in ({_STATUSES})", name="status"),
    sa.CheckConstraint("criticality between 1 and 5", name="criticality"),
    sa.CheckConstraint(f"data_classification in ({_CLASSES})", name="data_classification"),
    sa.Index(
        "uq_service_present_name",
        sa.text("lower(name_technical)"),
        unique=True,
        postgresql_where=sa.text("phase <> 'retired'"),
    ),
    sa.Index(None, "name_business", "id"),
    sa.Index(None, "name_technical", "id"),
    sa.Index(None, "criticality", "id"),
    sa.Index(None, "created_at", "id"),
)
SERVICE_COVER: Final = sa.Table(
    "service_cover",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("agreement_id", sa.Uuid, nullable=False, index=True),
    sa.Column(
        "service_id", sa.Uuid, sa.ForeignKey("catalog.service.id"), nullable=False, index=True
    ),
    sa.Column("offering_id", sa.Uuid, sa.ForeignKey("catalog.offering.id"), index=True),
    sa.Column("customer_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Index("ix_service_cover_customer_ids", "customer_ids", postgresql_using="gin"),
    comment="What active agreements cover; kept by the area of agreements through a command.",
)

_COLUMNS: Final = (
    "id, number, name_business, name_technical, kind, phase, status, owner_team_id, criticality,"
    " description_business, description_technical, support_calendar_id, service_manager_id,"
    " inner_owner_id, continuity_manager_id, no_agreement_needed, data_classification, version,"
    " created_at, updated_at"
)
_NEXT_NUMBER: Final = statement("select nextval('catalog.service_number')")
_INSERT: Final = statement(
    f"insert into catalog.service ({_COLUMNS}) values (:id, :number, :name_business,"  # noqa: S608 - our own columns
    " :name_technical, :kind, :phase, :status, :owner_team_id, :criticality, :description_business,"
    " :description_technical, :support_calendar_id, :service_manager_id, :inner_owner_id,"
    " :continuity_manager_id, :no_agreement_needed, :data_classification, :version, :created_at,"
    " :updated_at)"
)
_BY_REF: Final = f"select {_COLUMNS} from catalog.service where id = :id or number = :number"  # noqa: S608 - our own columns
_READ: Final = statement(_BY_REF)
_LOAD: Final = statement(f"{_BY_REF} for update")
_LOAD_SEVERAL: Final = statement(
    f"select {_COLUMNS} from catalog.service where id = any(:ids) order by id for update"  # noqa: S608 - our own columns
)
_SAVE: Final = statement(
    "update catalog.service set name_business = :name_business, name_technical = :name_technical,"
    " kind = :kind, phase = :phase, status = :status, owner_team_id = :owner_team_id,"
    " criticality = :criticality, description_business = :description_business,"
    " description_technical = :description_technical, support_calendar_id = :support_calendar_id,"
    " service_manager_id = :service_manager_id, inner_owner_id = :inner_owner_id,"
    " continuity_manager_id = :continuity_manager_id, no_agreement_needed = :no_agreement_needed,"
    " data_classification = :data_classification, version = :version, updated_at = :updated_at"
    " where id = :id"
)
_PHASES: Final = statement("select id, phase from catalog.service where id = any(:ids)")
_IS_COVERED: Final = statement(
    "select exists (select from catalog.service_cover where service_id = :id)"
)
_UNCOVER: Final = statement("delete from catalog.service_cover where agreement_id = :agreement_id")
_COVER: Final = statement(
    "insert into catalog.service_cover (agreement_id, service_id, offering_id, customer_ids)"
    " select :agreement_id, s, o, :customer_ids"
    " from unnest(cast(:service_ids as uuid[]), cast(:offering_ids as uuid[])) as covered (s, o)"
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


async def load_services(tx: Tx, service_ids: Collection[ServiceId]) -> dict[ServiceId, Service]:
    """Return those of some services that there are, and lock their rows in the order of ids."""
    rows = await tx.all(_LOAD_SEVERAL, ids=list(service_ids))
    return {row["id"]: Service(**row) for row in rows}


async def save_service(tx: Tx, service: Service) -> None:
    """Write a service that this transaction has locked.

    Raises:
        ServiceNameTakenError: another one that is not retired has its technical name.
    """
    with violations(_name_taken(service)):
        await tx.run(_SAVE, **columns(service))


async def phases(tx: ReadTx, service_ids: Collection[ServiceId]) -> list[Row]:
    """Return id and phase of those of some services that there are."""
    return await tx.all(_PHASES, ids=list(service_ids))


async def is_covered(tx: ReadTx, service_id: ServiceId) -> bool:
    """Tell whether an active agreement covers a service, or one of its offerings."""
    return bool(await tx.value(_IS_COVERED, id=service_id))


async def replace_cover(
    tx: Tx,
    agreement_id: UUID,
    covered: Sequence[tuple[UUID, UUID | None]],
    customer_ids: Sequence[UUID],
) -> None:
    """Write what an agreement covers, instead of what it covered before."""
    await tx.run(_UNCOVER, agreement_id=agreement_id)
    if covered:
        await tx.run(
            _COVER,
            agreement_id=agreement_id,
            service_ids=[service for service, _ in covered],
            offering_ids=[offering for _, offering in covered],
            customer_ids=list(customer_ids),
        )


def _ref(ref: ServiceRef) -> Mapping[str, Any]:
    by_id = isinstance(ref, UUID)
    return {"id": ref if by_id else None, "number": None if by_id else ref}


def _service(row: Row | None, ref: ServiceRef) -> Service:
    if row is None:
        raise ServiceNotFoundError(f"There is no service {ref}.")
    return Service(**row)


def _name_taken(service: Service) -> dict[str, Exception]:
    detail = f"A service is called {service.name_technical} already."
    return {"uq_service_present_name": ServiceNameTakenError(detail, pointer="/name_technical")}
