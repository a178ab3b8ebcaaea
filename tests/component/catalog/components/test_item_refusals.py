"""Configuration items that are refused, each with the field at fault."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.catalog.components.ground import ITEMS, Ground
from tests.component.catalog.desk import NOBODY, Desk, ids, pointers, refusal

GIVEN = {"kind": "hardware", "class": "server", "name": "db-host-1"}
MANY = {f"a{number}": "x" for number in range(51)}
LONG = {f"a{number}": "x" * 1000 for number in range(21)}
REF = {"system": "inventory", "id": "1"}


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"kind": "furniture"}, "invalid-fields", "/kind"),
        ({"class": None}, "invalid-fields", "/class"),
        ({"class": "two words"}, "invalid-fields", "/class"),
        ({"item_class": "server"}, "invalid-fields", "/item_class"),
        ({"name": " "}, "invalid-fields", "/name"),
        ({"name": "x" * 201}, "invalid-fields", "/name"),
        ({"name": "nul\x00"}, "invalid-fields", ""),
        ({"environment": "prod"}, "invalid-fields", "/environment"),
        ({"status": "retired"}, "invalid-fields", "/status"),
        ({"location": "a\nb"}, "invalid-fields", "/location"),
        ({"owner_team_id": str(NOBODY)}, "configuration-item-team-invalid", "/owner_team_id"),
        ({"number": "CI0000007"}, "invalid-fields", "/number"),
        ({"attributes": {"cpu": 16}}, "invalid-fields", "/attributes/cpu"),
        ({"attributes": {"cpu": "x" * 1001}}, "invalid-fields", "/attributes/cpu"),
        ({"attributes": {"cpu": "\x1b[31m"}}, "invalid-fields", "/attributes/cpu"),
        ({"attributes": MANY}, "invalid-fields", "/attributes"),
        ({"attributes": LONG}, "attributes-invalid", "/attributes"),
        ({"external_refs": [REF, REF]}, "external-refs-invalid", "/external_refs/1"),
        (
            {"external_refs": [{"system": "a:b", "id": "1"}]},
            "invalid-fields",
            "/external_refs/0/system",
        ),
        ({"external_refs": [{"system": "a"}]}, "invalid-fields", "/external_refs/0/id"),
        ({"external_refs": [{**REF, "url": "x"}]}, "invalid-fields", "/external_refs/0/url"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, fields: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await desk.keeper.post(ITEMS, json={**GIVEN, **fields})
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}
    assert ids(await desk.keeper.get(ITEMS)) == []


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"name": None}, "invalid-fields", "/name"),
        ({"class": ""}, "invalid-fields", "/class"),
        ({"status": "retired"}, "invalid-fields", "/status"),
        ({"attributes": None}, "invalid-fields", "/attributes"),
        ({"attributes": {"": "x"}}, "invalid-fields", "/attributes/"),
        ({"attributes": MANY}, "attributes-invalid", "/attributes"),
        ({"external_refs": None}, "invalid-fields", "/external_refs"),
        (
            {"external_refs": [{"system": "a", "id": str(n)} for n in range(21)]},
            "external-refs-invalid",
            "/external_refs",
        ),
    ],
)
async def test_a_change_that_is_not_valid_changes_nothing(
    desk: Desk, ground: Ground, changes: dict[str, Any], code: str, pointer: str
) -> None:
    item = await ground.item()
    answer = await desk.change(ITEMS, item, **changes)
    assert refusal(answer) == (422, code)
    assert {one.removesuffix("/[key]") for one in pointers(answer)} == {pointer}
    assert await desk.read(ITEMS, item) == item


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "nul\x00"},
        {"owner_team_id": "me"},
        {"sort": "location"},
        {"external_ref": "no-colon"},
        {"external_ref": "inventory:\x00"},
        {"colour": "red"},
        {"cursor": "forged"},
        {"limit": "201"},
    ],
)
async def test_a_parameter_that_is_not_valid_is_refused(
    desk: Desk, parameters: dict[str, str]
) -> None:
    answer = await desk.keeper.get(ITEMS, params=parameters)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_item_needs_the_version_that_was_read(desk: Desk, ground: Ground) -> None:
    item = await ground.item()
    path = f"{ITEMS}/{item['id']}"
    assert (await desk.keeper.patch(path, json={"name": "x"})).status_code == 428
    stale = {**item, "version": 7}
    assert refusal(await desk.change(ITEMS, stale, name="x")) == (412, "stale-version")
    assert refusal(await desk.move(ITEMS, stale, "retired")) == (412, "stale-version")
