"""Where the places of the map are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from services.catalog.components.domain import Node, NodeId, NodeUnknownError
from services.catalog.schema import METADATA
from shared.db import Tx, statement

NODE: Final = sa.Table(
    "node",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # The release before knows neither, so what it registers has a label once it is renamed.
    sa.Column("label", sa.Text, nullable=False, server_default=""),
    sa.Column("number", sa.Text),
    sa.CheckConstraint("kind in ('service', 'configuration_item')", name="kind"),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.Index("uq_node_number", "number", unique=True),
)

_INSERT_NODES: Final = statement(
    "insert into catalog.node (id, kind, label, number, status)"
    " select * from unnest(cast(:ids as uuid[]), cast(:kinds as text[]), cast(:labels as text[]),"
    " cast(:numbers as text[]), cast(:statuses as text[]))"
)
# In the order of their ids, so that two who hold the same ones cannot block each other for ever;
# strong enough to come one after the other, weak enough for rows that refer to them.
_HOLD_NODES: Final = statement(
    "select * from catalog.node where id = any(:ids) order by id for no key update"
)
_LOAD_NODE: Final = statement("select * from catalog.node where id = :id for update")
_RETIRE_NODE: Final = statement("update catalog.node set status = 'retired' where id = :id")
_RENAME_NODE: Final = statement("update catalog.node set label = :label where id = :id")


async def insert_nodes(tx: Tx, nodes: Sequence[Node]) -> None:
    """Write new nodes in one statement."""
    await tx.run(
        _INSERT_NODES,
        ids=[node.id for node in nodes],
        kinds=[node.kind for node in nodes],
        labels=[node.label for node in nodes],
        numbers=[node.number for node in nodes],
        statuses=[node.status for node in nodes],
    )


async def hold_nodes(tx: Tx, ids: Iterable[NodeId]) -> dict[NodeId, Node]:
    """Return those nodes that exist, each held until the transaction ends.

    Whoever changes what a node rests on holds it first, so that rules about all of that hold; and
    a node that is held is not retired.
    """
    rows = await tx.all(_HOLD_NODES, ids=list(set(ids)))
    return {NodeId(row["id"]): Node(**row) for row in rows}


async def load_node(tx: Tx, node_id: NodeId) -> Node:
    """Return a node and lock its row until the transaction ends.

    Raises:
        NodeUnknownError: there is none with this id.
    """
    row = await tx.first(_LOAD_NODE, id=node_id)
    if row is None:
        raise _unknown(node_id)
    return Node(**row)


async def retire_node(tx: Tx, node_id: NodeId) -> None:
    """Close a node that this transaction has locked."""
    await tx.run(_RETIRE_NODE, id=node_id)


async def rename_node(tx: Tx, node_id: NodeId, label: str) -> None:
    """Give a node another label.

    Raises:
        NodeUnknownError: there is none with this id.
    """
    if not await tx.run(_RENAME_NODE, id=node_id, label=label):
        raise _unknown(node_id)


def _unknown(node_id: NodeId) -> NodeUnknownError:
    return NodeUnknownError(f"There is nothing {node_id} on the map.")
