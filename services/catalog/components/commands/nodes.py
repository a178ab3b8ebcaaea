"""What the owners of the things on the map do with their places."""

from __future__ import annotations

from datetime import datetime

from services.catalog.components.commands.recording import record
from services.catalog.components.domain import Node, NodeId, NodeKind, NodeStillNeededError
from services.catalog.components.tables import dependencies, groups, nodes
from shared.auth import Actor
from shared.db import Tx


async def register_node(
    tx: Tx, *, node_id: NodeId, kind: NodeKind, label: str, number: str | None = None
) -> None:
    """Put something on the map, in the transaction that makes it; it has its owner's id.

    ``label`` is what people call it, ``number`` the one it has for people. The owner publishes
    it; the map has no event for a node.
    """
    await nodes.insert_nodes(tx, [Node(id=node_id, kind=kind, label=label, number=number)])


async def rename_node(tx: Tx, *, node_id: NodeId, label: str) -> None:
    """Call something on the map otherwise, in the transaction that renames it.

    Raises:
        NodeUnknownError: there is none with this id.
    """
    await nodes.rename_node(tx, node_id, label)


async def retire_node(tx: Tx, *, node_id: NodeId, actor: Actor, now: datetime) -> None:
    """Close a node for dependencies, in the transaction that retires what stands there.

    What it rested on, it rests on no more; its redundancy groups end with that.

    Raises:
        NodeUnknownError: there is none with this id.
        NodeStillNeededError: something rests on it, or is going to.
    Emits:
        itsm.redundancy_group.removed.v1 for each group of the node
        itsm.dependency.removed.v1 for each dependency of the node
    """
    await nodes.load_node(tx, node_id)
    if await dependencies.is_needed(tx, node_id, now=now):
        raise NodeStillNeededError("Remove the dependencies that rest on it first.")
    await nodes.retire_node(tx, node_id)
    for group in await groups.load_groups_of(tx, node_id, now=now):
        gone, said = group.remove(now=now)
        await groups.save_group(tx, gone)
        record(tx, gone, said, actor=actor, now=now)
    for dependency in await dependencies.load_dependencies_from(tx, node_id, now=now):
        ended, events = dependency.remove(now=now)
        await dependencies.save_dependency(tx, ended)
        record(tx, ended, events, actor=actor, now=now)
