"""Dependencies over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.catalog.desk import (
    DEPENDENCIES,
    NOBODY,
    SERVICES,
    Body,
    Desk,
    ids,
    pointers,
    refusal,
)


@pytest.fixture
async def pair(desk: Desk) -> tuple[Body, Body]:
    """A shop that can rest on a database."""
    team = await desk.team()
    return await desk.service("shop-web", team), await desk.service("order-db", team)


async def test_a_dependency_is_published_from_consumer_to_provider(
    desk: Desk, pair: tuple[Body, Body]
) -> None:
    shop, database = pair
    made = await desk.dependency(
        shop, database, type="uses_data_of", strength=0.25, failure_mode="degrade"
    )
    assert await desk.events(made) == [
        (
            "dependency.declared",
            {
                "dependency_id": made["id"],
                "from_id": shop["id"],
                "from_kind": "service",
                "to_id": database["id"],
                "to_kind": "service",
                "type": "uses_data_of",
                "strength": 0.25,
                "failure_mode": "degrade",
                "valid_from": made["valid_from"],
                "valid_to": None,
                "redundancy_group_id": None,
                "evidence": "declared",
            },
        )
    ]
    assert await desk.read(DEPENDENCIES, made) == made


async def test_a_dependency_changes_and_ends_and_stays_readable(
    desk: Desk, pair: tuple[Body, Body]
) -> None:
    made = await desk.dependency(*pair)
    same = await desk.change(DEPENDENCIES, made, strength=1, failure_mode="down")
    assert same.json() == made
    made = (await desk.change(DEPENDENCIES, made, strength=0.5)).json()
    gone = (await desk.move(DEPENDENCIES, made, "removed")).json()
    assert gone["valid_to"] > gone["valid_from"]
    assert await desk.facts(made) == [
        "dependency.declared",
        "dependency.changed",
        "dependency.removed",
    ]
    assert (await desk.events(made))[-1][1]["valid_to"] == gone["valid_to"]
    assert await desk.read(DEPENDENCIES, made) == gone
    again = await desk.move(DEPENDENCIES, gone, "removed")
    assert refusal(again) == (409, "dependency-removed")
    assert again.json()["allowed"] == []
    assert refusal(await desk.change(DEPENDENCIES, gone, strength=1)) == (409, "dependency-removed")


async def test_a_dependency_that_has_not_begun_never_begins(
    desk: Desk, pair: tuple[Body, Body]
) -> None:
    made = await desk.dependency(*pair, valid_from="2190-01-01T02:00:00+02:00")
    assert made["valid_from"] == "2190-01-01T00:00:00Z"
    gone = (await desk.move(DEPENDENCIES, made, "removed")).json()
    assert gone["valid_to"] == gone["valid_from"]


async def test_the_same_dependency_exists_once_until_it_is_removed(
    desk: Desk, pair: tuple[Body, Body]
) -> None:
    shop, database = pair
    ends = {"from_id": shop["id"], "to_id": database["id"]}
    answers = await asyncio.gather(*(desk.keeper.post(DEPENDENCIES, json=ends) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refusal(refused) == (409, "dependency-exists")
    await desk.dependency(shop, database, type="hosted_on")
    await desk.dependency(database, shop)
    made = next(answer for answer in answers if answer.status_code == 201).json()
    await desk.move(DEPENDENCIES, made, "removed")
    await desk.dependency(shop, database)


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"to_id": None}, "invalid-fields", "/to_id"),
        ({"to_id": "SVC0000001"}, "invalid-fields", "/to_id"),
        ({"to_id": str(NOBODY)}, "node-unknown", "/to_id"),
        ({"from_id": str(NOBODY)}, "node-unknown", "/from_id"),
        ({"from_id": str(NOBODY), "to_id": str(NOBODY)}, "self-dependency", "/to_id"),
        ({"type": "likes"}, "invalid-fields", "/type"),
        ({"strength": 1.01}, "invalid-fields", "/strength"),
        ({"strength": -0.1}, "invalid-fields", "/strength"),
        ({"strength": "1"}, "invalid-fields", "/strength"),
        ({"strength": True}, "invalid-fields", "/strength"),
        ({"valid_from": "2026-01-01T00:00:00"}, "invalid-fields", "/valid_from"),
        ({"valid_from": "1066-10-14T09:00:00Z"}, "invalid-fields", "/valid_from"),
        ({"valid_to": "2026-01-01T00:00:00"}, "invalid-fields", "/valid_to"),
        ({"valid_to": "2026-01-01T00:00:00Z"}, "dependency-period-invalid", "/valid_to"),
        ({"evidence": "guessed"}, "invalid-fields", "/evidence"),
        ({"redundancy_group_id": "web"}, "invalid-fields", "/redundancy_group_id"),
        (
            {"redundancy_group_id": str(NOBODY)},
            "redundancy-group-invalid",
            "/redundancy_group_id",
        ),
        ({"weight": 1}, "invalid-fields", "/weight"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, pair: tuple[Body, Body], fields: dict[str, object], code: str, pointer: str
) -> None:
    shop, database = pair
    ends = {"from_id": shop["id"], "to_id": database["id"]}
    answer = await desk.keeper.post(DEPENDENCIES, json={**ends, **fields})
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}


async def test_nothing_depends_on_itself(desk: Desk, pair: tuple[Body, Body]) -> None:
    shop, _ = pair
    answer = await desk.keeper.post(DEPENDENCIES, json={"from_id": shop["id"], "to_id": shop["id"]})
    assert refusal(answer) == (422, "self-dependency")


async def test_a_retired_service_is_no_end_of_a_dependency(
    desk: Desk, pair: tuple[Body, Body]
) -> None:
    shop, _ = pair
    database = await desk.service("idea", await desk.team("Thinkers"), status="requirements")
    await desk.move(SERVICES, database, "cancelled")
    for one, other, pointer in ((shop, database, "/to_id"), (database, shop, "/from_id")):
        answer = await desk.keeper.post(
            DEPENDENCIES, json={"from_id": one["id"], "to_id": other["id"]}
        )
        assert refusal(answer) == (409, "node-retired")
        assert pointers(answer) == {pointer}


async def test_a_provider_is_not_retired_while_a_dependency_on_it_is_being_declared(
    desk: Desk,
) -> None:
    team = await desk.team()
    shop = await desk.service("shop-web", team)
    for number in range(5):
        provider = await desk.service(f"provider-{number}", team, status="requirements")
        ends = {"from_id": shop["id"], "to_id": provider["id"]}
        declared, retired = await asyncio.gather(
            desk.keeper.post(DEPENDENCIES, json=ends), desk.move(SERVICES, provider, "cancelled")
        )
        outcome = (declared.status_code, retired.status_code)
        assert outcome in {(201, 409), (409, 200)}, (declared.text, retired.text)


async def test_dependencies_are_listed_by_end_kind_and_validity(
    desk: Desk, pair: tuple[Body, Body]
) -> None:
    shop, database = pair
    there = await desk.dependency(shop, database)
    back = await desk.dependency(
        database, shop, failure_mode="degrade", evidence="discovered", type="part_of"
    )
    gone = (await desk.move(DEPENDENCIES, back, "removed")).json()
    for parameters, found in (
        ({"from_id": shop["id"]}, [there]),
        ({"to_id": shop["id"]}, [back]),
        ({"open_ended": "true"}, [there]),
        ({"open_ended": "false"}, [back]),
        ({"valid_to[lte]": gone["valid_to"]}, [back]),
        ({"valid_to[lt]": gone["valid_to"]}, []),
        ({"evidence": "discovered"}, [back]),
        ({"failure_mode": "down"}, [there]),
        ({"type": "part_of,hosted_on"}, [back]),
        ({"valid_from[gte]": "2190-01-01T00:00:00Z"}, []),
        ({"sort": "-created_at"}, [back, there]),
    ):
        answer = await desk.keeper.get(DEPENDENCIES, params=parameters)
        assert ids(answer) == [one["id"] for one in found]
    wrong = await desk.keeper.get(DEPENDENCIES, params={"open_ended": "perhaps"})
    assert refusal(wrong) == (400, "malformed-request")


async def test_an_unknown_dependency_is_not_found(desk: Desk) -> None:
    answer = await desk.keeper.get(f"{DEPENDENCIES}/{NOBODY}")
    assert refusal(answer) == (404, "dependency-not-found")
