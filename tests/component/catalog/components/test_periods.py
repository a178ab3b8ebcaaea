"""When dependencies hold: planned ends, later beginnings, and that none overlap."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.component.catalog.components.ground import FAR, FARTHER, Ground
from tests.component.catalog.desk import DEPENDENCIES, Desk, pointers, refusal


async def test_an_end_is_planned_moved_and_unplanned(desk: Desk, ground: Ground) -> None:
    [made] = await ground.rests()
    planned = (await desk.change(DEPENDENCIES, made, valid_to=FAR)).json()
    assert planned["valid_to"] == FAR
    moved = (await desk.change(DEPENDENCIES, planned, valid_to=FARTHER)).json()
    assert moved["valid_to"] == FARTHER
    open_again = (await desk.change(DEPENDENCIES, moved, valid_to=None)).json()
    assert open_again["valid_to"] is None
    planned = (await desk.change(DEPENDENCIES, open_again, valid_to=FAR)).json()
    gone = await desk.move(DEPENDENCIES, planned, "removed")
    assert gone.json()["valid_to"] < FAR
    assert await desk.facts(made) == [
        "dependency.declared",
        *["dependency.changed"] * 4,
        "dependency.removed",
    ]


@pytest.mark.parametrize(("begins_in_hours", "ends_in_hours"), [(-2, -1), (2, 1), (2, 2)])
async def test_an_end_is_planned_ahead_and_after_the_beginning(
    desk: Desk, ground: Ground, begins_in_hours: int, ends_in_hours: int
) -> None:
    now = datetime.now(UTC)
    begins = (now + timedelta(hours=begins_in_hours)).isoformat()
    ends = (now + timedelta(hours=ends_in_hours)).isoformat()
    [made] = await ground.rests(valid_from=begins)
    answer = await desk.change(DEPENDENCIES, made, valid_to=ends)
    assert refusal(answer) == (422, "dependency-period-invalid")
    assert pointers(answer) == {"/valid_to"}
    assert await desk.read(DEPENDENCIES, made) == made


async def test_dependencies_of_one_kind_follow_each_other_and_never_overlap(
    desk: Desk, ground: Ground
) -> None:
    [first] = await ground.rests(valid_to=FAR)
    ends = {"from_id": ground.shop["id"], "to_id": ground.servers[0]["id"]}
    for valid_from, valid_to in ((None, None), (None, FAR), ("2189-01-01T00:00:00Z", FARTHER)):
        answer = await desk.keeper.post(
            DEPENDENCIES, json={**ends, "valid_from": valid_from, "valid_to": valid_to}
        )
        assert refusal(answer) == (409, "dependency-exists")
    second = await desk.dependency(ground.shop, ground.servers[0], valid_from=FAR)
    for longer in (FARTHER, None):
        answer = await desk.change(DEPENDENCIES, first, valid_to=longer)
        assert refusal(answer) == (409, "dependency-exists")
    assert (await desk.move(DEPENDENCIES, second, "removed")).status_code == 200
    # What never began is in nobody's way.
    assert (await desk.change(DEPENDENCIES, first, valid_to=None)).status_code == 200


async def test_one_of_many_overlapping_declarations_at_once_is_taken(
    desk: Desk, ground: Ground
) -> None:
    server = await ground.item()
    bodies = [
        {
            "from_id": ground.shop["id"],
            "to_id": server["id"],
            "valid_to": f"21{90 + number}-01-01T00:00:00Z",
        }
        for number in range(5)
    ]
    answers = await asyncio.gather(*(desk.keeper.post(DEPENDENCIES, json=one) for one in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_items_and_services_rest_on_each_other(desk: Desk, ground: Ground) -> None:
    host = await ground.item()
    disk = await ground.item("disk-1", kind="data", **{"class": "volume"})
    for consumer, provider, kinds in (
        (ground.shop, host, ("service", "configuration_item")),
        (host, disk, ("configuration_item", "configuration_item")),
        (disk, ground.shop, ("configuration_item", "service")),
    ):
        made = await desk.dependency(consumer, provider, evidence="discovered")
        assert (made["from_kind"], made["to_kind"], made["evidence"]) == (*kinds, "discovered")
