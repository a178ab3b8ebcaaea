"""Promised updates: each entry of the provider that customers see begins the next period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx

from services.incident.clocks.commands.noting import note_facts
from services.incident.clocks.domain import Note
from shared.auth import platform_actor
from tests.component.incident.clocks.promising import (
    HOUR,
    ago,
    at,
    clock,
    declared,
    target,
    tell_agreement,
    told,
)
from tests.component.incident.desk import PATH, Body, Desk
from tests.component.incident.incidents.correcting import correct_milestones


async def promised(desk: Desk, *, team: UUID | None = None) -> tuple[UUID, UUID]:
    """Return a customer and a service with an update every hour, for priorities 1 and 3."""
    customer, service = await desk.register_customer(), await desk.service(team=team)
    await tell_agreement(
        desk,
        service,
        {1: [target("update", HOUR // 4)], 3: [target("update", HOUR)]},
        customers=[customer],
    )
    return customer, service


async def say(
    desk: Desk,
    incident: Body,
    visibility: str = "customer",
    *,
    by: httpx.AsyncClient | None = None,
) -> Body:
    answer = await (by or desk.staff).post(
        f"{PATH}/{incident['id']}/timeline",
        json={"text": "We know more.", "visibility": visibility},
    )
    assert answer.status_code == 201, answer.text
    found: Body = answer.json()
    return found


async def test_an_update_clock_starts_with_the_record_and_is_timed(desk: Desk) -> None:
    customer, service = await promised(desk)
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    shown = await clock(desk, incident, "update")
    reported = at(incident["milestones"]["reported_at"])
    assert (shown["state"], at(shown["started_at"])) == ("running", reported)
    assert at(shown["deadline"]) == reported + timedelta(hours=1)
    later = reported + timedelta(hours=1, minutes=7)
    while await desk.stage.fire_timers("incident", later):
        pass
    shown = await clock(desk, incident, "update")
    assert await told(desk, shown) == ["started", "at_risk", "at_risk", "breached"]
    assert at(shown["breached_at"]) == reported + timedelta(hours=1)


async def test_what_customers_see_of_the_provider_begins_the_next_period(desk: Desk) -> None:
    customer, service = await promised(desk)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=ago(minutes=20).isoformat()
    )
    before = await clock(desk, incident, "update")
    await say(desk, incident, "internal")
    await say(desk, incident, by=desk.customer(customer))
    assert (await clock(desk, incident, "update"))["deadline"] == before["deadline"]
    for visibility, names in (("customer", ["retargeted"]), ("public", ["retargeted"] * 2)):
        entry = await say(desk, incident, visibility)
        after = await clock(desk, incident, "update")
        assert at(after["deadline"]) == at(entry["occurred_at"]) + timedelta(hours=1)
        assert after["elapsed_seconds"] < 60
        assert await told(desk, after) == ["started", *names]
        due = await desk.rows(
            "select due_at from incident.timer where kind = 'sla_clock' and armed"
        )
        half = at(entry["occurred_at"]) + timedelta(minutes=30)
        assert [row["due_at"] for row in due] == [half]


async def test_one_missed_period_breaches_for_good_and_once(desk: Desk) -> None:
    customer, service = await promised(desk)
    reported = ago(minutes=70)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    entry = await say(desk, incident)
    again = at(entry["occurred_at"]) + timedelta(hours=1)
    shown = await clock(desk, incident, "update")
    assert (shown["state"], shown["running"], at(shown["deadline"])) == ("breached", True, again)
    while await desk.stage.fire_timers("incident", again + timedelta(seconds=1)):
        pass
    shown = await clock(desk, incident, "update")
    assert at(shown["breached_at"]) == reported + timedelta(hours=1)
    names = ["at_risk", "at_risk", "breached", "retargeted", "at_risk", "at_risk", "at_risk"]
    assert await told(desk, shown) == ["started", *names]
    assert (await desk.last("sla_clock.at_risk"))["threshold"] == 100


async def test_an_update_after_a_missed_one_tells_the_breach_at_its_instant(desk: Desk) -> None:
    """The update comes before the timer: what was used up by then is told before it."""
    customer, service = await promised(desk)
    reported = datetime.now(UTC) - timedelta(minutes=59, seconds=58)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    async with desk.stage.database("incident").transaction() as tx:
        # As if the hour had been over already, and nobody had looked since.
        await tx.begin()
        await tx.connection.execute(
            "update incident.clock_record"
            " set facts = jsonb_set(facts, '{0,at}', to_jsonb($1::text))",
            (reported - timedelta(minutes=5)).isoformat(),
        )
        await tx.connection.execute("update incident.sla_clock set wake_at = now()")
    await say(desk, incident)
    shown = await clock(desk, incident, "update")
    assert await told(desk, shown) == ["started", "at_risk", "at_risk", "breached", "retargeted"]
    assert at(shown["breached_at"]) == reported + timedelta(minutes=55)
    assert shown["elapsed_seconds"] < 60


async def test_an_update_at_the_last_instant_is_in_time(desk: Desk) -> None:
    customer, service = await promised(desk)
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    due = at((await clock(desk, incident, "update"))["deadline"])
    async with desk.stage.database("incident").transaction() as tx:
        await note_facts(
            tx,
            record_id=UUID(incident["id"]),
            notes=[Note("updated", due)],
            actor=platform_actor("incident"),
            now=due,
        )
    shown = await clock(desk, incident, "update")
    assert await told(desk, shown) == ["started", "at_risk", "at_risk", "retargeted"]
    assert (shown["state"], shown["breached_at"]) == ("running", None)
    assert at(shown["deadline"]) == due + timedelta(hours=1)


async def test_resolution_ends_it_and_reopening_goes_on(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    reported = ago(minutes=30)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    answer = await desk.try_move(incident, "resolved", occurred_at=ago(minutes=20).isoformat())
    incident = answer.json()
    shown = await clock(desk, incident, "update")
    assert (shown["state"], shown["elapsed_seconds"]) == ("met", 600)
    await say(desk, incident)
    kept = await clock(desk, incident, "update")
    assert kept["state"] == "met"
    # It goes on to show what it ended with, however often the end is moved.
    working = (await desk.staff.get(f"/incident/v1/clocks/{kept['id']}/explain")).json()
    assert working["clock"]["elapsed_seconds"] == 600
    assert working["arithmetic"][0].startswith("Counted: 0 h 10 min")
    incident = await desk.read(incident)
    answer = await correct_milestones(
        desk, incident, resolved_at=(reported + timedelta(minutes=12)).isoformat()
    )
    incident = answer.json()
    assert (await clock(desk, incident, "update"))["elapsed_seconds"] == 720
    answer = await desk.try_move(incident, "in_progress", reason="Again.")
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "update")
    assert (shown["state"], shown["running"]) == ("running", True)
    # What was said after the resolution began the period that goes on now.
    assert shown["elapsed_seconds"] < 60


async def test_the_working_shows_the_periods(desk: Desk) -> None:
    customer, service = await promised(desk)
    reported = ago(minutes=50)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    entry = await say(desk, incident)
    shown = await clock(desk, incident, "update")
    answer = await desk.staff.get(f"/incident/v1/clocks/{shown['id']}/explain")
    working = answer.json()
    assert [one["kind"] for one in working["facts"]] == ["started", "updated"]
    steps = working["steps"]
    assert [one["period"] for one in steps] == [1, 2]
    assert at(steps[0]["end"]) == at(steps[1]["start"]) == at(entry["occurred_at"])
    assert at(entry["occurred_at"]).isoformat() in working["arithmetic"][0]
    assert "0 h 50 min" in working["arithmetic"][0]
    assert working["arithmetic"][1].startswith("Counted: 0 h 00 min")


async def test_an_update_that_was_published_earlier_is_corrected(desk: Desk) -> None:
    customer, service = await promised(desk)
    reported = ago(minutes=75)
    incident = await declared(
        desk, customer, service, impact=2, urgency=2, occurred_at=reported.isoformat()
    )
    entry = await say(desk, incident)
    shown = await clock(desk, incident, "update")
    assert at(shown["breached_at"]) == reported + timedelta(hours=1)
    moment = reported + timedelta(minutes=40)
    answer = await desk.staff.post(
        f"{PATH}/{incident['id']}/time-corrections",
        json={
            "sequence": entry["sequence"],
            "occurred_at": moment.isoformat(),
            "reason": "It was on the status page by then.",
        },
        headers={"If-Match": f'"{entry["sequence"]}"'},
    )
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "update")
    assert (shown["state"], shown["breached_at"]) == ("running", None)
    assert at(shown["deadline"]) == moment + timedelta(hours=1)
    assert (await told(desk, shown))[-2:] == ["corrected", "at_risk"]


async def test_updates_before_there_was_a_promise_count_for_it(desk: Desk) -> None:
    customer, service = await desk.register_customer(), await desk.service()
    incident = await declared(desk, customer, service, occurred_at=ago(minutes=50).isoformat())
    entry = await say(desk, incident)
    (row,) = await desk.rows("select facts from incident.clock_record")
    assert [(one["sequence"], one["kind"]) for one in row["facts"]] == [
        (1, "started"),
        (2, "updated"),
    ]
    await tell_agreement(desk, service, {None: [target("update", HOUR)]}, customers=[customer])
    while await desk.stage.run_job("incident", "incident.clocks.sources", datetime.now(UTC)):
        pass
    shown = await clock(desk, incident, "update")
    assert at(shown["deadline"]) == at(entry["occurred_at"]) + timedelta(hours=1)


async def test_notes_after_the_end_are_no_matter_of_clocks(desk: Desk) -> None:
    customer, service = await promised(desk)
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    incident = await desk.move(incident, "cancelled")
    before = await desk.rows("select facts from incident.clock_record")
    await say(desk, incident, "public")
    assert await desk.rows("select facts from incident.clock_record") == before
