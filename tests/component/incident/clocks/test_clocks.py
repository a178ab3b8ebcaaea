"""Clocks run from the declaration on, as agreements promise."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

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
from tests.component.incident.desk import Desk


async def test_a_declaration_starts_a_clock_for_each_target(desk: Desk) -> None:
    team = await desk.team()
    customer, service = await promised(desk, team=team)
    await tell_agreement(
        desk, service, {None: [target("resolution", 3 * HOUR)]}, type="ola", team_id=str(team)
    )
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    found = await clocks(desk, record_id=incident["id"])
    shown = {(one["agreement_type"], one["metric"], one["target_seconds"]) for one in found}
    assert len(found) == 3
    assert shown == {
        ("sla", "response", HOUR),
        ("sla", "resolution", 8 * HOUR),
        ("ola", "resolution", 3 * HOUR),
    }
    for one in found:
        assert one["state"] == "running"
        assert one["version"] == 1
        begun = at(incident["milestones"]["reported_at"])
        assert at(one["started_at"]) == begun
        assert at(one["deadline"]) == begun + timedelta(seconds=one["target_seconds"])
        assert await told(desk, one) == ["started"]
    armed = await desk.rows("select kind, due_at from incident.timer where kind = 'sla_clock'")
    assert len(armed) == 3


async def test_without_a_promise_there_is_no_clock(desk: Desk) -> None:
    customer, service = await promised(desk)
    other = await desk.register_customer()
    for body in (
        {"customer_ids": [str(other)], "service_id": str(service)},
        {"customer_ids": [str(customer)]},
        {"customer_ids": [str(customer)], "service_id": str(service), "impact": 2, "urgency": 3},
    ):
        incident = await desk.declare(**body)
        assert await clocks(desk, record_id=incident["id"]) == []


async def test_the_first_person_to_take_notice_ends_the_response(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    await desk.move(incident, "in_progress")
    response = await clock(desk, incident, "response")
    assert (response["state"], response["running"]) == ("met", False)
    assert await told(desk, response) == ["started", "met"]
    assert (await clock(desk, incident, "resolution"))["state"] == "running"


async def test_a_hold_pauses_only_the_clocks_that_pause_for_it(desk: Desk) -> None:
    team, supplier = await desk.team(), uuid4()
    customer, service = await promised(desk, team=team)
    await tell_agreement(
        desk, service, {None: [target("resolution", HOUR)]}, type="ola", team_id=str(team)
    )
    await tell_agreement(
        desk,
        service,
        {None: [target("resolution", HOUR, runs_only_on=["awaiting_supplier"])]},
        type="uc",
        supplier_id=str(supplier),
    )
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    assert await clocks(desk, record_id=incident["id"], agreement_type="uc") == []
    incident = await desk.move(incident, "in_progress", "on_hold")
    sla = await clock(desk, incident, "resolution", agreement_type="sla")
    ola = await clock(desk, incident, "resolution", agreement_type="ola")
    contract = await clock(desk, incident, "resolution", agreement_type="uc")
    assert (sla["state"], sla["deadline"]) == ("paused", None)
    assert ola["state"] == "running"
    assert (contract["state"], contract["supplier_id"]) == ("running", str(supplier))
    incident = await desk.move(incident, "in_progress")
    sla = await clock(desk, incident, "resolution", agreement_type="sla")
    assert await told(desk, sla) == ["started", "paused", "resumed"]
    assert (await clock(desk, incident, "resolution", agreement_type="uc"))["state"] == "paused"


async def test_another_priority_is_another_target_of_the_same_clock(desk: Desk) -> None:
    customer, service = await promised(desk)
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    before = await clock(desk, incident, "resolution")
    changed = await desk.change(incident, impact=1, urgency=1)
    assert changed.status_code == 200
    after = await clock(desk, incident, "resolution")
    assert (after["id"], after["target_seconds"]) == (before["id"], 2 * HOUR)
    assert at(after["deadline"]) == at(after["started_at"]) + timedelta(hours=2)
    event = await desk.last("sla_clock.retargeted")
    assert event["previous"]["target_seconds"] in (HOUR, 8 * HOUR)
    back = await desk.change(changed.json(), impact=2, urgency=2)
    again = await clock(desk, back.json(), "resolution")
    assert (again["deadline"], again["version"]) == (before["deadline"], 3)


async def test_a_priority_without_a_promise_cancels_until_it_is_taken_back(desk: Desk) -> None:
    customer, service = await promised(desk)
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    before = await clock(desk, incident, "resolution")
    incident = (await desk.change(incident, urgency=3)).json()
    assert (await clock(desk, incident, "resolution"))["state"] == "cancelled"
    incident = (await desk.change(incident, urgency=2)).json()
    after = await clock(desk, incident, "resolution")
    assert (after["state"], after["id"]) == ("running", before["id"])
    assert await told(desk, after) == ["started", "cancelled", "resumed"]


async def test_a_late_timer_tells_the_exact_instants(desk: Desk) -> None:
    customer, service = await promised(desk)
    reported = ago(minutes=10)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    late = reported + timedelta(hours=7, minutes=3)
    while await desk.stage.fire_timers("incident", late):
        pass
    response = await clock(desk, incident, "response")
    assert response["state"] == "breached"
    assert at(response["breached_at"]) == reported + timedelta(hours=1)
    events = [one for one in await desk.stage.events("incident") if str(one.key) == response["id"]]
    assert [one.type.split(".")[2] for one in events] == [
        "started",
        "at_risk",
        "at_risk",
        "breached",
    ]
    assert [one.occurred_at - reported for one in events[1:]] == [
        timedelta(minutes=30),
        timedelta(minutes=45),
        timedelta(minutes=60),
    ]
    resolution = await clock(desk, incident, "resolution")
    assert await told(desk, resolution) == ["started", "at_risk", "at_risk"]
    # Nobody is told twice.
    assert await desk.stage.fire_timers("incident", late) == 0
    due = await desk.rows("select due_at from incident.timer where kind = 'sla_clock' and armed")
    assert [row["due_at"] for row in due] == [reported + timedelta(hours=8)]


async def test_a_breached_clock_runs_on_until_it_is_stopped(desk: Desk) -> None:
    customer, service = await promised(desk)
    reported = ago(hours=9)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], shown["running"]) == ("breached", True)
    assert await told(desk, shown) == ["started", "at_risk", "at_risk", "breached"]
    incident = await desk.move(incident, "resolved")
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], shown["running"]) == ("breached", False)
    assert (await told(desk, shown))[-1] == "stopped"
    assert at(shown["breached_at"]) == reported + timedelta(hours=8)


async def test_a_reopened_incident_goes_on_with_the_time_it_had(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=ago(hours=3).isoformat()
    )
    answer = await desk.try_move(incident, "resolved", occurred_at=ago(hours=2).isoformat())
    met = await clock(desk, incident, "resolution")
    assert (met["state"], met["elapsed_seconds"]) == ("met", HOUR)
    answer = await desk.try_move(
        answer.json(), "in_progress", reason="Again.", occurred_at=ago(hours=1).isoformat()
    )
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "resolution")
    assert shown["state"] == "running"
    assert abs(shown["elapsed_seconds"] - 2 * HOUR) < 60
    assert await told(desk, shown) == ["started", "met", "resumed"]


async def test_a_hold_told_belatedly_takes_back_a_breach(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=ago(hours=9).isoformat()
    )
    answer = await desk.try_move(
        incident, "on_hold", reason="awaiting_caller", occurred_at=ago(hours=2).isoformat()
    )
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], shown["breached_at"]) == ("paused", None)
    assert shown["elapsed_seconds"] == 7 * HOUR
    assert (await told(desk, shown))[-2:] == ["corrected", "paused"]
    event = await desk.last("sla_clock.corrected")
    assert event["previous"]["state"] == "breached"


async def test_cancelling_and_merging_cancel_clocks(desk: Desk) -> None:
    customer, service = await promised(desk)
    survivor = await declared(desk, customer, service, impact=2, urgency=2)
    cancelled = await declared(desk, customer, service, impact=2, urgency=2)
    merged = await declared(desk, customer, service, impact=2, urgency=2)
    await desk.move(cancelled, "cancelled")
    await desk.try_move(merged, "merged", duplicate_of=survivor["number"])
    for one in (cancelled, merged):
        assert {clock["state"] for clock in await clocks(desk, record_id=one["id"])} == {
            "cancelled"
        }
    assert {one["state"] for one in await clocks(desk, record_id=survivor["id"])} == {"running"}
    armed = await desk.rows("select subject from incident.timer where kind = 'sla_clock' and armed")
    assert len(armed) == 2
