"""A change that would start on a service with an open priority 1 incident says so."""

from __future__ import annotations

from uuid import UUID, uuid4

from tests.component.change.desk import PATH, Body, Desk, whole


async def warnings(desk: Desk, change: Body) -> list[tuple[str, UUID, UUID, str]]:
    record = (await desk.asker.get(f"{PATH}/{change['id']}")).json()
    return [
        (
            one["code"],
            UUID(one["service_id"]),
            UUID(one["incident_id"]),
            one["incident_number"],
        )
        for one in record["warnings"]
    ]


async def test_the_warning_is_there_while_the_incident_is_open(desk: Desk) -> None:
    service, incident = await desk.service(), uuid4()
    change = await desk.request(whole(service))
    assert change["warnings"] == []

    await desk.incident(incident, "declared", state="new", priority=1, service=service)
    expected = ("open-priority-1-incident", service, incident, "INC0000042")
    assert await warnings(desk, change) == [expected]

    await desk.incident(incident, "put_on_hold", state="on_hold", priority=1, service=service)
    assert await warnings(desk, change) == [expected]

    await desk.incident(incident, "resolved", state="resolved", priority=1, service=service)
    assert await warnings(desk, change) == []

    await desk.incident(incident, "reopened", state="in_progress", priority=1, service=service)
    assert await warnings(desk, change) == [expected]


async def test_a_lower_priority_does_not_warn_until_it_rises(desk: Desk) -> None:
    service, incident = await desk.service(), uuid4()
    change = await desk.request(whole(service))

    await desk.incident(incident, "declared", state="new", priority=2, service=service)
    assert await warnings(desk, change) == []
    await desk.incident(incident, "priority_changed", state="new", priority=1, service=service)
    assert len(await warnings(desk, change)) == 1


async def test_services_in_the_reach_of_an_incident_warn_too(desk: Desk) -> None:
    database, shop, mail = [await desk.service() for _ in range(3)]
    change = await desk.request(whole(shop, mail))
    incident = uuid4()
    await desk.incident(incident, "declared", state="new", priority=1, service=database)
    assert await warnings(desk, change) == []

    reach = [{"service_id": str(shop), "name_business": "Shop", "distance": 1}]
    await desk.incident(
        incident,
        "impact_assessed",
        state="new",
        priority=1,
        service=database,
        services=reach,
        customers=[],
    )
    # What says nothing of the reach leaves it as it was.
    await desk.incident(incident, "acknowledged", state="assigned", priority=1, service=database)

    assert [one[1] for one in await warnings(desk, change)] == [shop]


async def test_every_answer_about_a_change_ahead_carries_the_warning(desk: Desk) -> None:
    service = await desk.service()
    await desk.incident(uuid4(), "declared", state="new", priority=1, service=service)

    change = await desk.request(whole(service))
    assert len(change["warnings"]) == 1
    patched = await desk.asker.patch(
        f"{PATH}/{change['id']}", json={"title": "New"}, headers={"If-Match": '"1"'}
    )
    assert len(patched.json()["warnings"]) == 1
    change = patched.json()
    for to in ("assess", "authorize", "scheduled", "implement"):
        change = await desk.move(change, to)
        assert len(change["warnings"]) == 1, to
    listed = (await desk.asker.get(PATH)).json()["items"]
    assert [len(one["warnings"]) for one in listed] == [1]

    change = await desk.move(change, "review")
    assert change["warnings"] == []
    assert await warnings(desk, change) == []


async def test_a_warning_is_seen_by_a_reader_who_has_the_version_already(desk: Desk) -> None:
    service = await desk.service()
    change = await desk.request(whole(service))
    await desk.incident(uuid4(), "declared", state="new", priority=1, service=service)

    answer = await desk.asker.get(f"{PATH}/{change['id']}", headers={"If-None-Match": '"1"'})

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert len(answer.json()["warnings"]) == 1


async def test_a_service_that_the_change_does_not_touch_does_not_warn(desk: Desk) -> None:
    mine, other = await desk.service(), await desk.service()
    await desk.incident(uuid4(), "declared", state="new", priority=1, service=other)
    await desk.incident(uuid4(), "declared", state="new", priority=1, service=None)
    change = await desk.request(whole(mine))
    assert change["warnings"] == []
