"""What can be done with configuration items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.catalog.components.commands.nodes import rename_node, retire_node
from services.catalog.components.commands.recording import record
from services.catalog.components.domain import (
    ConfigurationItem,
    ConfigurationItemRef,
    ConfigurationItemTeamError,
    ExternalRefTakenError,
    NewConfigurationItem,
    Node,
    NodeId,
)
from services.catalog.components.events import ItemStatus
from services.catalog.components.tables import items as tables
from services.catalog.components.tables import nodes
from services.catalog.permissions import require_provider
from services.catalog.teams import queries as teams
from services.catalog.teams.domain import TeamId
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_configuration_item(
    tx: Tx, *, item: NewConfigurationItem, actor: Actor, now: datetime
) -> ConfigurationItem:
    """Register a configuration item and put it on the map.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ConfigurationItemTeamError: the owner team does not exist or is retired.
        AttributesError: it has too many attributes, or too long ones.
        ExternalRefsError: it has too many external references, or one twice.
        ExternalRefTakenError: another present item has one of its external references.
    Emits:
        itsm.configuration_item.registered.v1
    """
    require_provider(actor)
    [made] = await register(tx, [item], places=[""], actor=actor, now=now)
    return made


async def register(
    tx: Tx,
    wanted: Sequence[NewConfigurationItem],
    *,
    places: Sequence[str],
    actor: Actor,
    now: datetime,
) -> list[ConfigurationItem]:
    """Register items, each refused with its place in the request before its fields."""
    await _require_active_teams(tx, wanted, places)
    await _require_free_refs(tx, wanted, places)
    numbers = await tables.next_numbers(tx, len(wanted))
    made: list[ConfigurationItem] = []
    for one, at, number in zip(wanted, places, numbers, strict=True):
        item, events = ConfigurationItem(
            id=one.id,
            number=number,
            kind=one.kind,
            item_class=one.item_class,
            name=one.name,
            environment=one.environment,
            location=one.location,
            owner_team_id=one.owner_team_id,
            status=one.status,
            attributes=one.attributes,
            external_refs=one.external_refs,
            created_at=now,
            updated_at=now,
        ).registered(at=at)
        record(tx, item, events, actor=actor, now=now)
        made.append(item)
    await nodes.insert_nodes(tx, [_node(item) for item in made])
    await tables.insert_items(tx, made)
    return made


async def change_configuration_item(
    tx: Tx,
    *,
    ref: ConfigurationItemRef,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> ConfigurationItem:
    """Describe an item anew; ``changes`` holds new values, ``attributes`` only those to change.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ConfigurationItemNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        ConfigurationItemRetiredError: it is retired.
        ConfigurationItemTeamError: the new owner team does not exist or is retired.
        AttributesError: it would have too many attributes, or too long ones.
        ExternalRefsError: it would have too many external references, or one twice.
        ExternalRefTakenError: another present item has one of its external references.
    Emits:
        itsm.configuration_item.updated.v1, unless nothing changes
    """
    require_provider(actor)
    before = await tables.load_item(tx, ref)
    require_version(before.version, expected_version)
    item, events = before.revise(changes, now=now)
    if not events:
        return before
    if item.owner_team_id not in (None, before.owner_team_id):
        await _require_active_team(tx, item.owner_team_id, pointer="/owner_team_id")
    if item.external_refs != before.external_refs:
        await tables.claim_refs(tx, item)
    if item.name != before.name:
        await rename_node(tx, node_id=NodeId(item.id), label=item.name)
    await tables.save_item(tx, item)
    record(tx, item, events, actor=actor, now=now)
    return item


async def move_configuration_item(
    tx: Tx,
    *,
    ref: ConfigurationItemRef,
    expected_version: int | None,
    to: ItemStatus,
    actor: Actor,
    now: datetime,
) -> ConfigurationItem:
    """Take an item to another status; one that is retired leaves the map and its references.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ConfigurationItemNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        ConfigurationItemTransitionError: its status does not allow it.
        NodeStillNeededError: it would be retired while something rests on it, or is going to.
    Emits:
        itsm.configuration_item.status_changed.v1; or itsm.configuration_item.retired.v1, and
        itsm.redundancy_group.removed.v1 and itsm.dependency.removed.v1 for what it rested on
    """
    require_provider(actor)
    item = await tables.load_item(tx, ref)
    require_version(item.version, expected_version)
    item, events = item.move(to, now=now)
    await tables.save_item(tx, item)
    record(tx, item, events, actor=actor, now=now)
    if item.status == "retired":
        await tables.claim_refs(tx, item)
        await retire_node(tx, node_id=NodeId(item.id), actor=actor, now=now)
    return item


def _node(item: ConfigurationItem) -> Node:
    return Node(id=NodeId(item.id), kind="configuration_item", label=item.name, number=item.number)


async def _require_active_teams(
    tx: Tx, wanted: Sequence[NewConfigurationItem], places: Sequence[str]
) -> None:
    first: dict[TeamId, str] = {}
    for one, at in zip(wanted, places, strict=True):
        if one.owner_team_id is not None:
            first.setdefault(one.owner_team_id, f"{at}/owner_team_id")
    for team_id, pointer in first.items():
        await _require_active_team(tx, team_id, pointer=pointer)


async def _require_active_team(tx: Tx, team_id: TeamId, *, pointer: str) -> None:
    if await teams.team_status(tx, team_id=team_id) != "active":
        detail = f"There is no active team {team_id}."
        raise ConfigurationItemTeamError(detail, pointer=pointer)


async def _require_free_refs(
    tx: Tx, wanted: Sequence[NewConfigurationItem], places: Sequence[str]
) -> None:
    """Check that no present item, and no other new one, has an external reference of these.

    One that is taken in between is refused by the database.
    """
    refs = [(ref, one.id) for one in wanted for ref in one.external_refs]
    if not refs:
        return
    taken = await tables.items_with(tx, [ref for ref, _ in refs])
    owners = {**dict(reversed(refs)), **taken}
    for one, at in zip(wanted, places, strict=True):
        for place, ref in enumerate(one.external_refs):
            if owners[ref] != one.id:
                raise ExternalRefTakenError(
                    f"{ref.system}:{ref.id} is another present item's.",
                    pointer=f"{at}/external_refs/{place}",
                )
