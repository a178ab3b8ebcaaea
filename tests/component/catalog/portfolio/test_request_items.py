"""Request items and forms over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.catalog.desk import (
    NOBODY,
    OFFERINGS,
    REQUEST_ITEMS,
    USES,
    Body,
    Desk,
    ids,
    pointers,
    refusal,
)

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "zeal": {"type": "integer", "minimum": 1},
        "login": {"type": "string", "pattern": "^[a-z.]{3,40}$"},
    },
    "required": ["login"],
    "additionalProperties": False,
}


@pytest.fixture
async def offering(desk: Desk) -> Body:
    return await desk.published(await desk.service("shop-web", await desk.team()))


async def test_a_request_item_is_published_changed_and_withdrawn(
    desk: Desk, offering: Body
) -> None:
    item = await desk.item(
        offering, form_schema=FORM, approval="manager", fulfilment_target_seconds=3600
    )
    form = {**FORM, "title": "Access"}
    changed = (await desk.change(REQUEST_ITEMS, item, form_schema=form)).json()
    assert (await desk.change(REQUEST_ITEMS, changed, form_schema=form)).json() == changed
    withdrawn = (await desk.move(REQUEST_ITEMS, changed, "withdrawn")).json()
    state = {
        "request_item_id": item["id"],
        "offering_id": offering["id"],
        "name": "Access",
        "description": "",
        "approval": "manager",
        "fulfilment_target_seconds": 3600,
        "status": "published",
    }
    assert await desk.events(item) == [
        ("request_item.published", {**state, "form_schema": FORM}),
        ("request_item.changed", {**state, "form_schema": form}),
        ("request_item.withdrawn", {**state, "form_schema": form, "status": "withdrawn"}),
    ]
    late = await desk.change(REQUEST_ITEMS, withdrawn, name="Late")
    assert refusal(late) == (409, "request-item-withdrawn")
    again = await desk.move(REQUEST_ITEMS, withdrawn, "withdrawn")
    assert refusal(again) == (409, "request-item-withdrawn")


async def test_a_form_keeps_the_order_of_its_fields(desk: Desk, offering: Body) -> None:
    item = await desk.item(offering, form_schema=FORM)
    kept = await desk.read(REQUEST_ITEMS, item)
    assert list(kept["form_schema"]["properties"]) == ["zeal", "login"]


@pytest.mark.parametrize(
    ("form", "valid", "where"),
    [
        ({"login": "ada.brandt"}, True, set()),
        ({"login": "ada.brandt", "zeal": 1}, True, set()),
        ({}, False, {""}),
        ({"login": "Ada"}, False, {"/login"}),
        ({"login": "ada", "zeal": 0}, False, {"/zeal"}),
        ({"login": 1, "zeal": "much"}, False, {"/login", "/zeal"}),
        ({"login": "ada", "colour": "red"}, False, {""}),
    ],
)
async def test_a_form_is_checked_and_its_faults_are_pointed_at(
    desk: Desk, offering: Body, form: Body, *, valid: bool, where: set[str]
) -> None:
    item = await desk.item(offering, form_schema=FORM)
    before = await desk.facts()
    answer = await desk.keeper.post(
        f"{REQUEST_ITEMS}/{item['id']}/form-checks", json={"form": form}
    )
    assert answer.status_code == 200, answer.text
    verdict = answer.json()
    assert verdict["valid"] is valid
    assert {one["pointer"] for one in verdict["errors"]} == where
    assert await desk.facts() == before


async def test_a_form_for_nothing_is_not_checked(desk: Desk, offering: Body) -> None:
    item = await desk.item(offering)
    body: Body = {"form": {}}
    unknown = await desk.keeper.post(f"{REQUEST_ITEMS}/{NOBODY}/form-checks", json=body)
    assert refusal(unknown) == (404, "request-item-not-found")
    no_form = await desk.keeper.post(f"{REQUEST_ITEMS}/{item['id']}/form-checks", json={"form": []})
    assert refusal(no_form) == (422, "invalid-fields")
    await desk.move(REQUEST_ITEMS, item, "withdrawn")
    late = await desk.keeper.post(f"{REQUEST_ITEMS}/{item['id']}/form-checks", json=body)
    assert refusal(late) == (409, "request-item-withdrawn")


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"offering_id": str(NOBODY)}, "requested-offering-unknown", "/offering_id"),
        ({"form_schema": []}, "invalid-fields", "/form_schema"),
        ({"form_schema": {}}, "form-schema-invalid", "/form_schema/type"),
        (
            {"form_schema": {"type": "object", "properties": {"a": {"pattern": "(a+)+"}}}},
            "form-schema-invalid",
            "/form_schema/properties/a/pattern",
        ),
        (
            {"form_schema": {"type": "object", "$ref": "https://elsewhere.example/"}},
            "form-schema-invalid",
            "/form_schema/$ref",
        ),
        (
            {"form_schema": {"type": "object", "$comment": "x" * 40_000}},
            "form-schema-invalid",
            "/form_schema",
        ),
        ({"approval": "anybody"}, "invalid-fields", "/approval"),
        ({"fulfilment_target_seconds": 0}, "invalid-fields", "/fulfilment_target_seconds"),
        ({"fulfilment_target_seconds": 2**40}, "invalid-fields", "/fulfilment_target_seconds"),
        ({"fulfilment_target_seconds": 1.5}, "invalid-fields", "/fulfilment_target_seconds"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, offering: Body, fields: dict[str, Any], code: str, pointer: str
) -> None:
    body = {"offering_id": offering["id"], "name": "Access", "form_schema": FORM, **fields}
    answer = await desk.keeper.post(REQUEST_ITEMS, json=body)
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}
    assert ids(await desk.keeper.get(REQUEST_ITEMS)) == []


async def test_a_form_with_faults_replaces_none(desk: Desk, offering: Body) -> None:
    item = await desk.item(offering, form_schema=FORM)
    answer = await desk.change(REQUEST_ITEMS, item, form_schema={"type": "array"})
    assert refusal(answer) == (422, "form-schema-invalid")
    assert await desk.read(REQUEST_ITEMS, item) == item


async def test_names_and_numbers_of_request_items_are_bounded(desk: Desk, offering: Body) -> None:
    for number in range(30):
        await desk.item(offering, f"Number {number}")
    body = {"offering_id": offering["id"], "name": "One more", "form_schema": FORM}
    answer = await desk.keeper.post(REQUEST_ITEMS, json=body)
    assert refusal(answer) == (409, "too-many-request-items")
    [first, second] = (await desk.keeper.get(REQUEST_ITEMS, params={"limit": 2})).json()["items"]
    taken = await desk.change(REQUEST_ITEMS, first, name=second["name"].upper())
    assert refusal(taken) == (409, "request-item-name-taken")
    assert pointers(taken) == {"/name"}


async def test_a_request_item_is_read_as_it_was_known(desk: Desk, offering: Body) -> None:
    item = await desk.item(offering, form_schema=FORM)
    changed = (await desk.change(REQUEST_ITEMS, item, name="Entry")).json()
    assert await desk.at(REQUEST_ITEMS, item["id"], item["updated_at"]) == item
    assert await desk.at(REQUEST_ITEMS, item["id"], changed["updated_at"]) == changed
    entries = (await desk.keeper.get(f"{REQUEST_ITEMS}/{item['id']}/history")).json()["items"]
    assert [one["data"]["name"] for one in entries] == ["Access", "Entry"]


async def test_a_customer_reads_nothing_from_before_its_offering_was_published(
    desk: Desk, offering: Body
) -> None:
    customer, service = await desk.customer(), {"id": offering["service_id"]}
    await desk.use(customer, service)
    draft = await desk.offering(service, "Gold")
    item = await desk.item(draft)
    path, user = f"{REQUEST_ITEMS}/{item['id']}", desk.user_of(customer)
    published = (await desk.move(OFFERINGS, draft, "published")).json()
    assert (await user.get(path)).json() == item
    then = await user.get(path, params={"as_of": item["created_at"]})
    assert refusal(then) == (404, "request-item-not-found")
    since = await user.get(path, params={"as_of": published["updated_at"]})
    assert since.json() == item


async def test_a_customer_asks_for_what_it_has_alone(desk: Desk, offering: Body) -> None:
    customer, stranger = await desk.customer(), await desk.customer(name="stranger")
    user = desk.user_of(customer)
    item, gone = await desk.item(offering), await desk.item(offering, "Gone")
    await desk.move(REQUEST_ITEMS, gone, "withdrawn")
    body = {"form": {"login": "ada"}}
    path = f"{REQUEST_ITEMS}/{item['id']}"
    hidden = await user.post(f"{path}/form-checks", json=body)
    assert refusal(hidden) == (404, "request-item-not-found")
    use = await desk.use(customer, {"id": offering["service_id"]})
    assert ids(await user.get(REQUEST_ITEMS)) == [item["id"]]
    assert (await user.get(path)).json() == item
    assert (await user.post(f"{path}/form-checks", json=body)).json()["valid"] is True
    assert (await user.get(f"{REQUEST_ITEMS}/{gone['id']}")).status_code == 404
    assert ids(await desk.user_of(stranger).get(REQUEST_ITEMS)) == []
    assert refusal(await user.get(f"{path}/history")) == (403, "forbidden")
    await desk.move(USES, use, "ended")
    assert (await user.get(path)).status_code == 404
