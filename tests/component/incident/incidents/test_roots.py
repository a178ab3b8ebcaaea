"""One root, not forty alerts: what fails because something below it failed is found together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.incident.incidents.tables.family import lock_family
from tests.component.incident.desk import PATH, Body, Desk

EFFECTS = 40


async def fire(desk: Desk, integration: Body, key: str, **more: Any) -> Body:  # noqa: ANN401 - any field
    body = {"dedup_key": key, "action": "trigger", "severity": "low", "summary": f"{key} fails"}
    return await desk.take(integration, {**body, **more})


async def settle(desk: Desk) -> None:
    """Let the service follow its own events, and what that wakes up."""
    await desk.follow()
    await desk.stage.fire_timers("incident", datetime.now(UTC))
    await desk.follow()


async def effects_of(desk: Desk, database: UUID) -> list[str]:
    """Tell of services that rest on a database, and return their numbers."""
    numbers = [f"SVC{100 + each:07d}" for each in range(EFFECTS)]
    for number in numbers:
        service = await desk.service(number, technical=number.lower(), name=f"Shop {number}")
        server = await desk.item(f"CI{number[3:]}", name=f"web-{number}")
        await desk.depend(service, server)
        await desk.depend(server, database)
    return numbers


async def children_of(desk: Desk, incident: Body) -> list[Body]:
    answer = await desk.staff.get(f"{PATH}?parent_id={incident['id']}&limit=200")
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["items"]
    return found


async def test_forty_effects_that_came_first_become_children_of_their_root(desk: Desk) -> None:
    database = await desk.item(name="order-db")
    integration = await desk.integration("generic")
    for number in await effects_of(desk, database):
        assert (await fire(desk, integration, number, service=number))["outcome"] == "declared"
    await settle(desk)
    told = await fire(desk, integration, "db", ci="order-db")
    assert told["outcome"] == "declared"
    await settle(desk)
    root = await desk.read(told["incident_id"])
    assert root["ci_ids"] == [str(database)]
    children = await children_of(desk, root)
    assert len(children) == EFFECTS
    assert {one["state"] for one in children} == {"new"}
    assert (await desk.facts()).count("incident.linked") == EFFECTS
    linked = await desk.last("incident.linked")
    assert (linked["relation"], linked["target_number"]) == ("parent", root["number"])
    await settle(desk)
    assert (await desk.facts()).count("incident.linked") == EFFECTS


async def test_forty_effects_that_come_after_their_root_join_it(desk: Desk) -> None:
    database = await desk.item(name="order-db")
    integration = await desk.integration("generic")
    numbers = await effects_of(desk, database)
    root = await fire(desk, integration, "db", ci="CI0000001")
    for number in numbers:
        told = await fire(desk, integration, number, service=number)
        assert (told["outcome"], told["incident_id"]) == ("added", root["incident_id"])
    await settle(desk)
    assert (await desk.facts()).count("incident.declared") == 1
    signals = await desk.rows("select distinct incident_id from incident.signal")
    assert [str(row["incident_id"]) for row in signals] == [root["incident_id"]]


async def test_a_root_that_a_person_declares_takes_the_effects_as_children(desk: Desk) -> None:
    database = await desk.item()
    shop = await desk.service()
    await desk.depend(shop, database)
    effect = await fire(desk, await desk.integration("generic"), "web", service="SVC0000001")
    await settle(desk)
    root = await desk.declare(ci_ids=[str(database)])
    await settle(desk)
    assert [one["id"] for one in await children_of(desk, root)] == [effect["incident_id"]]


async def test_naming_the_root_later_takes_the_effects_as_well(desk: Desk) -> None:
    database = await desk.item()
    await desk.depend(await desk.service(), database)
    effect = await fire(desk, await desk.integration("generic"), "web", service="SVC0000001")
    root = await desk.declare()
    await settle(desk)
    assert (await desk.change(await desk.read(root), ci_ids=[str(database)])).status_code == 200
    await settle(desk)
    assert (await desk.read(effect["incident_id"]))["parent_id"] == root["id"]


async def test_what_people_declared_handle_or_linked_stays_where_it_is(desk: Desk) -> None:
    database = await desk.item()
    for number in ("SVC0000001", "SVC0000002", "SVC0000003"):
        service = await desk.service(number, technical=number.lower())
        await desk.depend(service, database)
    integration = await desk.integration("generic")
    theirs = await desk.declare(service_id="SVC0000001", channel="monitoring")
    major = await fire(desk, integration, "a", service="SVC0000002")
    linked = await fire(desk, integration, "b", service="SVC0000003")
    accepted = await desk.read(major["incident_id"])
    for to, more in (
        ("proposed", {"reason": "All shops"}),
        ("accepted", {"commander": "nora", "business_impact": "x", "next_update_at": later()}),
    ):
        answer = await desk.try_move(accepted, to, by=desk.major, path="major-transitions", **more)
        assert answer.status_code == 200, answer.text
        accepted = answer.json()
    child = await desk.read(linked["incident_id"])
    answer = await link(desk, child, theirs["id"])
    assert answer.status_code == 200, answer.text
    root = await desk.declare(ci_ids=[str(database)])
    await settle(desk)
    assert await children_of(desk, root) == []
    assert (await desk.read(child))["parent_id"] == theirs["id"]


def later() -> str:
    return "2099-01-01T00:00:00Z"


async def link(desk: Desk, incident: Body, target: str) -> httpx.Response:
    return await desk.staff.post(
        f"{PATH}/{incident['id']}/links",
        json={"relation": "parent", "target_id": target},
        headers={"If-Match": f'"{incident["version"]}"'},
    )


async def test_things_in_a_circle_do_not_become_their_own_roots(desk: Desk) -> None:
    one, other = await desk.item("CI0000001", name="a"), await desk.item("CI0000002", name="b")
    integration = await desk.integration("generic")
    first = await fire(desk, integration, "a", ci="a")
    second = await fire(desk, integration, "b", ci="b")
    await desk.depend(one, other)
    await desk.depend(other, one)
    await settle(desk)
    await settle(desk)
    parents = [(await desk.read(told["incident_id"]))["parent_id"] for told in (first, second)]
    assert parents.count(None) == 1


async def test_what_does_not_rest_on_the_root_or_is_over_is_left_alone(desk: Desk) -> None:
    database = await desk.item()
    await desk.service("SVC0000001", technical="aside")
    over = await desk.service("SVC0000002", technical="over")
    below = await desk.item("CI0000002", name="disk")
    await desk.depend(over, database)
    await desk.depend(database, below)
    integration = await desk.integration("generic")
    aside = await fire(desk, integration, "a", service="SVC0000001")
    ended = await fire(desk, integration, "b", service="SVC0000002")
    await desk.take(integration, {"dedup_key": "b", "action": "resolve"})
    deeper = await fire(desk, integration, "c", ci="disk")
    await settle(desk)
    root = await desk.declare(ci_ids=[str(database)])
    await settle(desk)
    assert await children_of(desk, root) == []
    for told in (aside, ended, deeper):
        assert (await desk.read(told["incident_id"]))["parent_id"] is None


async def test_a_root_that_is_open_again_takes_what_came_meanwhile(desk: Desk) -> None:
    database = await desk.item()
    await desk.depend(await desk.service(), database)
    root = await desk.move(await desk.declare(ci_ids=[str(database)]), "resolved")
    effect = await fire(desk, await desk.integration("generic"), "web", service="SVC0000001")
    await settle(desk)
    assert (await desk.read(effect["incident_id"]))["parent_id"] is None
    answer = await desk.try_move(await desk.read(root), "in_progress", reason="It is back.")
    assert answer.status_code == 200, answer.text
    await settle(desk)
    assert (await desk.read(effect["incident_id"]))["parent_id"] == root["id"]


async def test_an_effect_declared_at_the_same_moment_finds_its_root_itself(desk: Desk) -> None:
    database = await desk.item()
    shop = await desk.service()
    integration = await desk.integration("generic")
    effect = await fire(desk, integration, "web", service="SVC0000001")
    root = await fire(desk, integration, "db", ci="CI0000001")
    # Neither saw the other; the map leads from one to the other when their events are followed.
    await desk.depend(shop, database)
    await desk.follow()
    found = await desk.read(effect["incident_id"])
    assert found["parent_id"] == root["incident_id"]
    facts = await desk.facts(found)
    assert facts[:3] == ["incident.declared", "incident.linked", "incident.impact_assessed"]


async def test_while_somebody_links_another_incident_it_is_linked_a_little_later(
    desk: Desk,
) -> None:
    database, shop = await desk.item(), await desk.service()
    await desk.depend(shop, database)
    effect = await fire(desk, await desk.integration("generic"), "web", service="SVC0000001")
    await settle(desk)
    root = await desk.declare(ci_ids=[str(database)])
    await desk.follow()
    now = datetime.now(UTC)
    async with desk.stage.database("incident").transaction() as tx:
        await lock_family(tx)
        assert await desk.stage.fire_timers("incident", now) == 1
    assert (await desk.read(effect["incident_id"]))["parent_id"] is None
    assert await desk.stage.fire_timers("incident", now) == 0
    assert await desk.stage.fire_timers("incident", now + timedelta(seconds=2)) == 1
    assert (await desk.read(effect["incident_id"]))["parent_id"] == root["id"]


async def test_an_incident_keeps_and_changes_its_configuration_items(desk: Desk) -> None:
    one, other = await desk.item("CI0000001"), await desk.item("CI0000002", name="db-2")
    incident = await desk.declare(ci_ids=[str(one), str(one)])
    assert incident["ci_ids"] == [str(one)]
    assert (await desk.last("incident.declared"))["ci_ids"] == [str(one)]
    answer = await desk.change(incident, ci_ids=[str(other), str(one)])
    assert answer.json()["ci_ids"] == [str(other), str(one)]
    told = await desk.last("incident.updated")
    assert (told["changed"], told["ci_ids"]) == (["ci_ids"], [str(other), str(one)])
    again = await desk.change(answer.json(), ci_ids=[str(other), str(one)])
    assert again.json()["version"] == answer.json()["version"]
    await desk.declare(ci_ids=[str(one)])
    for item, count in ((one, 2), (other, 1), (uuid4(), 0)):
        listed = await desk.staff.get(f"{PATH}?ci_id={item}")
        assert len(listed.json()["items"]) == count


async def test_customers_neither_name_nor_see_configuration_items(desk: Desk) -> None:
    customer, item = await desk.register_customer(), await desk.item()
    theirs = desk.customer(customer)
    refused = await theirs.post(PATH, json={"title": "x", "ci_ids": [str(item)]})
    assert (refused.status_code, refused.json()["code"]) == (422, "configuration-item-unknown")
    incident = await desk.declare(customer_ids=[str(customer)], ci_ids=[str(item)])
    assert (await desk.read(incident, by=theirs))["ci_ids"] == []
    listed = await theirs.get(f"{PATH}?ci_id={item}")
    assert listed.json()["items"] == []


@pytest.mark.parametrize(
    ("ci_ids", "pointer"),
    [
        ([str(uuid4())], "/ci_ids"),
        (["CI0000001"], "/ci_ids/0"),
        ("CI0000001", "/ci_ids"),
        ([str(uuid4())] * 101, "/ci_ids"),
        (None, "/ci_ids"),
    ],
)
async def test_configuration_items_that_cannot_be_are_refused(
    desk: Desk, ci_ids: object, pointer: str
) -> None:
    answer = await desk.staff.post(PATH, json={"title": "x", "ci_ids": ci_ids})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    changed = await desk.change(await desk.declare(), ci_ids=ci_ids)
    assert changed.status_code == 422
    assert changed.json()["errors"][0]["pointer"] == pointer


async def test_a_filter_by_no_id_is_refused(desk: Desk) -> None:
    answer = await desk.staff.get(f"{PATH}?ci_id=CI0000001")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "ci_id")
