"""Offerings over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.component.catalog.desk import (
    NOBODY,
    OFFERINGS,
    REQUEST_ITEMS,
    SERVICES,
    USES,
    Body,
    Desk,
    ids,
    pointers,
    refusal,
)

PRICE = {"amount": "1890.00", "currency": "EUR", "period": "month", "model": "per_user"}
PROMISED = {"metric": "availability", "value": "99.9", "unit": "percent per month"}


@pytest.fixture
async def service(desk: Desk) -> Body:
    return await desk.service("shop-web", await desk.team())


async def test_an_offering_is_drafted_published_changed_and_withdrawn(
    desk: Desk, service: Body
) -> None:
    drafted = await desk.offering(service, "Gold", tier="gold", commitments=[PROMISED], price=PRICE)
    published = (await desk.move(OFFERINGS, drafted, "published")).json()
    cheaper = {**PRICE, "amount": "1500"}
    changed = (await desk.change(OFFERINGS, published, price=cheaper)).json()
    withdrawn = (await desk.move(OFFERINGS, changed, "withdrawn")).json()
    state = {
        "offering_id": drafted["id"],
        "service_id": service["id"],
        "name": "Gold",
        "tier": "gold",
        "commitments": [PROMISED],
        "description": "",
    }
    lower = {**PRICE, "amount": "1500.00"}
    assert await desk.events(drafted) == [
        ("offering.drafted", {**state, "status": "draft", "price": PRICE}),
        ("offering.published", {**state, "status": "published", "price": PRICE}),
        ("offering.changed", {**state, "status": "published", "price": lower}),
        ("offering.withdrawn", {**state, "status": "withdrawn", "price": lower}),
    ]
    assert await desk.read(OFFERINGS, drafted) == withdrawn
    again = await desk.move(OFFERINGS, withdrawn, "published")
    assert refusal(again) == (409, "offering-transition-not-allowed")
    assert again.json()["allowed"] == []
    late = await desk.change(OFFERINGS, withdrawn, name="Silver")
    assert refusal(late) == (409, "offering-withdrawn")


async def test_a_change_that_changes_nothing_is_none_and_a_price_can_go(
    desk: Desk, service: Body
) -> None:
    offering = await desk.offering(service, price=PRICE)
    assert (await desk.change(OFFERINGS, offering, price=PRICE)).json() == offering
    free = (await desk.change(OFFERINGS, offering, price=None)).json()
    assert (free["price"], free["version"]) == (None, 2)
    stale = await desk.change(OFFERINGS, offering, name="Silver")
    assert refusal(stale) == (412, "stale-version")


async def test_a_withdrawn_offering_takes_its_request_items_with_it(
    desk: Desk, service: Body
) -> None:
    offering = await desk.published(service)
    item = await desk.item(offering)
    await desk.move(OFFERINGS, offering, "withdrawn")
    assert (await desk.read(REQUEST_ITEMS, item))["status"] == "withdrawn"
    assert await desk.facts(item) == ["request_item.published", "request_item.withdrawn"]


async def test_an_offering_is_published_once_its_service_is_in_the_catalogue(desk: Desk) -> None:
    idea = await desk.service("idea", await desk.team(), status="requirements")
    offering = await desk.offering(idea)
    answer = await desk.move(OFFERINGS, offering, "published")
    assert refusal(answer) == (409, "offering-too-early")
    await desk.move(SERVICES, idea, "cancelled")
    assert (await desk.read(OFFERINGS, offering))["status"] == "withdrawn"
    body = {"service_id": idea["id"], "name": "Again"}
    assert refusal(await desk.keeper.post(OFFERINGS, json=body)) == (409, "service-retired")


async def test_a_name_belongs_to_one_present_offering_of_a_service(
    desk: Desk, service: Body
) -> None:
    gold = await desk.offering(service, "Gold")
    other = await desk.offering(service, "Silver")
    taken = await desk.change(OFFERINGS, other, name="GOLD")
    assert refusal(taken) == (409, "offering-name-taken")
    assert pointers(taken) == {"/name"}
    await desk.offering(await desk.service("payroll", await desk.team("Payroll")), "Gold")
    await desk.move(OFFERINGS, gold, "withdrawn")
    assert (await desk.change(OFFERINGS, other, name="gold")).status_code == 200
    body = {"service_id": service["id"], "name": "Bronze"}
    answers = await asyncio.gather(*(desk.keeper.post(OFFERINGS, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_service_has_a_bounded_number_of_offerings(desk: Desk, service: Body) -> None:
    for number in range(20):
        await desk.offering(service, f"Number {number}")
    body = {"service_id": service["id"], "name": "One more"}
    answer = await desk.keeper.post(OFFERINGS, json=body)
    assert refusal(answer) == (409, "too-many-offerings")


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"service_id": str(NOBODY)}, "offered-service-unknown", "/service_id"),
        ({"name": ""}, "invalid-fields", "/name"),
        ({"tier": "x" * 101}, "invalid-fields", "/tier"),
        ({"price": {**PRICE, "amount": "-1"}}, "invalid-fields", "/price/amount"),
        ({"price": {**PRICE, "amount": "NaN"}}, "invalid-fields", "/price/amount"),
        ({"price": {**PRICE, "amount": 12.5}}, "invalid-fields", "/price/amount"),
        ({"price": {**PRICE, "amount": "1.234"}}, "amount-invalid", "/price/amount"),
        ({"price": {**PRICE, "amount": "1" * 17}}, "amount-invalid", "/price/amount"),
        ({"price": {**PRICE, "currency": "XXX"}}, "currency-unknown", "/price/currency"),
        ({"price": {**PRICE, "currency": "euro"}}, "invalid-fields", "/price/currency"),
        ({"price": {**PRICE, "period": "day"}}, "invalid-fields", "/price/period"),
        ({"price": {"amount": "1"}}, "invalid-fields", "/price/currency"),
        ({"commitments": [PROMISED] * 51}, "invalid-fields", "/commitments"),
        ({"commitments": [PROMISED] * 2}, "commitment-repeated", "/commitments/1/metric"),
        ({"commitments": [{**PROMISED, "value": ""}]}, "invalid-fields", "/commitments/0/value"),
        ({"status": "published"}, "invalid-fields", "/status"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, service: Body, fields: dict[str, Any], code: str, pointer: str
) -> None:
    body = {"service_id": service["id"], "name": "Gold", **fields}
    answer = await desk.keeper.post(OFFERINGS, json=body)
    assert refusal(answer) == (422, code)
    assert pointer in pointers(answer)
    assert ids(await desk.keeper.get(OFFERINGS)) == []


async def test_prices_have_the_digits_of_their_currency(desk: Desk, service: Body) -> None:
    for currency, amount, shown in (("JPY", "1200", "1200"), ("KWD", "1.5", "1.500")):
        price = {**PRICE, "currency": currency, "amount": amount}
        offering = await desk.offering(service, currency, price=price)
        assert offering["price"] == {**price, "amount": shown}


async def test_offerings_are_listed_by_what_they_are(desk: Desk, service: Body) -> None:
    gold = await desk.published(service, "Gold", tier="gold")
    draft = await desk.offering(service, "Draft")
    for parameters, found in (
        ({"service_id": service["id"]}, [draft, gold]),
        ({"status": "published"}, [gold]),
        ({"tier": "gold", "sort": "-created_at"}, [gold]),
        ({"service_id": str(NOBODY)}, []),
    ):
        answer = await desk.keeper.get(OFFERINGS, params=parameters)
        assert ids(answer) == [one["id"] for one in found]
    first = await desk.keeper.get(OFFERINGS, params={"limit": 1})
    following = {"limit": 1, "cursor": first.json()["next"]}
    assert ids(await desk.keeper.get(OFFERINGS, params=following)) == [gold["id"]]
    unknown = await desk.keeper.get(f"{OFFERINGS}/{NOBODY}")
    assert refusal(unknown) == (404, "offering-not-found")


async def test_an_offering_is_read_as_it_was_known(desk: Desk, service: Body) -> None:
    drafted = await desk.offering(service, price=PRICE)
    published = (await desk.move(OFFERINGS, drafted, "published")).json()
    assert await desk.at(OFFERINGS, drafted["id"], drafted["updated_at"]) == drafted
    assert await desk.at(OFFERINGS, drafted["id"], published["updated_at"]) == published
    before = {"as_of": service["updated_at"]}
    early = await desk.keeper.get(f"{OFFERINGS}/{drafted['id']}", params=before)
    assert refusal(early) == (404, "offering-not-found")
    entries = (await desk.keeper.get(f"{OFFERINGS}/{drafted['id']}/history")).json()["items"]
    assert [one["data"]["status"] for one in entries] == ["draft", "published"]


async def test_a_customer_sees_published_offerings_of_what_it_has(
    desk: Desk, service: Body
) -> None:
    customer = await desk.customer()
    user = desk.user_of(customer)
    gold, draft = await desk.published(service, "Gold"), await desk.offering(service, "Draft")
    foreign = await desk.published(await desk.service("payroll", await desk.team("Payroll")))
    assert ids(await user.get(OFFERINGS)) == []
    use = await desk.use(customer, service)
    assert ids(await user.get(OFFERINGS)) == [gold["id"]]
    assert (await user.get(f"{OFFERINGS}/{gold['id']}")).json() == gold
    for hidden in (draft, foreign):
        answer = await user.get(f"{OFFERINGS}/{hidden['id']}")
        assert refusal(answer) == (404, "offering-not-found")
    assert refusal(await user.get(f"{OFFERINGS}/{gold['id']}/history")) == (403, "forbidden")
    bound = desk.bound_keeper(customer)
    history = await bound.get(f"{OFFERINGS}/{gold['id']}/history")
    assert refusal(history) == (403, "provider-only")
    body = {"service_id": service["id"], "name": "Mine"}
    assert refusal(await bound.post(OFFERINGS, json=body)) == (403, "provider-only")
    await desk.move(USES, use, "ended")
    assert ids(await user.get(OFFERINGS)) == []
