"""What can be done with redundancy groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.catalog.components.commands.recording import record
from services.catalog.components.domain import (
    Dependency,
    DependencyId,
    GroupId,
    GroupMemberError,
    MinUpUnit,
    NodeId,
    RedundancyGroup,
    require_node,
)
from services.catalog.components.tables import dependencies, nodes
from services.catalog.components.tables import groups as tables
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def define_redundancy_group(
    tx: Tx,
    *,
    group_id: GroupId,
    node_id: NodeId,
    name: str,
    min_up: int,
    min_up_unit: MinUpUnit,
    dependency_ids: Sequence[DependencyId],
    valid_from: datetime | None,
    valid_to: datetime | None,
    actor: Actor,
    now: datetime,
) -> RedundancyGroup:
    """Say that some of what a node rests on can stand in for each other.

    ``dependency_ids`` are the members to begin with; others join by naming the group. At every
    instant from now on it must have as many as must be up: that stays so, whatever changes.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        NodeUnknownError: there is no such node.
        NodeRetiredError: the node is retired.
        GroupMemberError: a member is no present dependency of the node, or is in another group.
        GroupPeriodError: it would end before it begins.
        MinUpError: more than it has would have to be up.
        GroupNameTakenError: another group of the node has the name.
    Emits:
        itsm.redundancy_group.defined.v1, and itsm.dependency.changed.v1 for each member
    """
    require_provider(actor)
    node = require_node(await nodes.hold_nodes(tx, [node_id]), node_id, pointer="/node_id")
    members = await _members(tx, node_id, dependency_ids, now=now)
    group, events = RedundancyGroup(
        id=group_id,
        node_id=node_id,
        node_kind=node.kind,
        name=name,
        min_up=min_up,
        min_up_unit=min_up_unit,
        valid_from=valid_from or now,
        valid_to=valid_to,
        created_at=now,
        updated_at=now,
    ).defined([member.period for member in members], now=now)
    await tables.insert_group(tx, group)
    record(tx, group, events, actor=actor, now=now)
    for member in members:
        joined, said = member.revise({"redundancy_group_id": group.id}, now=now)
        await dependencies.save_dependency(tx, joined)
        record(tx, joined, said, actor=actor, now=now)
    return group


async def change_redundancy_group(
    tx: Tx,
    *,
    group_id: GroupId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> RedundancyGroup:
    """Change a group's name, need or planned end; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        GroupNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        GroupRemovedError: it has ended.
        GroupPeriodError: it would end before it begins, or in the past.
        MinUpError: more than it has would have to be up.
        GroupNameTakenError: another group of the node has the name.
    Emits:
        itsm.redundancy_group.changed.v1, unless nothing changes
    """
    require_provider(actor)
    group = await _load(tx, group_id)
    require_version(group.version, expected_version)
    members = (await dependencies.members_of(tx, [group_id], now=now))[group_id]
    group, events = group.revise(changes, [member.period for member in members], now=now)
    if events:
        await tables.save_group(tx, group)
        record(tx, group, events, actor=actor, now=now)
    return group


async def remove_redundancy_group(
    tx: Tx,
    *,
    group_id: GroupId,
    expected_version: int | None,
    actor: Actor,
    now: datetime,
) -> RedundancyGroup:
    """End a group now: from then on its node needs every one of its members.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        GroupNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        GroupRemovedError: it has ended before.
    Emits:
        itsm.redundancy_group.removed.v1
    """
    require_provider(actor)
    group = await _load(tx, group_id)
    require_version(group.version, expected_version)
    group, events = group.remove(now=now)
    await tables.save_group(tx, group)
    record(tx, group, events, actor=actor, now=now)
    return group


async def _load(tx: Tx, group_id: GroupId) -> RedundancyGroup:
    # The node is held before any row of what it rests on, here and everywhere.
    seen = await tables.find_group(tx, group_id)
    await nodes.hold_nodes(tx, [seen.node_id])
    return await tables.load_group(tx, group_id)


async def _members(
    tx: Tx, node_id: NodeId, ids: Sequence[DependencyId], *, now: datetime
) -> list[Dependency]:
    """Return the dependencies that a new group of a node begins with, each one once.

    Raises:
        GroupMemberError: one is not there, another node's, over, in another group, or named twice.
    """
    found = await dependencies.load_dependencies(tx, ids)
    named = {one.redundancy_group_id for one in found.values() if one.redundancy_group_id}
    others = await tables.find_groups(tx, named) if named else {}
    members: list[Dependency] = []
    for place, dependency_id in enumerate(ids):
        member = found.pop(dependency_id, None)
        if member is None or member.from_id != node_id or member.has_ended(now):
            detail = f"{dependency_id} is no present dependency of the node, or is named twice."
            raise GroupMemberError(detail, pointer=f"/dependency_ids/{place}")
        other = member.redundancy_group_id
        if other is not None and not others[other].has_ended(now):
            detail = f"{dependency_id} is a member of {others[other].name} already."
            raise GroupMemberError(detail, pointer=f"/dependency_ids/{place}")
        members.append(member)
    return members
