"""Where offerings are kept."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.catalog.portfolio.domain.offerings import (
    Commitment,
    Offering,
    OfferingId,
    OfferingNameTakenError,
    OfferingNotFoundError,
    Price,
)
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.events import PriceModel, PricePeriod
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations
from shared.money import Money

_PERIODS: Final = ", ".join(f"'{one}'" for one in get_args(PricePeriod))
_MODELS: Final = ", ".join(f"'{one}'" for one in get_args(PriceModel))
OFFERING: Final = sa.Table(
    "offering",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "service_id", sa.Uuid, sa.ForeignKey("catalog.service.id"), nullable=False, index=True
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("commitments", JSONB, nullable=False),
    sa.Column("price_minor_units", sa.BigInteger),
    sa.Column("price_currency", sa.Text),
    sa.Column("price_period", sa.Text),
    sa.Column("price_model", sa.Text),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('draft', 'published', 'withdrawn')", name="status"),
    sa.CheckConstraint(f"price_period in ({_PERIODS})", name="price_period"),
    sa.CheckConstraint(f"price_model in ({_MODELS})", name="price_model"),
    sa.CheckConstraint("price_minor_units >= 0", name="price_minor_units"),
    sa.CheckConstraint(
        "num_nulls(price_minor_units, price_currency, price_period, price_model) in (0, 4)",
        name="price_whole",
    ),
    sa.Index(
        "uq_offering_present_name",
        "service_id",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    ),
    sa.Index(None, "name", "id"),
    sa.Index(None, "created_at", "id"),
)

_COLUMNS: Final = (
    "id, service_id, name, tier, status, commitments, price_minor_units, price_currency,"
    " price_period, price_model, description, version, created_at, updated_at"
)
_INSERT: Final = statement(
    f"insert into catalog.offering ({_COLUMNS}) values (:id, :service_id, :name, :tier, :status,"  # noqa: S608 - our own columns
    " :commitments, :price_minor_units, :price_currency, :price_period, :price_model,"
    " :description, :version, :created_at, :updated_at)"
)
_BY_ID: Final = f"select {_COLUMNS} from catalog.offering where id = :id"  # noqa: S608 - our own columns
_READ: Final = statement(_BY_ID)
_LOAD: Final = statement(f"{_BY_ID} for update")
_PRESENT: Final = statement(
    f"select {_COLUMNS} from catalog.offering where service_id = :service_id"  # noqa: S608 - our own columns
    " and status <> 'withdrawn' order by id for update"
)
_SAVE: Final = statement(
    "update catalog.offering set name = :name, tier = :tier, status = :status,"
    " commitments = :commitments, price_minor_units = :price_minor_units,"
    " price_currency = :price_currency, price_period = :price_period, price_model = :price_model,"
    " description = :description, version = :version, updated_at = :updated_at where id = :id"
)
_COUNTS: Final = statement(
    "select count(*) as present, count(*) filter (where status = 'published') as published"
    " from catalog.offering where service_id = :service_id and status <> 'withdrawn'"
)
_SERVICES: Final = statement(
    "select id, service_id, status from catalog.offering where id = any(:ids)"
)


async def insert_offering(tx: Tx, offering: Offering) -> None:
    """Write a new offering; this transaction has locked its service.

    Raises:
        OfferingNameTakenError: another one of the service has its name.
    """
    with violations(_name_taken(offering)):
        await tx.run(_INSERT, **_values(offering))


async def find_offering(tx: ReadTx, offering_id: OfferingId) -> Offering:
    """Return an offering as it is now.

    Raises:
        OfferingNotFoundError: there is none with this id.
    """
    return _found(await tx.first(_READ, id=offering_id), offering_id)


async def load_offering(tx: Tx, offering_id: OfferingId) -> Offering:
    """Return an offering and lock its row until the transaction ends.

    Raises:
        OfferingNotFoundError: there is none with this id.
    """
    return _found(await tx.first(_LOAD, id=offering_id), offering_id)


async def load_present(tx: Tx, service_id: ServiceId) -> list[Offering]:
    """Return the offerings of a service that are not withdrawn, and lock their rows."""
    return [offering_of(row) for row in await tx.all(_PRESENT, service_id=service_id)]


async def save_offering(tx: Tx, offering: Offering) -> None:
    """Write an offering that this transaction has locked.

    Raises:
        OfferingNameTakenError: another one of the service has its name.
    """
    with violations(_name_taken(offering)):
        await tx.run(_SAVE, **_values(offering))


async def counts(tx: ReadTx, service_id: ServiceId) -> tuple[int, int]:
    """Return how many offerings a service has that are not withdrawn, and how many are published.

    Both stay as they are while this transaction has the service locked.
    """
    row = await tx.first(_COUNTS, service_id=service_id)
    return (0, 0) if row is None else (row["present"], row["published"])


async def services_of(tx: ReadTx, offering_ids: Collection[OfferingId]) -> list[Row]:
    """Return id, service and status of those of some offerings that there are."""
    return await tx.all(_SERVICES, ids=list(offering_ids))


def offering_of(row: Row) -> Offering:
    """Return the offering that a row holds."""
    price = None
    if row["price_minor_units"] is not None:
        money = Money(row["price_minor_units"], row["price_currency"])
        price = Price(money=money, period=row["price_period"], model=row["price_model"])
    return Offering(
        id=row["id"],
        service_id=row["service_id"],
        name=row["name"],
        tier=row["tier"],
        status=row["status"],
        commitments=tuple(Commitment(**one) for one in row["commitments"]),
        price=price,
        description=row["description"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )


def _values(offering: Offering) -> dict[str, Any]:
    price = offering.price
    return {
        **columns(offering),
        "commitments": [columns(one) for one in offering.commitments],
        "price_minor_units": None if price is None else price.money.minor_units,
        "price_currency": None if price is None else price.money.currency,
        "price_period": None if price is None else price.period,
        "price_model": None if price is None else price.model,
    }


def _found(row: Row | None, offering_id: OfferingId) -> Offering:
    if row is None:
        raise OfferingNotFoundError(f"There is no offering {offering_id}.")
    return offering_of(row)


def _name_taken(offering: Offering) -> dict[str, Exception]:
    detail = f"The service has an offering called {offering.name} already."
    return {"uq_offering_present_name": OfferingNameTakenError(detail, pointer="/name")}
