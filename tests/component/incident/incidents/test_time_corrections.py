"""When an entry of the timeline really happened: it moves, and the clocks count anew."""

from __future__ import annotations

from datetime import timedelta

from tests.component.incident.clocks.promising import (
    HOUR,
    ago,
    at,
    clock,
    clocks,
    declared,
    promised,
    target,
    tell_agreement,
    told,
)
from tests.component.incident.desk import PATH, Desk
from tests.component.incident.incidents.correcting import (
    REASON,
    a_held_incident,
    correct,
    entry,
    moved,
    timeline,
)


async def test_a_hold_that_began_earlier_moves_the_deadline_and_back(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    before = await clock(desk, incident, "resolution")
    assert at(before["deadline"]) == reported + timedelta(hours=9)
    held = await entry(desk, incident, "put_on_hold")
    earlier = reported + timedelta(hours=1)
    answer = await correct(desk, incident, held["sequence"], earlier)
    assert answer.status_code == 200, answer.text
    incident = answer.json()
    shown = await clock(desk, incident, "resolution")
    assert at(shown["deadline"]) == reported + timedelta(hours=10)
    assert (await told(desk, shown))[-1] == "corrected"
    event = await desk.last("sla_clock.corrected")
    assert event["previous"]["deadline"] == before["deadline"]
    explained = await desk.staff.get(f"/incident/v1/clocks/{shown['id']}/explain")
    waits = [one for one in explained.json()["steps"] if "pauses" in one["why"]]
    assert [(at(one["start"]), at(one["end"])) for one in waits] == [
        (earlier, reported + timedelta(hours=3))
    ]
    answer = await correct(desk, incident, held["sequence"], reported + timedelta(hours=2))
    again = await clock(desk, answer.json(), "resolution")
    assert again["deadline"] == before["deadline"]
    assert abs(again["elapsed_seconds"] - before["elapsed_seconds"]) < 60


async def test_the_timeline_shows_the_time_it_was_and_the_one_it_was_said(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    held = await entry(desk, incident, "put_on_hold")
    earlier = reported + timedelta(hours=1)
    answer = await correct(desk, incident, held["sequence"], earlier)
    assert answer.json()["version"] == incident["version"] + 1
    moved_to = await entry(desk, incident, "put_on_hold")
    assert at(moved_to["occurred_at"]) == earlier
    assert moved_to | {"occurred_at": held["occurred_at"]} == held
    said = await entry(desk, incident, "timestamps_corrected")
    assert said["visibility"] == held["visibility"]
    for words in (REASON, f"entry {held['sequence']}", at(held["occurred_at"]).isoformat()):
        assert words in said["text"]
    event = await desk.last("incident.timestamps_corrected")
    assert (event["corrections"], event["reason"]) == ([], REASON)
    assert event["entry"] | {"old": None, "new": None} == {
        "sequence": held["sequence"],
        "kind": "put_on_hold",
        "visibility": "customer",
        "old": None,
        "new": None,
    }
    assert at(event["entry"]["old"]) == reported + timedelta(hours=2)
    assert at(event["entry"]["new"]) == earlier


async def test_the_same_time_again_changes_nothing(desk: Desk) -> None:
    incident, _ = await a_held_incident(desk)
    held = await entry(desk, incident, "put_on_hold")
    answer = await correct(desk, incident, held["sequence"], held["occurred_at"])
    assert (answer.status_code, answer.json()["version"]) == (200, incident["version"])


async def test_a_resume_can_take_a_breach_back_and_bring_it(desk: Desk) -> None:
    reported = ago(hours=10)
    customer, service = await promised(desk, team=await desk.team())
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    incident = await moved(
        desk,
        incident,
        ("in_progress", reported + timedelta(minutes=10)),
        ("on_hold", reported + timedelta(hours=2)),
        ("in_progress", reported + timedelta(hours=3)),
        reason="awaiting_caller",
    )
    shown = await clock(desk, incident, "resolution")
    assert at(shown["breached_at"]) == reported + timedelta(hours=9)
    resumed = await entry(desk, incident, "resumed")
    answer = await correct(desk, incident, resumed["sequence"], reported + timedelta(hours=5))
    incident = answer.json()
    assert at(incident["state_since"]) == reported + timedelta(hours=5)
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], shown["breached_at"]) == ("running", None)
    assert at(shown["deadline"]) == reported + timedelta(hours=11)
    answer = await correct(desk, incident, resumed["sequence"], reported + timedelta(hours=2))
    shown = await clock(desk, answer.json(), "resolution")
    assert at(shown["breached_at"]) == reported + timedelta(hours=8)
    assert (await told(desk, shown))[-2:] == ["corrected", "breached"]


async def test_a_priority_that_changed_earlier_changes_the_breach(desk: Desk) -> None:
    reported = ago(hours=4)
    customer, service = await promised(desk)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    incident = (await desk.change(incident, impact=1, urgency=1)).json()
    incident = (await desk.change(incident, impact=2, urgency=2)).json()
    first, second = [
        one for one in await timeline(desk, incident) if one["kind"] == "priority_changed"
    ]
    answer = await correct(desk, incident, first["sequence"], reported + timedelta(hours=1))
    assert answer.status_code == 200, answer.text
    explained = await desk.staff.get(
        f"/incident/v1/clocks/{(await clock(desk, incident, 'resolution'))['id']}/explain"
    )
    facts = [one for one in explained.json()["facts"] if one["kind"] == "weighed"]
    assert [(one["priority"], one["corrected"]) for one in facts] == [(1, True), (3, False)]
    assert at(facts[0]["at"]) == reported + timedelta(hours=1)
    assert at(facts[1]["at"]) == at(second["occurred_at"])


async def test_an_assignment_divides_the_time_among_teams(desk: Desk) -> None:
    first, second = await desk.team("First"), await desk.team("Second")
    service = await desk.service(team=first)
    for team in (first, second):
        await tell_agreement(
            desk, service, {None: [target("resolution", 9 * HOUR)]}, type="ola", team_id=str(team)
        )
    reported = ago(hours=5)
    incident = await desk.declare(service_id=str(service), occurred_at=reported.isoformat())
    answer = await desk.try_move(incident, "assigned", team_id=str(second))
    incident = answer.json()
    handed = await entry(desk, incident, "reassigned")
    answer = await correct(desk, incident, handed["sequence"], reported + timedelta(hours=1))
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "resolution", team_id=str(first))
    assert (shown["state"], shown["elapsed_seconds"]) == ("paused", HOUR)
    other = await clock(desk, incident, "resolution", team_id=str(second))
    assert at(other["started_at"]) == reported + timedelta(hours=1)


async def test_an_assignment_within_the_team_moves_without_the_clocks(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    answer = await desk.try_move(incident, "assigned", assignee="jon")
    incident, before = answer.json(), await clocks(desk, record_id=incident["id"])
    handed = await entry(desk, incident, "reassigned")
    answer = await correct(desk, incident, handed["sequence"], reported + timedelta(hours=5))
    assert answer.status_code == 200, answer.text
    after = await clocks(desk, record_id=incident["id"])
    assert [one["version"] for one in after] == [one["version"] for one in before]


async def test_a_resolution_that_was_taken_back_and_the_reopening_move(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    incident = await moved(
        desk,
        incident,
        ("resolved", reported + timedelta(hours=4)),
        ("in_progress", reported + timedelta(hours=5)),
    )
    counted = (await clock(desk, incident, "resolution"))["elapsed_seconds"]
    resolved = await entry(desk, incident, "resolved")
    reopened = await entry(desk, incident, "reopened")
    moment = reported + timedelta(hours=3, minutes=30)
    incident = (await correct(desk, incident, resolved["sequence"], moment)).json()
    moment = reported + timedelta(hours=5, minutes=30)
    answer = await correct(desk, incident, reopened["sequence"], moment)
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "resolution")
    assert abs(counted - HOUR - shown["elapsed_seconds"]) < 60
    # A resolution in force is a milestone.
    incident = await desk.move(answer.json(), "resolved")
    last = await entry(desk, incident, "resolved")
    refused = await correct(desk, incident, last["sequence"], moment)
    assert "resolved_at" in refused.json()["errors"][0]["detail"]


async def test_a_cancellation_moves_after_the_end(desk: Desk) -> None:
    customer, service = await promised(desk)
    reported = ago(hours=3)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    incident = await desk.move(incident, "cancelled")
    gone = await entry(desk, incident, "cancelled")
    moment = reported + timedelta(hours=1)
    answer = await correct(desk, incident, gone["sequence"], moment)
    assert at(answer.json()["state_since"]) == moment
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], at(shown["stopped_at"])) == ("cancelled", moment)


async def test_customers_see_what_was_corrected_of_what_they_see(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    reported = ago(hours=6)
    incident = await declared(desk, customer, service, occurred_at=reported.isoformat())
    incident = await moved(desk, incident, ("in_progress", reported + timedelta(hours=1)))
    incident = (await desk.try_move(incident, "assigned", assignee="jon")).json()
    for kind in ("started", "reassigned"):
        one = await entry(desk, incident, kind)
        answer = await correct(desk, incident, one["sequence"], reported + timedelta(hours=2))
        assert answer.status_code == 200, answer.text
        incident = answer.json()
    seen = await timeline(desk, incident, by=desk.customer(customer))
    said = [one for one in seen if one["kind"] == "timestamps_corrected"]
    assert [("started" in one["text"], one["actor"]) for one in said] == [(True, "provider")]


async def test_a_corrected_milestone_moves_its_entry_too(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    incident = await moved(desk, incident, ("resolved", reported + timedelta(hours=5)))
    moment = reported + timedelta(hours=4)
    answer = await desk.staff.post(
        f"{PATH}/{incident['id']}/milestone-corrections",
        json={"milestones": {"resolved_at": moment.isoformat()}, "reason": REASON},
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    assert at((await entry(desk, incident, "resolved"))["occurred_at"]) == moment
    said = (await entry(desk, incident, "timestamps_corrected"))["text"]
    assert (reported + timedelta(hours=5)).isoformat() in said
    # What lies between is bounded by the time that it has now.
    resumed = await entry(desk, incident, "resumed")
    late = reported + timedelta(hours=4, minutes=1)
    refused = await correct(desk, answer.json(), resumed["sequence"], late)
    assert moment.isoformat() in refused.json()["errors"][0]["detail"]


async def test_facts_that_name_no_entry_are_found_by_when_they_were(desk: Desk) -> None:
    """They were noted before a fact said which entry it comes from."""
    incident, reported = await a_held_incident(desk)
    async with desk.stage.database("incident").transaction() as tx:
        await tx.begin()
        await tx.connection.execute(
            "update incident.clock_record r set facts ="
            " (select jsonb_agg(f - 'entry' order by n)"
            " from jsonb_array_elements(r.facts) with ordinality e(f, n))"
        )
    held = await entry(desk, incident, "put_on_hold")
    for earlier, due in ((1, 10), (2, 9)):
        moment = reported + timedelta(hours=earlier)
        answer = await correct(desk, incident, held["sequence"], moment)
        assert answer.status_code == 200, answer.text
        incident = answer.json()
        shown = await clock(desk, incident, "resolution")
        assert at(shown["deadline"]) == reported + timedelta(hours=due)


async def test_of_two_holds_the_one_that_is_meant_moves(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    first = await entry(desk, incident, "put_on_hold")
    incident = await moved(
        desk,
        incident,
        ("on_hold", reported + timedelta(hours=4)),
        ("in_progress", reported + timedelta(hours=5)),
        reason="awaiting_supplier",
    )
    second = await entry(desk, incident, "put_on_hold")
    before = await clock(desk, incident, "resolution")
    for one, hours, due in ((first, 2.5, 9.5), (second, 4.25, 9.25), (first, 2, 9.75)):
        moment = reported + timedelta(hours=hours)
        incident = (await correct(desk, incident, one["sequence"], moment)).json()
        shown = await clock(desk, incident, "resolution")
        assert at(shown["deadline"]) == reported + timedelta(hours=due)
    assert at(before["deadline"]) == reported + timedelta(hours=10)
