"""Corrections of times that cannot be: out of order, of what nothing counts by, not well said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.component.incident.clocks.promising import at, clock
from tests.component.incident.desk import PATH, Desk, minutes_from_now
from tests.component.incident.incidents.correcting import (
    REASON,
    a_held_incident,
    correct,
    correct_milestones,
    entry,
    moved,
    timeline,
)


async def test_order_is_kept_and_the_answer_says_between_what(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    held = await entry(desk, incident, "put_on_hold")
    resumed = await entry(desk, incident, "resumed")
    begun = await entry(desk, incident, "started")
    for sequence, moment, bound in (
        (held["sequence"], reported + timedelta(minutes=9), begun),
        (held["sequence"], reported + timedelta(hours=3, minutes=1), resumed),
        (resumed["sequence"], reported + timedelta(hours=1), held),
        (begun["sequence"], reported + timedelta(hours=2, minutes=1), held),
    ):
        answer = await correct(desk, incident, sequence, moment)
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/occurred_at"
        assert at(bound["occurred_at"]).isoformat() in error["detail"]
    early = (reported - timedelta(minutes=1)).isoformat()
    for other in (early, "2999-01-01T00:00:00Z", minutes_from_now(9)):
        answer = await correct(desk, incident, begun["sequence"], other)
        assert answer.json()["errors"][0]["pointer"] == "/occurred_at"
    assert (await desk.read(incident))["version"] == incident["version"]


async def test_a_resolution_stays_behind_the_reopening_before_it(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    incident = await moved(
        desk,
        incident,
        ("resolved", reported + timedelta(hours=4)),
        ("in_progress", reported + timedelta(hours=5)),
        ("resolved", reported + timedelta(hours=5, minutes=30)),
    )
    reopened = at((await entry(desk, incident, "reopened"))["occurred_at"])
    early = (reopened - timedelta(minutes=1)).isoformat()
    refused = await correct_milestones(desk, incident, resolved_at=early)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "/milestones/resolved_at"
    assert reopened.isoformat() in error["detail"]
    answer = await correct_milestones(desk, incident, resolved_at=reopened.isoformat())
    assert answer.status_code == 200, answer.text
    shown = await clock(desk, incident, "resolution")
    assert (shown["state"], shown["elapsed_seconds"]) == ("met", 3 * 3600)


async def test_what_is_no_matter_of_clocks_is_refused(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    answer = await desk.staff.post(f"{PATH}/{incident['id']}/timeline", json={"text": "Hm."})
    assert answer.status_code == 201, answer.text
    incident = await desk.read(incident)
    incident = (await desk.change(incident, title="Orders fail often")).json()
    found = {one["kind"]: one["sequence"] for one in await timeline(desk, incident)}
    moment = reported + timedelta(hours=1)
    for kind, words in (
        ("declared", "reported_at"),
        ("acknowledged", "acknowledged_at"),
        ("commented", "note"),
        ("updated", "No clock"),
    ):
        answer = await correct(desk, incident, found[kind], moment)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["pointer"], words in error["detail"]) == ("/sequence", True)
    assert answer.json()["code"] == "time-not-correctable"


@pytest.mark.parametrize(
    ("sequence", "occurred_at", "reason", "pointer"),
    [
        (999, "2026-03-02T09:00:00Z", REASON, "/sequence"),
        (0, "2026-03-02T09:00:00Z", REASON, "/sequence"),
        (2**63, "2026-03-02T09:00:00Z", REASON, "/sequence"),
        ("2", "2026-03-02T09:00:00Z", REASON, "/sequence"),
        (True, "2026-03-02T09:00:00Z", REASON, "/sequence"),
        (1.5, "2026-03-02T09:00:00Z", REASON, "/sequence"),
        (None, "2026-03-02T09:00:00Z", REASON, "/sequence"),
        (1, "2026-03-02T09:00:00", REASON, "/occurred_at"),
        (1, 1767225600, REASON, "/occurred_at"),
        (1, None, REASON, "/occurred_at"),
        (1, "2026-03-02T09:00:00Z", "", "/reason"),
        (1, "2026-03-02T09:00:00Z", "x" * 201, "/reason"),
        (1, "2026-03-02T09:00:00Z", "a\u0007b", "/reason"),
    ],
)
async def test_bad_corrections_are_refused(
    desk: Desk, sequence: object, occurred_at: object, reason: object, pointer: str
) -> None:
    incident = await desk.declare()
    answer = await correct(desk, incident, sequence, occurred_at, reason=reason)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_correction_needs_the_version_and_a_worker(desk: Desk) -> None:
    incident, reported = await a_held_incident(desk)
    held = await entry(desk, incident, "put_on_hold")
    moment = reported + timedelta(hours=1)
    stale = await correct(desk, {**incident, "version": 1}, held["sequence"], moment)
    assert stale.status_code == 412
    path = f"{PATH}/{incident['id']}/time-corrections"
    body = {"sequence": held["sequence"], "occurred_at": moment.isoformat(), "reason": REASON}
    assert (await desk.staff.post(path, json=body)).status_code == 428
    customer = desk.customer(await desk.register_customer())
    refused = await correct(desk, incident, held["sequence"], moment, by=customer)
    assert refused.status_code == 403
    for name in ("no-such", "INC9999999"):
        missing = await correct(desk, {**incident, "id": name}, held["sequence"], moment)
        assert missing.status_code == 404
