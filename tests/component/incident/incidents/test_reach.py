"""The reach of an incident, computed off the request, from what the catalog has told."""

from __future__ import annotations

from uuid import uuid4

from tests.component.incident.desk import PATH, Desk, minutes_from_now


async def test_everything_downstream_and_its_customers_are_in_reach(desk: Desk) -> None:
    database, orders, shop = [
        await desk.service(f"SVC000000{each}", name=name, technical=f"s{each}")
        for each, name in enumerate(("Order database", "Orders", "Web shop"), start=1)
    ]
    unrelated = await desk.service("SVC0000009", name="Mail")
    # The map has a circle, and events of it came before those of its services.
    await desk.depend(orders, database)
    await desk.depend(shop, orders)
    await desk.depend(database, shop)
    near, far, former, elsewhere = [await desk.register_customer() for _ in range(4)]
    await desk.use(near, orders)
    await desk.use(near, shop)
    await desk.use(far, shop)
    await desk.use(former, shop, ends=-1)
    await desk.use(elsewhere, unrelated)
    incident = await desk.declare(service_id="SVC0000001")
    assert (await desk.read(incident))["impact_assessed_at"] is None
    await desk.follow()
    await desk.follow()
    assert await desk.facts(incident) == ["incident.declared", "incident.impact_assessed"]
    told = await desk.last("incident.impact_assessed")
    assert [(one["name_business"], one["distance"]) for one in told["services"]] == [
        ("Order database", 0),
        ("Orders", 1),
        ("Web shop", 2),
    ]
    assert {one["customer_id"]: one["service_ids"] for one in told["customers"]} == {
        str(near): [str(orders), str(shop)],
        str(far): [str(shop)],
    }
    impact = (await desk.staff.get(f"{PATH}/{incident['number']}/impact")).json()
    assert impact["map_version"] == told["map_version"]
    assert len(impact["services"]) == 3
    listed = await desk.staff.get(f"{PATH}?customer_id={far}")
    assert [one["id"] for one in listed.json()["items"]] == [incident["id"]]
    none = await desk.staff.get(f"{PATH}?customer_id={elsewhere}")
    assert none.json()["items"] == []


async def test_another_service_gives_another_reach(desk: Desk) -> None:
    first = await desk.service("SVC0000001")
    second = await desk.service("SVC0000002", technical="other")
    incident = await desk.declare(service_id=str(first))
    await desk.follow()
    incident = await desk.read(incident)
    assert (await desk.change(incident, service_id="SVC0000002")).status_code == 200
    await desk.follow()
    impact = (await desk.staff.get(f"{PATH}/{incident['id']}/impact")).json()
    assert [one["service_id"] for one in impact["services"]] == [str(second)]


async def test_what_is_over_is_not_assessed_any_more(desk: Desk) -> None:
    await desk.service()
    incident = await desk.move(await desk.declare(service_id="SVC0000001"), "cancelled")
    await desk.follow()
    assert await desk.facts(incident) == ["incident.declared", "incident.cancelled"]


async def test_a_critical_incident_is_proposed_as_major_by_itself(desk: Desk) -> None:
    critical = await desk.declare(impact=1, urgency=1)
    later = await desk.declare()
    await desk.follow()
    assert (await desk.read(critical))["major_state"] == "proposed"
    assert (await desk.read(later))["major_state"] == "none"
    assert (await desk.change(later, impact=1, urgency=1)).status_code == 200
    await desk.follow()
    assert (await desk.read(later))["major_state"] == "proposed"
    assert (await desk.last("incident.major_proposed"))["automatic"] is True


async def test_a_removed_dependency_carries_nothing(desk: Desk) -> None:
    database = await desk.service("SVC0000001")
    orders = await desk.service("SVC0000002", technical="orders")
    dependency = await desk.depend(orders, database)
    (row,) = await desk.rows("select * from incident.view_dependency")
    await desk.tell(
        "dependency.removed",
        dependency,
        dependency_id=str(dependency),
        from_id=str(orders),
        from_kind="service",
        to_id=str(database),
        to_kind="service",
        valid_from=row["valid_from"].isoformat(),
        valid_to=None,
    )
    await desk.declare(service_id="SVC0000001")
    await desk.follow()
    assert len((await desk.last("incident.impact_assessed"))["services"]) == 1


async def test_configuration_items_are_ways_and_redundancy_holds_while_enough_is_left(
    desk: Desk,
) -> None:
    first, second = await desk.item("CI0000001"), await desk.item("CI0000002", name="db-2")
    shop = await desk.service("SVC0000001", name="Shop")
    group = uuid4()
    await desk.tell(
        "redundancy_group.defined",
        group,
        redundancy_group_id=str(group),
        node_id=str(shop),
        node_kind="service",
        name="databases",
        min_up=1,
        min_up_unit="count",
        valid_from=minutes_from_now(-600000),
        valid_to=None,
    )
    for database in (first, second):
        await desk.depend(shop, database, group=group)
    mail = await desk.service("SVC0000002", technical="mail", name="Mail")
    await desk.depend(mail, first)
    for items, reached in (
        ([first], {"Mail": 1}),
        ([second], {}),
        ([first, second], {"Mail": 1, "Shop": 1}),
    ):
        await desk.declare(ci_ids=[str(one) for one in items])
        await desk.follow()
        told = await desk.last("incident.impact_assessed")
        assert {one["name_business"]: one["distance"] for one in told["services"]} == reached


async def test_an_item_that_is_told_of_again_is_known_as_the_later_event_says(desk: Desk) -> None:
    item = await desk.item(name="db-1")
    await desk.tell(
        "configuration_item.retired",
        item,
        configuration_item_id=str(item),
        number="CI0000001",
        name="db-1 (old)",
        kind="data",
        status="retired",
        **{"class": "database"},
    )
    (row,) = await desk.rows("select name, status from incident.view_configuration_item")
    assert (row["name"], row["status"]) == ("db-1 (old)", "retired")
