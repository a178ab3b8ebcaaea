"""Configuration items over HTTP."""

from __future__ import annotations

import asyncio
from uuid import UUID

from services.catalog.components.domain import Node, NodeId
from services.catalog.components.queries import whole_map
from services.catalog.components.tables import nodes
from tests.component.catalog.components.ground import GROUPS, ITEMS, Ground
from tests.component.catalog.desk import DEPENDENCIES, NOBODY, TEAMS, Desk, ids, refusal

REF = {"system": "inventory", "id": "SRV:0471"}


async def test_an_item_is_published_and_stands_on_the_map(desk: Desk, ground: Ground) -> None:
    made = await ground.item(
        location="Berlin 2, rack 14",
        owner_team_id=ground.team["id"],
        status="planned",
        environment="staging",
        attributes={"cpu": "16 cores"},
        external_refs=[REF],
    )
    assert made["number"] == "CI0000001"
    assert await desk.events(made) == [
        (
            "configuration_item.registered",
            {
                "configuration_item_id": made["id"],
                "number": "CI0000001",
                "kind": "hardware",
                "class": "server",
                "name": "db-host-1",
                "environment": "staging",
                "location": "Berlin 2, rack 14",
                "owner_team_id": ground.team["id"],
                "status": "planned",
                "previous_status": None,
                "attributes": {"cpu": "16 cores"},
                "external_refs": [REF],
            },
        )
    ]
    assert await desk.read(ITEMS, made) == made
    assert (await desk.keeper.get(f"{ITEMS}/ci0000001")).json() == made
    async with desk.transaction() as tx:
        key = NodeId(UUID(made["id"]))
        assert await whole_map.nodes_by_number(tx, numbers=["CI0000001"]) == {"CI0000001": key}
        held = await nodes.hold_nodes(tx, [key])
    assert held == {key: Node(key, "configuration_item", "db-host-1", number="CI0000001")}


async def test_an_item_is_described_anew_and_its_attributes_are_merged(
    desk: Desk, ground: Ground
) -> None:
    made = await ground.item(attributes={"cpu": "16", "memory": "128"})
    same = await desk.change(ITEMS, made, name="db-host-1", attributes={"cpu": "16", "gpu": None})
    assert same.json() == made
    changed = (
        await desk.change(
            ITEMS,
            made,
            name="db-host-2",
            attributes={"cpu": None, "memory": "256", "disk": "2 TB"},
            external_refs=[REF],
            **{"class": "database-server"},
        )
    ).json()
    assert changed["class"] == "database-server"
    assert changed["attributes"] == {"memory": "256", "disk": "2 TB"}
    assert await desk.facts(made) == [
        "configuration_item.registered",
        "configuration_item.updated",
    ]
    assert (await desk.events(made))[-1][1]["class"] == "database-server"
    async with desk.transaction() as tx:
        [node] = await whole_map.some_nodes(tx, ids=[UUID(made["id"])])
    assert node.label == "db-host-2"


async def test_an_item_goes_through_its_life(desk: Desk, ground: Ground) -> None:
    item = await ground.item(status="planned")
    for status in ("in_stock", "live", "maintenance", "in_stock", "live", "maintenance", "live"):
        before, item = item, (await desk.move(ITEMS, item, status)).json()
        assert item["status"] == status
        kind, said = (await desk.events(item))[-1]
        assert kind == "configuration_item.status_changed"
        assert (said["previous_status"], said["status"]) == (before["status"], status)
    refused = await desk.move(ITEMS, item, "planned")
    assert refusal(refused) == (409, "configuration-item-transition-not-allowed")
    assert refused.json()["allowed"] == ["maintenance", "retired"]
    item = (await desk.move(ITEMS, item, "retired")).json()
    assert (await desk.facts(item))[-1] == "configuration_item.retired"
    again = await desk.move(ITEMS, item, "live")
    assert refusal(again) == (409, "configuration-item-transition-not-allowed")
    assert again.json()["allowed"] == []
    changed = await desk.change(ITEMS, item, name="ghost")
    assert refusal(changed) == (409, "configuration-item-retired")


async def test_an_item_that_something_rests_on_is_not_retired(desk: Desk, ground: Ground) -> None:
    [dependency] = await ground.rests()
    [server] = ground.servers
    refused = await desk.move(ITEMS, server, "retired")
    assert refusal(refused) == (409, "node-still-needed")
    assert await desk.read(ITEMS, server) == server
    later = (await desk.change(DEPENDENCIES, dependency, valid_to="2190-01-01T00:00:00Z")).json()
    assert refusal(await desk.move(ITEMS, server, "retired")) == (409, "node-still-needed")
    await desk.move(DEPENDENCIES, later, "removed")
    assert (await desk.move(ITEMS, server, "retired")).status_code == 200


async def test_what_a_retired_item_rested_on_and_its_groups_end_with_it(
    desk: Desk, ground: Ground
) -> None:
    host = await ground.item()
    disks = [await ground.item(f"disk-{number}") for number in range(2)]
    rests = [await desk.dependency(host, disk) for disk in disks]
    group = await ground.group(rests, node_id=host["id"], min_up=2)
    await desk.move(ITEMS, host, "retired")
    assert (await desk.facts(group))[-1] == "redundancy_group.removed"
    assert (await desk.read(GROUPS, group))["valid_to"] is not None
    for one in rests:
        assert (await desk.facts(one))[-1] == "dependency.removed"
    answer = await desk.keeper.post(
        DEPENDENCIES, json={"from_id": ground.shop["id"], "to_id": host["id"]}
    )
    assert refusal(answer) == (409, "node-retired")


async def test_an_external_reference_belongs_to_one_present_item(
    desk: Desk, ground: Ground
) -> None:
    body = {"kind": "hardware", "class": "server", "name": "twin", "external_refs": [REF]}
    answers = await asyncio.gather(*(desk.keeper.post(ITEMS, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert refusal(answer) == (409, "external-ref-taken")
    first = next(answer for answer in answers if answer.status_code == 201).json()
    found = await desk.keeper.get(ITEMS, params={"external_ref": "inventory:SRV:0471"})
    assert ids(found) == [first["id"]]
    assert ids(await desk.keeper.get(ITEMS, params={"external_ref": "inventory:none"})) == []
    other = await ground.item("other")
    taken = await desk.change(ITEMS, other, external_refs=[REF])
    assert refusal(taken) == (409, "external-ref-taken")
    await desk.move(ITEMS, first, "retired")
    second = await desk.change(ITEMS, other, external_refs=[REF])
    assert second.json()["external_refs"] == [REF]
    assert (await desk.read(ITEMS, first))["external_refs"] == [REF]
    freed = (await desk.change(ITEMS, second.json(), external_refs=[])).json()
    assert freed["external_refs"] == []
    await ground.item("third", external_refs=[REF])


async def test_items_are_listed_by_what_they_are(desk: Desk, ground: Ground) -> None:
    disk = await ground.item("a-disk", kind="data", environment="test", location="Hall 1")
    host = await ground.item("b-host", owner_team_id=ground.team["id"], status="planned")
    switch = await ground.item("c-switch", kind="network", **{"class": "switch"})
    for parameters, found in (
        ({}, [disk, host, switch]),
        ({"kind": "data,network"}, [disk, switch]),
        ({"class": "switch"}, [switch]),
        ({"environment": "test"}, [disk]),
        ({"location": "Hall 1"}, [disk]),
        ({"owner_team_id": ground.team["id"]}, [host]),
        ({"status": "planned"}, [host]),
        ({"number": switch["number"]}, [switch]),
        ({"name": "b-host", "kind": "data"}, []),
        ({"sort": "-number"}, [switch, host, disk]),
        ({"sort": "created_at", "limit": "2"}, [disk, host]),
    ):
        answer = await desk.keeper.get(ITEMS, params=parameters)
        assert ids(answer) == [one["id"] for one in found], parameters


async def test_items_are_the_providers_matter(desk: Desk, ground: Ground) -> None:
    customer = await desk.customer()
    item = await ground.item()
    for path in (ITEMS, f"{ITEMS}/{item['id']}", f"{ITEMS}/{item['id']}/history", GROUPS):
        assert (await desk.user_of(customer).get(path)).status_code == 403
        assert refusal(await desk.bound_keeper(customer).get(path)) == (403, "provider-only")
    body = {"kind": "hardware", "class": "server", "name": "mine"}
    answer = await desk.bound_keeper(customer).post(ITEMS, json=body)
    assert refusal(answer) == (403, "provider-only")
    resolver = await desk.stage.http("resolver").post(ITEMS, json=body)
    assert resolver.status_code == 403


async def test_an_unknown_item_is_not_found(desk: Desk, ground: Ground) -> None:
    for ref in (NOBODY, "CI9999999"):
        answer = await desk.keeper.get(f"{ITEMS}/{ref}")
        assert refusal(answer) == (404, "configuration-item-not-found")
    answer = await desk.keeper.get(f"{ITEMS}/{ground.shop['id']}")
    assert refusal(answer) == (404, "configuration-item-not-found")


async def test_an_item_belongs_to_an_active_team_or_to_none(desk: Desk, ground: Ground) -> None:
    item = await ground.item(owner_team_id=ground.team["id"])
    gone = await desk.team("Gone")
    await desk.move(TEAMS, gone, "retired")
    for team in (gone["id"], str(NOBODY)):
        answer = await desk.change(ITEMS, item, owner_team_id=team)
        assert refusal(answer) == (422, "configuration-item-team-invalid")
    free = await desk.change(ITEMS, item, owner_team_id=None)
    assert free.json()["owner_team_id"] is None
