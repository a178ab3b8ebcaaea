"""Customers over HTTP: what is kept, what is told, what is refused."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.catalog.desk import CUSTOMERS, NOBODY, Desk, ids, pointers, refusal

VALID = {"name": "Südwind", "time_zone": "Europe/Vienna", "language": "de-AT", "currency": "EUR"}


async def test_a_registered_customer_is_active_numbered_and_published(desk: Desk) -> None:
    customer = await desk.make(CUSTOMERS, **VALID)
    assert customer["number"] == "CUS0000001"
    assert customer["status"] == "active"
    [(name, told)] = await desk.events(customer)
    assert name == "customer.registered"
    assert told == {
        "customer_id": customer["id"],
        "number": "CUS0000001",
        "name": "Südwind",
        "parent_id": None,
        "kind": "external",
        "status": "active",
        "time_zone": "Europe/Vienna",
        "language": "de-AT",
        "currency": "EUR",
        "criticality": 3,
        "representative_ids": [],
    }


async def test_a_customer_is_found_by_id_and_by_number_in_any_case(desk: Desk) -> None:
    customer = await desk.customer()
    for ref in (customer["id"], "CUS0000001", "cus0000001"):
        answer = await desk.keeper.get(f"{CUSTOMERS}/{ref}")
        assert answer.json() == customer
        assert answer.headers["ETag"] == '"1"'
    known = await desk.keeper.get(f"{CUSTOMERS}/CUS0000001", headers={"If-None-Match": '"1"'})
    assert known.status_code == 304


@pytest.mark.parametrize("ref", ["CUS0000002", str(NOBODY), "CUS1", "SVC0000001", "%00", "..%2fx"])
async def test_an_unknown_or_malformed_reference_is_not_found(desk: Desk, ref: str) -> None:
    await desk.customer()
    answer = await desk.keeper.get(f"{CUSTOMERS}/{ref}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"currency": "EUX"}, "currency-unknown", "/currency"),
        ({"currency": "XXX"}, "currency-unknown", "/currency"),
        ({"currency": "eur"}, "invalid-fields", "/currency"),
        ({"time_zone": "Europe/Atlantis"}, "time-zone-unknown", "/time_zone"),
        ({"time_zone": "localtime"}, "time-zone-unknown", "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time-zone-unknown", "/time_zone"),
        ({"language": "german"}, "invalid-fields", "/language"),
        ({"criticality": 0}, "invalid-fields", "/criticality"),
        ({"criticality": 6}, "invalid-fields", "/criticality"),
        ({"criticality": "4"}, "invalid-fields", "/criticality"),
        ({"criticality": None}, "invalid-fields", "/criticality"),
        ({"kind": "friend"}, "invalid-fields", "/kind"),
        ({"name": ""}, "invalid-fields", "/name"),
        ({"name": "two\nlines"}, "invalid-fields", "/name"),
        ({"name": "x" * 201}, "invalid-fields", "/name"),
        ({"name": "nul \x00"}, "invalid-fields", ""),
        ({"name": None}, "invalid-fields", "/name"),
        ({"name": 7}, "invalid-fields", "/name"),
        ({"status": "active"}, "invalid-fields", "/status"),
        ({"parent_id": "CUS0000001"}, "invalid-fields", "/parent_id"),
        ({"parent_id": str(NOBODY)}, "parent-unknown", "/parent_id"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, fields: dict[str, object], code: str, pointer: str
) -> None:
    answer = await desk.keeper.post(CUSTOMERS, json={**VALID, **fields})
    assert refusal(answer) == (422, code)
    assert pointer in pointers(answer)
    assert await desk.events() == []


async def test_a_change_is_a_new_version_and_one_event(desk: Desk) -> None:
    customer = await desk.customer()
    answer = await desk.change(
        CUSTOMERS, customer, name="Nordwind AG", currency="CHF", criticality=5
    )
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    changed = answer.json()
    assert (changed["name"], changed["currency"]) == ("Nordwind AG", "CHF")
    assert changed["criticality"] == 5
    name, told = (await desk.events(customer))[-1]
    assert name == "customer.updated"
    assert (told["name"], told["currency"], told["criticality"]) == ("Nordwind AG", "CHF", 5)


async def test_a_change_that_changes_nothing_is_no_event(desk: Desk) -> None:
    customer = await desk.customer()
    for changes in ({}, {"name": customer["name"], "parent_id": None}):
        answer = await desk.change(CUSTOMERS, customer, **changes)
        assert answer.json() == customer
        assert answer.headers["ETag"] == '"1"'
    assert await desk.facts() == ["customer.registered"]


async def test_a_change_needs_the_version_that_was_read(desk: Desk) -> None:
    customer = await desk.customer()
    path = f"{CUSTOMERS}/{customer['id']}"
    await desk.change(CUSTOMERS, customer, name="Nordwind AG")
    stale = await desk.change(CUSTOMERS, customer, name="Nordwind GmbH")
    assert refusal(stale) == (412, "stale-version")
    assert stale.json()["current_version"] == 2
    blind = await desk.keeper.patch(path, json={"name": "Nordwind GmbH"})
    assert refusal(blind) == (428, "precondition-required")
    weak = await desk.keeper.patch(path, json={"name": "x"}, headers={"If-Match": 'W/"2"'})
    assert weak.status_code == 412
    assert await desk.facts() == ["customer.registered", "customer.updated"]


@pytest.mark.parametrize("field", ["status", "number", "id", "version", "representative_ids"])
async def test_what_is_not_to_be_patched_is_refused(desk: Desk, field: str) -> None:
    customer = await desk.customer()
    answer = await desk.change(CUSTOMERS, customer, **{field: customer[field]})
    assert refusal(answer) == (422, "invalid-fields")
    assert pointers(answer) == {f"/{field}"}


async def test_a_customer_cannot_come_to_lie_below_itself(desk: Desk) -> None:
    top = await desk.customer(name="top")
    middle = await desk.customer(name="middle", parent_id=top["id"])
    bottom = await desk.customer(name="bottom", parent_id=middle["id"])
    for parent in (top, middle, bottom):
        answer = await desk.change(CUSTOMERS, top, parent_id=parent["id"])
        assert refusal(answer) == (409, "customer-cycle")
        assert pointers(answer) == {"/parent_id"}
    moved = await desk.change(CUSTOMERS, bottom, parent_id=top["id"])
    assert moved.json()["parent_id"] == top["id"]
    freed = await desk.change(CUSTOMERS, moved.json(), parent_id=None)
    assert freed.json()["parent_id"] is None


async def test_two_moves_at_once_cannot_close_a_circle(desk: Desk) -> None:
    for _ in range(5):
        one, other = await desk.customer(name="one"), await desk.customer(name="other")
        answers = await asyncio.gather(
            desk.change(CUSTOMERS, one, parent_id=other["id"]),
            desk.change(CUSTOMERS, other, parent_id=one["id"]),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_an_inactive_customer_has_nobody_active_below_it(desk: Desk) -> None:
    top = await desk.customer(name="top")
    below = await desk.customer(name="below", parent_id=top["id"])
    refused = await desk.move(CUSTOMERS, top, "inactive")
    assert refusal(refused) == (409, "customer-has-active-children")
    below = (await desk.move(CUSTOMERS, below, "inactive")).json()
    top = (await desk.move(CUSTOMERS, top, "inactive")).json()
    assert (await desk.events(top))[-1][0] == "customer.deactivated"
    assert (await desk.events(top))[-1][1]["status"] == "inactive"

    refused = await desk.move(CUSTOMERS, below, "active")
    assert refusal(refused) == (409, "customer-inactive")
    refused = await desk.keeper.post(CUSTOMERS, json={**VALID, "parent_id": top["id"]})
    assert refusal(refused) == (409, "customer-inactive")
    lone = await desk.customer(name="lone")
    refused = await desk.change(CUSTOMERS, lone, parent_id=top["id"])
    assert refusal(refused) == (409, "customer-inactive")

    top = (await desk.move(CUSTOMERS, top, "active")).json()
    assert (await desk.move(CUSTOMERS, below, "active")).status_code == 200
    assert (await desk.events(top))[-1][0] == "customer.updated"


async def test_a_transition_that_is_not_allowed_names_those_that_are(desk: Desk) -> None:
    customer = await desk.customer()
    answer = await desk.move(CUSTOMERS, customer, "active")
    assert refusal(answer) == (409, "customer-transition-not-allowed")
    assert answer.json()["allowed"] == ["inactive"]
    unknown = await desk.move(CUSTOMERS, customer, "deleted")
    assert refusal(unknown) == (422, "invalid-fields")


async def test_lists_filter_sort_and_page(desk: Desk) -> None:
    names = ["Anton", "Berta", "Cäsar", "Dora"]
    made = {name: await desk.customer(name=name, kind="internal") for name in names}
    await desk.customer(name="Emil")
    first = await desk.keeper.get(CUSTOMERS, params={"kind": "internal", "limit": 3})
    assert ids(first) == [made[name]["id"] for name in names[:3]]
    assert 'rel="next"' in first.headers["Link"]
    rest = await desk.keeper.get(
        CUSTOMERS, params={"kind": "internal", "limit": 3, "cursor": first.json()["next"]}
    )
    assert ids(rest) == [made["Dora"]["id"]]
    assert rest.json()["next"] is None
    backwards = await desk.keeper.get(CUSTOMERS, params={"sort": "-number", "name": "Dora,Berta"})
    assert ids(backwards) == [made["Dora"]["id"], made["Berta"]["id"]]
    await desk.change(CUSTOMERS, made["Anton"], criticality=5)
    for parameters in ({"criticality": "4,5"}, {"criticality[gt]": "3"}):
        assert ids(await desk.keeper.get(CUSTOMERS, params=parameters)) == [made["Anton"]["id"]]


@pytest.mark.parametrize(
    "parameters",
    [
        {"colour": "red"},
        {"sort": "currency"},
        {"limit": "201"},
        {"limit": "x"},
        {"cursor": "made-up"},
        {"parent_id": "CUS0000001"},
        {"name": "nul \x00"},
    ],
)
async def test_a_parameter_that_is_not_valid_is_a_400(
    desk: Desk, parameters: dict[str, str]
) -> None:
    answer = await desk.keeper.get(CUSTOMERS, params=parameters)
    assert refusal(answer) == (400, "malformed-request")
    assert pointers(answer) == set(parameters)


async def test_the_same_key_registers_one_customer(desk: Desk) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await desk.keeper.post(CUSTOMERS, json=VALID, headers=headers)
    again = await desk.keeper.post(CUSTOMERS, json=VALID, headers=headers)
    assert again.content == first.content
    assert len(await desk.events()) == 1
