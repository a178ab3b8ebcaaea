"""Lists: every row once, in a stable order, by cursors that nobody can make up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.sample import HEARD, THINGS, Factory, SampleStage, make


async def walk(stage: SampleStage, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the items of every page."""
    client = stage.http("reader")
    found: list[dict[str, Any]] = []
    answer = await client.get(THINGS, params=parameters)
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            assert "Link" not in answer.headers
            return found
        target, _, relation = answer.headers["Link"].partition(";")
        assert relation.strip() == 'rel="next"'
        answer = await client.get(target.strip("<>"))


async def fill(stage: SampleStage) -> None:
    client = stage.keeper()
    await asyncio.gather(*(make(client, f"t{number:02d}", number % 4) for number in range(13)))


async def test_each_row_comes_once_in_order(sample: Factory) -> None:
    stage = await sample()
    await fill(stage)
    for limit in (1, 4, 13, 14):
        names = [item["name"] for item in await walk(stage, limit=limit)]
        assert names == [f"t{number:02d}" for number in range(13)]
    for sort in ("-name", "size", "-size", "created_at", "-created_at"):
        found = await walk(stage, limit=4, sort=sort)
        assert len({item["id"] for item in found}) == 13
        if "size" in sort:
            sizes = [item["size"] for item in found]
            assert sizes == sorted(sizes, reverse=sort.startswith("-"))


async def test_a_filter_goes_on_to_the_next_page(sample: Factory) -> None:
    stage = await sample()
    await fill(stage)
    assert {item["size"] for item in await walk(stage, limit=2, size="1,3")} == {1, 3}
    assert len(await walk(stage, limit=2, **{"size[gte]": "1", "size[lt]": "3"})) == 6
    assert await walk(stage, state="closed") == []


async def test_a_row_made_meanwhile_disturbs_nobody(sample: Factory) -> None:
    stage = await sample()
    await fill(stage)
    client = stage.keeper()
    first = (await client.get(THINGS, params={"limit": 5})).json()
    await make(client, "a before all")
    second = (await client.get(THINGS, params={"limit": 5, "cursor": first["next"]})).json()
    assert [item["name"] for item in second["items"]] == [f"t{n:02d}" for n in range(5, 10)]


async def test_a_cursor_belongs_to_its_filter_sort_and_signature(sample: Factory) -> None:
    stage = await sample()
    await fill(stage)
    client = stage.keeper()
    good = {"limit": "2", "size": "1", "sort": "-name"}
    cursor = (await client.get(THINGS, params=good)).json()["next"]
    assert (await client.get(THINGS, params={**good, "cursor": cursor})).status_code == 200
    foreign: list[dict[str, str]] = [
        {**good, "size": "2"},
        {**good, "sort": "name"},
        {"limit": "2", "sort": "-name"},
        {**good, "state": "open"},
    ]
    for parameters in foreign:
        answer = await client.get(THINGS, params={**parameters, "cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "cursor")
    swapped = "A" if cursor[30] != "A" else "B"
    for forged in (
        cursor[:-1],
        cursor + "A",
        cursor[:30] + swapped + cursor[31:],
        "",
        "é",
        "=",
        "a" * 5,
        "' or 1=1",
        "W10",
        "x" * 2001,
    ):
        answer = await client.get(THINGS, params={**good, "cursor": forged})
        assert answer.status_code == 400, forged
        assert answer.json()["errors"][0]["pointer"] == "cursor"


async def test_a_cursor_is_good_in_its_own_list_only(sample: Factory) -> None:
    """Two lists may sort by the same name and mean columns of different types."""
    stage = await sample()
    await fill(stage)
    client = stage.keeper()
    parameters = {"limit": "2", "sort": "size"}
    cursor = (await client.get(THINGS, params=parameters)).json()["next"]
    answer = await client.get(HEARD, params={**parameters, "cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "cursor")


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "1e3"},
        {"limit": "9" * 5000},
        {"sort": "version"},
        {"sort": "name desc"},
        {"sort": "--name"},
        {"sort": ""},
        {"sort": "x" * 61},
        {"size": "one"},
        {"size": str(2**63)},
        {"size": "1,"},
        {"size": "1.5"},
        {"size": ",".join("1" * 51)},
        {"size[gte]": "1,2"},
        {"created_at[gte]": "yesterday"},
        {"created_at[gte]": "2026-01-01T00:00:00"},
        {"created_at[gte]": "0001-01-01T00:00:00+14:00"},
        {"created_at[lt]": "9999-12-31T23:59:59-14:00"},
        {"created_at": "infinity"},
        {"id": "not-an-id"},
        {"id": "0"},
        {"state": "o\x00pen"},
        {"state": "x" * 301},
    ],
)
async def test_a_value_that_does_not_fit_is_named(
    sample: Factory, parameters: dict[str, str]
) -> None:
    stage = await sample()
    answer = await stage.http("reader").get(THINGS, params=parameters)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == next(iter(parameters))
