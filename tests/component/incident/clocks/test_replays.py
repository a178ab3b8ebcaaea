"""What turns out otherwise is judged anew, and the difference is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.incident.clocks.commands import noting
from services.incident.clocks.domain import Note, UnknownFactError
from shared.auth import platform_actor
from tests.component.incident.clocks.promising import (
    HOUR,
    ago,
    at,
    clock,
    clocks,
    target,
    tell_agreement,
    tell_calendar,
    told,
)
from tests.component.incident.desk import Body, Desk

JOB = "incident.clocks.sources"


async def catch_up(desk: Desk) -> None:
    while await desk.stage.run_job("incident", JOB, datetime.now(UTC)):
        pass


async def promised(desk: Desk, seconds: int, calendar: UUID) -> tuple[UUID, UUID, UUID]:
    customer, service = await desk.register_customer(), await desk.service()
    agreement = await tell_agreement(
        desk,
        service,
        {None: [target("resolution", seconds, calendar_id=str(calendar))]},
        customers=[customer],
    )
    return customer, service, agreement


async def correct(desk: Desk, incident: Body, note: Note) -> None:
    async with desk.stage.database("incident").transaction() as tx:
        await noting.note_facts(
            tx,
            record_id=UUID(incident["id"]),
            notes=[note],
            actor=platform_actor("incident"),
            now=datetime.now(UTC),
        )


async def test_a_new_version_of_the_calendar_moves_what_is_running(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, _ = await promised(desk, 100 * HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    before = await clock(desk, incident, "resolution")
    await catch_up(desk)
    assert (await clock(desk, incident, "resolution"))["version"] == 1
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    await tell_calendar(desk, key=calendar, version=2, closed=[tomorrow])
    await catch_up(desk)
    after = await clock(desk, incident, "resolution")
    assert at(after["deadline"]) == at(before["deadline"]) + timedelta(days=1)
    assert (after["calendar_version"], after["version"]) == (2, 2)
    event = await desk.last("sla_clock.corrected")
    assert event["previous"]["calendar_version"] == 1
    assert at(event["previous"]["deadline"]) == at(before["deadline"])
    due = await desk.rows("select due_at from incident.timer where kind = 'sla_clock' and armed")
    assert len(due) == 1
    # Following once more finds nothing to do.
    assert await desk.stage.run_job("incident", JOB, datetime.now(UTC)) == 0


async def test_a_timer_that_comes_before_the_job_tells_the_difference_too(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, _ = await promised(desk, HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    days = [(datetime.now(UTC) + timedelta(days=n)).date().isoformat() for n in (-1, 0, 1)]
    await tell_calendar(desk, key=calendar, version=2, closed=days)
    later = datetime.now(UTC) + timedelta(minutes=40)
    assert await desk.stage.fire_timers("incident", later) == 1
    shown = await clock(desk, incident, "resolution")
    assert await told(desk, shown) == ["started", "corrected"]
    assert at(shown["deadline"]) > later + timedelta(hours=12)


async def test_what_happens_before_the_job_keeps_the_supplier_that_was_found(desk: Desk) -> None:
    calendar, supplier = await tell_calendar(desk), uuid4()
    customer, service, _ = await promised(desk, HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    await tell_agreement(
        desk,
        service,
        {None: [target("resolution", HOUR, runs_only_on=["awaiting_supplier"])]},
        type="uc",
        supplier_id=str(supplier),
    )
    await tell_calendar(desk, key=calendar, version=2)
    await desk.move(incident, "resolved")
    (row,) = await desk.rows("select supplier_id from incident.clock_record")
    assert row["supplier_id"] == supplier


async def test_what_has_ended_keeps_the_calendar_it_was_judged_by(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, _ = await promised(desk, HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    await desk.move(incident, "resolved")
    before = await clock(desk, incident, "resolution")
    await tell_calendar(desk, [], key=calendar, version=2)
    await catch_up(desk)
    assert await clock(desk, incident, "resolution") == before
    answer = await desk.staff.get(f"/incident/v1/clocks/{before['id']}/explain")
    assert answer.json()["calendar"]["version"] == 1


async def test_an_agreement_that_is_heard_of_late_covers_what_is_open(desk: Desk) -> None:
    customer, service = await desk.register_customer(), await desk.service()
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    assert await clocks(desk, record_id=incident["id"]) == []
    await tell_agreement(desk, service, {None: [target("resolution", HOUR)]}, customers=[customer])
    await catch_up(desk)
    shown = await clock(desk, incident, "resolution")
    assert shown["started_at"] == incident["milestones"]["reported_at"]


async def test_a_promise_waits_for_its_calendar(desk: Desk) -> None:
    calendar = uuid4()
    customer, service, _ = await promised(desk, HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    await catch_up(desk)
    assert await clocks(desk, record_id=incident["id"]) == []
    await tell_calendar(desk, key=calendar)
    await catch_up(desk)
    assert (await clock(desk, incident, "resolution"))["state"] == "running"


async def test_amended_terms_reach_what_is_open(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, agreement = await promised(desk, HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    await tell_agreement(
        desk,
        service,
        {None: [target("resolution", 2 * HOUR, agreement_version=2)]},
        customers=[customer],
        key=agreement,
    )
    await catch_up(desk)
    shown = await clock(desk, incident, "resolution")
    assert (shown["target_seconds"], shown["agreement_version"]) == (2 * HOUR, 2)
    assert await told(desk, shown) == ["started", "corrected"]
    # A promise that ends later holds to the end for what was reported before.
    await tell_agreement(
        desk,
        service,
        {None: [target("resolution", 2 * HOUR, agreement_version=2)]},
        customers=[customer],
        key=agreement,
        line={"valid_to": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()},
    )
    await catch_up(desk)
    assert (await clock(desk, incident, "resolution"))["state"] == "running"


async def test_many_open_incidents_follow_in_steps(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, _ = await promised(desk, 100 * HOUR, calendar)
    for _ in range(60):
        await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    await catch_up(desk)
    await tell_calendar(
        desk, key=calendar, version=2, closed=[(datetime.now(UTC)).date().isoformat()]
    )
    steps = []
    while done := await desk.stage.run_job("incident", JOB, datetime.now(UTC)):
        steps.append(done)
    assert steps == [26, 26, 11]
    rows = await desk.rows("select distinct calendar_version from incident.sla_clock")
    assert rows == [{"calendar_version": 2}]


async def test_a_corrected_time_is_told_with_the_difference(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, _ = await promised(desk, HOUR, calendar)
    reported = ago(minutes=50)
    incident = await desk.declare(
        service_id=str(service), customer_ids=[str(customer)], occurred_at=reported.isoformat()
    )
    earlier = reported - timedelta(minutes=12)
    await correct(desk, incident, Note("corrected", earlier, corrects="started"))
    shown = await clock(desk, incident, "resolution")
    assert (at(shown["started_at"]), shown["state"]) == (earlier, "breached")
    assert at(shown["breached_at"]) == earlier + timedelta(hours=1)
    assert (await told(desk, shown))[-2:] == ["corrected", "breached"]
    event = await desk.last("sla_clock.corrected")
    assert at(event["previous"]["started_at"]) == reported
    await correct(desk, incident, Note("corrected", reported, corrects="started"))
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], shown["breached_at"]) == ("running", None)


async def test_what_was_never_noted_cannot_be_corrected(desk: Desk) -> None:
    incident = await desk.declare()
    with pytest.raises(UnknownFactError):
        await correct(desk, incident, Note("corrected", ago(hours=1), corrects="resolved"))


async def test_a_wake_up_does_not_wait_for_who_has_the_record(desk: Desk) -> None:
    calendar = await tell_calendar(desk)
    customer, service, _ = await promised(desk, HOUR, calendar)
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    later = datetime.now(UTC) + timedelta(hours=2)
    async with desk.stage.database("incident").transaction() as tx:
        await tx.begin()
        await tx.connection.execute("select * from incident.clock_record for update")
        assert await desk.stage.fire_timers("incident", later) == 1
        assert (await clock(desk, incident, "resolution"))["version"] == 1
    assert await desk.stage.fire_timers("incident", later) == 1
    assert (await told(desk, await clock(desk, incident, "resolution")))[-1] == "breached"
