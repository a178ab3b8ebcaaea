"""What those hear who were told, when an incident comes back, is withdrawn or goes on elsewhere."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.component.notify.desk import Body, Desk, Shop

TECHNICAL = ("order-db", "shop-frontend", "alertname")


async def told(desk: Desk, shop: Shop, incident: UUID) -> None:
    """Let the shop's team and its customer hear of an incident."""
    await desk.tell(*shop.news(desk))
    await desk.tell(
        shop.declared(desk, incident), desk.impact(incident, shop.service, shop.customer)
    )


async def said_because_of(desk: Desk, fact: str) -> dict[str, Body]:
    """Return what one kind of event caused, by audience: one message each."""
    found = await desk.listed(event_type=f"itsm.incident.{fact}.v1")
    by_audience = {one["audience"]: one for one in found}
    assert len(found) == len(by_audience)
    return by_audience


def is_for(shop: Shop, said: dict[str, Body]) -> None:
    """Check that the team and the customer got theirs, the customer no technical word."""
    assert {audience: one["recipient_id"] for audience, one in said.items()} == {
        "technical": str(shop.engineer),
        "business": str(shop.representative),
    }
    assert {one["state"] for one in said.values()} == {"queued"}
    text = said["business"]["subject"] + said["business"]["body"]
    assert not [word for word in TECHNICAL if word in text]


async def test_those_who_were_told_hear_that_it_is_disturbed_again(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    about = {"service_id": shop.service, "assignment_team_id": shop.team}
    await told(desk, shop, incident)
    await desk.tell(desk.incident("resolved", incident, **about))
    await desk.tell(desk.incident("reopened", incident, **about))
    said = await said_because_of(desk, "reopened")
    is_for(shop, said)
    assert "It is disturbed again: INC0000042" in said["technical"]["body"]
    assert "order-db fails again." in said["technical"]["body"]
    assert said["business"]["subject"] == "Disturbed again: Web shop (INC0000042)"
    assert "Orders can be placed again." not in said["business"]["body"]
    await desk.is_consistent()


async def test_each_turn_of_an_incident_is_told_however_often_it_turns(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    about = {"service_id": shop.service, "assignment_team_id": shop.team}
    await told(desk, shop, incident)
    for _ in range(2):
        for fact in ("resolved", "reopened"):
            turn = desk.incident(fact, incident, **about)
            await desk.tell(turn)
            await desk.tell(turn)
    for audience in ("technical", "business"):
        heard = [one["event_type"] for one in await desk.listed(audience=audience)]
        assert [kind.split(".")[2] for kind in heard[1:]] == ["resolved", "reopened"] * 2
    await desk.is_consistent()


async def test_a_reach_assessed_anew_after_it_came_back_repeats_nothing(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    about = {"service_id": shop.service, "assignment_team_id": shop.team}
    await told(desk, shop, incident)
    await desk.tell(desk.incident("resolved", incident, **about))
    await desk.tell(desk.incident("reopened", incident, **about))
    before = await desk.listed()
    await desk.tell(desk.impact(incident, shop.service, shop.customer))
    assert await desk.listed() == before


@pytest.mark.parametrize(
    ("fact", "said"), [("cancelled", "is withdrawn"), ("merged", "goes on under INC0000041")]
)
async def test_those_who_were_told_hear_that_it_is_dropped(
    desk: Desk, fact: str, said: str
) -> None:
    shop, incident = Shop(), uuid4()
    about = {"service_id": shop.service, "assignment_team_id": shop.team}
    await told(desk, shop, incident)
    await desk.tell(desk.incident(fact, incident, **about))
    messages = await said_because_of(desk, fact)
    is_for(shop, messages)
    assert messages["business"]["subject"] == f"Our notice INC0000042 {said}: Web shop"
    assert said in messages["technical"]["subject"]
    reason = "A planned failover of order-db." in messages["technical"]["body"]
    assert reason == (fact == "cancelled")
    await desk.is_consistent()


@pytest.mark.parametrize("fact", ["reopened", "cancelled", "merged"])
async def test_nobody_hears_of_a_turn_who_was_not_told_before(desk: Desk, fact: str) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(desk.incident(fact, incident, service_id=shop.service))
    assert await desk.listed() == []
