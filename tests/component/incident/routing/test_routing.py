"""Where incidents go: by the first rule, to the owner team, or as the integration says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.incident.incidents.tables.context import load_context
from shared.db import statement
from tests.component.incident.desk import PATH, Body, Desk, alert, group, minutes_from_now
from tests.component.incident.routing.ruling import register_rule, try_change, try_to


async def routed(desk: Desk, **body: Any) -> str | None:  # noqa: ANN401 - any field
    found: str | None = (await desk.declare(**body))["assignment_team_id"]
    return found


async def test_a_rule_comes_before_the_owner_team_and_is_named(desk: Desk) -> None:
    owner, experts = await desk.team(), await desk.team("Databases")
    await desk.service(team=owner)
    rule = await register_rule(desk, experts, category="database")
    incident = await desk.declare(service_id="SVC0000001", category="database/locks")
    assert (incident["state"], incident["assignment_team_id"]) == ("assigned", str(experts))
    told = await desk.last("incident.declared")
    assert (told["routing_rule_id"], told["category"]) == (rule["id"], "database/locks")
    (entry,) = (await desk.staff.get(f"{PATH}/{incident['id']}/timeline")).json()["items"]
    assert entry["text"] == f"Declared with priority 3, routed by rule {rule['id']}."
    assert await routed(desk, service_id="SVC0000001", category="network") == str(owner)
    assert (await desk.last("incident.declared"))["routing_rule_id"] is None
    assert await routed(desk, category="network") is None


async def test_each_condition_is_asked_of_the_incident(desk: Desk) -> None:
    shop, mail = await desk.service(), await desk.service("SVC0000002", name="Mail")
    parent = await desk.register_customer()
    child, stranger = await desk.register_customer(parent), await desk.register_customer()
    cases: list[tuple[Body, Body, Body]] = [
        ({"service_ids": [str(shop)]}, {"service_id": str(shop)}, {"service_id": str(mail)}),
        ({"category": "network"}, {"category": "network/lan"}, {"category": "networking"}),
        ({"channels": ["phone"]}, {"channel": "phone"}, {"channel": "mail"}),
        (
            {"customer_ids": [str(parent)]},
            {"customer_ids": [str(stranger), str(child)]},
            {"customer_ids": [str(stranger)]},
        ),
        ({"priorities": [1]}, {"impact": 1, "urgency": 1}, {"impact": 1, "urgency": 2}),
        ({"title_words": ["PAYROLL"]}, {"title": "No payroll run"}, {"title": "No pay"}),
    ]
    for conditions, fits, misses in cases:
        team = await desk.team()
        rule = await register_rule(desk, team, position=1, **conditions)
        assert await routed(desk, **fits) == str(team), conditions
        assert await routed(desk, **misses) is None, conditions
        assert (await try_to(desk, rule, "retired")).status_code == 200


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("100% busy", "Disk 100% busy"),
        ("a_b", "Job A_B"),
        ("c:\\", "C:\\ full"),
        ("Straße", "STRASSE"),
    ],
)
async def test_words_are_looked_for_as_they_are(desk: Desk, word: str, title: str) -> None:
    team = await desk.team()
    await register_rule(desk, team, title_words=[word])
    assert await routed(desk, title=title) == str(team)
    assert await routed(desk, title="Disk 100 times busy, job a-b, c: full, Strase") is None


async def test_the_lowest_position_decides_then_the_older_rule(desk: Desk) -> None:
    teams = [await desk.team() for _ in range(3)]
    rules = [
        await register_rule(desk, team, position=position)
        for team, position in zip(teams, (20, 10, 10), strict=True)
    ]
    assert await routed(desk) == str(teams[1])
    await try_change(desk, rules[0], position=5)
    assert await routed(desk) == str(teams[0])


async def test_what_is_not_in_force_is_passed_over(desk: Desk) -> None:
    teams = [await desk.team() for _ in range(4)]
    disabled = await register_rule(desk, teams[0], position=1, enabled=False)
    retired = await register_rule(desk, teams[1], position=2)
    await try_to(desk, retired, "retired")
    await register_rule(desk, teams[2], position=3)
    await desk.tell("team.changed", teams[2], team_id=str(teams[2]), name="Gone", status="retired")
    await register_rule(desk, teams[3], position=4)
    assert await routed(desk) == str(teams[3])
    await try_change(desk, disabled, enabled=True)
    assert await routed(desk) == str(teams[0])


async def test_signals_are_routed_alike_and_else_as_their_integration_says(desk: Desk) -> None:
    fallback, owner, experts = [await desk.team() for _ in range(3)]
    await desk.service(team=owner)
    integration = await desk.integration(default_team_id=str(fallback))

    async def sent(key: str, **labels: Any) -> Body:  # noqa: ANN401 - any label
        receipt = await desk.take(integration, group(alert(key, **labels), key=key))
        return await desk.read(receipt["incident_id"])

    assert (await sent("a"))["assignment_team_id"] == str(fallback)
    assert (await sent("b", service="SVC0000001"))["assignment_team_id"] == str(owner)
    rule = await register_rule(desk, experts, channels=["monitoring"], priorities=[1])
    assert (await sent("c", severity="critical"))["assignment_team_id"] == str(experts)
    assert (await desk.last("incident.declared"))["routing_rule_id"] == rule["id"]
    assert (await sent("d", severity="warning"))["assignment_team_id"] == str(fallback)


async def test_what_no_team_has_is_routed_when_what_is_said_of_it_changes(desk: Desk) -> None:
    owner, experts = await desk.team(), await desk.team()
    await desk.service(team=owner)
    rule = await register_rule(desk, experts, category="database")
    incident = await desk.declare()
    assert incident["state"] == "new"
    kept = (await desk.change(incident, title="Orders are slow")).json()
    assert (kept["state"], kept["assignment_team_id"]) == ("new", None)
    after = (await desk.change(kept, category="database", service_id="SVC0000001")).json()
    assert (after["state"], after["assignment_team_id"]) == ("assigned", str(experts))
    told = await desk.last("incident.assigned")
    assert (told["by_routing"], told["routing_rule_id"]) == (True, rule["id"])
    entries = (await desk.staff.get(f"{PATH}/{incident['id']}/timeline")).json()["items"]
    assert entries[-1]["text"] == f"Assigned to team {experts}, routed by rule {rule['id']}."


async def test_who_gets_it_after_routing_gets_it_later(desk: Desk) -> None:
    """Else the clocks would take the team of the rule for the newer one."""
    owner, others = await desk.team(), await desk.team()
    await register_rule(desk, owner, category="database")
    incident = await desk.declare(occurred_at=minutes_from_now(-60))
    incident = (await desk.change(incident, category="database")).json()
    refused = await desk.try_move(
        incident, "assigned", team_id=str(others), occurred_at=minutes_from_now(-30)
    )
    assert refused.status_code == 422
    assert incident["state_since"] in refused.json()["errors"][0]["detail"].replace("+00:00", "Z")


async def test_what_a_team_has_stays_there_whatever_changes(desk: Desk) -> None:
    owner, experts = await desk.team(), await desk.team()
    await desk.service(team=owner)
    incident = await desk.declare(service_id="SVC0000001")
    await register_rule(desk, experts)
    after = (await desk.change(incident, category="database", impact=1, urgency=1)).json()
    assert (after["assignment_team_id"], after["priority"]) == (str(owner), 1)
    assert (await desk.facts())[-2:] == ["incident.updated", "incident.priority_changed"]


async def test_a_category_is_told_changed_and_listed_by(desk: Desk) -> None:
    incident = await desk.declare(category="network/lan")
    await desk.declare()
    assert incident["category"] == "network/lan"
    listed = (await desk.staff.get(PATH, params={"category": "network/lan"})).json()["items"]
    assert [one["id"] for one in listed] == [incident["id"]]
    after = (await desk.change(incident, category="network/wifi")).json()
    assert after["category"] == "network/wifi"
    told = await desk.last("incident.updated")
    assert (told["changed"], told["category"]) == (["category"], "network/wifi")
    assert (await desk.change(after, category=None)).json()["category"] is None


@pytest.mark.parametrize("category", ["", "Network", "network//lan", "/network", "a" * 61, 7, "é"])
async def test_what_is_no_category_is_refused(desk: Desk, category: object) -> None:
    declared = await desk.staff.post(PATH, json={"title": "Orders fail", "category": category})
    changed = await desk.change(await desk.declare(), category=category)
    for answer in (declared, changed):
        assert answer.status_code == 422, answer.text
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/category"]


async def test_a_declaration_is_looked_up_by_a_plan_that_is_kept(desk: Desk) -> None:
    customer, team = await desk.register_customer(), await desk.team()
    await desk.service(team=team)
    for count in range(3):
        await register_rule(desk, team, position=count, title_words=[f"word {count}"])
    plans = statement(
        "select custom_plans, generic_plans from pg_prepared_statements"
        " where starts_with(statement, 'select once.')"
    )
    async with desk.stage.database("incident").transaction() as tx:
        for _ in range(12):
            await load_context(
                tx,
                service="SVC0000001",
                customer_ids=[customer],
                title="Orders fail",
                category="network/lan",
                channel="phone",
                at=datetime.now(UTC),
            )
        (found,) = await tx.all(plans)
    # The first five are always planned for their own values.
    assert (found["custom_plans"], found["generic_plans"]) == (5, 7)
