"""Alertmanager's notifications become incidents, once, whatever way they come."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.component.incident.desk import (
    INTEGRATIONS,
    Body,
    Desk,
    alert,
    group,
    sample,
)

SIGNALS = "/incident/v1/signals"


async def send(desk: Desk, integration: Body, body: Body) -> Body:
    answer = await desk.send(integration, body)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def test_a_firing_group_declares_one_incident_of_its_service(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service(team=team)
    integration = await desk.integration()
    receipt = await send(desk, integration, sample("firing"))
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
    first = await send(desk, integration, sample("firing"))
    for _ in range(3):
        again = await send(desk, integration, sample("firing"))
        assert (again["outcome"], again["repeated"], again["fresh"]) == ("noted", 2, 0)
        assert again["incident_id"] == first["incident_id"]
    assert (await desk.facts()).count("incident.declared") == 1
    assert (await desk.read(first["incident_id"]))["version"] == 1
    items = (await desk.staff.get(SIGNALS)).json()["items"]
    assert {(one["count"], one["version"]) for one in items} == {(4, 4)}


async def test_a_pair_of_senders_makes_one_incident(desk: Desk) -> None:
    integration = await desk.integration()
    bodies = [send(desk, integration, sample("firing")) for _ in range(6)]
    receipts = await asyncio.gather(*bodies)
    assert sorted(one["outcome"] for one in receipts) == ["declared", *["noted"] * 5]
    assert len({one["incident_id"] for one in receipts}) == 1
    assert (await desk.facts()).count("incident.declared") == 1
    assert (await desk.facts()).count("signal.received") == 2


async def test_the_last_alert_that_ends_resolves_and_texts_stay(desk: Desk) -> None:
    await desk.service()
    integration = await desk.integration()
    key = (await send(desk, integration, sample("firing")))["incident_id"]
    mixed = await send(desk, integration, sample("mixed"))
    assert (mixed["outcome"], mixed["ended"], mixed["repeated"]) == ("noted", 1, 1)
    assert (await desk.read(key))["state"] == "new"
    incident = await desk.read(key)
    team = await desk.team()
    incident = (await desk.try_move(incident, "assigned", team_id=str(team))).json()
    assert (await desk.try_move(incident, "on_hold")).status_code == 200
    over = await send(desk, integration, sample("resolved"))
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
    assert (await send(desk, integration, sample("resolved")))["outcome"] == "noted"
    assert await desk.facts() == facts


async def test_a_new_alert_joins_and_may_weigh_more(desk: Desk) -> None:
    integration = await desk.integration()
    first = await send(desk, integration, group(alert("a", severity="warning")))
    both = group(alert("a", severity="warning"), alert("b", severity="critical"))
    second = await send(desk, integration, both)
    assert (second["outcome"], second["incident_id"]) == ("added", first["incident_id"])
    incident = await desk.read(first["incident_id"])
    assert (incident["priority"], incident["state"]) == (1, "new")
    calmer = (await desk.change(incident, impact=3, urgency=3)).json()
    await send(desk, integration, both)
    assert (await desk.read(calmer))["priority"] == 5


async def test_a_new_alert_within_the_window_reopens_and_later_declares_anew(desk: Desk) -> None:
    integration = await desk.integration(reopen_window_hours=1)
    start, later, last = (f"2026-03-02T0{hour}:00:00Z" for hour in (1, 2, 3))
    first = await send(desk, integration, group(alert(starts=start)))
    await send(desk, integration, group(alert(starts=start, status="resolved", ends=later)))
    again = await send(desk, integration, group(alert(starts=later)))
    assert (again["outcome"], again["incident_id"]) == ("reopened", first["incident_id"])
    assert (await desk.read(first["incident_id"]))["reopen_count"] == 1
    await send(desk, integration, group(alert(starts=later, status="resolved", ends=last)))
    await _age(desk, hours=2)
    anew = await send(desk, integration, group(alert(starts=last)))
    assert anew["outcome"] == "declared"
    assert anew["incident_id"] != first["incident_id"]


async def test_an_alert_that_fires_again_from_the_same_start_counts_as_new(desk: Desk) -> None:
    integration = await desk.integration()
    await send(desk, integration, group(alert()))
    await send(desk, integration, group(alert(status="resolved", ends="2026-03-02T10:00:00Z")))
    assert (await send(desk, integration, group(alert())))["outcome"] == "reopened"


async def test_a_closed_incident_is_not_reopened_by_an_alert(desk: Desk) -> None:
    integration = await desk.integration()
    first = await send(desk, integration, group(alert()))
    incident = await desk.move(await desk.read(first["incident_id"]), "resolved", "closed")
    assert incident["state"] == "closed"
    repeated = await send(desk, integration, group(alert()))
    assert repeated["outcome"] == "noted"
    anew = await send(desk, integration, group(alert(), alert("b")))
    assert anew["outcome"] == "declared"


async def test_a_newer_start_ends_the_older_one(desk: Desk) -> None:
    integration = await desk.integration()
    first = await send(desk, integration, group(alert(starts="2026-03-02T09:00:00Z")))
    await send(desk, integration, group(alert(starts="2026-03-02T09:30:00Z")))
    over = group(
        alert(starts="2026-03-02T09:30:00Z", status="resolved", ends="2026-03-02T10:00:00Z")
    )
    assert (await send(desk, integration, over))["outcome"] == "resolved"
    assert (await desk.read(first["incident_id"]))["state"] == "resolved"
    assert (await desk.last("signal.resolved"))["reason"] == "sender"


@pytest.mark.parametrize(
    ("resolve_on", "state"), [("first", "resolved"), ("never", "new"), ("all", "new")]
)
async def test_the_integration_says_when_an_incident_is_over(
    desk: Desk, resolve_on: str, state: str
) -> None:
    integration = await desk.integration(resolve_on=resolve_on)
    receipt = await send(desk, integration, group(alert("a"), alert("b")))
    ended = alert("a", status="resolved", ends="2026-03-02T10:00:00Z", annotations={})
    await send(desk, integration, group(ended, alert("b")))
    assert (await desk.read(receipt["incident_id"]))["state"] == state
    await send(desk, integration, group(ended, alert("b")))
    assert (await desk.read(receipt["incident_id"]))["state"] == state


async def test_alerts_of_a_merged_incident_follow_it(desk: Desk) -> None:
    integration = await desk.integration()
    one = await send(desk, integration, group(alert("a"), key="one"))
    two = await send(desk, integration, group(alert("b"), key="two"))
    double = await desk.read(two["incident_id"])
    assert (
        await desk.try_move(double, "merged", duplicate_of=one["incident_number"])
    ).status_code == 200
    end: Body = {"status": "resolved", "ends": "2026-03-02T10:00:00Z"}
    await send(desk, integration, group(alert("a", **end), key="one"))
    assert (await desk.read(one["incident_id"]))["state"] == "new"
    more = await send(desk, integration, group(alert("b"), alert("c"), key="two"))
    assert (more["outcome"], more["incident_id"]) == ("added", one["incident_id"])
    await send(desk, integration, group(alert("b", **end), alert("c", **end), key="two"))
    assert (await desk.read(one["incident_id"]))["state"] == "resolved"
    listed = await desk.staff.get(f"{SIGNALS}?incident_id={one['incident_id']}")
    assert len(listed.json()["items"]) == 3


async def test_an_alert_in_two_groups_ends_for_both(desk: Desk) -> None:
    integration = await desk.integration()
    first = await send(desk, integration, group(alert(), key="one"))
    second = await send(desk, integration, group(alert(), key="two"))
    assert (second["outcome"], second["incident_id"]) == ("noted", None)
    end = alert(status="resolved", ends="2026-03-02T10:00:00Z")
    await send(desk, integration, group(end, key="two"))
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
    receipt = await send(desk, integration, group(alert(service=label)))
    incident = await desk.read(receipt["incident_id"])
    expected = fallback if hint == "nothing known" else service
    assert incident["service_id"] == str(expected)
    assert incident["assignment_team_id"] == str(team)


async def test_ten_thousand_alerts_in_one_body_are_kept(desk: Desk) -> None:
    await desk.service()
    integration = await desk.integration()
    annotations = {"summary": "Orders fail", "description": "x" * 300}
    storm = group(
        *(
            alert(f"{each:016x}", service="SVC0000001", annotations=annotations)
            for each in range(10_000)
        )
    )
    receipt = await send(desk, integration, storm)
    assert (receipt["fresh"], receipt["outcome"]) == (10_000, "declared")
    assert len((await desk.last("incident.declared"))["signal_ids"]) == 100
    (row,) = await desk.rows("select count(*) as signals from incident.signal")
    assert row["signals"] == 10_000


async def test_who_does_not_show_the_secret_is_not_let_in(desk: Desk) -> None:
    integration, other = await desk.integration(), await desk.integration()
    generic = await desk.integration("generic")
    path = integration["intake_path"]
    basic = base64.b64encode(f"alertmanager:{integration['secret']}".encode()).decode()
    wrong_basic = base64.b64encode(b"alertmanager:wrong").decode()
    token = desk.stage.token("admin")

    async def status(path: str, authorization: str | None, **send: Any) -> int:  # noqa: ANN401 - the client's own
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = await desk.nobody.post(path, headers=headers, **(send or {"json": group(alert())}))
        if answer.status_code == 401:
            assert answer.headers["content-type"] == "application/problem+json"
            assert "Bearer" in answer.headers["www-authenticate"]
        return answer.status_code

    assert await status(path, f"Basic {basic}") == 200
    assert await status(path, None) == 401
    for sent in (
        "Bearer wrong",
        "Bearer",
        f"Bearer {other['secret']}",
        f"Bearer {token}",
        f"Basic {wrong_basic}",
        "Basic %%%",
        f"Bearer {'x' * 5000}",
    ):
        assert await status(path, sent) == 401, sent
    assert await status(f"/incident/v1/intake/alertmanager/{uuid4()}", "Bearer x") == 401
    assert await status("/incident/v1/intake/alertmanager/nonsense", "Bearer x") == 401
    own_kind = f"/incident/v1/intake/alertmanager/{generic['id']}"
    assert await status(own_kind, f"Bearer {generic['secret']}") == 401
    assert await status(path, "Bearer wrong", json={"version": "4"}) == 401
    retired = await desk.staff.post(
        f"{INTEGRATIONS}/{integration['id']}/transitions",
        json={"to": "retired"},
        headers={"If-Match": '"1"'},
    )
    assert retired.status_code == 200
    assert await status(path, f"Basic {basic}") == 401


def _without(name: str) -> Body:
    body = group(alert())
    del body[name]
    return body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_without("groupKey"), 422),
        (_without("alerts"), 422),
        ({**group(alert()), "version": "3"}, 422),
        (group(alert(starts="yesterday")), 422),
        (group(alert(starts="2026-03-02T09:00:00")), 422),
        (group({**alert(), "labels": {"a": {"b": 1}}}), 422),
        (group(alert(severity="nul \x00")), 422),
        ([], 422),
        ("text", 422),
    ],
)
async def test_what_is_no_notification_is_refused(desk: Desk, body: Body, status: int) -> None:
    answer = await desk.send(await desk.integration(), body)
    assert answer.status_code == status, answer.text
    assert await desk.rows("select id from incident.signal") == []


@pytest.mark.parametrize(
    "odd",
    [
        group(alert(starts="0001-01-01T00:00:00Z")),
        group(alert(starts="9999-12-31T23:59:59Z")),
        group(alert(annotations={"summary": "two\nlines \x1b[31m", "description": "y" * 90_000})),
        group(alert(severity="?" * 500, service="'; drop table incident; --")),
        group({**alert(), "fingerprint": ""}),
        group(alert(), alert()),
        group(alert(), alert(status="resolved", ends="2026-03-02T10:00:00Z")),
        group(alert(status="resolved", ends="2026-03-02T08:00:00Z")),
        group(),
        group(alert(), key="k" * 90_000),
    ],
    ids=range(10),
)
async def test_what_is_odd_but_readable_is_taken_in_twice(desk: Desk, odd: Body) -> None:
    integration = await desk.integration()
    await send(desk, integration, odd)
    await send(desk, integration, odd)
    assert (await desk.facts()).count("incident.declared") <= 1


async def test_a_body_over_the_limit_is_refused(desk: Desk) -> None:
    integration = await desk.integration()
    answer = await desk.nobody.post(
        integration["intake_path"],
        content=b" " * (16 * 1024 * 1024 + 1),
        headers={
            "Authorization": f"Bearer {integration['secret']}",
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code == 413


async def _age(desk: Desk, *, hours: float) -> None:
    """Let time pass since every resolution."""
    moment = datetime.now(UTC) - timedelta(hours=hours)
    await desk.rows(
        f"update incident.incident set resolution_recorded_at = '{moment.isoformat()}'"  # noqa: S608 - our own value
        " where state = 'resolved' returning id"
    )
