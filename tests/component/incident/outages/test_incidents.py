"""Outages follow their incident: opened by itself for high impact, ended when it is over."""

from __future__ import annotations

from datetime import datetime

from tests.component.incident.desk import Desk, alert, group
from tests.component.incident.outages.recording import (
    ago,
    listed,
    record,
    send,
    told,
    try_record,
)


async def test_high_impact_degrades_the_service_since_the_incident_began(desk: Desk) -> None:
    service, user, named = await desk.service(), *[await desk.register_customer() for _ in "ab"]
    await desk.use(user, service)
    incident = await desk.declare(
        service_id=str(service), impact=1, started_at=ago(hours=1), customer_ids=[str(named)]
    )
    await desk.follow()
    await desk.follow()
    (outage,) = await listed(desk)
    assert (outage["kind"], outage["state"], outage["automatic"]) == ("degradation", "open", True)
    assert (outage["incident_id"], outage["service_id"]) == (incident["id"], str(service))
    assert outage["started_at"] == incident["milestones"]["started_at"]
    assert {one["customer_id"] for one in outage["affected"]} == {str(user), str(named)}
    incident = await desk.move(await desk.read(incident), "resolved")
    (ended,) = await listed(desk)
    assert (ended["state"], ended["ended_at"]) == ("ended", incident["milestones"]["resolved_at"])
    assert await told(desk, outage) == ["started", "ended"]


async def test_lower_impact_opens_nothing_until_it_rises(desk: Desk) -> None:
    service = await desk.service()
    incident = await desk.declare(service_id=str(service), impact=2)
    await desk.declare(impact=1)
    await desk.follow()
    assert await listed(desk) == []
    incident = await desk.read(incident)
    assert (await desk.change(incident, impact=1)).status_code == 200
    await desk.follow()
    assert [one["incident_id"] for one in await listed(desk)] == [incident["id"]]


async def test_resolving_is_refused_while_an_outage_opened_by_people_is_open(desk: Desk) -> None:
    service = await desk.service()
    incident = await desk.declare(service_id=str(service), impact=1)
    outage = await record(desk, service, incident_id=incident["id"])
    past = await record(
        desk, service, incident_id=incident["id"], started_at=ago(hours=2), ended_at=ago(hours=1)
    )
    refused = await desk.try_move(incident, "resolved")
    assert refused.status_code == 409
    assert refused.json()["outage_ids"] == [outage["id"]]
    await send(desk, outage, "transitions", to="ended")
    incident = await desk.move(await desk.read(incident), "resolved")
    late = await try_record(desk, service, incident_id=incident["id"])
    assert (late.status_code, late.json()["code"]) == (409, "outage-incident-over")
    assert await told(desk, past) == ["started"]


async def test_reopening_reopens_nothing_by_itself(desk: Desk) -> None:
    service = await desk.service(team=await desk.team())
    incident = await desk.declare(service_id=str(service), impact=1)
    await desk.follow()
    incident = await desk.move(await desk.read(incident), "assigned", "in_progress", "resolved")
    answer = await desk.try_move(incident, "in_progress", reason="Still broken.")
    assert answer.status_code == 200
    assert (await desk.change(answer.json(), urgency=1)).status_code == 200
    await desk.follow()
    assert [one["state"] for one in await listed(desk)] == ["ended"]


async def test_an_incident_that_was_none_leaves_nothing_to_count(desk: Desk) -> None:
    service = await desk.service()
    incident = await desk.declare(service_id=str(service), impact=1, started_at=ago(hours=1))
    await desk.follow()
    await desk.move(await desk.read(incident), "cancelled")
    (outage,) = await listed(desk)
    assert outage["state"] == "ended"
    assert outage["ended_at"] == outage["started_at"]


async def test_a_mitigated_incident_ends_its_outage_when_users_were_well(desk: Desk) -> None:
    service = await desk.service()
    incident = await desk.declare(service_id=str(service), impact=1, occurred_at=ago(hours=2))
    await desk.follow()
    incident = await desk.read(incident)
    well = ago(minutes=30)
    answer = await desk.staff.post(
        f"/incident/v1/incidents/{incident['id']}/milestones",
        json={"milestone": "mitigated", "occurred_at": well},
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    incident = await desk.move(await desk.read(incident), "resolved")
    (outage,) = await listed(desk)
    assert datetime.fromisoformat(outage["ended_at"]) == datetime.fromisoformat(well)


async def test_outages_of_merged_incidents_become_one(desk: Desk) -> None:
    service = await desk.service()
    first = await desk.declare(service_id=str(service), impact=1, started_at=ago(hours=1))
    second = await desk.declare(service_id=str(service), impact=1, started_at=ago(hours=2))
    await desk.follow()
    by_hand = await record(desk, service, incident_id=second["id"])
    second = await desk.read(second)
    answer = await desk.try_move(second, "merged", duplicate_of=first["id"])
    assert answer.status_code == 200, answer.text
    still = await listed(desk, state="open")
    assert {one["incident_id"] for one in still} == {first["id"]}
    assert {one["id"] for one in still if not one["automatic"]} == {by_hand["id"]}
    (whole,) = [one for one in still if one["automatic"]]
    assert whole["started_at"] == second["milestones"]["started_at"]
    assert len(await listed(desk, state="merged")) == 1


async def test_monitoring_does_not_resolve_over_an_open_outage(desk: Desk) -> None:
    service = await desk.service()
    monitoring = await desk.integration(default_service_id=str(service))
    await desk.take(monitoring, group(alert()))
    (incident,) = (await desk.staff.get("/incident/v1/incidents")).json()["items"]
    outage = await record(desk, incident["service_id"] or service, incident_id=incident["id"])
    await desk.take(monitoring, group(alert(status="resolved", ends=ago(minutes=1))))
    assert (await desk.read(incident))["state"] in ("new", "assigned")
    await send(desk, outage, "transitions", to="ended")
    await desk.move(await desk.read(incident), "resolved")
