"""What can be done with dependencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.catalog.components.commands.recording import record
from services.catalog.components.domain import (
    Dependency,
    DependencyId,
    NewDependency,
    require_distinct,
    require_ends,
    require_group,
)
from services.catalog.components.tables import dependencies as tables
from services.catalog.components.tables import groups, nodes
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def declare_dependency(
    tx: Tx, *, dependency: NewDependency, actor: Actor, now: datetime
) -> Dependency:
    """Declare that one thing rests on another.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SelfDependencyError: both ends are the same.
        NodeUnknownError: an end does not exist.
        NodeRetiredError: an end is retired.
        GroupUnknownError: the consumer has no such redundancy group.
        DependencyPeriodError: it would end before it begins.
        DependencyExistsError: there is one of this type between these ends at some of its time.
    Emits:
        itsm.dependency.declared.v1
    """
    require_provider(actor)
    [made] = await declare(tx, [dependency], places=[""], actor=actor, now=now)
    return made


async def declare(
    tx: Tx,
    wanted: Sequence[NewDependency],
    *,
    places: Sequence[str],
    actor: Actor,
    now: datetime,
) -> list[Dependency]:
    """Declare dependencies, each refused with its place in the request before its fields."""
    held = await nodes.hold_nodes(tx, {end for one in wanted for end in (one.from_id, one.to_id)})
    joined = {one.redundancy_group_id for one in wanted if one.redundancy_group_id}
    known = await groups.find_groups(tx, joined) if joined else {}
    made: list[Dependency] = []
    for one, at in zip(wanted, places, strict=True):
        consumer, provider = require_ends(held, from_id=one.from_id, to_id=one.to_id, at=at)
        if one.redundancy_group_id is not None:
            require_group(
                known,
                one.redundancy_group_id,
                node_id=one.from_id,
                now=now,
                pointer=f"{at}/redundancy_group_id",
            )
        dependency, events = Dependency(
            id=one.id,
            from_id=one.from_id,
            from_kind=consumer.kind,
            to_id=one.to_id,
            to_kind=provider.kind,
            type=one.type,
            strength=one.strength,
            failure_mode=one.failure_mode,
            valid_from=one.valid_from or now,
            valid_to=one.valid_to,
            redundancy_group_id=one.redundancy_group_id,
            evidence=one.evidence,
            created_at=now,
            updated_at=now,
        ).declared(at=at)
        record(tx, dependency, events, actor=actor, now=now)
        made.append(dependency)
    require_distinct(made, places=places)
    await tables.require_alone(tx, made, places=places)
    await tables.insert_dependencies(tx, made)
    return made


async def change_dependency(
    tx: Tx,
    *,
    dependency_id: DependencyId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Dependency:
    """Change strength, failure mode, group, evidence or planned end; ``changes`` has new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        DependencyNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        DependencyRemovedError: it has ended.
        DependencyPeriodError: it would end before it begins, or in the past.
        GroupUnknownError: the consumer has no such redundancy group.
        GroupNeedsMemberError: a group would be left with fewer members than it needs.
        DependencyExistsError: with its new end it would overlap another one.
    Emits:
        itsm.dependency.changed.v1, unless nothing changes
    """
    require_provider(actor)
    before = await _load(tx, dependency_id)
    require_version(before.version, expected_version)
    after, events = before.revise(changes, now=now)
    if not events:
        return before
    if after.redundancy_group_id not in (None, before.redundancy_group_id):
        known = await groups.find_groups(tx, [after.redundancy_group_id])
        require_group(known, after.redundancy_group_id, node_id=after.from_id, now=now)
    await _require_spared(tx, before, after, now=now)
    if after.valid_to != before.valid_to:
        await tables.require_alone(tx, [after], places=[""])
    await tables.save_dependency(tx, after)
    record(tx, after, events, actor=actor, now=now)
    return after


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
        DependencyRemovedError: it has ended before.
        GroupNeedsMemberError: its group would be left with fewer members than it needs.
    Emits:
        itsm.dependency.removed.v1
    """
    require_provider(actor)
    before = await _load(tx, dependency_id)
    require_version(before.version, expected_version)
    after, events = before.remove(now=now)
    await _require_spared(tx, before, after, now=now)
    await tables.save_dependency(tx, after)
    record(tx, after, events, actor=actor, now=now)
    return after


async def _load(tx: Tx, dependency_id: DependencyId) -> Dependency:
    # The consumer is held before any row of what it rests on, here and everywhere.
    seen = await tables.find_dependency(tx, dependency_id)
    await nodes.hold_nodes(tx, [seen.from_id])
    return await tables.load_dependency(tx, dependency_id)


async def _require_spared(tx: Tx, before: Dependency, after: Dependency, *, now: datetime) -> None:
    """Check that the group of a dependency does without what this change takes from it."""
    left = before.redundancy_group_id
    if left is None or (after.redundancy_group_id, after.period) == (left, before.period):
        return
    group = (await groups.find_groups(tx, [left]))[left]
    members = (await tables.members_of(tx, [left], now=now))[left]
    rest = [member.period for member in members if member.id != before.id]
    if after.redundancy_group_id == left:
        rest.append(after.period)
    group.require_without(rest, now=now)
