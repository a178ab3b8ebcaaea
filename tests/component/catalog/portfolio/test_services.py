"""Services over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.catalog.desk import (
    NOBODY,
    SERVICES,
    TEAMS,
    Body,
    Desk,
    ids,
    pointers,
    refusal,
)
from tests.support.operation import about_to_run

TO_OPERATION = (
    "definition",
    "analysis",
    "approved",
    "chartered",
    "design",
    "development",
    "build_test_release",
    "operational",
)


async def walk(desk: Desk, service: Body, *path: str) -> Body:
    for to in path:
        answer = await desk.move(SERVICES, service, to)
        assert answer.status_code == 200, answer.text
        service = answer.json()
    return service


async def test_a_proposed_service_begins_in_the_pipeline(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.make(
        SERVICES,
        name_business="Online shop",
        name_technical="shop-web",
        owner_team_id=team["id"],
        criticality=5,
        description_business="Where customers buy.",
    )
    assert await desk.events(service) == [
        (
            "service.proposed",
            {
                "service_id": service["id"],
                "number": "SVC0000001",
                "name_business": "Online shop",
                "name_technical": "shop-web",
                "kind": "business",
                "phase": "pipeline",
                "status": "requirements",
                "previous_status": None,
                "owner_team_id": team["id"],
                "criticality": 5,
                "description_business": "Where customers buy.",
                "description_technical": "",
                "support_calendar_id": None,
                "service_manager_id": None,
                "inner_owner_id": None,
                "continuity_manager_id": None,
                "no_agreement_needed": False,
                "data_classification": "internal",
            },
        )
    ]
    found = await desk.keeper.get(f"{SERVICES}/svc0000001")
    assert found.json() == service


async def test_a_service_walks_from_idea_to_end(desk: Desk) -> None:
    calendar = await desk.calendar()
    prepared = {**about_to_run(calendar["id"]), "status": "requirements"}
    service = await desk.service("shop-web", await desk.team(), **prepared)
    path = (*TO_OPERATION, "retiring", "retired", "obsolete")
    service = await walk(desk, service, *TO_OPERATION[:-1])
    await desk.published(service)
    service = await walk(desk, service, "operational", "retiring", "retired", "obsolete")
    told = await desk.events(service)
    assert [data["status"] for _, data in told] == ["requirements", *path]
    assert [data["previous_status"] for _, data in told] == [None, "requirements", *path[:-1]]
    assert [name for name, _ in told] == [
        "service.proposed",
        *["service.status_changed"] * 9,
        "service.retired",
        "service.status_changed",
    ]
    assert [data["phase"] for _, data in told] == ["pipeline"] * 5 + ["catalogue"] * 5 + [
        "retired"
    ] * 2
    assert service["version"] == 12


async def test_an_idea_can_be_cancelled_and_frees_its_name(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service("shop-web", team, status="requirements")
    service = await walk(desk, service, "definition", "cancelled")
    assert (service["phase"], service["status"]) == ("retired", "cancelled")
    assert (await desk.facts(service))[-1] == "service.retired"
    await desk.service("shop-web", team)


async def test_a_transition_that_is_not_allowed_names_those_that_are(desk: Desk) -> None:
    service = await desk.service("shop-web", await desk.team())
    answer = await desk.move(SERVICES, service, "retired")
    assert refusal(answer) == (409, "service-transition-not-allowed")
    assert answer.json()["allowed"] == ["operational"]


async def test_a_technical_name_belongs_to_one_service_whatever_the_case(desk: Desk) -> None:
    team = await desk.team()
    await desk.service("shop-web", team)
    other = await desk.service("order-db", team)
    answer = await desk.change(SERVICES, other, name_technical="Shop-Web")
    assert refusal(answer) == (409, "service-name-taken")
    assert pointers(answer) == {"/name_technical"}
    assert await desk.read(SERVICES, other) == other


async def test_a_change_tells_the_whole_state(desk: Desk) -> None:
    team, other = await desk.team(), await desk.team("Database care")
    service = await desk.service("shop-web", team)
    assert (await desk.change(SERVICES, service, criticality=3)).json() == service
    changed = await desk.change(SERVICES, service, owner_team_id=other["id"], criticality=1)
    assert changed.headers["ETag"] == '"2"'
    name, told = (await desk.events(service))[-1]
    assert name == "service.updated"
    assert (told["owner_team_id"], told["criticality"]) == (other["id"], 1)
    assert told["previous_status"] is None
    stale = await desk.change(SERVICES, service, criticality=2)
    assert refusal(stale) == (412, "stale-version")


async def test_a_retired_team_takes_no_service_over(desk: Desk) -> None:
    team, gone = await desk.team(), await desk.team("Gone")
    await desk.move(TEAMS, gone, "retired")
    service = await desk.service("shop-web", team)
    for team_id in (gone["id"], str(NOBODY)):
        answer = await desk.change(SERVICES, service, owner_team_id=team_id)
        assert refusal(answer) == (422, "owner-team-invalid")
        assert pointers(answer) == {"/owner_team_id"}


async def test_a_retired_service_changes_no_more(desk: Desk) -> None:
    service = await desk.service("payroll-web", await desk.team(), status="requirements")
    service = await walk(desk, service, "cancelled")
    answer = await desk.change(SERVICES, service, criticality=1)
    assert refusal(answer) == (409, "service-retired")


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"criticality": 0}, "invalid-fields", "/criticality"),
        ({"criticality": 6}, "invalid-fields", "/criticality"),
        ({"criticality": "5"}, "invalid-fields", "/criticality"),
        ({"criticality": 2**63}, "invalid-fields", "/criticality"),
        ({"kind": "hardware"}, "invalid-fields", "/kind"),
        ({"status": "retired"}, "invalid-fields", "/status"),
        ({"name_business": "a\u2028b"}, "invalid-fields", "/name_business"),
        ({"description_business": "x" * 20_001}, "invalid-fields", "/description_business"),
        ({"description_technical": "bell \x07"}, "invalid-fields", "/description_technical"),
        ({"number": "SVC0000009"}, "invalid-fields", "/number"),
        ({"owner_team_id": str(NOBODY)}, "owner-team-invalid", "/owner_team_id"),
        (
            {"support_calendar_id": str(NOBODY)},
            "support-calendar-invalid",
            "/support_calendar_id",
        ),
        ({"service_manager_id": str(NOBODY)}, "service-role-invalid", "/service_manager_id"),
        ({"inner_owner_id": str(NOBODY)}, "service-role-invalid", "/inner_owner_id"),
        ({"continuity_manager_id": str(NOBODY)}, "service-role-invalid", "/continuity_manager_id"),
        ({"no_agreement_needed": "yes"}, "invalid-fields", "/no_agreement_needed"),
        ({"data_classification": "secret"}, "invalid-fields", "/data_classification"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, fields: dict[str, object], code: str, pointer: str
) -> None:
    team = await desk.team()
    body = {"name_business": "Shop", "name_technical": "shop", "owner_team_id": team["id"]}
    answer = await desk.keeper.post(SERVICES, json={**body, "criticality": 5, **fields})
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}
    assert await desk.facts() == ["team.changed"]


async def test_services_are_filtered_and_sorted(desk: Desk) -> None:
    team = await desk.team()
    low = await desk.service("low", team, criticality=1, kind="technical")
    middle = await desk.service("middle", team, criticality=3)
    high = await desk.service("high", team, criticality=5)
    for parameters, found in (
        ({"criticality[gte]": "3", "sort": "criticality"}, [middle, high]),
        ({"criticality": "1,5", "sort": "-criticality"}, [high, low]),
        ({"kind": "technical"}, [low]),
        ({"name_technical": "middle"}, [middle]),
        ({"status": "build_test_release", "phase": "catalogue"}, [high, low, middle]),
        ({"owner_team_id": str(NOBODY)}, []),
    ):
        answer = await desk.keeper.get(SERVICES, params=parameters)
        assert ids(answer) == [one["id"] for one in found]


async def test_of_two_services_proposed_under_one_name_one_is_made(desk: Desk) -> None:
    team = await desk.team()
    body = {
        "name_business": "Shop",
        "name_technical": "shop",
        "owner_team_id": team["id"],
        "criticality": 5,
    }
    answers = await asyncio.gather(*(desk.keeper.post(SERVICES, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await desk.facts() == ["team.changed", "service.proposed"]


async def test_a_service_is_read_as_it_was_known(desk: Desk) -> None:
    team = await desk.team()
    first = await desk.service("shop-web", team, description_technical="Two replicas.")
    second = (await desk.change(SERVICES, first, criticality=5)).json()
    assert await desk.at(SERVICES, first["number"], first["updated_at"]) == first
    assert await desk.at(SERVICES, first["id"], second["updated_at"]) == second
    early = await desk.keeper.get(f"{SERVICES}/{first['id']}", params={"as_of": team["created_at"]})
    assert refusal(early) == (404, "service-not-found")
    entries = (await desk.keeper.get(f"{SERVICES}/{first['number']}/history")).json()["items"]
    assert [one["data"]["criticality"] for one in entries] == [3, 5]


async def test_a_customer_sees_the_past_of_what_it_has_while_it_had_it(desk: Desk) -> None:
    customer = await desk.customer()
    service = await desk.service("shop-web", await desk.team())
    use = await desk.use(customer, service)
    changed = (await desk.change(SERVICES, service, criticality=5)).json()
    user = desk.user_of(customer)
    path = f"{SERVICES}/{service['id']}"
    before = await user.get(path, params={"as_of": service["updated_at"]})
    assert refusal(before) == (404, "service-not-found")
    then = await user.get(path, params={"as_of": use["valid_from"]})
    assert then.json() == service
    assert (await user.get(path)).json() == changed
    assert refusal(await user.get(f"{path}/history")) == (403, "forbidden")
