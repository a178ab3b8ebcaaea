"""Resolved incidents close by themselves, unless somebody objects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.component.incident.desk import Body, Desk
from tests.support.app import Factory


def hours_from_now(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


async def test_a_resolved_incident_closes_by_itself_in_time(desk: Desk) -> None:
    incident = await desk.move(await desk.declare(), "resolved")
    assert await desk.stage.fire_timers("incident", hours_from_now(71.9)) == 0
    assert await desk.stage.fire_timers("incident", hours_from_now(72.1)) == 1
    assert (await desk.read(incident))["state"] == "closed"
    assert (await desk.last("incident.closed"))["automatic"] is True
    assert (await desk.stage.events("incident"))[-1].actor == "itsm:incident"
    assert await desk.stage.fire_timers("incident", hours_from_now(999)) == 0


@pytest.mark.parametrize("objection", ["closed", "in_progress"])
async def test_what_was_closed_or_reopened_is_not_closed_again(desk: Desk, objection: str) -> None:
    incident = await desk.move(await desk.declare(), "resolved")
    more: Body = {"reason": "No."} if objection == "in_progress" else {}
    answer = await desk.try_move(incident, objection, **more)
    assert answer.status_code == 200, answer.text
    facts = await desk.facts()
    assert await desk.stage.fire_timers("incident", hours_from_now(73)) == 0
    assert await desk.facts() == facts


async def test_a_second_resolution_counts_anew(desk: Desk) -> None:
    incident = await desk.move(await desk.declare(), "resolved")
    incident = (await desk.try_move(incident, "in_progress", reason="No.")).json()
    incident = await desk.move(incident, "resolved")
    assert (incident["state"], incident["reopen_count"]) == ("resolved", 1)
    assert await desk.stage.fire_timers("incident", hours_from_now(73)) == 1
    assert (await desk.read(incident))["state"] == "closed"


async def test_after_the_window_an_incident_stays_resolved(
    platform: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSM_INCIDENT_REOPEN_WINDOW_HOURS", "0")
    monkeypatch.setenv("ITSM_INCIDENT_AUTO_CLOSE_HOURS", "1")
    desk = Desk(await platform("incident"))
    incident = await desk.move(await desk.declare(), "resolved")
    late = await desk.try_move(incident, "in_progress", reason="Still broken.")
    assert (late.status_code, late.json()["allowed"]) == (409, ["closed"])
    assert await desk.stage.fire_timers("incident", hours_from_now(1.1)) == 1
