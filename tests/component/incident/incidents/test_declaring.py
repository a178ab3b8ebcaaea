"""Declaring incidents over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.incident.desk import PATH, Body, Desk, minutes_from_now


async def test_a_declared_incident_goes_to_the_owner_team_of_its_service(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service(team=team)
    answer = await desk.staff.post(
        PATH,
        json={"title": "Orders fail", "service_id": "svc0000001", "impact": "high", "urgency": 2},
    )
    assert answer.status_code == 201
    incident = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"{PATH}/{incident['id']}"
    assert incident["number"] == "INC0000001"
    assert incident["state"] == "assigned"
    assert incident["assignment_team_id"] == str(team)
    assert incident["service_id"] == str(service)
    assert incident["affected_service_ids"] == [str(service)]
    assert (incident["impact"], incident["urgency"], incident["priority"]) == (1, 2, 2)
    assert incident["milestones"]["acknowledged_at"] is None
    (told,) = await desk.stage.events("incident")
    assert (told.type, told.sequence) == ("itsm.incident.declared.v1", 1)
    assert (await desk.last("incident.declared"))["state"] == "assigned"
    entries = (await desk.staff.get(f"{PATH}/INC0000001/timeline")).json()["items"]
    assert [(one["kind"], one["sequence"]) for one in entries] == [("declared", 1)]


async def test_without_a_service_an_incident_is_new_and_has_no_team(desk: Desk) -> None:
    incident = await desk.declare()
    assert (incident["state"], incident["assignment_team_id"]) == ("new", None)


async def test_a_retired_owner_team_gets_nothing(desk: Desk) -> None:
    team = await desk.team(status="retired")
    await desk.service(team=team)
    assert (await desk.declare(service_id="SVC0000001"))["state"] == "new"


async def test_the_same_key_declares_once(desk: Desk) -> None:
    key = {"Idempotency-Key": "once"}
    first = await desk.staff.post(PATH, json={"title": "Orders fail"}, headers=key)
    again = await desk.staff.post(PATH, json={"title": "Orders fail"}, headers=key)
    other = await desk.staff.post(PATH, json={"title": "Mail is slow"}, headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert await desk.facts() == ["incident.declared"]
    assert len(await desk.rows("select id from incident.timeline")) == 1


async def test_incidents_declared_at_once_get_numbers_of_their_own(desk: Desk) -> None:
    found = await asyncio.gather(*(desk.declare(title=f"Case {each}") for each in range(20)))
    assert len({one["number"] for one in found}) == 20


async def test_what_is_reported_afterwards_keeps_its_times(desk: Desk) -> None:
    incident = await desk.declare(
        occurred_at=minutes_from_now(-30),
        started_at=minutes_from_now(-60),
        detected_at=minutes_from_now(-45),
    )
    moments = incident["milestones"]
    assert moments["started_at"] < moments["detected_at"] < moments["reported_at"]
    (told,) = await desk.stage.events("incident")
    assert told.occurred_at < told.recorded_at


UNKNOWN = "0197a0c2-7d31-7c50-8f00-000000000000"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "two\nlines"}, "/title"),
        ({"title": "a" * 201}, "/title"),
        ({}, "/title"),
        ({"title": "x", "impact": 0}, "/impact"),
        ({"title": "x", "impact": "huge"}, "/impact"),
        ({"title": "x", "impact": True}, "/impact"),
        ({"title": "x", "urgency": 10**30}, "/urgency"),
        ({"title": "x", "service_id": "SVC9999999"}, "/service_id"),
        ({"title": "x", "service_id": UNKNOWN}, "/service_id"),
        ({"title": "x", "affected_service_ids": [UNKNOWN]}, "/affected_service_ids"),
        ({"title": "x", "customer_ids": [UNKNOWN]}, "/customer_ids"),
        ({"title": "x", "channel": "pigeon"}, "/channel"),
        ({"title": "x", "state": "closed"}, "/state"),
        ({"title": "x", "occurred_at": "2026-03-02T09:00:00"}, "/occurred_at"),
        ({"title": "x", "occurred_at": "2150-01-01T00:00:00Z"}, "/occurred_at"),
        ({"title": "x", "started_at": "2150-01-01T00:00:00Z"}, "/started_at"),
        ({"title": "nul \x00"}, ""),
    ],
)
async def test_what_is_not_valid_is_refused_where_it_stands(
    desk: Desk, body: Body, pointer: str
) -> None:
    answer = await desk.staff.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert await desk.facts() == []


async def test_the_matrix_in_force_makes_the_priority(desk: Desk) -> None:
    keeper = desk.stage.http("service_manager")
    path = "/incident/v1/priority-matrix"
    before = await keeper.get(path)
    assert before.json() == {"cells": [[1, 2, 3], [2, 3, 4], [3, 4, 5]], "version": 0}
    cells = {"cells": [[1, 1, 2], [1, 2, 3], [2, 3, 4]]}
    replaced = await keeper.post(path, json=cells, headers={"If-Match": '"0"'})
    stale = await keeper.post(path, json=cells, headers={"If-Match": '"0"'})
    assert (replaced.status_code, replaced.headers["etag"], stale.status_code) == (200, '"1"', 412)
    assert (await desk.declare(impact=2, urgency=1))["priority"] == 1
    assert await desk.facts() == ["priority_matrix.changed", "incident.declared"]
    upside_down = {"cells": [[3, 2, 1], [3, 3, 3], [3, 3, 3]]}
    refused = await keeper.post(path, json=upside_down, headers={"If-Match": '"1"'})
    assert refused.status_code == 422
    assert refused.json()["code"] == "priority-matrix-out-of-order"


async def test_who_may_not_work_on_incidents_may_not_declare_them(desk: Desk) -> None:
    auditor = desk.stage.http("auditor")
    assert (await auditor.post(PATH, json={"title": "x"})).status_code == 403
    assert (await desk.nobody.post(PATH, json={"title": "x"})).status_code == 401
