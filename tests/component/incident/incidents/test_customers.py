"""What customers' users see and may do: their own side, and nothing of anybody else's."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.component.incident.desk import PATH, Desk


async def test_customers_see_what_is_theirs_or_reaches_them(desk: Desk) -> None:
    service = await desk.service()
    parent = await desk.register_customer()
    child = await desk.register_customer(parent)
    stranger = await desk.register_customer()
    await desk.use(child, service)
    reaching = await desk.declare(
        service_id="SVC0000001", description_technical="node-3 is down", caller="Zoe"
    )
    theirs = await desk.declare(customer_ids=[str(stranger)])
    await desk.declare(title="Nobody's")
    await desk.follow()
    for_parent = desk.customer(parent)
    listed = (await for_parent.get(PATH)).json()["items"]
    assert [one["id"] for one in listed] == [reaching["id"]]
    assert (listed[0]["description_technical"], listed[0]["caller"]) == (None, None)
    assert (await for_parent.get(f"{PATH}/{theirs['number']}")).status_code == 404
    own = (await desk.customer(stranger).get(PATH)).json()["items"]
    assert [one["id"] for one in own] == [theirs["id"]]
    for nobody in (desk.customer(None), desk.customer(uuid4())):
        assert (await nobody.get(PATH)).json()["items"] == []
        assert (await nobody.get(f"{PATH}/{reaching['id']}")).status_code == 404


async def test_customers_learn_nothing_of_other_customers_in_reach(desk: Desk) -> None:
    service = await desk.service()
    one, other = await desk.register_customer(), await desk.register_customer()
    await desk.use(one, service)
    await desk.use(other, service)
    incident = await desk.declare(service_id="SVC0000001", customer_ids=[str(other)])
    await desk.follow()
    path = f"{PATH}/{incident['id']}"
    await desk.customer(other, sub="otto").post(f"{path}/timeline", json={"text": "Our secret."})
    await desk.staff.post(f"{path}/timeline", json={"text": "internal"})
    told = {"text": "We are on it.", "visibility": "customer"}
    await desk.staff.post(f"{path}/timeline", json=told)
    client = desk.customer(one)
    for named, found in ((one, [incident["id"]]), (other, [])):
        listed = await client.get(PATH, params={"customer_id": str(named)})
        assert [each["id"] for each in listed.json()["items"]] == found
    assert (await desk.read(incident, by=client))["customer_ids"] == []
    impact = (await client.get(f"{path}/impact")).json()
    assert [each["customer_id"] for each in impact["customers"]] == [str(one)]
    entries = (await client.get(f"{path}/timeline")).json()["items"]
    assert [each["text"] for each in entries if each["kind"] == "commented"] == ["We are on it."]
    assert {each["actor"] for each in entries} == {"provider"}
    seen = await desk.customer(other).get(f"{path}/timeline")
    assert "Our secret." in [each["text"] for each in seen.json()["items"]]


async def test_customers_declare_for_themselves_alone(desk: Desk) -> None:
    own, foreign = await desk.register_customer(), await desk.register_customer()
    client = desk.customer(own)
    incident = await desk.declare(by=client, channel="portal")
    assert incident["customer_ids"] == [str(own)]
    refused = await client.post(PATH, json={"title": "x", "customer_ids": [str(foreign)]})
    assert (refused.status_code, refused.json()["code"]) == (422, "customer-unknown")
    without = await desk.customer(None).post(PATH, json={"title": "x"})
    assert without.status_code == 403


async def test_customers_confirm_and_reopen_what_is_theirs_alone(desk: Desk) -> None:
    own = await desk.register_customer()
    client = desk.customer(own)
    incident = await desk.declare(by=client)
    refused = await desk.try_move(incident, "cancelled", by=client)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-for-customers")
    incident = await desk.move(incident, "resolved")
    reopened = await desk.try_move(
        incident, "in_progress", by=client, assignee=None, reason="Still broken."
    )
    assert reopened.status_code == 200, reopened.text
    assert reopened.json()["reopen_count"] == 1
    incident = await desk.move(await desk.read(incident), "resolved")
    closed = await desk.try_move(incident, "closed", by=client)
    assert closed.json()["state"] == "closed"
    assert closed.json()["resolution_technical"] is None


@pytest.mark.parametrize("method", ["patch", "milestones", "major-transitions"])
async def test_what_is_for_staff_is_not_for_customers(desk: Desk, method: str) -> None:
    own = await desk.register_customer()
    incident = await desk.declare(customer_ids=[str(own)])
    client = desk.customer(own)
    path, headers = f"{PATH}/{incident['id']}", {"If-Match": '"1"'}
    if method == "patch":
        answer = await client.patch(path, json={"title": "x"}, headers=headers)
    else:
        body = {"to": "proposed", "reason": "x"}
        if method == "milestones":
            body = {"milestone": "identified"}
        answer = await client.post(f"{path}/{method}", json=body, headers=headers)
    assert answer.status_code == 403
