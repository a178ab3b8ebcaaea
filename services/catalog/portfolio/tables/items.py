"""Where request items are kept."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.catalog.portfolio.domain.items import (
    RequestItem,
    RequestItemId,
    RequestItemNameTakenError,
    RequestItemNotFoundError,
)
from services.catalog.portfolio.domain.offerings import OfferingId
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

REQUEST_ITEM: Final = sa.Table(
    "request_item",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "offering_id", sa.Uuid, sa.ForeignKey("catalog.offering.id"), nullable=False, index=True
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    # Not jsonb: people are asked for the fields of a form in the order in which it has them.
    sa.Column("form_schema", sa.JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("fulfilment_target_seconds", sa.BigInteger),
    sa.Column("approval", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('published', 'withdrawn')", name="status"),
    sa.CheckConstraint("approval in ('none', 'manager', 'service_manager')", name="approval"),
    sa.CheckConstraint("fulfilment_target_seconds > 0", name="fulfilment_target_seconds"),
    sa.Index(
        "uq_request_item_published_name",
        "offering_id",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
    ),
    sa.Index(None, "name", "id"),
    sa.Index(None, "created_at", "id"),
)

_COLUMNS: Final = (
    "id, offering_id, name, description, form_schema, status, fulfilment_target_seconds, approval,"
    " version, created_at, updated_at"
)
_INSERT: Final = statement(
    f"insert into catalog.request_item ({_COLUMNS}) values (:id, :offering_id, :name,"  # noqa: S608 - our own columns
    " :description, :form_schema, :status, :fulfilment_target_seconds, :approval, :version,"
    " :created_at, :updated_at)"
)
_BY_ID: Final = f"select {_COLUMNS} from catalog.request_item where id = :id"  # noqa: S608 - our own columns
_READ: Final = statement(_BY_ID)
_LOAD: Final = statement(f"{_BY_ID} for update")
_PUBLISHED: Final = statement(
    f"select {_COLUMNS} from catalog.request_item where offering_id = :offering_id"  # noqa: S608 - our own columns
    " and status = 'published' order by id for update"
)
_COUNT: Final = statement(
    "select count(*) from catalog.request_item where offering_id = :offering_id"
    " and status = 'published'"
)
_SAVE: Final = statement(
    "update catalog.request_item set name = :name, description = :description,"
    " form_schema = :form_schema, status = :status,"
    " fulfilment_target_seconds = :fulfilment_target_seconds, approval = :approval,"
    " version = :version, updated_at = :updated_at where id = :id"
)


async def insert_item(tx: Tx, item: RequestItem) -> None:
    """Write a new request item; this transaction has locked its offering.

    Raises:
        RequestItemNameTakenError: another published one of the offering has its name.
    """
    with violations(_name_taken(item)):
        await tx.run(_INSERT, **columns(item))


async def find_item(tx: ReadTx, item_id: RequestItemId) -> RequestItem:
    """Return a request item as it is now.

    Raises:
        RequestItemNotFoundError: there is none with this id.
    """
    return _item(await tx.first(_READ, id=item_id), item_id)


async def load_item(tx: Tx, item_id: RequestItemId) -> RequestItem:
    """Return a request item and lock its row until the transaction ends.

    Raises:
        RequestItemNotFoundError: there is none with this id.
    """
    return _item(await tx.first(_LOAD, id=item_id), item_id)


async def load_published(tx: Tx, offering_id: OfferingId) -> list[RequestItem]:
    """Return the published request items of an offering, and lock their rows."""
    return [RequestItem(**row) for row in await tx.all(_PUBLISHED, offering_id=offering_id)]


async def count_published(tx: ReadTx, offering_id: OfferingId) -> int:
    """Return how many request items of an offering are published."""
    found: int = await tx.value(_COUNT, offering_id=offering_id)
    return found


async def save_item(tx: Tx, item: RequestItem) -> None:
    """Write a request item that this transaction has locked.

    Raises:
        RequestItemNameTakenError: another published one of the offering has its name.
    """
    with violations(_name_taken(item)):
        await tx.run(_SAVE, **columns(item))


def _item(row: Row | None, item_id: RequestItemId) -> RequestItem:
    if row is None:
        raise RequestItemNotFoundError(f"There is no request item {item_id}.")
    return RequestItem(**row)


def _name_taken(item: RequestItem) -> dict[str, Exception]:
    detail = f"The offering has a request item called {item.name} already."
    return {"uq_request_item_published_name": RequestItemNameTakenError(detail, pointer="/name")}
