"""Lists of changes: filtered, sorted and paged."""

from __future__ import annotations

import pytest

from tests.component.change.desk import PATH, Body, Desk, whole


async def three(desk: Desk) -> list[Body]:
    """Return a change for tomorrow that is assessed, one for today, and one without a window."""
    one, other = await desk.service(), await desk.service()
    changes = [
        await desk.request(whole(one, starts_in=24 * 60)),
        await desk.request(whole(one, other)),
        await desk.request({"title": "Some day"}),
    ]
    return [await desk.move(changes[0], "assess"), *changes[1:]]


async def listed(desk: Desk, **parameters: str) -> list[str]:
    answer = await desk.asker.get(PATH, params=parameters)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_filters_narrow_the_list(desk: Desk) -> None:
    tomorrow, today, some_day = await three(desk)
    ids = [one["id"] for one in (some_day, today, tomorrow)]
    one, other = today["service_ids"]

    assert await listed(desk) == ids
    assert await listed(desk, state="assess") == [tomorrow["id"]]
    assert await listed(desk, state="assess,draft") == ids
    assert await listed(desk, type="normal") == ids
    assert await listed(desk, service_id=other) == [today["id"]]
    assert await listed(desk, service_id=f"{one},{other}") == [today["id"], tomorrow["id"]]
    start = today["planned_start"]
    assert await listed(desk, **{"planned_start[gt]": start}) == [tomorrow["id"]]
    assert await listed(desk, **{"planned_start[lte]": start}) == [today["id"]]


async def test_the_schedule_is_sorted_by_planned_start_with_the_unplanned_last(desk: Desk) -> None:
    tomorrow, today, some_day = await three(desk)
    expected = [today["id"], tomorrow["id"], some_day["id"]]

    found: list[str] = []
    parameters = {"sort": "planned_start", "limit": "1"}
    while True:
        body = (await desk.asker.get(PATH, params=parameters)).json()
        found += [one["id"] for one in body["items"]]
        if body["next"] is None:
            break
        parameters["cursor"] = body["next"]

    assert found == expected
    assert await listed(desk, sort="-planned_start") == expected[::-1]


@pytest.mark.parametrize(
    "parameters",
    [
        {"service_id": "x"},
        {"planned_start[gte]": "soon"},
        {"sort": "title"},
        {"unknown": "1"},
        {"cursor": "forged"},
        {"limit": "0"},
    ],
)
@pytest.mark.parametrize("scoped", [False, True])
async def test_a_wrong_parameter_is_refused(
    desk: Desk, parameters: dict[str, str], *, scoped: bool
) -> None:
    client = desk.customer(None) if scoped else desk.asker
    answer = await client.get(PATH, params=parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
