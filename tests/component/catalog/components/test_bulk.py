"""Many items and dependencies at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from services.catalog.components import commands
from services.catalog.components.commands.bulk import MAX_BATCH
from services.catalog.components.domain import (
    ConfigurationItemId,
    DependencyId,
    ExternalRef,
    GroupId,
    NewConfigurationItem,
    NewDependency,
    NodeId,
)
from services.catalog.components.tables import items as tables
from services.catalog.permissions import ProviderOnlyError
from services.catalog.teams.domain import TeamId
from shared import clock
from shared.auth import Actor
from shared.errors import DomainError
from tests.component.catalog.components.ground import FAR, ITEMS, Ground
from tests.component.catalog.desk import DEPENDENCIES, NOBODY, Body, Desk, ids

KEEPER = Actor(sub="import", roles=frozenset({"admin"}))
COUNT = 300


def item(number: int) -> NewConfigurationItem:
    return NewConfigurationItem(
        id=ConfigurationItemId(clock.new_id()),
        kind="hardware",
        item_class="server",
        name=f"host-{number:04d}",
        attributes={"slot": str(number)},
        external_refs=(ExternalRef("rack", str(number)),),
    )


def dependency(consumer: NewConfigurationItem, provider: NewConfigurationItem) -> NewDependency:
    return NewDependency(
        id=DependencyId(clock.new_id()), from_id=NodeId(consumer.id), to_id=NodeId(provider.id)
    )


async def fill(desk: Desk, count: int = COUNT) -> list[NewConfigurationItem]:
    """Register so many items, each but the last resting on the next."""
    items = [item(number) for number in range(count)]
    rests = [dependency(one, other) for one, other in pairwise(items)]
    async with desk.transaction() as tx:
        now = clock.now()
        await commands.register_configuration_items(tx, items=items, actor=KEEPER, now=now)
        made = await commands.declare_dependencies(tx, dependencies=rests, actor=KEEPER, now=now)
    assert [one.id for one in made] == [one.id for one in rests]
    return items


async def test_a_batch_is_the_same_as_one_after_the_other(desk: Desk, ground: Ground) -> None:
    items = await fill(desk)
    events = (await desk.events())[-(2 * COUNT - 1) :]
    assert [name for name, _ in events] == (
        ["configuration_item.registered"] * COUNT + ["dependency.declared"] * (COUNT - 1)
    )
    assert [said["name"] for _, said in events[:COUNT]] == [one.name for one in items]
    assert [said["number"] for _, said in events[:COUNT]] == [
        f"CI{number:07d}" for number in range(1, COUNT + 1)
    ]
    single = await ground.item(
        "host-0007", attributes={"slot": "7"}, external_refs=[{"system": "rack", "id": "x"}]
    )
    batched = (await desk.keeper.get(f"{ITEMS}/{items[7].id}")).json()
    differing = {name for name, value in batched.items() if single[name] != value}
    assert differing == {"id", "number", "external_refs", "created_at", "updated_at"}
    listed = await desk.keeper.get(DEPENDENCIES, params={"from_id": str(items[0].id)})
    assert listed.json()["items"][0]["to_id"] == str(items[1].id)
    async with desk.transaction() as tx:
        refs = [ExternalRef("rack", "0"), ExternalRef("rack", "none")]
        assert await tables.items_with(tx, refs) == {refs[0]: items[0].id}
        assert await tables.items_with(tx, []) == {}


async def test_nothing_at_once_is_nothing(desk: Desk) -> None:
    async with desk.transaction() as tx:
        now = clock.now()
        assert not await commands.register_configuration_items(tx, items=[], actor=KEEPER, now=now)
        assert not await commands.declare_dependencies(tx, dependencies=[], actor=KEEPER, now=now)
    assert await desk.facts() == []


def bad_items(known: list[NewConfigurationItem]) -> list[tuple[NewConfigurationItem, str, str]]:
    taken, repeated = known[0].external_refs, (ExternalRef("a", "1"),) * 2
    return [
        (replace(item(1), owner_team_id=TeamId(NOBODY)), "-team-invalid", "/2/owner_team_id"),
        (replace(item(1), external_refs=taken), "ref-taken", "/2/external_refs/0"),
        (replace(item(1001), attributes={"x": "y" * 30_000}), "attributes-", "/2/attributes"),
        (replace(item(1001), external_refs=repeated), "external-refs-", "/2/external_refs/1"),
        (replace(item(1000)), "ref-taken", "/2/external_refs/0"),
    ]


async def test_an_item_that_is_refused_refuses_the_batch_and_is_pointed_at(desk: Desk) -> None:
    known = await fill(desk, 3)
    for bad, code, pointer in bad_items(known):
        error = await refused(
            desk,
            lambda tx, now, bad=bad: commands.register_configuration_items(
                tx, items=[item(1000), item(1002), bad], actor=KEEPER, now=now
            ),
        )
        assert (code in error.code, error.pointer) == (True, pointer)
    assert len(ids(await desk.keeper.get(ITEMS))) == 3
    assert len(await desk.facts()) == 5


async def test_a_dependency_that_is_refused_refuses_the_batch_and_is_pointed_at(
    desk: Desk,
) -> None:
    one, two, three = await fill(desk, 3)
    good, there = dependency(three, one), dependency(one, two)
    before = clock.now() - timedelta(days=1)
    cases: list[tuple[NewDependency, str, str]] = [
        (replace(good, to_id=good.from_id), "self-dependency", "/1/to_id"),
        (replace(good, to_id=NodeId(NOBODY)), "node-unknown", "/1/to_id"),
        (
            replace(good, redundancy_group_id=GroupId(NOBODY)),
            "redundancy-group-invalid",
            "/1/redundancy_group_id",
        ),
        (replace(good, valid_to=before), "dependency-period-invalid", "/1/valid_to"),
        (there, "dependency-exists", "/1"),
        (replace(good, id=DependencyId(clock.new_id())), "dependency-exists", "/1"),
    ]
    for bad, code, pointer in cases:
        error = await refused(
            desk,
            lambda tx, now, bad=bad: commands.declare_dependencies(
                tx, dependencies=[good, bad], actor=KEEPER, now=now
            ),
        )
        assert (error.code, error.pointer) == (code, pointer)
    assert len(await desk.facts()) == 5


async def refused(desk: Desk, work: Callable[..., Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        async with desk.transaction() as tx:
            await work(tx, clock.now())
    return caught.value


async def test_a_batch_is_bounded_and_the_providers_matter(desk: Desk) -> None:
    many = [item(number) for number in range(MAX_BATCH + 1)]
    bound = Actor(sub="x", roles=frozenset({"admin"}), customer_id=UUID(int=1))
    async with desk.transaction() as tx:
        now = clock.now()
        with pytest.raises(ValueError, match="1001 records"):
            await commands.register_configuration_items(tx, items=many, actor=KEEPER, now=now)
        with pytest.raises(ProviderOnlyError):
            await commands.register_configuration_items(tx, items=many[:1], actor=bound, now=now)
        with pytest.raises(ProviderOnlyError):
            await commands.declare_dependencies(tx, dependencies=[], actor=bound, now=now)


async def test_a_batch_joins_groups_and_plans_ends(desk: Desk, ground: Ground) -> None:
    [member] = await ground.rests()
    group = await ground.group([member])
    server: Body = await ground.item("spare")
    joining = NewDependency(
        id=DependencyId(clock.new_id()),
        from_id=NodeId(UUID(ground.shop["id"])),
        to_id=NodeId(UUID(server["id"])),
        redundancy_group_id=GroupId(UUID(group["id"])),
        evidence="discovered",
    )
    async with desk.transaction() as tx:
        await commands.declare_dependencies(
            tx, dependencies=[joining], actor=KEEPER, now=clock.now()
        )
    answer = await desk.keeper.get(f"{DEPENDENCIES}/{joining.id}")
    made = answer.json()
    assert (made["redundancy_group_id"], made["evidence"]) == (group["id"], "discovered")
    assert (await desk.change(DEPENDENCIES, made, valid_to=FAR)).status_code == 200
