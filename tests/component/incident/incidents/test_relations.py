"""Links of incidents, corrected times, and holds that somebody wanted to look at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.component.incident.clocks.promising import at, clock, declared, promised, told
from tests.component.incident.desk import PATH, Body, Desk, minutes_from_now
from tests.support.builders import event


async def post(desk: Desk, incident: Body, path: str, body: Body) -> httpx.Response:
    return await desk.staff.post(
        f"{PATH}/{incident['id']}/{path}",
        json=body,
        headers={"If-Match": f'"{incident["version"]}"'},
    )


async def link(
    desk: Desk, incident: Body, relation: str, target: object, *, path: str = "links"
) -> httpx.Response:
    return await post(desk, incident, path, {"relation": relation, "target_id": str(target)})


async def a_change(desk: Desk) -> UUID:
    key = uuid4()
    data: Body = {
        "change_id": str(key),
        "number": "CHG0000001",
        "type": "normal",
        "title": "New disks",
        "state": "assess",
        "previous_state": "draft",
        "service_ids": [],
        "planned_start": None,
        "planned_end": None,
    }
    news = event("itsm.change.submitted.v1", key, 1, data, service="change")
    await desk.stage.deliver("incident", news)
    return key


async def correct(desk: Desk, incident: Body, **moments: Any) -> httpx.Response:  # noqa: ANN401 - any time
    body = {"milestones": moments, "reason": "The call was written down late."}
    return await post(desk, incident, "milestone-corrections", body)


async def test_children_are_found_by_their_parent(desk: Desk) -> None:
    parent, child = await desk.declare(), await desk.declare()
    answer = await link(desk, child, "parent", parent["id"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["parent_id"] == parent["id"]
    said = await desk.last("incident.linked")
    assert (said["relation"], said["target_number"]) == ("parent", parent["number"])
    found = await desk.staff.get(PATH, params={"parent_id": parent["id"]})
    assert [one["id"] for one in found.json()["items"]] == [child["id"]]
    assert (await link(desk, answer.json(), "parent", parent["id"])).json()["version"] == 2
    gone = await link(desk, answer.json(), "parent", parent["id"], path="link-removals")
    assert gone.json()["parent_id"] is None
    assert await desk.facts(child) == ["incident.declared", "incident.linked", "incident.unlinked"]


async def test_nothing_is_above_itself(desk: Desk) -> None:
    first, second, third = [await desk.declare() for _ in range(3)]
    second = (await link(desk, second, "parent", first["id"])).json()
    third = (await link(desk, third, "parent", second["id"])).json()
    for above in (first, third):
        refused = await link(desk, first, "parent", above["id"])
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/target_id"
    assert (await link(desk, first, "parent", uuid4())).status_code == 422


async def test_changes_and_problems_are_named(desk: Desk) -> None:
    incident, problem = await desk.declare(), uuid4()
    cause, fix = await a_change(desk), await a_change(desk)
    for relation, target in (
        ("caused_by_change", cause),
        ("fixed_by_change", fix),
        ("fixed_by_change", cause),
        ("problem", problem),
    ):
        answer = await link(desk, incident, relation, target)
        assert answer.status_code == 200, answer.text
        incident = answer.json()
    incident = await desk.read(incident)
    assert incident["caused_by_change_id"] == str(cause)
    assert incident["fixed_by_change_ids"] == [str(fix), str(cause)]
    assert incident["problem_id"] == str(problem)
    incident = (await link(desk, incident, "fixed_by_change", fix, path="link-removals")).json()
    assert incident["fixed_by_change_ids"] == [str(cause)]
    assert (await link(desk, incident, "fixed_by_change", uuid4())).status_code == 422
    none = await link(desk, incident, "fixed_by_change", fix, path="link-removals")
    assert none.status_code == 404
    assert (await link(desk, incident, "cousin", fix)).status_code == 422


async def test_a_corrected_time_counts_for_the_clocks(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    incident = await declared(
        desk,
        customer,
        service,
        impact=2,
        urgency=2,
        started_at=minutes_from_now(-300),
        detected_at=minutes_from_now(-300),
    )
    incident = await desk.move(incident, "in_progress")
    response = await clock(desk, incident, "response")
    assert response["state"] == "met"
    reported = at(incident["milestones"]["reported_at"]) - timedelta(hours=2)
    answer = await correct(desk, incident, reported_at=reported.isoformat())
    assert answer.status_code == 200, answer.text
    assert at(answer.json()["milestones"]["reported_at"]) == reported
    said = await desk.last("incident.timestamps_corrected")
    assert [one["milestone"] for one in said["corrections"]] == ["reported_at"]
    assert said["reason"] == "The call was written down late."
    response = await clock(desk, incident, "response")
    assert response["state"] == "breached"
    assert at(response["breached_at"]) == reported + timedelta(hours=1)
    assert "breached" in await told(desk, response)


async def test_a_correction_is_possible_after_the_end(desk: Desk) -> None:
    incident = await desk.declare(
        started_at=minutes_from_now(-60), detected_at=minutes_from_now(-60)
    )
    incident = await desk.move(incident, "cancelled")
    begun = minutes_from_now(-90)
    answer = await correct(desk, incident, started_at=begun)
    assert at(answer.json()["milestones"]["started_at"]) == at(begun)
    assert answer.json()["state"] == "cancelled"
    again = await correct(desk, answer.json(), started_at=begun)
    assert again.json()["version"] == answer.json()["version"]


@pytest.mark.parametrize(
    "moments",
    [
        {},
        {"started_at": "2999-01-01T00:00:00Z"},
        {"started_at": minutes_from_now(60)},
        {"detected_at": "2020-01-01T00:00:00Z"},
        {"resolved_at": minutes_from_now(-1)},
        {"started_at": "2020-01-01T00:00:00"},
        {"started_at": None},
        {"begun_at": "2020-01-01T00:00:00Z"},
    ],
)
async def test_impossible_corrections_are_refused(desk: Desk, moments: Body) -> None:
    incident = await desk.declare()
    answer = await correct(desk, incident, **moments)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/milestones")
    assert (await desk.read(incident))["version"] == incident["version"]


async def test_a_hold_is_looked_at_again_when_it_was_wanted(desk: Desk) -> None:
    incident = await desk.move(await desk.declare(), "cancelled")
    assert incident["state"] == "cancelled"
    team = await desk.team()
    incident = (await desk.try_move(await desk.declare(), "assigned", team_id=str(team))).json()
    incident = await desk.move(incident, "in_progress", "on_hold")
    due = at(incident["follow_up_at"])
    await desk.stage.fire_timers("incident", due - timedelta(minutes=1))
    assert "incident.follow_up_due" not in await desk.facts(incident)
    await desk.stage.fire_timers("incident", due + timedelta(seconds=1))
    await desk.stage.fire_timers("incident", due + timedelta(seconds=2))
    assert (await desk.facts(incident)).count("incident.follow_up_due") == 1
    said = await desk.last("incident.follow_up_due")
    assert (said["reason"], at(said["follow_up_at"])) == ("awaiting_supplier", due)


async def test_who_resumes_in_time_is_not_reminded(desk: Desk) -> None:
    team = await desk.team()
    incident = (await desk.try_move(await desk.declare(), "assigned", team_id=str(team))).json()
    incident = await desk.move(incident, "in_progress", "on_hold", "in_progress")
    await desk.stage.fire_timers("incident", datetime.now(UTC) + timedelta(hours=2))
    assert "incident.follow_up_due" not in await desk.facts(incident)
