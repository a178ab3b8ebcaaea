"""A target that is missed: the team that has the incident hears of it, nobody else does."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from shared.envelope import Event
from tests.component.notify.desk import Desk, Shop

INSTANT = "2026-03-02T09:15:00.250000Z"


def breached(desk: Desk, shop: Shop, record: UUID, **own: Any) -> Event:  # noqa: ANN401 - any field
    key = uuid4()
    data = {
        "clock_id": str(key),
        "record_type": "incident",
        "record_id": str(record),
        "record_number": "INC0000042",
        "service_id": str(shop.service),
        "agreement_type": "sla",
        "metric": "response",
        "target_seconds": 900,
        "breached_at": INSTANT,
        **own,
    }
    return desk.news("incident", "sla_clock.breached", key, data)


async def test_the_team_that_has_the_incident_hears_which_target_and_when(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk), shop.declared(desk, incident))
    await desk.tell(desk.impact(incident, shop.service, shop.customer))
    missed = breached(desk, shop, incident)
    await desk.tell(missed, missed)
    _, _, overdue = await desk.listed(record_id=str(incident))
    assert (overdue["audience"], overdue["recipient_id"]) == ("technical", str(shop.engineer))
    assert overdue["subject"] == "[INC0000042] overdue: order-db primary failover"
    assert "response within 0:15:00 (SLA), missed at 2026-03-02 09:15:00 UTC" in overdue["body"]
    assert overdue["record_kind"] == "incident"
    await desk.is_consistent()


async def test_a_clock_that_is_heard_of_before_its_incident_tells_the_owner(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(breached(desk, shop, incident))
    told = await desk.only()
    assert (told["recipient_id"], told["record_id"]) == (str(shop.engineer), str(incident))
    assert told["subject"] == "[INC0000042] overdue: INC0000042"


async def test_nobody_is_told_of_another_kind_of_record_yet(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(breached(desk, shop, uuid4(), record_type="service_request"))
    assert await desk.listed() == []
