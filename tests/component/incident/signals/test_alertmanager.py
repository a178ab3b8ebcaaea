"""Alertmanager's notifications become incidents, once, whatever way they come."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.component.incident.desk import (
    Body,
    Desk,
    alert,
    group,
    sample,
)

SIGNALS = "/incident/v1/signals"


async def test_a_firing_group_declares_one_incident_of_its_service(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service(team=team)
    integration = await desk.integration()
    receipt = await desk.take(integration, sample("firing"))
    assert (receipt["outcome"], receipt["fresh"]) == ("declared", 2)
    incident = await desk.read(receipt["incident_number"])
    assert incident["title"] == "High error rate on shop-1"
    assert incident["description_business"] == "Web shop is disturbed"
    assert "Usual is below" in incident["description_technical"]
    assert (incident["service_id"], incident["channel"]) == (str(service), "monitoring")
    assert (incident["state"], incident["assignment_team_id"]) == ("assigned", str(team))
    assert (incident["impact"], incident["urgency"], incident["priority"]) == (1, 1, 1)
    assert incident["dedup_key"] == sample("firing")["groupKey"]
    assert incident["milestones"]["started_at"] == "2026-03-02T09:00:12.345678Z"
    told = await desk.last("incident.declared")
    signals = (await desk.staff.get(f"{SIGNALS}?incident_id={incident['id']}")).json()["items"]
    assert {one["id"] for one in signals} == set(told["signal_ids"])
    assert {one["status"] for one in signals} == {"firing"}
    assert (await desk.facts()).count("signal.received") == 2
    assert (await desk.stage.events("incident"))[-1].actor == f"integration:{integration['id']}"


async def test_the_same_again_changes_counts_alone(desk: Desk) -> None:
    integration = await desk.integration()
    first = await desk.take(integration, sample("firing"))
    for _ in range(3):
        again = await desk.take(integration, sample("firing"))
        assert (again["outcome"], again["repeated"], again["fresh"]) == ("noted", 2, 0)
        assert again["incident_id"] == first["incident_id"]
    assert (await desk.facts()).count("incident.declared") == 1
    assert (await desk.read(first["incident_id"]))["version"] == 1
    items = (await desk.staff.get(SIGNALS)).json()["items"]
    assert {(one["count"], one["version"]) for one in items} == {(4, 4)}


async def test_a_pair_of_senders_makes_one_incident(desk: Desk) -> None:
    integration = await desk.integration()
    bodies = [desk.take(integration, sample("firing")) for _ in range(6)]
    receipts = await asyncio.gather(*bodies)
    assert sorted(one["outcome"] for one in receipts) == ["declared", *["noted"] * 5]
    assert len({one["incident_id"] for one in receipts}) == 1
    assert (await desk.facts()).count("incident.declared") == 1
    assert (await desk.facts()).count("signal.received") == 2


async def test_the_last_alert_that_ends_resolves_and_texts_stay(desk: Desk) -> None:
    await desk.service()
    integration = await desk.integration()
    key = (await desk.take(integration, sample("firing")))["incident_id"]
    mixed = await desk.take(integration, sample("mixed"))
    assert (mixed["outcome"], mixed["ended"], mixed["repeated"]) == ("noted", 1, 1)
    assert (await desk.read(key))["state"] == "new"
    incident = await desk.read(key)
    team = await desk.team()
    incident = (await desk.try_move(incident, "assigned", team_id=str(team))).json()
    assert (await desk.try_move(incident, "on_hold")).status_code == 200
    over = await desk.take(integration, sample("resolved"))
    assert over["outcome"] == "resolved"
    incident = await desk.read(key)
    assert (incident["state"], incident["resolution_code"]) == (
        "resolved",
        "cleared_by_monitoring",
    )
    assert incident["resolution_business"] == "Monitoring sees no disturbance of Web shop any more."
    assert incident["auto_close_at"] is not None
    items = (await desk.staff.get(f"{SIGNALS}?sort=started_at")).json()["items"]
    assert [one["summary"] for one in items] == [
        "High error rate on shop-1",
        "High error rate on shop-2",
    ]
    assert [one["ended_at"] for one in items] == [
        "2026-03-02T09:41:12.345678Z",
        "2026-03-02T09:20:42Z",
    ]
    facts = await desk.facts()
    assert (await desk.take(integration, sample("resolved")))["outcome"] == "noted"
    assert await desk.facts() == facts


async def test_a_new_alert_joins_and_may_weigh_more(desk: Desk) -> None:
    integration = await desk.integration()
    first = await desk.take(integration, group(alert("a", severity="warning")))
    both = group(alert("a", severity="warning"), alert("b", severity="critical"))
    second = await desk.take(integration, both)
    assert (second["outcome"], second["incident_id"]) == ("added", first["incident_id"])
    incident = await desk.read(first["incident_id"])
    assert (incident["priority"], incident["state"]) == (1, "new")
    calmer = (await desk.change(incident, impact=3, urgency=3)).json()
    await desk.take(integration, both)
    assert (await desk.read(calmer))["priority"] == 5


async def test_a_new_alert_within_the_window_reopens_and_later_declares_anew(desk: Desk) -> None:
    integration = await desk.integration(reopen_window_hours=1)
    start, later, last = (f"2026-03-02T0{hour}:00:00Z" for hour in (1, 2, 3))
    first = await desk.take(integration, group(alert(starts=start)))
    await desk.take(integration, group(alert(starts=start, status="resolved", ends=later)))
    again = await desk.take(integration, group(alert(starts=later)))
    assert (again["outcome"], again["incident_id"]) == ("reopened", first["incident_id"])
    assert (await desk.read(first["incident_id"]))["reopen_count"] == 1
    await desk.take(integration, group(alert(starts=later, status="resolved", ends=last)))
    await _age(desk, hours=2)
    anew = await desk.take(integration, group(alert(starts=last)))
    assert anew["outcome"] == "declared"
    assert anew["incident_id"] != first["incident_id"]


async def test_an_alert_that_fires_again_from_the_same_start_counts_as_new(desk: Desk) -> None:
    integration = await desk.integration()
    await desk.take(integration, group(alert()))
    await desk.take(integration, group(alert(status="resolved", ends="2026-03-02T10:00:00Z")))
    assert (await desk.take(integration, group(alert())))["outcome"] == "reopened"


async def test_a_closed_incident_is_not_reopened_by_an_alert(desk: Desk) -> None:
    integration = await desk.integration()
    first = await desk.take(integration, group(alert()))
    incident = await desk.move(await desk.read(first["incident_id"]), "resolved", "closed")
    assert incident["state"] == "closed"
    repeated = await desk.take(integration, group(alert()))
    assert repeated["outcome"] == "noted"
    anew = await desk.take(integration, group(alert(), alert("b")))
    assert anew["outcome"] == "declared"


async def test_a_newer_start_ends_the_older_one(desk: Desk) -> None:
    integration = await desk.integration()
    first = await desk.take(integration, group(alert(starts="2026-03-02T09:00:00Z")))
    await desk.take(integration, group(alert(starts="2026-03-02T09:30:00Z")))
    over = group(
        alert(starts="2026-03-02T09:30:00Z", status="resolved", ends="2026-03-02T10:00:00Z")
    )
    assert (await desk.take(integration, over))["outcome"] == "resolved"
    assert (await desk.read(first["incident_id"]))["state"] == "resolved"
    assert (await desk.last("signal.resolved"))["reason"] == "sender"


@pytest.mark.parametrize(
    ("resolve_on", "state"), [("first", "resolved"), ("never", "new"), ("all", "new")]
)
async def test_the_integration_says_when_an_incident_is_over(
    desk: Desk, resolve_on: str, state: str
) -> None:
    integration = await desk.integration(resolve_on=resolve_on)
    receipt = await desk.take(integration, group(alert("a"), alert("b")))
    ended = alert("a", status="resolved", ends="2026-03-02T10:00:00Z", annotations={})
    await desk.take(integration, group(ended, alert("b")))
    assert (await desk.read(receipt["incident_id"]))["state"] == state
    await desk.take(integration, group(ended, alert("b")))
    assert (await desk.read(receipt["incident_id"]))["state"] == state


async def test_alerts_of_a_merged_incident_follow_it(desk: Desk) -> None:
    integration = await desk.integration()
    one = await desk.take(integration, group(alert("a"), key="one"))
    two = await desk.take(integration, group(alert("b"), key="two"))
    double = await desk.read(two["incident_id"])
    assert (
        await desk.try_move(double, "merged", duplicate_of=one["incident_number"])
    ).status_code == 200
    end: Body = {"status": "resolved", "ends": "2026-03-02T10:00:00Z"}
    await desk.take(integration, group(alert("a", **end), key="one"))
    assert (await desk.read(one["incident_id"]))["state"] == "new"
    more = await desk.take(integration, group(alert("b"), alert("c"), key="two"))
    assert (more["outcome"], more["incident_id"]) == ("added", one["incident_id"])
    await desk.take(integration, group(alert("b", **end), alert("c", **end), key="two"))
    assert (await desk.read(one["incident_id"]))["state"] == "resolved"
    listed = await desk.staff.get(f"{SIGNALS}?incident_id={one['incident_id']}")
    assert len(listed.json()["items"]) == 3


async def test_an_alert_in_two_groups_ends_for_both(desk: Desk) -> None:
    integration = await desk.integration()
    first = await desk.take(integration, group(alert(), key="one"))
    second = await desk.take(integration, group(alert(), key="two"))
    assert (second["outcome"], second["incident_id"]) == ("noted", None)
    end = alert(status="resolved", ends="2026-03-02T10:00:00Z")
    await desk.take(integration, group(end, key="two"))
    assert (await desk.read(first["incident_id"]))["state"] == "resolved"


@pytest.mark.parametrize("hint", ["SVC0000001", "svc0000001", "Shop-Web", "id", "nothing known"])
async def test_the_service_is_found_by_what_the_sender_calls_it(desk: Desk, hint: str) -> None:
    service = await desk.service()
    fallback = await desk.service("SVC0000002", name="Platform", technical="platform")
    team = await desk.team()
    integration = await desk.integration(
        default_service_id=str(fallback), default_team_id=str(team)
    )
    label = str(service) if hint == "id" else hint
    receipt = await desk.take(integration, group(alert(service=label)))
    incident = await desk.read(receipt["incident_id"])
    expected = fallback if hint == "nothing known" else service
    assert incident["service_id"] == str(expected)
    assert incident["assignment_team_id"] == str(team)


async def _age(desk: Desk, *, hours: float) -> None:
    """Let time pass since every resolution."""
    moment = datetime.now(UTC) - timedelta(hours=hours)
    await desk.rows(
        f"update incident.incident set resolution_recorded_at = '{moment.isoformat()}'"
        " where state = 'resolved' returning id"
    )
