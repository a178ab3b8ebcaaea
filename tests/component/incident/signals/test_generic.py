"""Senders without a format of their own."""

from __future__ import annotations

import pytest

from tests.component.incident.desk import Body, Desk


async def test_a_signal_fires_is_seen_and_ends(desk: Desk) -> None:
    integration = await desk.integration("generic")
    key = {"dedup_key": "backup/orders"}
    said = {**key, "action": "trigger", "severity": "Warning", "summary": "Backup failed"}
    first = (await desk.send(integration, said)).json()
    assert first["outcome"] == "declared"
    again = (await desk.send(integration, said)).json()
    assert (again["outcome"], again["repeated"]) == ("noted", 1)
    await desk.send(integration, {**key, "action": "acknowledge"})
    incident = await desk.read(first["incident_id"])
    assert incident["milestones"]["acknowledged_at"] is not None
    assert (incident["title"], incident["priority"]) == ("Backup failed", 3)
    over = (await desk.send(integration, {**key, "action": "resolve"})).json()
    assert over["outcome"] == "resolved"
    (row,) = await desk.rows("select summary, status from incident.signal")
    assert (row["summary"], row["status"]) == ("Backup failed", "resolved")


async def test_signals_of_one_group_lead_to_one_incident(desk: Desk) -> None:
    integration = await desk.integration("generic")
    receipts = [
        (
            await desk.send(
                integration, {"dedup_key": key, "action": "trigger", "group_key": "backup"}
            )
        ).json()
        for key in ("orders", "mail")
    ]
    assert [one["outcome"] for one in receipts] == ["declared", "added"]
    assert receipts[0]["incident_id"] == receipts[1]["incident_id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"action": "trigger"}, "/dedup_key"),
        ({"dedup_key": "x", "action": "explode"}, "/action"),
        ({"dedup_key": "x", "action": "trigger", "colour": "red"}, "/colour"),
        ({"dedup_key": "a\nb", "action": "trigger"}, "/dedup_key"),
    ],
)
async def test_what_is_not_valid_is_refused(desk: Desk, body: Body, pointer: str) -> None:
    answer = await desk.send(await desk.integration("generic"), body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
