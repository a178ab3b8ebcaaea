"""Which promises apply: by service and offering, for customers, teams and hours."""

from __future__ import annotations

from uuid import UUID, uuid4

from tests.component.incident.clocks.promising import (
    HOUR,
    ago,
    clock,
    clocks,
    declared,
    promised,
    target,
    tell_agreement,
    tell_calendar,
)
from tests.component.incident.desk import Desk


async def test_another_service_means_other_promises(desk: Desk) -> None:
    customer, service = await promised(desk)
    other = await desk.service("SVC0000002", name="Mail", technical="mail")
    await tell_agreement(desk, other, {None: [target("resolution", HOUR)]}, customers=[customer])
    incident = await declared(desk, customer, service, impact=2, urgency=2)
    changed = await desk.change(incident, service_id=str(other))
    assert changed.status_code == 200, changed.text
    found = {
        (one["service_id"], one["metric"]): one
        for one in await clocks(desk, record_id=incident["id"])
    }
    assert found[str(service), "resolution"]["state"] == "cancelled"
    assert found[str(other), "resolution"]["state"] == "running"
    started = found[str(other), "resolution"]["started_at"]
    assert started == found[str(service), "resolution"]["started_at"]


async def test_customers_in_reach_have_their_clocks_too(desk: Desk) -> None:
    network = await desk.service("SVC0000009", name="Network", technical="net")
    shop = await desk.service()
    await desk.depend(shop, network)
    customer = await desk.register_customer()
    await desk.use(customer, shop)
    await tell_agreement(desk, shop, {None: [target("resolution", HOUR)]}, customers=[customer])
    incident = await desk.declare(service_id=str(network))
    assert await clocks(desk, record_id=incident["id"]) == []
    await desk.follow()
    found = await clock(desk, incident, "resolution")
    assert (found["customer_id"], found["service_id"]) == (str(customer), str(shop))
    assert found["started_at"] == incident["milestones"]["reported_at"]
    await desk.follow()
    assert (await clock(desk, incident, "resolution"))["version"] == 1


async def test_a_team_answers_for_the_time_that_it_had(desk: Desk) -> None:
    first, second = await desk.team("First"), await desk.team("Second")
    service = await desk.service(team=first)
    for team in (first, second):
        await tell_agreement(
            desk, service, {None: [target("resolution", HOUR)]}, type="ola", team_id=str(team)
        )
    incident = await desk.declare(service_id=str(service), occurred_at=ago(minutes=50).isoformat())
    answer = await desk.try_move(
        incident, "assigned", team_id=str(second), occurred_at=ago(minutes=20).isoformat()
    )
    assert answer.status_code == 200, answer.text
    one = await clock(desk, incident, "resolution", team_id=str(first))
    other = await clock(desk, incident, "resolution", team_id=str(second))
    assert (one["state"], one["elapsed_seconds"]) == ("paused", 1800)
    assert other["state"] == "running"
    assert abs(other["elapsed_seconds"] - 1200) < 60


async def test_a_line_for_the_offering_goes_before_one_for_the_service(desk: Desk) -> None:
    customer, service, offering = await desk.register_customer(), await desk.service(), uuid4()
    key = uuid4()
    await desk.tell(
        "service_use.started",
        key,
        service_use_id=str(key),
        customer_id=str(customer),
        service_id=str(service),
        offering_id=str(offering),
        valid_from="2020-01-01T00:00:00Z",
        valid_to=None,
    )
    for seconds, bought in ((HOUR, None), (900, str(offering)), (60, str(uuid4()))):
        await tell_agreement(
            desk,
            service,
            {None: [target("resolution", seconds)]},
            customers=[customer],
            line={"offering_id": bought},
        )
    incident = await declared(desk, customer, service)
    found = await clocks(desk, record_id=incident["id"])
    assert [one["target_seconds"] for one in found] == [900]


async def test_office_hours_count_and_nights_do_not(desk: Desk) -> None:
    office = await tell_calendar(desk, [{"start": "09:00", "end": "17:00"}])
    customer, service = await desk.register_customer(), await desk.service()
    await tell_agreement(
        desk,
        service,
        {None: [target("resolution", 10 * HOUR, calendar_id=str(office))]},
        customers=[customer],
    )
    incident = await declared(desk, customer, service, occurred_at="2026-03-02T11:00:00Z")
    shown = await clock(desk, incident, "resolution")
    # 12:00 in Berlin: five hours on this day, five on the next.
    assert shown["breached_at"] == "2026-03-03T13:00:00Z"
    assert (shown["calendar_id"], shown["calendar_version"]) == (str(office), 1)


async def test_a_use_that_names_no_offering_is_covered_by_a_line_for_one(desk: Desk) -> None:
    customer, service = await desk.register_customer(), await desk.service()
    await desk.use(customer, service)
    await tell_agreement(
        desk,
        service,
        {None: [target("resolution", 900)]},
        customers=[customer],
        line={"offering_id": str(uuid4())},
    )
    incident = await desk.declare(service_id=str(service), customer_ids=[str(customer)])
    assert (await clock(desk, incident, "resolution"))["target_seconds"] == 900


async def test_row_11_each_customer_has_the_clock_of_its_own_agreement(desk: Desk) -> None:
    service = await desk.service()
    wanted = {await desk.register_customer(): HOUR, await desk.register_customer(): 2 * HOUR}
    for customer, seconds in wanted.items():
        await tell_agreement(
            desk, service, {None: [target("resolution", seconds)]}, customers=[customer]
        )
    customers = [str(customer) for customer in wanted]
    incident = await desk.declare(service_id=str(service), customer_ids=customers)
    found = await clocks(desk, record_id=incident["id"])
    assert {UUID(one["customer_id"]): one["target_seconds"] for one in found} == wanted
    for customer in wanted:
        (own,) = await clocks(desk, by=desk.customer(customer), record_id=incident["id"])
        assert own["customer_id"] == str(customer)
