"""Suppliers over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.catalog.desk import (
    CALENDARS,
    CONTACTS,
    NOBODY,
    SUPPLIERS,
    Desk,
    ids,
    pointers,
    refusal,
)


async def test_a_supplier_is_registered_changed_and_retired(desk: Desk) -> None:
    calendar = await desk.calendar()
    supplier = await desk.supplier("Elbe Hosting", description="Runs the data centre")
    assert (supplier["status"], supplier["support_calendar_id"]) == ("active", None)
    changed = await desk.change(SUPPLIERS, supplier, support_calendar_id=calendar["id"])
    supplier = (await desk.move(SUPPLIERS, changed.json(), "retired")).json()
    assert supplier["version"] == 3
    told = await desk.events(supplier)
    assert [name for name, _ in told] == ["supplier.changed"] * 3
    assert told[-1][1] == {
        "supplier_id": supplier["id"],
        "name": "Elbe Hosting",
        "description": "Runs the data centre",
        "status": "retired",
        "support_calendar_id": calendar["id"],
    }
    assert await desk.read(SUPPLIERS, supplier) == supplier


async def test_a_change_that_changes_nothing_is_no_event(desk: Desk) -> None:
    supplier = await desk.supplier()
    answer = await desk.change(SUPPLIERS, supplier, name=supplier["name"], support_calendar_id=None)
    assert answer.json() == supplier
    assert await desk.facts(supplier) == ["supplier.changed"]


async def test_a_name_belongs_to_one_active_supplier_whatever_the_case(desk: Desk) -> None:
    supplier = await desk.supplier("Elbe Hosting")
    await desk.team("Elbe Hosting")
    taken = await desk.keeper.post(SUPPLIERS, json={"name": "ELBE hosting"})
    assert refusal(taken) == (409, "supplier-name-taken")
    assert pointers(taken) == {"/name"}
    supplier = (await desk.move(SUPPLIERS, supplier, "retired")).json()
    await desk.supplier("ELBE hosting")
    refused = await desk.move(SUPPLIERS, supplier, "active")
    assert refusal(refused) == (409, "supplier-name-taken")


async def test_of_two_that_want_a_name_at_once_one_gets_it(desk: Desk) -> None:
    answers = await asyncio.gather(
        *(desk.keeper.post(SUPPLIERS, json={"name": "Elbe"}) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await desk.facts() == ["supplier.changed"]


async def test_support_hours_are_an_active_calendar(desk: Desk) -> None:
    calendar = await desk.calendar()
    supplier = await desk.supplier(support_calendar_id=calendar["id"])
    retired = (await desk.move(SUPPLIERS, supplier, "retired")).json()
    await desk.move(CALENDARS, calendar, "retired")
    for answer in (
        await desk.move(SUPPLIERS, retired, "active"),
        await desk.keeper.post(
            SUPPLIERS, json={"name": "Other", "support_calendar_id": calendar["id"]}
        ),
        await desk.change(
            SUPPLIERS, await desk.supplier("Third"), support_calendar_id=calendar["id"]
        ),
    ):
        assert refusal(answer) == (409, "support-calendar-retired")
        assert pointers(answer) == {"/support_calendar_id"}
    # Whoever has it keeps it while other things about them change.
    renamed = await desk.change(SUPPLIERS, retired, name="Elbe")
    assert renamed.json()["support_calendar_id"] == calendar["id"]
    freed = await desk.change(SUPPLIERS, renamed.json(), support_calendar_id=None)
    assert (await desk.move(SUPPLIERS, freed.json(), "active")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"support_calendar_id": str(NOBODY)}, "support-calendar-unknown", "/support_calendar_id"),
        ({"support_calendar_id": "always"}, "invalid-fields", "/support_calendar_id"),
        ({"name": ""}, "invalid-fields", "/name"),
        ({"name": "two\nlines"}, "invalid-fields", "/name"),
        ({"name": "x" * 201}, "invalid-fields", "/name"),
        ({"name": None}, "invalid-fields", "/name"),
        ({"description": "x" * 20_001}, "invalid-fields", "/description"),
        ({"description": "\x1b[31m"}, "invalid-fields", "/description"),
        ({"description": "nul \x00"}, "invalid-fields", ""),
        ({"status": "retired"}, "invalid-fields", "/status"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, fields: dict[str, object], code: str, pointer: str
) -> None:
    answer = await desk.keeper.post(SUPPLIERS, json={"name": "Elbe", **fields})
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}
    assert await desk.events() == []


async def test_refusals_of_a_supplier(desk: Desk) -> None:
    supplier = await desk.supplier()
    refused = await desk.move(SUPPLIERS, supplier, "active")
    assert refusal(refused) == (409, "supplier-transition-not-allowed")
    assert refused.json()["allowed"] == ["retired"]
    unknown = await desk.keeper.get(f"{SUPPLIERS}/{NOBODY}")
    assert refusal(unknown) == (404, "supplier-not-found")
    await desk.change(SUPPLIERS, supplier, description="new")
    for answer in (
        await desk.change(SUPPLIERS, supplier, description="newer"),
        await desk.move(SUPPLIERS, supplier, "retired"),
    ):
        assert refusal(answer) == (412, "stale-version")


async def test_a_supplier_keeps_its_contacts_when_it_retires(desk: Desk) -> None:
    supplier = await desk.supplier()
    contact = await desk.contact(supplier_id=supplier["id"])
    assert (await desk.move(SUPPLIERS, supplier, "retired")).status_code == 200
    assert await desk.read(CONTACTS, contact) == contact


async def test_suppliers_are_listed_filtered_sorted_and_paged(desk: Desk) -> None:
    calendar = await desk.calendar()
    elbe = await desk.supplier("Elbe", support_calendar_id=calendar["id"])
    alster = await desk.supplier("Alster")
    bille = await desk.supplier("Bille")
    await desk.move(SUPPLIERS, bille, "retired")
    first = await desk.keeper.get(SUPPLIERS, params={"limit": 2})
    assert ids(first) == [alster["id"], bille["id"]]
    rest = {"limit": 2, "cursor": first.json()["next"]}
    assert ids(await desk.keeper.get(SUPPLIERS, params=rest)) == [elbe["id"]]
    for parameters, found in (
        ({"sort": "-name", "status": "active"}, [elbe, alster]),
        ({"support_calendar_id": calendar["id"]}, [elbe]),
        ({"name": "Bille,Elbe", "sort": "created_at"}, [elbe, bille]),
    ):
        answer = await desk.keeper.get(SUPPLIERS, params=parameters)
        assert ids(answer) == [one["id"] for one in found]
    refused = await desk.keeper.get(SUPPLIERS, params={"colour": "red"})
    assert refusal(refused) == (400, "malformed-request")


async def test_a_supplier_is_answered_as_it_was_known_at_an_instant(desk: Desk) -> None:
    supplier = await desk.supplier()
    renamed = (await desk.change(SUPPLIERS, supplier, name="Elbe")).json()
    assert await desk.at(SUPPLIERS, supplier["id"], supplier["updated_at"]) == supplier
    assert await desk.at(SUPPLIERS, supplier["id"], renamed["updated_at"]) == renamed
    team = await desk.team()
    for record in (NOBODY, team["id"]):
        for query in ("?as_of=2190-01-01T00:00:00Z", "/history"):
            answer = await desk.keeper.get(f"{SUPPLIERS}/{record}{query}")
            assert refusal(answer) == (404, "supplier-not-found")
    told = (await desk.keeper.get(f"{SUPPLIERS}/{supplier['id']}/history")).json()["items"]
    assert [one["data"]["name"] for one in told] == ["Elbe Hosting", "Elbe"]


async def test_suppliers_are_the_providers_matter(desk: Desk) -> None:
    supplier, customer = await desk.supplier(), await desk.customer()
    contact = await desk.contact(supplier_id=supplier["id"])
    user, bound = desk.user_of(customer), desk.bound_keeper(customer)
    for path in ("", f"/{supplier['id']}", f"/{supplier['id']}/history"):
        assert refusal(await user.get(SUPPLIERS + path)) == (403, "forbidden")
        assert refusal(await bound.get(SUPPLIERS + path)) == (403, "provider-only")
    assert refusal(await bound.post(SUPPLIERS, json={"name": "x"})) == (403, "provider-only")
    hidden = await user.get(f"{CONTACTS}/{contact['id']}")
    assert refusal(hidden) == (404, "contact-not-found")
    assert ids(await user.get(CONTACTS, params={"supplier_id": supplier["id"]})) == []
