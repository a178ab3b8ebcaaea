"""Incidents to correct, and corrections of their times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.component.incident.clocks.promising import ago, declared, promised
from tests.component.incident.desk import PATH, Body, Desk

REASON = "It was written down late."


async def correct(
    desk: Desk,
    incident: Body,
    sequence: Any,  # noqa: ANN401 - also what is wrong
    occurred_at: object,
    *,
    by: httpx.AsyncClient | None = None,
    reason: Any = REASON,  # noqa: ANN401 - also what is wrong
) -> httpx.Response:
    moment = occurred_at.isoformat() if isinstance(occurred_at, datetime) else occurred_at
    return await (by or desk.staff).post(
        f"{PATH}/{incident['id']}/time-corrections",
        json={"sequence": sequence, "occurred_at": moment, "reason": reason},
        headers={"If-Match": f'"{incident["version"]}"'},
    )


async def correct_milestones(desk: Desk, incident: Body, **moments: str) -> httpx.Response:
    return await desk.staff.post(
        f"{PATH}/{incident['id']}/milestone-corrections",
        json={"milestones": moments, "reason": REASON},
        headers={"If-Match": f'"{incident["version"]}"'},
    )


async def timeline(
    desk: Desk, incident: Body, *, by: httpx.AsyncClient | None = None
) -> list[Body]:
    path = f"{PATH}/{incident['id']}/timeline"
    answer = await (by or desk.staff).get(path, params={"limit": 200})
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["items"]
    return sorted(found, key=lambda one: one["sequence"])


async def entry(desk: Desk, incident: Body, kind: str) -> Body:
    """Return the newest entry of a kind."""
    return [one for one in await timeline(desk, incident) if one["kind"] == kind][-1]


async def moved(desk: Desk, incident: Body, *steps: tuple[str, datetime], **more: Any) -> Body:  # noqa: ANN401 - any field
    for to, moment in steps:
        extra = more if to == "on_hold" else {}
        if to == "in_progress" and incident["state"] == "resolved":
            extra = {"reason": "Again."}
        answer = await desk.try_move(incident, to, occurred_at=moment.isoformat(), **extra)
        assert answer.status_code == 200, answer.text
        incident = answer.json()
    return incident


async def a_held_incident(desk: Desk) -> tuple[Body, datetime]:
    """Return an incident reported six hours ago and on hold from the second to the third hour."""
    reported = ago(hours=6)
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
    return incident, reported
