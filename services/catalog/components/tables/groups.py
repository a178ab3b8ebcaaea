"""Where redundancy groups are kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.components.domain import (
    GroupId,
    GroupNameTakenError,
    GroupNotFoundError,
    NodeId,
    RedundancyGroup,
)
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

REDUNDANCY_GROUP: Final = sa.Table(
    "redundancy_group",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("node_id", sa.Uuid, sa.ForeignKey("catalog.node.id"), nullable=False, index=True),
    sa.Column("node_kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("min_up", sa.Integer, nullable=False),
    sa.Column("min_up_unit", sa.Text, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("min_up_unit in ('count', 'percent')", name="min_up_unit"),
    sa.CheckConstraint("min_up >= 1 and (min_up_unit = 'count' or min_up <= 100)", name="min_up"),
    sa.CheckConstraint("valid_to >= valid_from", name="validity"),
    sa.Index(
        "uq_redundancy_group_present_name",
        "node_id",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("valid_to is null"),
    ),
    sa.Index(None, "name", "id"),
    sa.Index(None, "valid_from", "id"),
    sa.Index(None, "created_at", "id"),
)

_INSERT: Final = statement(
    "insert into catalog.redundancy_group (id, node_id, node_kind, name, min_up, min_up_unit,"
    " valid_from, valid_to, version, created_at, updated_at) values (:id, :node_id, :node_kind,"
    " :name, :min_up, :min_up_unit, :valid_from, :valid_to, :version, :created_at, :updated_at)"
)
_READ: Final = statement("select * from catalog.redundancy_group where id = :id")
_READ_SOME: Final = statement("select * from catalog.redundancy_group where id = any(:ids)")
_LOAD: Final = statement("select * from catalog.redundancy_group where id = :id for update")
_LOAD_OF: Final = statement(
    "select * from catalog.redundancy_group where node_id = :id"
    " and (valid_to is null or valid_to > greatest(:now, valid_from)) order by id for update"
)
_SAVE: Final = statement(
    "update catalog.redundancy_group set name = :name, min_up = :min_up,"
    " min_up_unit = :min_up_unit, valid_to = :valid_to, version = :version,"
    " updated_at = :updated_at where id = :id"
)


async def insert_group(tx: Tx, group: RedundancyGroup) -> None:
    """Write a new group.

    Raises:
        GroupNameTakenError: another group of the node has its name.
    """
    with violations(_name_taken(group)):
        await tx.run(_INSERT, **columns(group))


async def find_group(tx: ReadTx, group_id: GroupId) -> RedundancyGroup:
    """Return a group as it is now.

    Raises:
        GroupNotFoundError: there is none with this id.
    """
    return _group(await tx.first(_READ, id=group_id), group_id)


async def find_groups(tx: ReadTx, ids: Collection[GroupId]) -> dict[GroupId, RedundancyGroup]:
    """Return those groups that exist; who holds their nodes sees them as they stay."""
    rows = await tx.all(_READ_SOME, ids=list(ids))
    return {GroupId(row["id"]): RedundancyGroup(**row) for row in rows}


async def load_group(tx: Tx, group_id: GroupId) -> RedundancyGroup:
    """Return a group and lock its row until the transaction ends; its node is held.

    Raises:
        GroupNotFoundError: there is none with this id.
    """
    return _group(await tx.first(_LOAD, id=group_id), group_id)


async def load_groups_of(tx: Tx, node_id: NodeId, *, now: datetime) -> list[RedundancyGroup]:
    """Return a node's groups from ``now`` on, each row locked until the transaction ends."""
    return [RedundancyGroup(**row) for row in await tx.all(_LOAD_OF, id=node_id, now=now)]


async def save_group(tx: Tx, group: RedundancyGroup) -> None:
    """Write a group that this transaction has locked.

    Raises:
        GroupNameTakenError: another group of the node has its name.
    """
    with violations(_name_taken(group)):
        await tx.run(_SAVE, **columns(group))


def _group(row: Row | None, group_id: GroupId) -> RedundancyGroup:
    if row is None:
        raise GroupNotFoundError(f"There is no redundancy group {group_id}.")
    return RedundancyGroup(**row)


def _name_taken(group: RedundancyGroup) -> dict[str, Exception]:
    detail = f"A group of this node is called {group.name} already."
    return {"uq_redundancy_group_present_name": GroupNameTakenError(detail, pointer="/name")}
