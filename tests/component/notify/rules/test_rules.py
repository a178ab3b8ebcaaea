"""Rules by HTTP: the platform brings its own, and people change them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.component.notify.desk import RULES, Desk, Shop

TEAM_RULE = f"{RULES}/0190a000-0000-7000-8000-000000000001"
HOOK_RULE = f"{RULES}/0190a000-0000-7000-8000-000000000005"
AT_ONE = {"If-Match": '"1"'}


async def test_the_platform_brings_its_rules_each_with_its_event(desk: Desk) -> None:
    rules = await desk.listed(RULES)
    shown = [(one["audience"], one["recipients"], one["condition"]) for one in rules]
    assert shown == [
        ("technical", "owner_team", "team_changed"),
        ("business", "representatives_in_reach", "not_told"),
        ("technical", "told", "always"),
        ("business", "told", "always"),
        ("system", "webhook_endpoints", "always"),
        *[("technical", "told", "always"), ("business", "told", "always")] * 2,
        ("technical", "owner_team", "always"),
    ]
    told = {one["template"]: one["event_types"] for one in rules[5:]}
    assert told == {
        "incident_reopened": ["itsm.incident.reopened.v1"],
        "incident_overdue": ["itsm.sla_clock.breached.v1"],
        "incident_withdrawn": ["itsm.incident.cancelled.v1", "itsm.incident.merged.v1"],
    }
    assert {one["status"] for one in rules} == {"enabled"}
    events = await desk.stage.events("notify")
    assert [str(event.key) for event in events] == [one["id"] for one in rules]
    await desk.is_consistent()


async def test_a_rule_is_read_with_its_version(desk: Desk) -> None:
    answer = await desk.keeper.get(TEAM_RULE)
    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["channels"] == ["email"]
    assert (await desk.keeper.get(f"{RULES}/{uuid4()}")).status_code == 404


async def test_a_change_is_an_event_and_takes_effect(desk: Desk) -> None:
    patch = {"urgency": "low", "channels": ["log"], "name": "Quietly"}
    changed = await desk.keeper.patch(TEAM_RULE, json=patch, headers=AT_ONE)
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == '"2"'
    assert {name: changed.json()[name] for name in patch} == patch
    last = (await desk.stage.events("notify"))[-1]
    assert (last.type, last.sequence, last.actor) == ("itsm.rule.changed.v1", 2, "keeper")
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, uuid4()))
    one = await desk.only()
    assert (one["urgency"], one["channel"]) == ("low", "log")
    await desk.is_consistent()


async def test_a_rule_is_switched_off_and_on(desk: Desk) -> None:
    path = f"{TEAM_RULE}/transitions"
    off = await desk.keeper.post(path, json={"to": "disabled"}, headers=AT_ONE)
    assert (off.status_code, off.json()["status"]) == (200, "disabled")
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, uuid4()))
    assert await desk.listed() == []
    twice = await desk.keeper.post(path, json={"to": "disabled"}, headers={"If-Match": '"2"'})
    assert (twice.status_code, twice.json()["allowed"]) == (409, ["enabled"])
    on = await desk.keeper.post(path, json={"to": "enabled"}, headers={"If-Match": '"2"'})
    assert on.json()["version"] == 3


async def test_the_same_request_with_its_key_is_done_once(desk: Desk) -> None:
    headers = {**AT_ONE, "Idempotency-Key": "once"}
    path = f"{TEAM_RULE}/transitions"
    first = await desk.keeper.post(path, json={"to": "disabled"}, headers=headers)
    again = await desk.keeper.post(path, json={"to": "disabled"}, headers=headers)
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 428), ({"If-Match": '"9"'}, 412), ({"If-Match": "*"}, 412), ({"If-Match": "1"}, 412)],
)
async def test_a_change_names_the_version_it_saw(
    desk: Desk, headers: dict[str, str], status: int
) -> None:
    answer = await desk.keeper.patch(TEAM_RULE, json={"urgency": "low"}, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "patch",
    [
        {"urgency": "extreme"},
        {"urgency": None},
        {"channels": []},
        {"channels": ["webhook"]},
        {"channels": ["email", "email"]},
        {"channels": ["pigeon"]},
        {"channels": "email"},
        {"name": ""},
        {"name": "two\nlines"},
        {"name": "x" * 201},
        {"name": "nul\x00"},
        {"status": "disabled"},
        {"version": 7},
        {"audience": "business"},
        {"id": str(uuid4())},
    ],
)
async def test_what_a_rule_cannot_be_is_refused(desk: Desk, patch: dict[str, Any]) -> None:
    answer = await desk.keeper.patch(TEAM_RULE, json=patch, headers=AT_ONE)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await desk.keeper.get(TEAM_RULE)).json()["version"] == 1


async def test_endpoints_are_reached_by_webhook_alone(desk: Desk) -> None:
    answer = await desk.keeper.patch(HOOK_RULE, json={"channels": ["email"]}, headers=AT_ONE)
    assert (answer.status_code, answer.json()["code"]) == (422, "channels-not-possible")


async def test_only_keepers_change_rules(desk: Desk) -> None:
    reader = desk.stage.http("resolver")
    assert (await reader.get(TEAM_RULE)).status_code == 200
    refused = await reader.patch(TEAM_RULE, json={"urgency": "low"}, headers=AT_ONE)
    assert refused.status_code == 403
    assert (await desk.customers_user(uuid4()).get(RULES)).status_code == 403
