"""Contacts over HTTP, and what a customer learns of its representatives."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.catalog.desk import (
    CONTACTS,
    CUSTOMERS,
    NOBODY,
    SUPPLIERS,
    TEAMS,
    Desk,
    ids,
    pointers,
    refusal,
)

REPRESENTATIVE = ["representative"]


async def test_a_contact_is_published_with_its_addresses(desk: Desk) -> None:
    team = await desk.team()
    contact = await desk.contact(team_id=team["id"], phone="+49 40 5550100", roles=["duty"])
    assert await desk.events(contact) == [
        (
            "contact.changed",
            {
                "contact_id": contact["id"],
                "name": "Ada Brandt",
                "email": "ada@nordwind.example",
                "phone": "+49 40 5550100",
                "language": "en",
                "customer_id": None,
                "team_id": team["id"],
                "supplier_id": None,
                "roles": ["duty"],
                "status": "active",
            },
        )
    ]


async def test_no_other_event_carries_an_address(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.contact(customer_id=customer["id"], roles=REPRESENTATIVE)
    told = [name for name, data in await desk.events() if "ada@nordwind.example" in str(data)]
    assert told == ["contact.changed"]


async def test_a_customer_names_exactly_its_active_representatives(desk: Desk) -> None:
    customer = await desk.customer()

    async def named() -> list[str]:
        found: list[str] = (await desk.read(CUSTOMERS, customer))["representative_ids"]
        told = (await desk.events(customer))[-1][1]["representative_ids"]
        assert told == found
        return found

    ada = await desk.contact(customer_id=customer["id"], roles=REPRESENTATIVE)
    bob = await desk.contact(name="Bob", customer_id=customer["id"])
    assert await named() == [ada["id"]]
    bob = (await desk.change(CONTACTS, bob, roles=["representative", "finance"])).json()
    assert await named() == [ada["id"], bob["id"]]
    ada = (await desk.move(CONTACTS, ada, "retired")).json()
    assert await named() == [bob["id"]]
    bob = (await desk.change(CONTACTS, bob, roles=["finance"])).json()
    assert await named() == []
    await desk.move(CONTACTS, ada, "active")
    assert await named() == [ada["id"]]
    changes = ["customer.updated"] * 5
    assert await desk.facts(customer) == ["customer.registered", *changes]


async def test_contacts_of_one_customer_are_registered_at_once(desk: Desk) -> None:
    customer = await desk.customer()
    body = {"name": "Ada", "email": "ada@nordwind.example", "customer_id": customer["id"]}
    body |= {"roles": REPRESENTATIVE}
    answers = await asyncio.gather(*(desk.keeper.post(CONTACTS, json=body) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    named = (await desk.read(CUSTOMERS, customer))["representative_ids"]
    assert named == sorted(answer.json()["id"] for answer in answers)


async def test_a_contact_that_represents_as_before_tells_its_customer_nothing(desk: Desk) -> None:
    customer = await desk.customer()
    ada = await desk.contact(customer_id=customer["id"], roles=REPRESENTATIVE)
    before = await desk.read(CUSTOMERS, customer)
    await desk.change(CONTACTS, ada, name="Ada Brandt-Weiß")
    assert await desk.read(CUSTOMERS, customer) == before


async def test_a_customer_has_no_more_than_a_hundred_representatives(desk: Desk) -> None:
    customer = await desk.customer()
    async with desk.transaction() as tx:
        await tx.connection.execute(
            "update catalog.customer set representative_ids ="
            " array(select gen_random_uuid() from generate_series(1, 100))"
        )
    contact = {"name": "One more", "email": "x@nordwind.example", "roles": REPRESENTATIVE}
    answer = await desk.keeper.post(CONTACTS, json={**contact, "customer_id": customer["id"]})
    assert refusal(answer) == (409, "too-many-representatives")
    assert ids(await desk.keeper.get(CONTACTS)) == []


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"email": "ada"}, "invalid-fields", "/email"),
        (
            {"email": "ada@nordwind.example\r\nBcc: all@nordwind.example"},
            "invalid-fields",
            "/email",
        ),
        ({"email": None}, "contact-unreachable", "/email"),
        ({"phone": "call me"}, "invalid-fields", "/phone"),
        ({"roles": ["Boss of all"]}, "invalid-fields", "/roles/0"),
        ({"roles": "representative"}, "invalid-fields", "/roles"),
        ({"roles": [f"role{number}" for number in range(21)]}, "invalid-fields", "/roles"),
        ({"password": "x"}, "invalid-fields", "/password"),
        ({"team_id": str(NOBODY)}, "contact-owner-invalid", "/customer_id"),
        ({"customer_id": None}, "contact-owner-invalid", "/customer_id"),
        ({"customer_id": str(NOBODY)}, "contact-owner-invalid", "/customer_id"),
        ({"customer_id": None, "team_id": str(NOBODY)}, "contact-owner-invalid", "/team_id"),
        ({"supplier_id": str(NOBODY)}, "contact-owner-invalid", "/customer_id"),
        (
            {"customer_id": None, "supplier_id": str(NOBODY)},
            "contact-owner-invalid",
            "/supplier_id",
        ),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, fields: dict[str, object], code: str, pointer: str
) -> None:
    customer = await desk.customer()
    body = {"name": "Ada", "email": "ada@nordwind.example", "customer_id": customer["id"]}
    answer = await desk.keeper.post(CONTACTS, json={**body, **fields})
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}
    assert await desk.facts() == ["customer.registered"]


async def test_a_contact_of_a_team_or_supplier_represents_no_customer(desk: Desk) -> None:
    team, supplier = await desk.team(), await desk.supplier()
    for owner in ({"team_id": team["id"]}, {"supplier_id": supplier["id"]}):
        body = {"name": "Ada", "email": "ada@nordwind.example", **owner}
        answer = await desk.keeper.post(CONTACTS, json={**body, "roles": REPRESENTATIVE})
        assert refusal(answer) == (422, "contact-role-invalid")


async def test_a_contact_is_answered_as_it_was_known_at_an_instant(desk: Desk) -> None:
    supplier = await desk.supplier()
    ada = await desk.contact(supplier_id=supplier["id"], phone="+49 40 5550100")
    moved = (await desk.change(CONTACTS, ada, email="ada@hosting.example", phone=None)).json()
    assert await desk.at(CONTACTS, ada["id"], ada["updated_at"]) == ada
    assert await desk.at(CONTACTS, ada["id"], moved["updated_at"]) == moved
    early = await desk.keeper.get(
        f"{CONTACTS}/{ada['id']}", params={"as_of": "2020-01-01T00:00:00Z"}
    )
    assert refusal(early) == (404, "contact-not-found")


async def test_the_history_of_a_contact_is_for_staff(desk: Desk) -> None:
    customer = await desk.customer()
    ada = await desk.contact(customer_id=customer["id"])
    await desk.move(CONTACTS, ada, "retired")
    path = f"{CONTACTS}/{ada['id']}/history"
    told = (await desk.keeper.get(path)).json()["items"]
    assert [one["data"]["status"] for one in told] == ["active", "retired"]
    assert refusal(await desk.user_of(customer).get(path)) == (403, "forbidden")
    assert refusal(await desk.bound_keeper(customer).get(path)) == (403, "provider-only")
    foreign = await desk.keeper.get(f"{CONTACTS}/{customer['id']}/history")
    assert refusal(foreign) == (404, "contact-not-found")


async def test_an_owner_that_is_not_active_gets_no_contacts(desk: Desk) -> None:
    customer, team, supplier = await desk.customer(), await desk.team(), await desk.supplier()
    old = await desk.contact(team_id=team["id"])
    old = (await desk.move(CONTACTS, old, "retired")).json()
    await desk.move(CUSTOMERS, customer, "inactive")
    await desk.move(TEAMS, team, "retired")
    await desk.move(SUPPLIERS, supplier, "retired")
    for owner in (
        {"customer_id": customer["id"]},
        {"team_id": team["id"]},
        {"supplier_id": supplier["id"]},
    ):
        body = {"name": "Ada", "email": "ada@nordwind.example", **owner}
        answer = await desk.keeper.post(CONTACTS, json=body)
        assert refusal(answer) == (409, "contact-owner-inactive")
    assert refusal(await desk.move(CONTACTS, old, "active")) == (409, "contact-owner-inactive")


async def test_addresses_can_be_taken_from_a_retired_contact(desk: Desk) -> None:
    customer = await desk.customer()
    ada = await desk.contact(customer_id=customer["id"])
    refused = await desk.change(CONTACTS, ada, email=None)
    assert refusal(refused) == (422, "contact-unreachable")
    ada = (await desk.move(CONTACTS, ada, "retired")).json()
    ada = (await desk.change(CONTACTS, ada, email=None)).json()
    assert ada["email"] is None
    assert (await desk.events(ada))[-1][1]["email"] is None
    assert refusal(await desk.move(CONTACTS, ada, "active")) == (422, "contact-unreachable")


async def test_a_contact_keeps_its_owner(desk: Desk) -> None:
    customer, other = await desk.customer(), await desk.customer(name="Other")
    ada = await desk.contact(customer_id=customer["id"])
    answer = await desk.change(CONTACTS, ada, customer_id=other["id"])
    assert refusal(answer) == (422, "invalid-fields")
    assert pointers(answer) == {"/customer_id"}


async def test_a_stale_version_changes_neither_contact_nor_customer(desk: Desk) -> None:
    customer = await desk.customer()
    ada = await desk.contact(customer_id=customer["id"])
    await desk.change(CONTACTS, ada, name="Ada B.")
    stale = await desk.change(CONTACTS, ada, roles=REPRESENTATIVE)
    assert refusal(stale) == (412, "stale-version")
    assert refusal(await desk.move(CONTACTS, ada, "retired")) == (412, "stale-version")
    assert await desk.facts(customer) == ["customer.registered"]


async def test_contacts_are_listed_by_owner_and_address(desk: Desk) -> None:
    customer, team = await desk.customer(), await desk.team()
    ada = await desk.contact(customer_id=customer["id"])
    bob = await desk.contact(name="Bob", email="bob@provider.example", team_id=team["id"])
    supplier = await desk.supplier()
    eve = await desk.contact(name="Eve", phone="+49 40 1", supplier_id=supplier["id"])
    for parameters, found in (
        ({"customer_id": customer["id"]}, ada),
        ({"team_id": team["id"]}, bob),
        ({"supplier_id": supplier["id"]}, eve),
        ({"email": "bob@provider.example"}, bob),
        ({"status": "active", "name": "Ada Brandt"}, ada),
    ):
        answer = await desk.keeper.get(CONTACTS, params=parameters)
        assert ids(answer) == [found["id"]]
