"""Health follows outages and changes, is told when it turns, and is felt through the map."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from tests.component.catalog.desk import Desk
from tests.support.builders import event
from tests.support.organisation import Organisation, found

HEALTH = "/catalog/v1/service-health"
Body = dict[str, Any]


@dataclass
class Ward:
    """An organisation whose services can be ill."""

    desk: Desk
    organisation: Organisation
    sequences: dict[UUID, int] = field(default_factory=dict)

    async def tell(self, service: str, type_: str, key: UUID, **data: Any) -> None:  # noqa: ANN401 - any payload
        self.sequences[key] = self.sequences.get(key, 0) + 1
        told = event(f"itsm.{type_}.v1", key, self.sequences[key], data, service=service)
        await self.desk.stage.deliver("catalog", told)

    async def outage(
        self,
        service: Body,
        *,
        fact: str = "started",
        key: UUID | None = None,
        **more: Any,  # noqa: ANN401 - any field
    ) -> UUID:
        key = key or uuid4()
        said = {"kind": "outage", "state": "open", **more}
        await self.tell(
            "incident",
            f"outage.{fact}",
            key,
            outage_id=str(key),
            service_id=service["id"],
            **said,
        )
        return key

    async def change(
        self,
        service: Body,
        fact: str,
        state: str,
        start: datetime,
        *,
        key: UUID | None = None,
        **more: Any,  # noqa: ANN401 - any field
    ) -> UUID:
        key = key or uuid4()
        if fact == "requested":
            more["planned_outages"] = [{"service_id": service["id"], "minutes": 10}]
        await self.tell(
            "change",
            f"change.{fact}",
            key,
            change_id=str(key),
            state=state,
            planned_start=start.isoformat(),
            planned_end=(start + timedelta(hours=1)).isoformat(),
            **more,
        )
        return key

    async def read(self, service: Body, *, by: httpx.AsyncClient | None = None) -> Body:
        answer = await (by or self.desk.keeper).get(f"{HEALTH}/{service['number']}")
        assert answer.status_code == 200, answer.text
        shown: Body = answer.json()
        return shown

    async def told(self, service: Body) -> list[tuple[str, str]]:
        bodies = [
            orjson.loads(one.data)
            for one in await self.desk.stage.events("catalog")
            if one.type == "itsm.service_health.changed.v1"
        ]
        return [
            (one["previous"], one["health"]) for one in bodies if one["service_id"] == service["id"]
        ]


@pytest.fixture
async def ward(desk: Desk) -> AsyncIterator[Ward]:
    yield Ward(desk, await found(desk.keeper))
    await desk.events()


async def test_a_service_is_as_bad_as_the_worst_of_its_outages(ward: Ward) -> None:
    database = ward.organisation.database
    assert (await ward.read(database))["health"] == "operational"
    slow = await ward.outage(database, kind="degradation")
    down = await ward.outage(database)
    shown = await ward.read(database)
    assert shown["health"] == shown["felt_health"] == "outage"
    assert [(one["id"], one["health"]) for one in shown["causes"]] == [
        (str(down), "outage"),
        (str(slow), "degraded"),
    ]
    await ward.outage(database, fact="ended", key=down, state="ended")
    assert (await ward.read(database))["health"] == "degraded"
    await ward.outage(database, fact="merged", key=slow, kind="degradation", state="merged")
    shown = await ward.read(database)
    assert (shown["health"], shown["causes"]) == ("operational", [])
    assert await ward.told(database) == [
        ("operational", "degraded"),
        ("degraded", "outage"),
        ("outage", "degraded"),
        ("degraded", "operational"),
    ]


async def test_consumers_feel_it_through_the_map(ward: Ward) -> None:
    known = ward.organisation
    await ward.outage(known.database)
    shop = await ward.read(known.shop)
    assert (shop["health"], shop["felt_health"]) == ("operational", "outage")
    assert (await ward.read(known.payroll))["felt_health"] == "operational"
    shown = await ward.read(known.database)
    assert shown["consumers"] == [{"service_id": known.shop["id"], "felt_health": "outage"}]
    assert shown["consumers_total"] == 1
    assert await ward.told(known.shop) == []


async def test_maintenance_begins_and_ends_by_time(ward: Ward) -> None:
    payroll = ward.organisation.payroll
    start = datetime.now(UTC) + timedelta(hours=1)
    key = await ward.change(payroll, "requested", "draft", start)
    await ward.change(payroll, "scheduled", "scheduled", start, key=key)
    assert await ward.told(payroll) == []
    assert await ward.desk.stage.fire_timers("catalog", start + timedelta(seconds=1)) == 1
    assert (await ward.read(payroll))["health"] == "maintenance"
    # What is planned does not hide what is not.
    slow = await ward.outage(payroll, kind="degradation")
    assert (await ward.read(payroll))["health"] == "degraded"
    await ward.outage(payroll, fact="ended", key=slow, kind="degradation", state="ended")
    assert await ward.desk.stage.fire_timers("catalog", start + timedelta(hours=2)) == 1
    assert (await ward.read(payroll))["health"] == "operational"


async def test_a_change_that_is_carried_out_is_maintenance_until_it_is_done(ward: Ward) -> None:
    payroll = ward.organisation.payroll
    start = datetime.now(UTC) - timedelta(minutes=5)
    key = await ward.change(payroll, "requested", "draft", start)
    await ward.change(payroll, "scheduled", "scheduled", start, key=key)
    await ward.change(payroll, "implementation_started", "implement", start, key=key)
    shown = await ward.read(payroll)
    assert shown["health"] == "maintenance"
    assert shown["causes"] == [{"kind": "change", "id": str(key), "health": "maintenance"}]
    await ward.change(payroll, "implemented", "review", start, key=key)
    assert (await ward.read(payroll))["health"] == "operational"
    assert await ward.told(payroll) == [
        ("operational", "maintenance"),
        ("maintenance", "operational"),
    ]
    assert await ward.desk.stage.fire_timers("catalog", start + timedelta(hours=9)) == 0


async def test_a_service_that_a_change_no_longer_takes_down_is_well_again(ward: Ward) -> None:
    payroll, shop = ward.organisation.payroll, ward.organisation.shop
    start = datetime.now(UTC) - timedelta(minutes=5)
    key = await ward.change(payroll, "requested", "draft", start)
    await ward.change(payroll, "scheduled", "scheduled", start, key=key)
    assert (await ward.read(payroll))["health"] == "maintenance"
    other = [{"service_id": shop["id"], "minutes": 10}]
    await ward.change(payroll, "updated", "scheduled", start, key=key, planned_outages=other)
    assert (await ward.read(payroll))["health"] == "operational"
    assert (await ward.read(shop))["health"] == "maintenance"
    await ward.change(payroll, "updated", "scheduled", start, key=key, planned_outages=[])
    assert (await ward.read(shop))["health"] == "operational"
    assert await ward.desk.stage.fire_timers("catalog", start + timedelta(hours=2)) == 0


async def test_a_service_is_found_by_its_id_and_by_its_number_in_any_case(ward: Ward) -> None:
    shop = ward.organisation.shop
    for reference in (shop["id"], shop["id"].upper(), shop["number"].lower()):
        answer = await ward.desk.keeper.get(f"{HEALTH}/{reference}")
        assert answer.json()["id"] == shop["id"]


async def test_customers_see_what_they_use(ward: Ward) -> None:
    known = ward.organisation
    await ward.outage(known.shop)
    user = ward.desk.user_of(known.nordwind)
    listed = (await user.get(HEALTH)).json()["items"]
    assert [(one["id"], one["health"]) for one in listed] == [(known.shop["id"], "outage")]
    shown = await ward.read(known.shop, by=user)
    assert (shown["consumers"], shown["consumers_total"]) == (None, None)
    assert (await user.get(f"{HEALTH}/{known.payroll['number']}")).status_code == 404
    assert (await user.get(f"{HEALTH}/SVC9999999")).status_code == 404


async def test_the_list_can_be_asked_for_what_is_ill(ward: Ward) -> None:
    known = ward.organisation
    await ward.outage(known.shop)
    for health, count in (("outage", 1), ("operational", 2), ("outage,operational", 3)):
        items = (await ward.desk.keeper.get(HEALTH, params={"health": health})).json()["items"]
        assert len(items) == count
    wrong = await ward.desk.keeper.get(HEALTH, params={"colour": "red"})
    assert wrong.status_code == 400
