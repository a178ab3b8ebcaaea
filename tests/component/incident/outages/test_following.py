"""Outages that opened by themselves follow their incident to the service that it is of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from tests.component.incident.desk import Body, Desk
from tests.component.incident.outages.recording import ago, listed, record, send, told

AVAILABILITY = "/incident/v1/availability"


async def weighted(desk: Desk, customer: UUID, service: UUID) -> int:
    """Return the weighted seconds that a customer lost of the last two hours and a half."""
    answer = await desk.staff.get(
        AVAILABILITY,
        params={
            "customer_id": str(customer),
            "service_id": str(service),
            "period_start": ago(hours=2.5),
            "period_end": ago(minutes=0),
        },
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["weighted"]["downtime_seconds"])


async def changed(desk: Desk, incident: Body, **changes: object) -> Body:
    answer = await desk.change(await desk.read(incident), **changes)
    assert answer.status_code == 200, answer.text
    await desk.follow()
    return await desk.read(incident)


async def declared(desk: Desk, service: UUID, *, impact: int = 1) -> Body:
    incident = await desk.declare(service_id=str(service), impact=impact, started_at=ago(hours=2))
    await desk.follow()
    return await desk.read(incident)


async def test_an_outage_counts_for_the_service_that_the_incident_is_of(desk: Desk) -> None:
    wrong, right = await desk.service(), await desk.service("SVC0000002")
    here, there = [await desk.register_customer() for _ in "ab"]
    await desk.use(here, wrong)
    await desk.use(there, right)
    incident = await declared(desk, wrong)
    assert abs(await weighted(desk, here, wrong) - 3600) <= 5
    incident = await changed(desk, incident, service_id=str(right))
    (gone,) = await listed(desk, service_id=str(wrong))
    assert (gone["state"], gone["ended_at"]) == ("ended", gone["started_at"])
    assert await told(desk, gone) == ["started", "ended"]
    (outage,) = await listed(desk, service_id=str(right))
    assert (outage["state"], outage["automatic"]) == ("open", True)
    assert outage["started_at"] == incident["milestones"]["started_at"]
    assert [one["customer_id"] for one in outage["affected"]] == [str(there)]
    assert await weighted(desk, here, wrong) == 0
    assert abs(await weighted(desk, there, right) - 3600) <= 5
    await desk.move(incident, "resolved")
    assert [one["state"] for one in await listed(desk)] == ["ended", "ended"]


async def test_a_change_that_is_resolved_at_once_counts_for_the_right_service(desk: Desk) -> None:
    wrong, right = await desk.service(), await desk.service("SVC0000002")
    customer = await desk.register_customer()
    for one in (wrong, right):
        await desk.use(customer, one)
    incident = await declared(desk, wrong)
    answer = await desk.change(incident, service_id=str(right))
    await desk.move(answer.json(), "resolved")
    await desk.follow()
    assert await weighted(desk, customer, wrong) == 0
    assert abs(await weighted(desk, customer, right) - 3600) <= 5


async def test_an_incident_that_comes_back_to_a_service_degrades_it_again(desk: Desk) -> None:
    first, second = await desk.service(), await desk.service("SVC0000002")
    incident = await declared(desk, first)
    for service in (second, first, None, first):
        incident = await changed(desk, incident, service_id=service and str(service))
        still = await listed(desk, state="open")
        assert [one["service_id"] for one in still] == ([] if service is None else [str(service)])
    ended = await listed(desk, state="ended")
    assert [one["ended_at"] for one in ended] == [one["started_at"] for one in ended]


async def test_what_was_noted_of_the_outage_comes_along(desk: Desk) -> None:
    wrong, right = await desk.service(), await desk.service("SVC0000002")
    customer = await desk.register_customer()
    await desk.use(customer, right)
    incident = await declared(desk, wrong)
    (outage,) = await listed(desk)
    worse = ago(hours=1)
    outage = await send(desk, outage, "segments", kind="outage", occurred_at=worse)
    await changed(desk, incident, service_id=str(right))
    (moved,) = await listed(desk, state="open")
    assert moved["segments"] == outage["segments"]
    assert abs(await weighted(desk, customer, right) - 1.5 * 3600) <= 5


async def test_an_outage_that_has_ended_counts_for_the_right_service_too(desk: Desk) -> None:
    wrong, right = await desk.service(), await desk.service("SVC0000002")
    customer = await desk.register_customer()
    for one in (wrong, right):
        await desk.use(customer, one)
    incident = await desk.move(await declared(desk, wrong), "resolved")
    (outage,) = await listed(desk)
    await changed(desk, incident, service_id=str(right))
    assert await told(desk, outage) == ["started", "ended", "corrected"]
    (moved,) = await listed(desk, service_id=str(right))
    assert (moved["state"], moved["ended_at"]) == ("ended", outage["ended_at"])
    assert await weighted(desk, customer, wrong) == 0
    assert abs(await weighted(desk, customer, right) - 3600) <= 5


async def test_outages_that_people_recorded_stay_where_they_are(desk: Desk) -> None:
    wrong, right = await desk.service(), await desk.service("SVC0000002")
    incident = await declared(desk, wrong)
    here = await record(desk, wrong, incident_id=incident["id"], started_at=ago(hours=1))
    there = await record(desk, right, incident_id=incident["id"], started_at=ago(hours=1))
    await changed(desk, incident, service_id=str(right))
    still = await listed(desk, state="open")
    assert {one["id"] for one in still} == {here["id"], there["id"]}


async def test_a_degradation_stays_when_the_impact_falls_and_is_none_more_when_it_rises(
    desk: Desk,
) -> None:
    service = await desk.service()
    customer = await desk.register_customer()
    await desk.use(customer, service)
    incident = await declared(desk, service)
    incident = await changed(desk, incident, impact=3)
    (outage,) = await listed(desk)
    assert outage["state"] == "open"
    incident = await changed(desk, incident, impact=1)
    assert [one["id"] for one in await listed(desk)] == [outage["id"]]
    ended = ago(hours=1)
    await send(desk, outage, "transitions", to="ended", occurred_at=ended)
    for impact in (2, 1):
        incident = await changed(desk, incident, impact=impact)
    (outage,) = await listed(desk)
    assert datetime.fromisoformat(outage["ended_at"]) == datetime.fromisoformat(ended)
    assert abs(await weighted(desk, customer, service) - 1800) <= 5


@pytest.mark.parametrize("impact", [2, 3])
async def test_a_lower_impact_takes_an_outage_along_but_opens_none(desk: Desk, impact: int) -> None:
    first, second = await desk.service(), await desk.service("SVC0000002")
    incident = await declared(desk, first)
    incident = await changed(desk, incident, impact=impact)
    incident = await changed(desk, incident, service_id=str(second))
    (still,) = await listed(desk, state="open")
    assert still["service_id"] == str(second)
    await send(desk, still, "transitions", to="ended", occurred_at=still["started_at"])
    await changed(desk, incident, service_id=str(first))
    assert await listed(desk, state="open") == []
