"""What a change was like at an instant, and who may know what happened to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from tests.component.change.desk import PATH, Body, Desk, minutes_from_now, whole


async def at(desk: Desk, change: Body, instant: str) -> Body:
    answer = await desk.boss.get(f"{PATH}/{change['number']}", params={"as_of": instant})
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    found: Body = answer.json()
    return found


async def test_a_change_is_answered_as_it_was_known_in_each_of_its_states(desk: Desk) -> None:
    service = await desk.service()
    outage = {"planned_outages": [{"service_id": str(service), "minutes": 15}]}
    versions = [await desk.request({**whole(service), **outage})]
    for changes in ({"title": "Replace the storage", "reason": "It is old."}, {"test_plan": "Try"}):
        versions.append(await desk.revise(versions[-1], **changes))
    for to in ("assess", "authorize", "draft", "assess", "authorize", "scheduled", "implement"):
        versions.append(await desk.move(versions[-1], to))
    versions += [await desk.move(versions[-1], "review")]
    versions += [await desk.move(versions[-1], "closed")]
    for version in versions:
        assert await at(desk, version, version["updated_at"]) == version


async def test_before_it_was_requested_there_was_no_change(desk: Desk) -> None:
    change = await desk.request({"title": "Another"})
    moment_before = datetime.fromisoformat(change["created_at"]) - timedelta(microseconds=1)
    for ref, instant in (
        (change["id"], moment_before.isoformat()),
        (change["number"], moment_before.isoformat()),
        (str(uuid4()), minutes_from_now(1)),
    ):
        answer = await desk.boss.get(f"{PATH}/{ref}", params={"as_of": instant})
        assert (answer.status_code, answer.json()["code"]) == (404, "change-not-found")
    answer = await desk.boss.get(f"{PATH}/{change['id']}", params={"as_of": "yesterday"})
    assert answer.status_code == 400


async def test_a_customer_sees_the_past_of_services_it_used_then_and_uses_now(desk: Desk) -> None:
    own, other, customer = await desk.service(), await desk.service(), uuid4()
    await desk.use(customer, own)
    change = await desk.request(whole(own, other))
    client = desk.customer(customer)
    seen = await client.get(f"{PATH}/{change['id']}", params={"as_of": change["updated_at"]})
    assert seen.json()["service_ids"] == [str(own)]
    assert seen.json()["implementation_plan"] is None

    late = uuid4()
    await desk.use(late, other, begins=0)
    assert (await desk.customer(late).get(f"{PATH}/{change['id']}")).status_code == 200
    await desk.revise(change, title="Replace the storage")
    for user, instant in (
        (desk.customer(late), change["updated_at"]),
        (desk.customer(uuid4()), change["updated_at"]),
        (desk.customer(None), change["updated_at"]),
        (client, "2020-01-01T00:00:00Z"),
    ):
        hidden = await user.get(f"{PATH}/{change['id']}", params={"as_of": instant})
        assert hidden.status_code == 404


async def test_a_customer_in_the_token_hides_the_history_from_staff_as_well(desk: Desk) -> None:
    service, customer = await desk.service(), uuid4()
    await desk.use(customer, service)
    change = await desk.request(whole(service))
    bound = desk.stage.http("change_manager", customer_id=customer, sub="bound")
    assert (await bound.get(f"{PATH}/{change['id']}")).status_code == 200
    answer = await bound.get(f"{PATH}/{change['id']}/history")
    assert (answer.status_code, answer.json()["code"]) == (404, "change-not-found")
