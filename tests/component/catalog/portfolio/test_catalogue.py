"""What a customer has: its catalogue, and what active agreements add to it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.commands import note_cover
from services.catalog.portfolio.commands.cover import UnknownOfferingError, UnknownServiceError
from services.catalog.portfolio.domain import OfferingId, ServiceId
from services.catalog.portfolio.domain.services import ServiceRetiredError
from services.catalog.portfolio.queries import service_phases, services_of_offerings
from tests.component.catalog.desk import (
    CATALOGUE,
    NOBODY,
    OFFERINGS,
    SERVICES,
    USES,
    Body,
    Desk,
    ids,
    refusal,
)

Shown = dict[str, dict[str, list[str]]]


async def shown(desk: Desk, customer: Body) -> Shown:
    """Return names of services, of their offerings, and of what can be asked for with these."""
    answer = await desk.keeper.get(CATALOGUE, params={"customer_id": customer["id"]})
    assert answer.status_code == 200, answer.text
    return {
        service["name_business"]: {
            offering["name"]: [item["name"] for item in offering["request_items"]]
            for offering in service["offerings"]
        }
        for service in answer.json()["items"]
    }


async def cover(
    desk: Desk, agreement: UUID, customer: Body, *pairs: tuple[Body, Body | None]
) -> None:
    async with desk.transaction() as tx:
        await note_cover(
            tx,
            agreement_id=agreement,
            cover=[
                (
                    ServiceId(UUID(service["id"])),
                    None if offering is None else OfferingId(UUID(offering["id"])),
                )
                for service, offering in pairs
            ],
            customer_ids=[CustomerId(UUID(customer["id"]))],
        )


async def test_a_catalogue_holds_what_is_used_and_as_what(desk: Desk) -> None:
    team, customer = await desk.team(), await desk.customer()
    shop, payroll = await desk.service("shop", team), await desk.service("payroll", team)
    await desk.service("unused", team)
    gold, _ = await desk.published(shop, "Gold"), await desk.published(shop, "Silver")
    await desk.item(gold, "Access")
    await desk.item(gold, "A second shop")
    await desk.published(payroll, "Basic")
    await desk.published(payroll, "Plus")
    await desk.offering(payroll, "Draft")
    use = await desk.use(customer, shop, offering_id=gold["id"])
    await desk.use(customer, payroll)
    assert await shown(desk, customer) == {
        "Payroll": {"Basic": [], "Plus": []},
        "Shop": {"Gold": ["A second shop", "Access"]},
    }
    # What is withdrawn is kept by whoever has it, but nothing more can be asked for.
    await desk.move(OFFERINGS, gold, "withdrawn")
    assert (await shown(desk, customer))["Shop"] == {"Gold": []}
    await desk.move(USES, use, "ended")
    assert set(await shown(desk, customer)) == {"Payroll"}


async def test_an_agreement_adds_what_it_covers_until_it_ends(desk: Desk) -> None:
    team, customer = await desk.team(), await desk.customer()
    other = await desk.customer(name="other")
    shop, payroll = await desk.service("shop", team), await desk.service("payroll", team)
    gold, _ = await desk.published(shop, "Gold"), await desk.published(shop, "Silver")
    await desk.published(payroll, "Basic")
    agreement = uuid4()
    user = desk.user_of(customer)
    assert (await user.get(f"{SERVICES}/{shop['id']}")).status_code == 404
    await cover(desk, agreement, customer, (shop, gold), (payroll, None), (shop, gold))
    assert await shown(desk, customer) == {"Payroll": {"Basic": []}, "Shop": {"Gold": []}}
    assert await shown(desk, other) == {}
    assert (await user.get(f"{SERVICES}/{shop['id']}")).json() == shop
    assert ids(await user.get(SERVICES)) == [payroll["id"], shop["id"]]
    assert refusal(
        await user.get(f"{SERVICES}/{shop['id']}", params={"as_of": shop["updated_at"]})
    ) == (404, "service-not-found")
    await cover(desk, agreement, customer, (shop, None))
    assert await shown(desk, customer) == {"Shop": {"Gold": [], "Silver": []}}
    await cover(desk, agreement, customer)
    assert await shown(desk, customer) == {}
    assert ids(await user.get(SERVICES)) == []


async def test_cover_is_of_what_there_is(desk: Desk) -> None:
    team, customer = await desk.team(), await desk.customer()
    shop, payroll = await desk.service("shop", team), await desk.service("payroll", team)
    idea = await desk.service("idea", team, status="requirements")
    gone = (await desk.move(SERVICES, idea, "cancelled")).json()
    basic = await desk.published(payroll)
    nothing = {"id": str(NOBODY)}
    for pair, error in (
        ((nothing, None), UnknownServiceError),
        ((shop, nothing), UnknownOfferingError),
        ((shop, basic), UnknownOfferingError),
        ((gone, None), ServiceRetiredError),
    ):
        with pytest.raises(error):
            await cover(desk, uuid4(), customer, (payroll, basic), pair)
    assert await shown(desk, customer) == {}


async def test_a_catalogue_is_of_one_customer_and_for_its_own_people(desk: Desk) -> None:
    team, above = await desk.team(), await desk.customer(name="above")
    below = await desk.customer(name="below", parent_id=above["id"])
    stranger = await desk.customer(name="stranger")
    shop, payroll = await desk.service("shop", team), await desk.service("payroll", team)
    await desk.use(above, shop)
    await desk.use(below, payroll)
    user = desk.user_of(above)
    for customer, found in ((above, shop), (below, payroll)):
        answer = await user.get(CATALOGUE, params={"customer_id": customer["id"]})
        assert ids(answer) == [found["id"]]
    for hidden in (stranger["id"], str(NOBODY)):
        answer = await user.get(CATALOGUE, params={"customer_id": hidden})
        assert refusal(answer) == (404, "customer-not-found")
    unknown = await desk.keeper.get(CATALOGUE, params={"customer_id": str(NOBODY)})
    assert refusal(unknown) == (404, "customer-not-found")
    for parameters in ({}, {"customer_id": "Nordwind"}):
        refused = await user.get(CATALOGUE, params=parameters)
        assert refused.status_code in (400, 422)


async def test_a_catalogue_is_paged_and_a_cursor_belongs_to_its_customer(desk: Desk) -> None:
    team, customer, other = await desk.team(), await desk.customer(), await desk.customer(name="b")
    services = [await desk.service(name, team) for name in ("a", "b", "c")]
    for service in services:
        await desk.use(customer, service)
        await desk.use(other, service)
    asked = {"customer_id": customer["id"], "limit": "2"}
    first = await desk.keeper.get(CATALOGUE, params=asked)
    assert ids(first) == [one["id"] for one in services[:2]]
    cursor = first.json()["next"]
    rest = await desk.keeper.get(CATALOGUE, params={**asked, "cursor": cursor})
    assert ids(rest) == [services[2]["id"]]
    foreign = {**asked, "customer_id": other["id"], "cursor": cursor}
    assert (await desk.keeper.get(CATALOGUE, params=foreign)).status_code == 400


async def test_areas_above_learn_of_services_and_offerings(desk: Desk) -> None:
    team = await desk.team()
    shop = await desk.service("shop", team)
    idea = await desk.service("idea", team, status="requirements")
    gold = await desk.offering(shop)
    async with desk.transaction() as tx:
        offered = [OfferingId(UUID(gold["id"])), OfferingId(NOBODY)]
        assert await services_of_offerings(tx, offering_ids=offered) == {
            UUID(gold["id"]): UUID(shop["id"])
        }
        there = [ServiceId(UUID(one["id"])) for one in (shop, idea)]
        assert await service_phases(tx, service_ids=[*there, ServiceId(NOBODY)]) == {
            there[0]: "catalogue",
            there[1]: "pipeline",
        }
