"""The work queue: what is due first, what weighs most, what changed since."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.incident.clocks.promising import HOUR, promised, target, tell_agreement
from tests.component.incident.desk import Body, Desk

QUEUE = "/incident/v1/queue"
Terms = dict[int | None, list[Body]]


async def queue(desk: Desk, **params: str | int) -> list[Body]:
    """Read the whole queue, page by page."""
    found: list[Body] = []
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        answer = await desk.staff.get(QUEUE, params={**params, **more})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return found


def ids(items: list[Body]) -> list[str]:
    return [one["incident"]["id"] for one in items]


async def due_in(desk: Desk, hours: int, **fields: Any) -> Body:  # noqa: ANN401 - any field
    """Declare an incident for a customer to whom its resolution is promised in some hours."""
    customer = await desk.register_customer()
    service = await desk.service(f"SVC{hours:07d}", team=await desk.team())
    terms: Terms = {None: [target("resolution", hours * HOUR), target("response", 100 * HOUR)]}
    await tell_agreement(desk, service, terms, customers=[customer])
    return await desk.declare(service_id=str(service), customer_ids=[str(customer)], **fields)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_the_nearest_deadline_comes_first_and_none_comes_last(desk: Desk, limit: int) -> None:
    undated = await desk.declare(impact=1, urgency=1)
    later, sooner = await due_in(desk, 8), await due_in(desk, 2)
    paused = await desk.move(await due_in(desk, 1), "cancelled")
    lighter = await desk.declare(impact=3, urgency=3)
    found = await queue(desk, limit=limit)
    assert ids(found) == [sooner["id"], later["id"], undated["id"], lighter["id"]]
    assert paused["id"] not in ids(found)
    assert [one["next_deadline_at"] is None for one in found] == [False, False, True, True]


async def test_by_priority_the_weightiest_and_then_the_oldest_comes_first(desk: Desk) -> None:
    light = await desk.declare(impact=3, urgency=3)
    first = await desk.declare(impact=1, urgency=1)
    second = await desk.declare(impact=1, urgency=1)
    dated = await due_in(desk, 2, impact=1, urgency=2)
    found = await queue(desk, order="priority", limit=2)
    assert ids(found) == [first["id"], second["id"], dated["id"], light["id"]]
    assert found[2]["next_deadline_at"] is not None


async def test_a_team_sees_its_own_part_in_both_orders(desk: Desk) -> None:
    await due_in(desk, 2)
    theirs = await due_in(desk, 8)
    await desk.declare()
    team = theirs["assignment_team_id"]
    for order in ("deadline", "priority"):
        assert ids(await queue(desk, order=order, team_id=team)) == [theirs["id"]]


async def test_what_changed_since_is_told_in_order_with_what_is_over(desk: Desk) -> None:
    old = await desk.declare()
    moved = await desk.declare()
    new = await desk.declare()
    over = await desk.move(moved, "cancelled")
    since = new["updated_at"]
    assert ids(await queue(desk, changed_since=since, limit=1)) == [new["id"], over["id"]]
    assert old["id"] not in ids(await queue(desk, changed_since=since))


async def test_a_hold_takes_a_paused_clock_out_of_the_order(desk: Desk) -> None:
    customer, service = await promised(desk, team=await desk.team())
    terms: Terms = {None: [target("resolution", HOUR, pause_on=["awaiting_supplier"])]}
    await tell_agreement(desk, service, terms, customers=[customer])
    other = await due_in(desk, 3)
    held = await desk.declare(
        service_id=str(service), customer_ids=[str(customer)], impact=3, urgency=3
    )
    assert ids(await queue(desk)) == [held["id"], other["id"]]
    await desk.move(held, "in_progress", "on_hold")
    assert ids(await queue(desk)) == [other["id"], held["id"]]


@pytest.mark.parametrize(
    "params",
    [
        {"order": "age"},
        {"team_id": "shop"},
        {"changed_since": "yesterday"},
        {"changed_since": "2026-03-02T09:00:00"},
        {"limit": 0},
        {"cursor": "d"},
        {"cursor": "uAAAA"},
        {"cursor": "x" * 2001},
    ],
)
async def test_what_is_not_a_question_is_refused(desk: Desk, params: dict[str, str | int]) -> None:
    answer = await desk.staff.get(QUEUE, params=params)
    assert answer.status_code in (400, 422), answer.text


async def test_a_cursor_of_one_order_is_not_taken_for_the_other(desk: Desk) -> None:
    for _ in range(3):
        await desk.declare()
    answer = await desk.staff.get(QUEUE, params={"order": "priority", "limit": 1})
    cursor = answer.json()["next"]
    other = await desk.staff.get(QUEUE, params={"order": "deadline", "cursor": cursor})
    assert other.status_code == 400


async def test_the_queue_is_for_staff(desk: Desk) -> None:
    customer = desk.customer(await desk.register_customer())
    assert (await customer.get(QUEUE)).status_code == 403
