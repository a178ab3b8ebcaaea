"""What rests on itself: allowed, and reported."""

from __future__ import annotations

from tests.component.catalog.desk import DEPENDENCIES, Body, Desk
from tests.component.catalog.impact.ground import CYCLES, Ground, new_ground


async def cycles(ground: Ground, **asked: str) -> Body:
    answer = await ground.desk.keeper.get(CYCLES, params=asked)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


def labels(cycle: Body) -> set[str]:
    return {one["label"] for one in cycle["nodes"]}


async def test_a_map_without_cycles_has_none(desk: Desk) -> None:
    ground = await new_ground(desk)
    await ground.rests("shop", "storage")
    found = await cycles(ground)
    assert (found["items"], found["total"], found["complete"]) == ([], 0, True)


async def test_a_cycle_is_there_with_what_closes_it_and_goes_with_it(desk: Desk) -> None:
    ground = await new_ground(desk)
    first = await ground.rests("shop", "storage")
    second = await ground.rests("storage", "shop")
    await ground.rests("portal", "shop")
    [cycle] = (await cycles(ground))["items"]
    assert labels(cycle) == {"shop", "storage"}
    assert (cycle["size"], cycle["certain"], cycle["complete"]) == (2, True, True)
    assert {one["id"] for one in cycle["dependencies"]} == {first["id"], second["id"]}
    impact = await ground.ask("shop")
    assert impact["cycles"] == [sorted(ground.things[name]["id"] for name in ("shop", "storage"))]
    await ground.desk.move(DEPENDENCIES, second, "removed")
    assert (await cycles(ground))["items"] == []


async def test_a_cycle_through_something_uncertain_or_another_type_is_not_certain(
    desk: Desk,
) -> None:
    ground = await new_ground(desk)
    await ground.rests("shop", "storage")
    await ground.rests("storage", "shop", strength=0.5)
    await ground.rests("mail", "queue")
    await ground.rests("queue", "mail", type="connects_to")
    found = await cycles(ground)
    assert [one["certain"] for one in found["items"]] == [False, False]
    assert found["total"] == 2


async def test_most_bounds_the_list_and_says_so(desk: Desk) -> None:
    ground = await new_ground(desk)
    for one, other in (("shop", "storage"), ("mail", "queue")):
        await ground.rests(one, other)
        await ground.rests(other, one)
    found = await cycles(ground, most="1")
    assert (len(found["items"]), found["total"], found["complete"]) == (1, 2, False)
