"""What a customer's user sees of changes: those on services that their customer uses."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.component.change.desk import PATH, Desk, whole


async def test_a_customer_sees_changes_on_what_it_and_its_descendants_use(desk: Desk) -> None:
    shop, mail, other = [await desk.service() for _ in range(3)]
    parent = await desk.register_customer()
    child = await desk.register_customer(parent)
    await desk.use(parent, shop)
    await desk.use(child, mail)
    changes = [(await desk.request(whole(one)))["id"] for one in (shop, mail, other)]

    async def seen(customer: object) -> list[bool]:
        client = desk.customer(customer)  # type: ignore[arg-type]  # None is tried as well
        listed = {one["id"] for one in (await client.get(PATH)).json()["items"]}
        for one in changes:
            found = (await client.get(f"{PATH}/{one}")).status_code == 200
            assert found == (one in listed)
        return [one in listed for one in changes]

    assert await seen(parent) == [True, True, False]
    assert await seen(child) == [False, True, False]
    assert await seen(uuid4()) == [False, False, False]
    assert await seen(None) == [False, False, False]


async def test_what_is_not_theirs_cannot_be_told_from_what_is_not_there(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    stranger = desk.customer(await desk.register_customer())

    hidden = await stranger.get(f"{PATH}/{change['number']}")
    absent = await stranger.get(f"{PATH}/CHG9999999")

    assert hidden.status_code == absent.status_code == 404
    left_out = ("instance", "trace_id")
    assert {k: v for k, v in hidden.json().items() if k not in left_out} == {
        k: v for k, v in absent.json().items() if k not in left_out
    }


@pytest.mark.parametrize(
    ("begins", "ends", "visible"),
    [(-60, None, True), (-60, 60, True), (-60, -1, False), (60, None, False)],
)
async def test_a_use_counts_while_it_lasts(
    desk: Desk, begins: float, ends: float | None, *, visible: bool
) -> None:
    service, customer = await desk.service(), await desk.register_customer()
    await desk.use(customer, service, begins=begins, ends=ends)
    change = await desk.request(whole(service))

    answer = await desk.customer(customer).get(f"{PATH}/{change['id']}")

    assert (answer.status_code == 200) == visible


async def test_a_customer_sees_its_own_services_and_nothing_internal(desk: Desk) -> None:
    mine, theirs, customer = await desk.service(), await desk.service(), uuid4()
    await desk.use(customer, mine)
    body = whole(mine, theirs) | {
        "description_business": "Orders pause.",
        "description_technical": "order-db-1 fails over.",
        "planned_outages": [{"service_id": str(one), "minutes": 5} for one in (mine, theirs)],
    }
    change = await desk.request(body)
    incident = uuid4()
    await desk.incident(incident, "declared", state="new", priority=1, service=theirs)

    seen = (await desk.customer(customer).get(f"{PATH}/{change['id']}")).json()

    assert seen["service_ids"] == [str(mine)]
    assert [one["service_id"] for one in seen["planned_outages"]] == [str(mine)]
    assert seen["warnings"] == []
    assert seen["description_business"] == "Orders pause."
    internal = ("requester", "description_technical", "implementation_plan", "backout_plan")
    assert [seen[name] for name in internal] == [None, None, None, None]


async def test_a_filter_does_not_tell_what_shares_a_change_with_theirs(desk: Desk) -> None:
    mine, theirs, customer = await desk.service(), await desk.service(), uuid4()
    await desk.use(customer, mine)
    await desk.request(whole(mine, theirs))
    client = desk.customer(customer)

    async def count(services: str) -> int:
        return len((await client.get(PATH, params={"service_id": services})).json()["items"])

    assert await count(str(theirs)) == 0
    assert await count(str(mine)) == 1
    assert await count(f"{theirs},{str(mine).upper()}") == 1


async def test_customers_read_no_history_and_move_nothing(desk: Desk) -> None:
    service, customer = await desk.service(), uuid4()
    await desk.use(customer, service)
    change = await desk.request(whole(service))
    client = desk.customer(customer)

    history = await client.get(f"{PATH}/{change['id']}/history")
    moved = await desk.try_move(change, "cancelled", by=client)

    assert (history.status_code, moved.status_code) == (403, 403)
