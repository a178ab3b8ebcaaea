"""The read models hold what the newest event said, in whatever order the news arrives."""

from __future__ import annotations

from uuid import uuid4

from shared.db import statement
from tests.component.change.desk import PATH, Desk, minutes_from_now, whole
from tests.support.builders import event

INCIDENT = "select state, priority, sequence from change.incident_view where incident_id = :id"


async def test_an_older_event_does_not_undo_a_newer_one(desk: Desk) -> None:
    key = uuid4()

    def told(sequence: int, state: str) -> dict[str, object]:
        return {
            "incident_id": str(key),
            "number": "INC0000042",
            "state": state,
            "priority": sequence,
            "service_id": None,
        }

    newer = event("itsm.incident.closed.v1", key, 3, told(3, "closed"), service="incident")
    older = event("itsm.incident.resolved.v1", key, 2, told(2, "resolved"), service="incident")
    await desk.stage.deliver("change", newer)
    await desk.stage.deliver("change", older, newer)

    async with desk.stage.database("change").reading() as tx:
        row = await tx.first(statement(INCIDENT), id=key)
    assert row is not None
    assert tuple(row) == ("closed", 3, 3)


async def test_a_use_may_arrive_before_its_customer_and_its_service(desk: Desk) -> None:
    customer, service = uuid4(), uuid4()
    await desk.use(customer, service)
    await desk.service(service)
    change = await desk.request(whole(service))

    assert (await desk.customer(customer).get(f"{PATH}/{change['id']}")).status_code == 200


async def test_a_use_that_ended_hides_the_change(desk: Desk) -> None:
    customer, service = uuid4(), await desk.service()
    use = await desk.use(customer, service)
    change = await desk.request(whole(service))
    client = desk.customer(customer)
    assert (await client.get(f"{PATH}/{change['id']}")).status_code == 200

    await desk.tell(
        "itsm.service_use.ended.v1",
        use,
        service_use_id=str(use),
        customer_id=str(customer),
        service_id=str(service),
        valid_from=minutes_from_now(-60),
        valid_to=minutes_from_now(-1),
    )

    assert (await client.get(f"{PATH}/{change['id']}")).status_code == 404


async def test_a_cycle_of_customers_does_not_hang(desk: Desk) -> None:
    one, service = uuid4(), await desk.service()
    other = await desk.register_customer(one)
    await desk.tell(
        "itsm.customer.updated.v1",
        one,
        customer_id=str(one),
        number="CUS0000002",
        name="Round",
        parent_id=str(other),
        status="active",
    )
    await desk.use(other, service)
    change = await desk.request(whole(service))

    assert (await desk.customer(one).get(f"{PATH}/{change['id']}")).status_code == 200


async def test_fields_that_are_not_read_may_come_and_go(desk: Desk) -> None:
    key = uuid4()
    await desk.incident(key, "declared", state="new", priority=3, service=None, added_later=[1, 2])

    async with desk.stage.database("change").reading() as tx:
        row = await tx.first(statement(INCIDENT), id=key)
    assert row is not None
    assert tuple(row) == ("new", 3, 1)
