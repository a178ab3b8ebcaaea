"""Clocks are read by those whom they concern, and every one can be followed step by step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.component.incident.clocks.promising import (
    CLOCKS,
    HOUR,
    ago,
    at,
    clock,
    clocks,
    target,
    tell_agreement,
    tell_calendar,
)
from tests.component.incident.desk import Body, Desk

NOBODYS = UUID(int=7)


async def covered(desk: Desk, *customers: UUID, occurred_at: str | None = None) -> Body:
    team = await desk.team()
    office = await tell_calendar(
        desk, [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}]
    )
    service = await desk.service(team=team)
    for customer in customers:
        promise = target(
            "resolution", 10 * HOUR, calendar_id=str(office), pause_on=["awaiting_caller"]
        )
        await tell_agreement(desk, service, {None: [promise]}, customers=[customer])
    await tell_agreement(
        desk, service, {None: [target("resolution", HOUR)]}, type="ola", team_id=str(team)
    )
    body: Body = {"service_id": str(service), "customer_ids": [str(one) for one in customers]}
    if occurred_at is not None:
        body["occurred_at"] = occurred_at
    return await desk.declare(**body)


async def test_customers_see_their_own_clocks_alone(desk: Desk) -> None:
    one, other = await desk.register_customer(), await desk.register_customer()
    unit = await desk.register_customer(parent=one)
    incident = await covered(desk, one, other, unit)
    assert len(await clocks(desk, record_id=incident["id"])) == 4
    theirs = await clocks(desk, by=desk.customer(one))
    assert {item["customer_id"] for item in theirs} == {str(one), str(unit)}
    assert {item["agreement_type"] for item in theirs} == {"sla"}
    assert all(item["attribution"] == [] for item in theirs)
    foreign = await clock(desk, incident, "resolution", customer_id=str(other))
    inner = await clock(desk, incident, "resolution", agreement_type="ola")
    for hidden in (foreign, inner):
        for path in ("", "/explain"):
            answer = await desk.customer(one).get(f"{CLOCKS}/{hidden['id']}{path}")
            assert answer.status_code == 404
    assert (await desk.customer(one).get(f"{CLOCKS}/{theirs[0]['id']}/history")).status_code == 403
    assert (await desk.customer(one).get(f"{CLOCKS}/{theirs[0]['id']}/explain")).status_code == 200
    assert (await desk.customer(None).get(CLOCKS)).json()["items"] == []
    assert (await desk.nobody.get(CLOCKS)).status_code == 401


async def test_clocks_are_filtered_by_deadline_and_state(desk: Desk) -> None:
    customer = await desk.register_customer()
    incident = await covered(desk, customer)
    soon = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    found = await clocks(desk, by=None, **{"deadline[lte]": soon, "running": "true"})
    assert [one["agreement_type"] for one in found] == ["ola"]
    assert await clocks(desk, state="breached") == []
    assert len(await clocks(desk, record_number=incident["number"])) == 2


async def test_an_explanation_comes_to_what_the_clock_shows(desk: Desk) -> None:
    customer = await desk.register_customer()
    # A Monday and Tuesday in winter: Berlin is one hour ahead.
    incident = await covered(desk, customer, occurred_at="2026-03-02T09:00:00Z")
    steps: list[tuple[str, Body]] = [
        ("on_hold", {"reason": "awaiting_caller", "occurred_at": "2026-03-02T10:00:00Z"}),
        ("in_progress", {"occurred_at": "2026-03-02T13:00:00Z"}),
        ("resolved", {"occurred_at": "2026-03-03T09:30:00Z"}),
    ]
    for step, fields in steps:
        answer = await desk.try_move(incident, step, **fields)
        assert answer.status_code == 200, answer.text
        incident = answer.json()
    shown = await clock(desk, incident, "resolution", agreement_type="sla")
    # 10:00-11:00, then 14:00-17:00, then 08:00-10:30 by the wall clock.
    assert (shown["state"], shown["elapsed_seconds"]) == ("met", HOUR * 13 // 2)
    answer = await desk.staff.get(f"{CLOCKS}/{shown['id']}/explain")
    assert answer.status_code == 200, answer.text
    explained = answer.json()
    assert explained["clock"]["elapsed_seconds"] == shown["elapsed_seconds"]
    assert explained["calendar"]["time_zone"] == "Europe/Berlin"
    assert explained["pauses_on"] == ["awaiting_caller"]
    counted = [(step["counts"], step["open_time"]) for step in explained["steps"]]
    assert counted == [
        (True, "1 h 00 min 00 s"),
        (False, "0 h 00 min 00 s"),
        (True, "5 h 30 min 00 s"),
        (False, "0 h 00 min 00 s"),
    ]
    assert explained["steps"][1]["why"] == "on hold (awaiting_caller): this target pauses for that"
    assert [one["start"] for one in explained["steps"][2]["stretches"]] == [
        "2026-03-02T13:00:00Z",
        "2026-03-03T07:00:00Z",
    ]
    total = sum(step["open_microseconds"] for step in explained["steps"])
    assert total == shown["elapsed_seconds"] * 1_000_000
    assert explained["arithmetic"][:3] == [
        "Counted: 1 h 00 min 00 s + 5 h 30 min 00 s = 6 h 30 min 00 s.",
        "Target: 10 h 00 min 00 s.",
        "Left: 10 h 00 min 00 s - 6 h 30 min 00 s = 3 h 30 min 00 s.",
    ]
    assert [one["percent"] for one in explained["thresholds"]] == [50]
    assert [one["kind"] for one in explained["facts"]] == [
        "started",
        "acknowledged",
        "held",
        "resumed",
        "resolved",
    ]


async def test_a_clock_is_read_as_it_was_known_and_with_its_history(desk: Desk) -> None:
    customer = await desk.register_customer()
    before = datetime.now(UTC)
    incident = await covered(desk, customer)
    between = datetime.now(UTC)
    await desk.move(incident, "resolved")
    shown = await clock(desk, incident, "resolution", agreement_type="sla")
    path = f"{CLOCKS}/{shown['id']}"
    known = await desk.staff.get(path, params={"as_of": between.isoformat()})
    assert (known.json()["state"], known.json()["version"]) == ("running", 1)
    assert (await desk.staff.get(path)).json()["state"] == "met"
    early = await desk.staff.get(path, params={"as_of": before.isoformat()})
    assert early.status_code == 404
    history = (await desk.staff.get(f"{path}/history")).json()["items"]
    assert [one["type"] for one in history] == [
        "itsm.sla_clock.started.v1",
        "itsm.sla_clock.met.v1",
    ]


async def test_a_running_clock_shows_the_present(desk: Desk) -> None:
    customer = await desk.register_customer()
    incident = await covered(desk, customer, occurred_at=ago(minutes=20).isoformat())
    shown = await clock(desk, incident, "resolution", agreement_type="ola")
    assert 1200 <= shown["elapsed_seconds"] < 1260
    assert shown["elapsed_seconds"] + shown["remaining_seconds"] == HOUR
    assert at(shown["measured_at"]) >= at(incident["opened_at"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?record_id=nonsense", 400),
        ("?deadline[lte]=yesterday", 400),
        ("?sort=color", 400),
        ("?limit=1000", 400),
        ("/nonsense", 404),
        (f"/{NOBODYS}", 404),
        (f"/{NOBODYS}/explain", 404),
        (f"/{NOBODYS}/history", 404),
        (f"/{NOBODYS}?as_of=1700000000", 400),
    ],
)
async def test_what_is_no_question_is_refused(desk: Desk, path: str, status: int) -> None:
    answer = await desk.staff.get(f"{CLOCKS}{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
