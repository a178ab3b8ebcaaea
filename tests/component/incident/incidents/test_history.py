"""What happened to an incident, event by event, and who may read it."""

from __future__ import annotations

from uuid import uuid4

from tests.component.incident.desk import PATH, Desk


async def test_the_history_tells_every_event_in_order(desk: Desk) -> None:
    incident = await desk.declare(service_id=str(await desk.service(team=await desk.team())))
    incident = await desk.move(incident, "in_progress")
    told = await desk.stage.events("incident")
    wanted = [one for one in told if str(one.key) == incident["id"]]
    for reference in (incident["id"], incident["number"]):
        answer = await desk.staff.get(f"{PATH}/{reference}/history")
        assert answer.status_code == 200, answer.text
        entries = answer.json()["items"]
        assert [one["event_id"] for one in entries] == [str(one.id) for one in wanted]
        assert [one["sequence"] for one in entries] == list(range(1, incident["version"] + 1))
        assert entries[-1]["data"]["state"] == "in_progress"


async def test_an_incident_that_is_none_has_no_history(desk: Desk) -> None:
    for reference in (str(uuid4()), "INC9999999", "x"):
        answer = await desk.staff.get(f"{PATH}/{reference}/history")
        assert (answer.status_code, answer.json()["code"]) == (404, "incident-not-found")


async def test_customers_and_whoever_is_bound_to_one_read_no_history(desk: Desk) -> None:
    customer = await desk.register_customer()
    incident = await desk.declare(customer_ids=[str(customer)])
    path = f"{PATH}/{incident['id']}/history"
    assert (await desk.customer(customer).get(path)).status_code == 403
    bound = desk.stage.http("resolver", customer_id=customer, sub="bound")
    assert (await bound.get(f"{PATH}/{incident['id']}")).status_code == 200
    answer = await bound.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "incident-not-found")
