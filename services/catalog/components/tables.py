"""Where the map is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from services.catalog.components.domain import (
    Dependency,
    DependencyExistsError,
    DependencyId,
    DependencyNotFoundError,
    Node,
    NodeId,
    NodeUnknownError,
)
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

NODE: Final = sa.Table(
    "node",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.CheckConstraint("kind in ('service')", name="kind"),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
)
DEPENDENCY: Final = sa.Table(
    "dependency",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("from_id", sa.Uuid, sa.ForeignKey("catalog.node.id"), nullable=False),
    sa.Column("from_kind", sa.Text, nullable=False),
    sa.Column("to_id", sa.Uuid, sa.ForeignKey("catalog.node.id"), nullable=False, index=True),
    sa.Column("to_kind", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("strength", sa.Double, nullable=False),
    sa.Column("failure_mode", sa.Text, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("from_id <> to_id", name="two_ends"),
    sa.CheckConstraint("strength between 0 and 1", name="strength"),
    sa.CheckConstraint("valid_to >= valid_from", name="validity"),
    sa.CheckConstraint(
        "type in ('depends_on', 'hosted_on', 'part_of', 'connects_to', 'uses_data_of')",
        name="type",
    ),
    sa.CheckConstraint("failure_mode in ('down', 'degrade')", name="failure_mode"),
    sa.Index(
        "uq_dependency_present",
        "from_id",
        "to_id",
        "type",
        unique=True,
        postgresql_where=sa.text("valid_to is null"),
    ),
    sa.Index(None, "from_id"),
    sa.Index(None, "valid_from", "id"),
)

_INSERT_NODE: Final = statement(
    "insert into catalog.node (id, kind, status) values (:id, :kind, :status)"
)
# In the order of their ids, so that two who hold the same ends cannot block each other.
_HOLD_NODES: Final = statement(
    "select * from catalog.node where id = any(:ids) order by id for share"
)
_LOAD_NODE: Final = statement("select * from catalog.node where id = :id for update")
_SAVE_NODE: Final = statement("update catalog.node set status = :status where id = :id")
_INSERT: Final = statement(
    "insert into catalog.dependency (id, from_id, from_kind, to_id, to_kind, type, strength,"
    " failure_mode, valid_from, valid_to, version, created_at, updated_at) values (:id, :from_id,"
    " :from_kind, :to_id, :to_kind, :type, :strength, :failure_mode, :valid_from, :valid_to,"
    " :version, :created_at, :updated_at)"
)
_READ: Final = statement("select * from catalog.dependency where id = :id")
_LOAD: Final = statement("select * from catalog.dependency where id = :id for update")
_LOAD_FROM: Final = statement(
    "select * from catalog.dependency where from_id = :id and valid_to is null"
    " order by id for update"
)
_IS_NEEDED: Final = statement(
    "select exists (select from catalog.dependency where to_id = :id and valid_to is null)"
)
_SAVE: Final = statement(
    "update catalog.dependency set strength = :strength, failure_mode = :failure_mode,"
    " valid_to = :valid_to, version = :version, updated_at = :updated_at where id = :id"
)


async def insert_node(tx: Tx, node: Node) -> None:
    await tx.run(_INSERT_NODE, **columns(node))


async def hold_nodes(tx: Tx, ids: Iterable[NodeId]) -> dict[NodeId, Node]:
    """Return those nodes that exist and keep them from being retired until the transaction ends."""
    rows = await tx.all(_HOLD_NODES, ids=list(ids))
    return {NodeId(row["id"]): Node(**row) for row in rows}


async def load_node(tx: Tx, node_id: NodeId) -> Node:
    """Return a node and lock its row until the transaction ends.

    Raises:
        NodeUnknownError: there is none with this id.
    """
    row = await tx.first(_LOAD_NODE, id=node_id)
    if row is None:
        raise NodeUnknownError(f"There is nothing {node_id} on the map.")
    return Node(**row)


async def save_node(tx: Tx, node: Node) -> None:
    """Write a node that this transaction has locked."""
    await tx.run(_SAVE_NODE, id=node.id, status=node.status)


async def insert_dependency(tx: Tx, dependency: Dependency) -> None:
    """Write a new dependency.

    Raises:
        DependencyExistsError: there is one of this type between these ends.
    """
    detail = f"{dependency.from_id} {dependency.type} {dependency.to_id} already."
    with violations({"uq_dependency_present": DependencyExistsError(detail)}):
        await tx.run(_INSERT, **columns(dependency))


async def find_dependency(tx: ReadTx, dependency_id: DependencyId) -> Dependency:
    """Return a dependency as it is now.

    Raises:
        DependencyNotFoundError: there is none with this id.
    """
    return _dependency(await tx.first(_READ, id=dependency_id), dependency_id)


async def load_dependency(tx: Tx, dependency_id: DependencyId) -> Dependency:
    """Return a dependency and lock its row until the transaction ends.

    Raises:
        DependencyNotFoundError: there is none with this id.
    """
    return _dependency(await tx.first(_LOAD, id=dependency_id), dependency_id)


async def load_dependencies_from(tx: Tx, node_id: NodeId) -> list[Dependency]:
    """Return what a node rests on, each row locked until the transaction ends."""
    return [Dependency(**row) for row in await tx.all(_LOAD_FROM, id=node_id)]


async def is_needed(tx: Tx, node_id: NodeId) -> bool:
    """Tell whether something rests on a node."""
    return bool(await tx.value(_IS_NEEDED, id=node_id))


async def save_dependency(tx: Tx, dependency: Dependency) -> None:
    """Write a dependency that this transaction has locked."""
    await tx.run(_SAVE, **columns(dependency))


def _dependency(row: Row | None, dependency_id: DependencyId) -> Dependency:
    if row is None:
        raise DependencyNotFoundError(f"There is no dependency {dependency_id}.")
    return Dependency(**row)
