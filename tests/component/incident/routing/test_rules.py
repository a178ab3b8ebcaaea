"""Routing rules over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.incident.routing.domain import MAX_RULES
from shared.db import statement
from tests.component.incident.desk import Body, Desk
from tests.component.incident.routing.ruling import (
    RULES,
    register_rule,
    try_change,
    try_rule,
    try_to,
)

FULL = statement(
    "insert into incident.routing_rule select gen_random_uuid(), 'Filler ' || n, n, false, '{}',"
    " null, '{}', '{}', '{}', '{}', '{}', gen_random_uuid(), 'active', 1, now(), now()"
    " from generate_series(1, cast(:wanted as integer)) n"
)


async def test_a_rule_is_registered_changed_retired_and_taken_up_again(desk: Desk) -> None:
    team, other = await desk.team(), await desk.team("Networks")
    service, customer = await desk.service(), await desk.register_customer()
    said = {
        "name": "Databases",
        "position": 10,
        "enabled": True,
        "service_ids": [str(service)],
        "category": "database/locks",
        "channels": ["phone", "mail"],
        "customer_ids": [str(customer)],
        "priorities": [1, 2],
        "title_words": ["Orders", "deadlock"],
        "team_id": str(team),
    }
    answer = await desk.staff.post(RULES, json=said)
    assert answer.status_code == 201, answer.text
    rule = answer.json()
    assert answer.headers["location"] == f"{RULES}/{rule['id']}"
    assert {name: rule[name] for name in said} == said
    assert (rule["status"], rule["version"]) == ("active", 1)
    assert await desk.last("routing_rule.registered") == {
        **said,
        "routing_rule_id": rule["id"],
        "status": "active",
    }
    same = await try_change(desk, rule, name="Databases", priorities=[1, 2, 1])
    assert same.headers["etag"] == '"1"'
    changed = (await try_change(desk, rule, category=None, team_id=str(other))).json()
    assert (changed["category"], changed["team_id"], changed["version"]) == (None, str(other), 2)
    assert (await try_change(desk, rule, position=1)).status_code == 412
    retired = (await try_to(desk, changed, "retired")).json()
    again = await try_to(desk, retired, "retired")
    assert (again.status_code, again.json()["allowed"]) == (409, ["active"])
    back = await try_to(desk, retired, "active")
    assert (back.json()["status"], back.headers["etag"]) == ("active", '"4"')
    assert await desk.facts() == [
        "routing_rule.registered",
        "routing_rule.changed",
        "routing_rule.retired",
        "routing_rule.changed",
    ]
    (row,) = await desk.rows("select version, status, category from incident.routing_rule")
    assert row == {"version": 4, "status": "active", "category": None}


async def test_rules_are_listed_in_the_order_in_which_they_are_asked(desk: Desk) -> None:
    team = await desk.team()
    for name, position in (("c", 20), ("a", 10), ("d", 20), ("b", 10)):
        await register_rule(desk, team, name=name, position=position, enabled=name != "d")
    names: list[str] = []
    cursor: str | None = None
    while cursor or not names:
        asked = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        found = (await desk.staff.get(RULES, params=asked)).json()
        names += [one["name"] for one in found["items"]]
        cursor = found["next"]
    assert names == ["a", "b", "c", "d"]
    disabled = (await desk.staff.get(RULES, params={"enabled": "false"})).json()["items"]
    assert [one["name"] for one in disabled] == ["d"]


async def test_a_rule_is_known_as_it_was_and_what_happened_to_it(desk: Desk) -> None:
    rule = await register_rule(desk, await desk.team(), name="Before", service_ids=[])
    between = datetime.now(UTC).isoformat()
    after = (await try_change(desk, rule, name="After")).json()
    path = f"{RULES}/{rule['id']}"
    assert (await desk.staff.get(path)).json() == after
    assert (await desk.staff.get(path, params={"as_of": between})).json() == rule
    early = await desk.staff.get(path, params={"as_of": "2020-01-01T00:00:00Z"})
    assert (early.status_code, early.json()["code"]) == (404, "routing-rule-not-found")
    entries = (await desk.staff.get(f"{path}/history")).json()["items"]
    assert [(one["sequence"], one["data"]["name"]) for one in entries] == [
        (1, "Before"),
        (2, "After"),
    ]


async def test_a_name_is_that_of_one_active_rule(desk: Desk) -> None:
    team = await desk.team()
    rule = await register_rule(desk, team, name="Databases")
    taken = await try_rule(desk, team, name="databases")
    assert (taken.status_code, taken.json()["code"]) == (409, "routing-rule-name-taken")
    await try_to(desk, rule, "retired")
    await register_rule(desk, team, name="databases")
    back = await try_to(desk, {**rule, "version": 2}, "active")
    assert (back.status_code, back.json()["code"]) == (409, "routing-rule-name-taken")


UNKNOWN = str(uuid4())


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"position": -1}, "/position"),
        ({"position": 10**30}, "/position"),
        ({"position": "1"}, "/position"),
        ({"enabled": "yes"}, "/enabled"),
        ({"category": "Network"}, "/category"),
        ({"category": "network/"}, "/category"),
        ({"category": "a" * 61}, "/category"),
        ({"channels": ["pigeon"]}, "/channels/0"),
        ({"priorities": [0]}, "/priorities/0"),
        ({"priorities": [1] * 101}, "/priorities"),
        ({"title_words": ["a" * 101]}, "/title_words/0"),
        ({"title_words": ["a"] * 51}, "/title_words"),
        ({"service_ids": [UNKNOWN]}, "/service_ids"),
        ({"service_ids": [UNKNOWN] * 101}, "/service_ids"),
        ({"customer_ids": [UNKNOWN]}, "/customer_ids"),
        ({"team_id": UNKNOWN}, "/team_id"),
        ({"team_id": None}, "/team_id"),
        ({"status": "retired"}, "/status"),
    ],
)
async def test_what_is_not_valid_is_refused_where_it_stands(
    desk: Desk, fields: Body, pointer: str
) -> None:
    rule = await register_rule(desk, await desk.team())
    made = await try_rule(desk, await desk.team(), **fields)
    changed = await try_change(desk, rule, **fields)
    for answer in (made, changed):
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert await desk.facts() == ["routing_rule.registered"]


async def test_a_rule_for_a_retired_team_is_refused(desk: Desk) -> None:
    answer = await try_rule(desk, await desk.team(status="retired"))
    assert (answer.status_code, answer.json()["code"]) == (422, "team-unknown")


async def test_there_are_no_more_active_rules_than_there_may_be_even_at_once(desk: Desk) -> None:
    team = await desk.team()
    rule = await register_rule(desk, team)
    retired = (await try_to(desk, rule, "retired")).json()
    async with desk.stage.database("incident").transaction() as tx:
        await tx.run(FULL, wanted=MAX_RULES - 1)
    answers = await asyncio.gather(*(try_rule(desk, team) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409]
    back = await try_to(desk, retired, "active")
    assert (back.status_code, back.json()["code"]) == (409, "too-many-routing-rules")


async def test_rules_are_not_for_customers_and_kept_by_few(desk: Desk) -> None:
    rule = await register_rule(desk, await desk.team())
    path = f"{RULES}/{rule['id']}"
    customer = await desk.register_customer()
    assert (await desk.customer(customer).get(RULES)).status_code == 403
    resolver = desk.stage.http("resolver")
    assert (await resolver.get(path)).json() == rule
    body = {"name": "Mine", "position": 1, "team_id": rule["team_id"]}
    assert (await resolver.post(RULES, json=body)).status_code == 403
    # Whatever else it may do: who is bound to a customer speaks for that customer.
    bound = desk.stage.http("admin", customer_id=customer)
    assert (await bound.get(RULES)).json()["items"] == []
    for hidden in (path, f"{path}/history"):
        assert (await bound.get(hidden)).status_code == 404
    match = {"If-Match": '"1"'}
    assert (await bound.post(RULES, json=body)).status_code == 403
    assert (await bound.patch(path, json={"position": 1}, headers=match)).status_code == 403
    moved = await bound.post(f"{path}/transitions", json={"to": "retired"}, headers=match)
    assert (moved.status_code, moved.json()["code"]) == (403, "not-for-customers")
