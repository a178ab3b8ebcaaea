"""Who uses which service, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.component.catalog.desk import (
    CUSTOMERS,
    NOBODY,
    SERVICES,
    USES,
    Body,
    Desk,
    ids,
    pointers,
    refusal,
)


def days(number: int) -> str:
    """Return an instant so many days from now, as the API writes it."""
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=number)
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def ends(desk: Desk) -> tuple[Body, Body]:
    """A customer and a service."""
    return await desk.customer(), await desk.service("shop-web", await desk.team())


async def test_a_use_is_published_when_it_starts_and_when_its_end_is_known(
    desk: Desk, ends: tuple[Body, Body]
) -> None:
    customer, service = ends
    use = await desk.use(customer, service, valid_from=days(-9))
    ended = (await desk.move(USES, use, "ended", valid_to=days(-1))).json()
    state = {
        "service_use_id": use["id"],
        "customer_id": customer["id"],
        "service_id": service["id"],
        "valid_from": use["valid_from"],
        "offering_id": None,
    }
    assert await desk.events(use) == [
        ("service_use.started", {**state, "valid_to": None}),
        ("service_use.ended", {**state, "valid_to": ended["valid_to"]}),
    ]
    again = await desk.move(USES, ended, "ended")
    assert refusal(again) == (409, "service-use-ended")


async def test_an_end_ahead_can_only_come_nearer(desk: Desk, ends: tuple[Body, Body]) -> None:
    use = await desk.use(*ends, valid_to=days(9))
    later = await desk.move(USES, use, "ended", valid_to=days(10))
    assert refusal(later) == (422, "service-use-period-invalid")
    assert pointers(later) == {"/valid_to"}
    same = await desk.move(USES, use, "ended", valid_to=use["valid_to"])
    assert same.json() == use
    nearer = (await desk.move(USES, use, "ended", valid_to=days(5))).json()
    now = (await desk.move(USES, nearer, "ended")).json()
    assert now["valid_to"] < nearer["valid_to"] < use["valid_to"]
    assert await desk.facts(use) == ["service_use.started"] + ["service_use.ended"] * 2


async def test_a_use_that_has_not_begun_never_begins(desk: Desk, ends: tuple[Body, Body]) -> None:
    use = await desk.use(*ends, valid_from=days(3))
    ended = (await desk.move(USES, use, "ended")).json()
    assert ended["valid_to"] == ended["valid_from"]
    await desk.use(*ends, valid_from=days(2), valid_to=days(4))


@pytest.mark.parametrize(
    ("begins", "finishes", "status"),
    [
        (-9, -5, 201),
        (5, None, 201),
        (-9, -4, 409),
        (-9, None, 409),
        (-4, 4, 409),
        (4, 9, 409),
        (-1, 1, 409),
    ],
)
async def test_uses_of_a_service_by_a_customer_do_not_overlap(
    desk: Desk, ends: tuple[Body, Body], begins: int, finishes: int | None, status: int
) -> None:
    customer, service = ends
    await desk.use(customer, service, valid_from=days(-5), valid_to=days(5))
    body = {
        "customer_id": customer["id"],
        "service_id": service["id"],
        "valid_from": days(begins),
        "valid_to": None if finishes is None else days(finishes),
    }
    answer = await desk.keeper.post(USES, json=body)
    assert answer.status_code == status
    if status == 409:
        assert refusal(answer) == (409, "service-use-overlaps")


async def test_of_the_same_use_noted_at_once_one_is_kept(
    desk: Desk, ends: tuple[Body, Body]
) -> None:
    customer, service = ends
    body = {"customer_id": customer["id"], "service_id": service["id"]}
    answers = await asyncio.gather(*(desk.keeper.post(USES, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"customer_id": str(NOBODY)}, "using-customer-invalid", "/customer_id"),
        ({"service_id": str(NOBODY)}, "used-service-unknown", "/service_id"),
        ({"service_id": "SVC0000001"}, "invalid-fields", "/service_id"),
        ({"valid_to": days(-1)}, "service-use-period-invalid", "/valid_to"),
        ({"valid_from": days(1), "valid_to": days(1)}, "service-use-period-invalid", "/valid_to"),
        ({"valid_from": "yesterday"}, "invalid-fields", "/valid_from"),
        ({"offering_id": str(NOBODY)}, "used-offering-invalid", "/offering_id"),
        ({"offering": "Gold"}, "invalid-fields", "/offering"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, ends: tuple[Body, Body], fields: dict[str, object], code: str, pointer: str
) -> None:
    customer, service = ends
    body = {"customer_id": customer["id"], "service_id": service["id"], **fields}
    answer = await desk.keeper.post(USES, json=body)
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}


async def test_nothing_begins_with_who_is_inactive_or_what_is_retired(
    desk: Desk, ends: tuple[Body, Body]
) -> None:
    customer, _ = ends
    asleep = await desk.customer(name="asleep")
    await desk.move(CUSTOMERS, asleep, "inactive")
    idea = await desk.service("idea", await desk.team("Thinkers"), status="requirements")
    service = (await desk.move(SERVICES, idea, "cancelled")).json()
    body = {"customer_id": customer["id"], "service_id": service["id"]}
    answer = await desk.keeper.post(USES, json=body)
    assert refusal(answer) == (409, "service-retired")
    answer = await desk.keeper.post(USES, json={**body, "customer_id": asleep["id"]})
    assert refusal(answer) == (422, "using-customer-invalid")


async def test_uses_are_listed_by_end_and_time(desk: Desk, ends: tuple[Body, Body]) -> None:
    customer, service = ends
    past = await desk.use(customer, service, valid_from=days(-9), valid_to=days(-5))
    now = await desk.use(customer, service)
    for parameters, found in (
        ({"customer_id": customer["id"]}, [past, now]),
        ({"service_id": service["id"], "sort": "-valid_from"}, [now, past]),
        ({"valid_to[lt]": days(0)}, [past]),
        ({"service_id": str(NOBODY)}, []),
    ):
        answer = await desk.keeper.get(USES, params=parameters)
        assert ids(answer) == [one["id"] for one in found]
    unknown = await desk.keeper.get(f"{USES}/{NOBODY}")
    assert refusal(unknown) == (404, "service-use-not-found")
    stale = await desk.keeper.post(
        f"{USES}/{now['id']}/transitions", json={"to": "ended"}, headers={"If-Match": '"7"'}
    )
    assert refusal(stale) == (412, "stale-version")


async def test_a_use_may_name_a_published_offering_of_its_service(
    desk: Desk, ends: tuple[Body, Body]
) -> None:
    customer, service = ends
    other = await desk.service("payroll", await desk.team("Payroll"))
    gold, draft = await desk.published(service, "Gold"), await desk.offering(service, "Draft")
    foreign = await desk.published(other)
    body = {"customer_id": customer["id"], "service_id": service["id"]}
    for offering in (draft, foreign):
        answer = await desk.keeper.post(USES, json={**body, "offering_id": offering["id"]})
        assert refusal(answer) == (422, "used-offering-invalid")
        assert pointers(answer) == {"/offering_id"}
    use = await desk.use(customer, service, offering_id=gold["id"])
    [(_, told)] = await desk.events(use)
    assert told["offering_id"] == use["offering_id"] == gold["id"]
    assert ids(await desk.keeper.get(USES, params={"offering_id": gold["id"]})) == [use["id"]]
    again = await desk.keeper.post(USES, json=body)
    assert refusal(again) == (409, "service-use-overlaps")


async def test_a_use_is_read_as_it_was_known_and_its_history_is_the_staffs(
    desk: Desk, ends: tuple[Body, Body]
) -> None:
    customer, service = ends
    use = await desk.use(customer, service)
    ended = (await desk.move(USES, use, "ended")).json()
    assert await desk.at(USES, use["id"], use["updated_at"]) == use
    assert await desk.at(USES, use["id"], ended["updated_at"]) == ended
    early = await desk.keeper.get(f"{USES}/{use['id']}", params={"as_of": days(-1)})
    assert refusal(early) == (404, "service-use-not-found")
    entries = (await desk.keeper.get(f"{USES}/{use['id']}/history")).json()["items"]
    assert [one["type"] for one in entries] == [
        "itsm.service_use.started.v1",
        "itsm.service_use.ended.v1",
    ]
    user = desk.user_of(customer)
    assert (await user.get(f"{USES}/{use['id']}/history")).status_code == 403
