"""Parts of the map: what something rests on, and which service is nearest to an item."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

from services.incident.views.queries.ways import MOST_HOPS, load_map, nearest_services, upstream_of
from tests.component.incident.desk import Desk


async def chain(desk: Desk, length: int) -> list[UUID]:
    """Tell of items of which each rests on the one before."""
    items = [await desk.item(f"CI{each:07d}", name=f"item-{each}") for each in range(length)]
    for provider, consumer in pairwise(items):
        await desk.depend(consumer, provider)
    return items


async def upstream(desk: Desk, node: UUID) -> list[UUID]:
    async with desk.stage.database("incident").reading() as tx:
        return await upstream_of(tx, node_id=node, instant=datetime.now(UTC))


async def nearest(desk: Desk, *items: UUID) -> dict[UUID, UUID]:
    async with desk.stage.database("incident").reading() as tx:
        return await nearest_services(tx, item_ids=items, instant=datetime.now(UTC))


async def test_what_something_rests_on_comes_nearest_first_and_ends_after_ten_hops(
    desk: Desk,
) -> None:
    items = await chain(desk, MOST_HOPS + 3)
    # A circle, and a short cut: each node counts once, where it is nearest.
    await desk.depend(items[0], items[-1])
    await desk.depend(items[-1], items[1])
    found = await upstream(desk, items[-1])
    assert (found[0], found[1]) in {(items[-2], items[1]), (items[1], items[-2])}
    assert len(found) == len(set(found))
    assert items[-1] not in found
    far = await upstream(desk, items[-2])
    assert far[:3] == [items[-3], items[-4], items[-5]]
    assert len(far) == MOST_HOPS


async def test_a_service_further_than_ten_hops_is_not_near(desk: Desk) -> None:
    items = await chain(desk, MOST_HOPS + 1)
    service = await desk.service()
    await desk.depend(service, items[-1])
    assert await nearest(desk, items[0], items[1]) == {items[1]: service}


async def test_a_retired_service_or_a_dependency_that_ended_leads_nowhere(desk: Desk) -> None:
    item = await desk.item()
    retired = await desk.service("SVC0000001")
    await desk.depend(retired, item)
    await desk.service("SVC0000001", key=retired, phase="retired")
    assert await nearest(desk, item) == {}
    service = await desk.service("SVC0000002", technical="orders")
    dependency = await desk.depend(service, item)
    assert await nearest(desk, item) == {item: service}
    now = datetime.now(UTC).isoformat()
    await desk.tell(
        "dependency.removed",
        dependency,
        dependency_id=str(dependency),
        from_id=str(service),
        from_kind="service",
        to_id=str(item),
        to_kind="configuration_item",
        valid_from=now,
        valid_to=now,
    )
    assert await nearest(desk, item) == {}
    assert await upstream(desk, service) == []


async def test_each_item_of_a_circle_finds_its_own_nearest_service(desk: Desk) -> None:
    one, other = await desk.item("CI0000001"), await desk.item("CI0000002", name="db-2")
    await desk.depend(one, other)
    await desk.depend(other, one)
    first = await desk.service("SVC0000001")
    await desk.depend(first, one)
    assert await nearest(desk, one, other) == {one: first, other: first}
    second = await desk.service("SVC0000002", technical="orders")
    await desk.depend(second, other)
    assert await nearest(desk, one, other) == {one: first, other: second}


async def test_only_the_part_of_the_map_below_the_origins_is_loaded(desk: Desk) -> None:
    items = await chain(desk, 3)
    shop, aside = await desk.service("SVC0000001"), await desk.service("SVC0000002", technical="x")
    await desk.depend(shop, items[1])
    await desk.depend(aside, items[2])
    async with desk.stage.database("incident").reading() as tx:
        now = datetime.now(UTC)
        known = await load_map(tx, services=[], items=[items[1]], instant=now)
        lower = await load_map(tx, services=[shop], items=[], instant=now)
    assert {edge.consumer for edge in known.edges} == {shop, aside, items[2]}
    assert known.items == {items[1], items[2]}
    assert (lower.edges, set(lower.names)) == ((), {shop})
    assert known.version == lower.version
