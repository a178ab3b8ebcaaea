"""The way of an incident over HTTP: what each step asks for, and how a refusal says so."""

from __future__ import annotations

import pytest

from tests.component.incident.desk import PATH, Body, Desk, minutes_from_now

UNKNOWN = "0197a0c2-7d31-7c50-8f00-000000000000"


async def test_an_incident_goes_the_whole_way(desk: Desk) -> None:
    await desk.service(team=await desk.team())
    incident = await desk.declare(service_id="SVC0000001")
    incident = await desk.move(incident, "in_progress", "on_hold")
    assert incident["hold_reason"] == "awaiting_supplier"
    incident = await desk.move(incident, "in_progress", "resolved")
    assert incident["hold_reason"] is None
    assert incident["auto_close_at"] is not None
    incident = await desk.move(incident, "closed")
    assert await desk.facts(incident) == [
        "incident.declared",
        "incident.acknowledged",
        "incident.started",
        "incident.put_on_hold",
        "incident.resumed",
        "incident.resolved",
        "incident.closed",
    ]
    assert incident["version"] == 7
    moments = [one for one in incident["milestones"].values() if one is not None]
    assert moments == sorted(moments)
    entries = (await desk.staff.get(f"{PATH}/{incident['number']}/timeline")).json()["items"]
    assert [one["sequence"] for one in entries] == list(range(1, 8))


@pytest.mark.parametrize(
    ("path", "to", "allowed"),
    [
        ((), "in_progress", ["assigned", "resolved", "cancelled", "merged"]),
        ((), "on_hold", ["assigned", "resolved", "cancelled", "merged"]),
        ((), "closed", ["assigned", "resolved", "cancelled", "merged"]),
        (("resolved",), "on_hold", ["in_progress", "closed"]),
        (("resolved", "closed"), "in_progress", []),
        (("cancelled",), "resolved", []),
    ],
)
async def test_a_step_that_the_state_does_not_allow_names_those_that_it_does(
    desk: Desk, path: tuple[str, ...], to: str, allowed: list[str]
) -> None:
    incident = await desk.move(await desk.declare(), *path)
    facts = await desk.facts()
    answer = await desk.try_move(incident, to)
    assert answer.status_code == 409, answer.text
    assert answer.json()["code"] == "incident-transition-not-allowed"
    assert answer.json()["allowed"] == allowed
    assert await desk.facts() == facts


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ((), {"to": "assigned"}, "/team_id"),
        ((), {"to": "assigned", "team_id": UNKNOWN}, "/team_id"),
        ((), {"to": "resolved", "resolution_code": "fixed"}, "/resolution_technical"),
        ((), {"to": "cancelled"}, "/reason"),
        ((), {"to": "cancelled", "reason": "x", "state": "new"}, "/state"),
        ((), {"to": "elsewhere"}, ""),
        ((), {}, ""),
        (("resolved",), {"to": "in_progress"}, "/reason"),
        (
            ("resolved",),
            {"to": "closed", "occurred_at": "2020-01-01T00:00:00Z"},
            "/occurred_at",
        ),
        (("resolved",), {"to": "closed", "occurred_at": "2150-01-01T00:00:00Z"}, "/occurred_at"),
    ],
)
async def test_what_a_step_needs_is_asked_for(
    desk: Desk, path: tuple[str, ...], body: Body, pointer: str
) -> None:
    incident = await desk.move(await desk.declare(), *path)
    answer = await desk.staff.post(
        f"{PATH}/{incident['id']}/transitions",
        json=body,
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_hold_ends_at_a_time_ahead(desk: Desk) -> None:
    team = await desk.team()
    incident = await desk.declare()
    incident = (await desk.try_move(incident, "assigned", team_id=str(team))).json()
    past = await desk.try_move(incident, "on_hold", follow_up_at=minutes_from_now(-1))
    assert past.status_code == 422
    assert past.json()["errors"][0]["pointer"] == "/follow_up_at"


async def test_a_step_needs_the_version_that_was_read(desk: Desk) -> None:
    incident = await desk.declare()
    path = f"{PATH}/{incident['id']}/transitions"
    body = {"to": "cancelled", "reason": "A test."}
    assert (await desk.staff.post(path, json=body)).status_code == 428
    stale = await desk.staff.post(path, json=body, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert stale.json()["current_version"] == 1
    odd = await desk.staff.post(path, json=body, headers={"If-Match": "W/1"})
    assert odd.status_code == 412


@pytest.mark.parametrize("reference", [UNKNOWN, "INC9999999", "nonsense", "%00", "' or 1=1"])
async def test_what_is_not_there_is_not_found(desk: Desk, reference: str) -> None:
    assert (await desk.staff.get(f"{PATH}/{reference}")).status_code in (400, 404)
    assert (await desk.staff.get(f"{PATH}/{reference}/timeline")).status_code in (400, 404)
    moved = await desk.staff.post(
        f"{PATH}/{reference}/transitions", json={"to": "closed"}, headers={"If-Match": '"1"'}
    )
    assert moved.status_code in (400, 404)


async def test_the_first_person_acknowledges_and_nobody_after(desk: Desk) -> None:
    team = await desk.team()
    program = desk.stage.http("integration", sub="router")
    incident = await desk.declare()
    answer = await desk.try_move(incident, "assigned", by=program, team_id=str(team), assignee=None)
    incident = answer.json()
    assert incident["milestones"]["acknowledged_at"] is None
    other = str(await desk.team("Database"))
    incident = (await desk.try_move(incident, "assigned", team_id=other)).json()
    assert incident["milestones"]["acknowledged_at"] is not None
    assert await desk.facts(incident) == [
        "incident.declared",
        "incident.assigned",
        "incident.acknowledged",
        "incident.reassigned",
    ]
    told = await desk.last("incident.reassigned")
    assert (told["previous_team_id"], told["assignment_team_id"]) == (str(team), other)
    again = await desk.try_move(incident, "assigned", team_id=other)
    assert again.json()["version"] == incident["version"]


async def test_a_duplicate_hands_its_timeline_to_the_one_that_lives_on(desk: Desk) -> None:
    survivor = await desk.declare(title="Orders fail")
    double = await desk.declare(title="Shop is broken")
    comment = {"text": "Seen in Berlin too.", "visibility": "internal"}
    assert (await desk.staff.post(f"{PATH}/{double['number']}/timeline", json=comment)).is_success
    double = await desk.read(double)
    merged = await desk.try_move(double, "merged", duplicate_of=survivor["number"])
    assert merged.json()["duplicate_of"] == survivor["id"]
    entries = (await desk.staff.get(f"{PATH}/{survivor['id']}/timeline")).json()["items"]
    assert [one["kind"] for one in entries] == ["declared", "declared", "commented", "merged"]
    late = await desk.staff.post(f"{PATH}/{double['id']}/timeline", json=comment)
    assert late.status_code == 409
    itself = await desk.try_move(survivor, "merged", duplicate_of=survivor["id"])
    into_merged = await desk.try_move(survivor, "merged", duplicate_of=double["id"])
    nowhere = await desk.try_move(survivor, "merged", duplicate_of="INC9999999")
    assert [one.status_code for one in (itself, into_merged, nowhere)] == [409, 409, 404]


async def test_a_major_incident_has_somebody_in_command_and_is_never_on_hold(desk: Desk) -> None:
    await desk.service(team=await desk.team())
    incident = await desk.move(await desk.declare(service_id="SVC0000001"), "on_hold")
    path = "major-transitions"
    early = await desk.try_move(incident, "stood_down", by=desk.major, path=path, reason="x")
    assert (early.status_code, early.json()["allowed"]) == (409, ["proposed"])
    proposed = await desk.try_move(incident, "proposed", by=desk.major, path=path, reason="All.")
    incident = proposed.json()
    accept = {
        "commander": "mara",
        "business_impact": "No orders at all.",
        "next_update_at": minutes_from_now(30),
    }
    held = await desk.try_move(incident, "accepted", by=desk.major, path=path, **accept)
    assert (held.status_code, held.json()["allowed"]) == (409, ["rejected"])
    incident = await desk.move(incident, "in_progress")
    past = {**accept, "next_update_at": minutes_from_now(-1)}
    late = await desk.try_move(incident, "accepted", by=desk.major, path=path, **past)
    assert late.json()["errors"][0]["pointer"] == "/next_update_at"
    incident = (
        await desk.try_move(incident, "accepted", by=desk.major, path=path, **accept)
    ).json()
    assert (incident["major_state"], incident["commander"]) == ("accepted", "mara")
    hold = await desk.try_move(incident, "on_hold")
    assert (hold.status_code, "on_hold" in hold.json()["allowed"]) == (409, False)
    down = await desk.try_move(incident, "stood_down", by=desk.major, path=path, reason="Over.")
    assert down.json()["major_state"] == "stood_down"
    outsider = await desk.try_move(
        down.json(),
        "proposed",
        by=desk.stage.http("resolver"),
        path=path,
        reason="Again.",
    )
    assert outsider.status_code == 403


async def test_milestones_are_noted_in_their_order(desk: Desk) -> None:
    incident = await desk.declare(occurred_at=minutes_from_now(-60))
    path = f"{PATH}/{incident['id']}/milestones"

    async def note(milestone: str, minutes: float, version: int) -> tuple[int, Body]:
        answer = await desk.staff.post(
            path,
            json={"milestone": milestone, "occurred_at": minutes_from_now(minutes)},
            headers={"If-Match": f'"{version}"'},
        )
        return answer.status_code, answer.json()

    status, _ = await note("identified", -90, 1)
    assert status == 422
    status, after = await note("mitigated", -30, 1)
    assert (status, after["version"]) == (200, 3)
    status, after = await note("identified", -20, 3)
    assert (status, after["errors"][0]["pointer"]) == (422, "/occurred_at")
    assert await desk.facts() == [
        "incident.declared",
        "incident.acknowledged",
        "incident.milestone_recorded",
    ]
