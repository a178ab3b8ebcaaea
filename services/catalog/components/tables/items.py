"""Where configuration items are kept, and what other systems call them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.catalog.components.domain import (
    ConfigurationItem,
    ConfigurationItemId,
    ConfigurationItemNotFoundError,
    ConfigurationItemRef,
    ExternalRef,
    ExternalRefTakenError,
)
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

CONFIGURATION_ITEM_NUMBER: Final = sa.Sequence(
    "configuration_item_number", metadata=METADATA, schema="catalog"
)
CONFIGURATION_ITEM: Final = sa.Table(
    "configuration_item",
    METADATA,
    sa.Column("id", sa.Uuid, sa.ForeignKey("catalog.node.id"), primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("item_class", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("location", sa.Text),
    sa.Column("owner_team_id", sa.Uuid, sa.ForeignKey("catalog.team.id")),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attributes", JSONB, nullable=False),
    sa.Column("external_refs", JSONB, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('hardware', 'network', 'software', 'data')", name="kind"),
    sa.CheckConstraint(
        "environment in ('production', 'staging', 'test', 'development')", name="environment"
    ),
    sa.CheckConstraint(
        "status in ('planned', 'in_stock', 'live', 'maintenance', 'retired')", name="status"
    ),
    # Each filter has the default sort beside it, so that a rare value is found as fast as any.
    sa.Index(None, "name", "id"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "kind", "name", "id"),
    sa.Index(None, "item_class", "name", "id"),
    sa.Index(None, "environment", "name", "id"),
    sa.Index(None, "status", "name", "id"),
    sa.Index(None, "location", "name", "id"),
    sa.Index(None, "owner_team_id", "name", "id"),
)
EXTERNAL_REF: Final = sa.Table(
    "external_ref",
    METADATA,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    sa.Column(
        "configuration_item_id",
        sa.Uuid,
        sa.ForeignKey("catalog.configuration_item.id"),
        nullable=False,
        index=True,
    ),
)

_NEXT_NUMBERS: Final = statement(
    "select nextval('catalog.configuration_item_number') as number from generate_series(1, :count)"
)
_INSERT_MANY: Final = statement(
    "insert into catalog.configuration_item (id, number, kind, item_class, name, environment,"
    " location, owner_team_id, status, attributes, external_refs, version, created_at, updated_at)"
    " select id, number, kind, item_class, name,"
    " environment, location, owner_team_id, status, cast(attributes as jsonb),"
    " cast(external_refs as jsonb), version, created_at, updated_at"
    " from unnest(cast(:id as uuid[]), cast(:number as text[]), cast(:kind as text[]),"
    " cast(:item_class as text[]), cast(:name as text[]), cast(:environment as text[]),"
    " cast(:location as text[]), cast(:owner_team_id as uuid[]), cast(:status as text[]),"
    " cast(:attributes as text[]), cast(:external_refs as text[]), cast(:version as bigint[]),"
    " cast(:created_at as timestamptz[]), cast(:updated_at as timestamptz[]))"
    " as given(id, number, kind, item_class, name, environment, location, owner_team_id, status,"
    " attributes, external_refs, version, created_at, updated_at)"
)
_BY_REF: Final = "select * from catalog.configuration_item where id = :id or number = :number"
_READ: Final = statement(_BY_REF)
_LOAD: Final = statement(f"{_BY_REF} for update")
_SAVE: Final = statement(
    "update catalog.configuration_item set kind = :kind, item_class = :item_class, name = :name,"
    " environment = :environment, location = :location, owner_team_id = :owner_team_id,"
    " status = :status, attributes = :attributes, external_refs = :external_refs,"
    " version = :version, updated_at = :updated_at where id = :id"
)
_CLAIM: Final = statement(
    "insert into catalog.external_ref (system, external_id, configuration_item_id)"
    " select * from unnest(cast(:systems as text[]), cast(:ids as text[]),"
    " cast(:items as uuid[]))"
)
_GIVE_UP: Final = statement("delete from catalog.external_ref where configuration_item_id = :id")
_CLAIMED: Final = statement(
    "select r.system, r.external_id, r.configuration_item_id from catalog.external_ref r"
    " join unnest(cast(:systems as text[]), cast(:ids as text[])) as wanted(system, external_id)"
    " on r.system = wanted.system and r.external_id = wanted.external_id"
)


async def next_numbers(tx: Tx, count: int) -> list[str]:
    """Return so many numbers of items, ascending."""
    rows = await tx.all(_NEXT_NUMBERS, count=count)
    return [f"CI{number:07d}" for number in sorted(row["number"] for row in rows)]


async def insert_items(tx: Tx, items: Sequence[ConfigurationItem]) -> None:
    """Write new items in one statement, and what other systems call them; their nodes are there.

    Raises:
        ExternalRefTakenError: a present item has one of the references.
    """
    values = {
        name: [getattr(item, name) for item in items] for name in items[0].__dataclass_fields__
    }
    for name in ("attributes", "external_refs"):
        values[name] = [orjson.dumps(value).decode() for value in values[name]]
    await tx.run(_INSERT_MANY, **values)
    await _claim(tx, [(ref, item.id) for item in items for ref in item.external_refs])


async def find_item(tx: ReadTx, ref: ConfigurationItemRef) -> ConfigurationItem:
    """Return an item as it is now.

    Raises:
        ConfigurationItemNotFoundError: there is none.
    """
    return _item(await tx.first(_READ, **_ref(ref)), ref)


async def load_item(tx: Tx, ref: ConfigurationItemRef) -> ConfigurationItem:
    """Return an item and lock its row until the transaction ends.

    Raises:
        ConfigurationItemNotFoundError: there is none.
    """
    return _item(await tx.first(_LOAD, **_ref(ref)), ref)


async def save_item(tx: Tx, item: ConfigurationItem) -> None:
    """Write an item that this transaction has locked."""
    await tx.run(_SAVE, **columns(item))


async def claim_refs(tx: Tx, item: ConfigurationItem) -> None:
    """Let an item alone have its references, in place of those it had; a retired one has none.

    Raises:
        ExternalRefTakenError: another present item has one of them.
    """
    await tx.run(_GIVE_UP, id=item.id)
    if item.status != "retired":
        await _claim(tx, [(ref, item.id) for ref in item.external_refs])


async def items_with(
    tx: ReadTx, refs: Collection[ExternalRef]
) -> dict[ExternalRef, ConfigurationItemId]:
    """Return which present items have some of these references."""
    rows = await tx.all(
        _CLAIMED, systems=[ref.system for ref in refs], ids=[ref.id for ref in refs]
    )
    return {
        ExternalRef(row["system"], row["external_id"]): ConfigurationItemId(
            row["configuration_item_id"]
        )
        for row in rows
    }


async def _claim(tx: Tx, claims: Sequence[tuple[ExternalRef, ConfigurationItemId]]) -> None:
    if not claims:
        return
    # In one order, so that two who claim the same ones cannot block each other for ever.
    claims = sorted(claims)
    detail = "A present item has one of these external references."
    taken = ExternalRefTakenError(detail, pointer="/external_refs")
    with violations({"pk_external_ref": taken}):
        await tx.run(
            _CLAIM,
            systems=[ref.system for ref, _ in claims],
            ids=[ref.id for ref, _ in claims],
            items=[item for _, item in claims],
        )


def _ref(ref: ConfigurationItemRef) -> Mapping[str, Any]:
    by_id = isinstance(ref, UUID)
    return {"id": ref if by_id else None, "number": None if by_id else ref}


def _item(row: Row | None, ref: ConfigurationItemRef) -> ConfigurationItem:
    if row is None:
        raise ConfigurationItemNotFoundError(f"There is no configuration item {ref}.")
    refs = tuple(ExternalRef(**one) for one in row["external_refs"])
    return ConfigurationItem(**{**row, "external_refs": refs})
