"""What can be done with the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.catalog.components import tables
from services.catalog.components.domain import (
    Dependency,
    DependencyId,
    DependencyType,
    FailureMode,
    Node,
    NodeId,
    NodeKind,
    NodeStillNeededError,
    require_ends,
)
from services.catalog.components.events import DependencyState
from services.catalog.permissions import require_provider
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_node(tx: Tx, *, node_id: NodeId, kind: NodeKind) -> None:
    """Put something on the map, in the transaction that makes it; it has its owner's id.

    The owner publishes it; the map has no event for a node.
    """
    await tables.insert_node(tx, Node(id=node_id, kind=kind))


async def retire_node(tx: Tx, *, node_id: NodeId, actor: Actor, now: datetime) -> None:
    """Close a node for dependencies, in the transaction that retires what stands there.

    What it rested on, it rests on no more.

    Raises:
        NodeUnknownError: there is none with this id.
        NodeStillNeededError: something rests on it.
    Emits:
        itsm.dependency.removed.v1 for each dependency of the node
    """
    node = await tables.load_node(tx, node_id)
    if await tables.is_needed(tx, node_id):
        raise NodeStillNeededError("Remove the dependencies that rest on it first.")
    await tables.save_node(tx, replace(node, status="retired"))
    for present in await tables.load_dependencies_from(tx, node_id):
        dependency, events = present.remove(now=now)
        await tables.save_dependency(tx, dependency)
        _append(tx, dependency, events, actor=actor, now=now)


async def declare_dependency(
    tx: Tx,
    *,
    dependency_id: DependencyId,
    from_id: NodeId,
    to_id: NodeId,
    type: DependencyType,  # noqa: A002 - the field's name
    strength: float,
    failure_mode: FailureMode,
    valid_from: datetime | None,
    actor: Actor,
    now: datetime,
) -> Dependency:
    """Declare that ``from_id`` rests on ``to_id``, since ``valid_from`` or else since now.

    ``strength`` is 0 to 1; ``failure_mode`` is what becomes of the consumer if the provider fails.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SelfDependencyError: both ends are the same.
        NodeUnknownError: an end does not exist.
        NodeRetiredError: an end is retired.
        DependencyExistsError: there is one of this type between these ends.
    Emits:
        itsm.dependency.declared.v1
    """
    require_provider(actor)
    nodes = await tables.hold_nodes(tx, (from_id, to_id))
    consumer, provider = require_ends(nodes, from_id=from_id, to_id=to_id)
    dependency, events = Dependency(
        id=dependency_id,
        from_id=from_id,
        from_kind=consumer.kind,
        to_id=to_id,
        to_kind=provider.kind,
        type=type,
        strength=strength,
        failure_mode=failure_mode,
        valid_from=valid_from or now,
        created_at=now,
        updated_at=now,
    ).declared()
    await tables.insert_dependency(tx, dependency)
    _append(tx, dependency, events, actor=actor, now=now)
    return dependency


async def change_dependency(
    tx: Tx,
    *,
    dependency_id: DependencyId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Dependency:
    """Change strength or failure mode; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        DependencyNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        DependencyRemovedError: it was removed.
    Emits:
        itsm.dependency.changed.v1, unless nothing changes
    """
    require_provider(actor)
    dependency = await tables.load_dependency(tx, dependency_id)
    require_version(dependency.version, expected_version)
    dependency, events = dependency.revise(changes, now=now)
    if events:
        await tables.save_dependency(tx, dependency)
        _append(tx, dependency, events, actor=actor, now=now)
    return dependency


async def remove_dependency(
    tx: Tx,
    *,
    dependency_id: DependencyId,
    expected_version: int | None,
    actor: Actor,
    now: datetime,
) -> Dependency:
    """End a dependency now; it stays readable.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        DependencyNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        DependencyRemovedError: it was removed before.
    Emits:
        itsm.dependency.removed.v1
    """
    require_provider(actor)
    dependency = await tables.load_dependency(tx, dependency_id)
    require_version(dependency.version, expected_version)
    dependency, events = dependency.remove(now=now)
    await tables.save_dependency(tx, dependency)
    _append(tx, dependency, events, actor=actor, now=now)
    return dependency


def _append(
    tx: Tx,
    dependency: Dependency,
    events: Sequence[DependencyState],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    outbox.append(
        tx,
        key=dependency.id,
        version=dependency.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
