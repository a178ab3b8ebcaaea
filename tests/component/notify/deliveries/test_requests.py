"""From an event to notifications: who is told, in which language, and who is not known yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from tests.component.notify.desk import Desk, Shop

TEAM_RULE = "0190a000-0000-7000-8000-000000000001"


async def test_the_team_is_told_in_technical_and_the_customer_in_business_words(
    desk: Desk,
) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(
        shop.declared(desk, incident), desk.impact(incident, shop.service, shop.customer)
    )
    to_team, to_customer = await desk.listed(record_id=str(incident))
    assert (to_team["audience"], to_team["recipient_id"]) == ("technical", str(shop.engineer))
    assert to_team["subject"] == "[INC0000042] P1 order-db primary failover"
    assert "shop-frontend" in to_team["body"]
    assert "alertname=OrderErrors" in to_team["body"]
    assert (to_team["state"], to_team["party_id"]) == ("queued", str(shop.team))
    assert to_customer["audience"] == "business"
    assert to_customer["recipient_id"] == str(shop.representative)
    assert to_customer["customer_id"] == str(shop.customer)
    assert to_customer["subject"] == "Disturbance of Web shop (INC0000042)"
    assert "Orders cannot be placed." in to_customer["body"]
    for technical in ("order-db", "shop-frontend", "alertname"):
        assert technical not in to_customer["subject"] + to_customer["body"]
    assert await desk.facts() == ["requested", "requested"]
    await desk.is_consistent()


async def test_the_same_event_again_tells_nobody_again(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    declared = shop.declared(desk, incident)
    await desk.tell(declared)
    await desk.tell(declared, declared)
    assert len(await desk.listed()) == 1


async def test_a_team_is_told_once_and_the_next_team_when_it_gets_the_incident(desk: Desk) -> None:
    shop, incident, other, engineer = Shop(), uuid4(), uuid4(), uuid4()
    await desk.tell(*shop.news(desk), desk.team(other), desk.contact(engineer, team=other))
    await desk.tell(shop.declared(desk, incident))
    about = {"service_id": shop.service, "assignment_team_id": shop.team}
    await desk.tell(desk.incident("assigned", incident, **about))
    assert [one["recipient_id"] for one in await desk.listed()] == [str(shop.engineer)]
    moved = {"service_id": shop.service, "assignment_team_id": other}
    await desk.tell(desk.incident("reassigned", incident, **moved))
    await desk.tell(desk.incident("reassigned", incident, **about))
    told = [one["recipient_id"] for one in await desk.listed()]
    assert told == [str(shop.engineer), str(engineer), str(shop.engineer)]


async def test_without_a_team_the_owner_of_the_service_is_told(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, incident, assignment_team_id=None))
    assert (await desk.only())["recipient_id"] == str(shop.engineer)


async def test_a_customer_is_told_once_however_often_the_reach_is_assessed(desk: Desk) -> None:
    shop, late, incident = Shop(), uuid4(), uuid4()
    speaker = desk.contact(uuid4(), customer=late, roles=["representative"])
    await desk.tell(*shop.news(desk), desk.customer(late), speaker)
    await desk.tell(desk.impact(incident, shop.service, shop.customer))
    await desk.tell(desk.impact(incident, shop.service, shop.customer, late))
    told = [one["customer_id"] for one in await desk.listed(audience="business")]
    assert told == [str(shop.customer), str(late)]


async def test_a_reach_in_parts_tells_the_customers_of_each(desk: Desk) -> None:
    shop, other, incident = Shop(), uuid4(), uuid4()
    speaker = desk.contact(uuid4(), customer=other, roles=["representative"])
    await desk.tell(*shop.news(desk), desk.customer(other), speaker)
    await desk.tell(
        desk.impact(incident, shop.service, shop.customer),
        desk.impact(incident, shop.service, other, part=2),
    )
    told = {one["customer_id"] for one in await desk.listed(audience="business")}
    assert told == {str(shop.customer), str(other)}


async def test_those_who_were_told_hear_that_it_is_over_in_their_own_words(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(
        shop.declared(desk, incident), desk.impact(incident, shop.service, shop.customer)
    )
    await desk.tell(desk.incident("resolved", incident, service_id=shop.service))
    over = await desk.listed(event_type="itsm.incident.resolved.v1")
    by_audience = {one["audience"]: one for one in over}
    assert len(over) == 2
    assert by_audience["technical"]["recipient_id"] == str(shop.engineer)
    assert "Restarted order-db-2." in by_audience["technical"]["body"]
    assert by_audience["business"]["recipient_id"] == str(shop.representative)
    assert "Orders can be placed again." in by_audience["business"]["body"]
    assert "order-db" not in by_audience["business"]["body"]


async def test_nobody_hears_of_the_end_who_did_not_hear_of_the_beginning(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(desk.incident("resolved", incident, service_id=shop.service))
    assert await desk.listed() == []


async def test_only_active_representatives_speak_for_a_customer(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    gone = desk.contact(uuid4(), customer=shop.customer, roles=["representative"], status="retired")
    user = desk.contact(uuid4(), customer=shop.customer)
    await desk.tell(*shop.news(desk), gone, user)
    await desk.tell(desk.impact(incident, shop.service, shop.customer))
    assert (await desk.only())["recipient_id"] == str(shop.representative)


async def test_a_disabled_rule_tells_nobody(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.run_sql(
        "update notify.rule set status = 'disabled' where id = :id", id=UUID(TEAM_RULE)
    )
    await desk.tell(shop.declared(desk, uuid4()))
    assert await desk.listed() == []


async def test_an_incident_without_team_and_service_is_visibly_told_to_nobody(desk: Desk) -> None:
    await desk.tell(desk.incident("declared", uuid4(), state="new"))
    one = await desk.only()
    assert (one["state"], one["reason"], one["channel"]) == ("suppressed", "no_recipient", None)
    assert await desk.facts() == ["requested", "suppressed"]
    await desk.is_consistent()


async def test_people_who_become_known_within_minutes_are_told(desk: Desk) -> None:
    shop, second, incident = Shop(), uuid4(), uuid4()
    await desk.tell(shop.declared(desk, incident))
    waiting = await desk.only()
    assert (waiting["state"], waiting["recipient_kind"]) == ("requested", "team")
    await desk.fire(after=timedelta(seconds=3))
    assert (await desk.only())["state"] == "requested"
    await desk.tell(*shop.news(desk), desk.contact(second, team=shop.team))
    assert await desk.fire(after=timedelta(seconds=40)) == 1
    told = await desk.listed()
    assert {one["state"] for one in told} == {"queued"}
    assert {one["recipient_id"] for one in told} == {str(shop.engineer), str(second)}
    assert waiting["id"] in {one["id"] for one in told}
    assert await desk.facts() == ["requested", "queued", "requested"]
    await desk.is_consistent()


async def test_a_service_that_is_not_known_yet_finds_its_owner_later(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(shop.declared(desk, incident, assignment_team_id=None))
    assert (await desk.only())["recipient_kind"] == "service"
    await desk.tell(*shop.news(desk))
    await desk.fire(after=timedelta(seconds=3))
    assert (await desk.only())["recipient_id"] == str(shop.engineer)


async def test_a_representative_whose_own_news_is_late_is_waited_for(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    news = shop.news(desk)
    await desk.tell(*news[:4])
    await desk.tell(desk.impact(incident, shop.service, shop.customer))
    waiting = await desk.only()
    assert (waiting["state"], waiting["recipient_id"]) == ("requested", str(shop.representative))
    await desk.tell(news[4])
    await desk.fire(after=timedelta(seconds=3))
    assert (await desk.only())["state"] == "queued"


async def test_who_never_becomes_known_is_given_up_visibly(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(shop.declared(desk, incident))
    await desk.fire(after=timedelta(seconds=290))
    assert (await desk.only())["state"] == "requested"
    await desk.fire(after=timedelta(seconds=330))
    one = await desk.only()
    assert (one["state"], one["reason"]) == ("suppressed", "no_recipient")
    assert await desk.fire(after=timedelta(hours=1)) == 0
    assert await desk.facts() == ["requested", "suppressed"]


async def test_a_team_that_lost_the_incident_meanwhile_is_not_told_late(desk: Desk) -> None:
    shop, other, incident = Shop(), uuid4(), uuid4()
    await desk.tell(desk.contact(uuid4(), team=other))
    await desk.tell(shop.declared(desk, incident))
    moved = {"service_id": shop.service, "assignment_team_id": other}
    await desk.tell(desk.incident("reassigned", incident, **moved))
    await desk.tell(*shop.news(desk))
    await desk.fire(after=timedelta(seconds=3))
    first, second = await desk.listed()
    assert (first["state"], first["reason"]) == ("suppressed", "superseded")
    assert second["state"] == "queued"


async def test_business_text_comes_from_names_where_nobody_wrote_one(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(
        shop.declared(desk, incident, description_business=""),
        desk.impact(incident, shop.service, shop.customer),
    )
    (one,) = await desk.listed(audience="business")
    assert one["body"].startswith("There is a disturbance of Web shop.")


async def test_news_of_the_same_person_in_any_order_ends_with_the_newest(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    old = desk.contact(shop.engineer, team=shop.team)
    new = desk.contact(shop.engineer, team=uuid4())
    await desk.tell(new)
    await desk.tell(old)
    await desk.tell(shop.declared(desk, incident))
    assert (await desk.only())["recipient_kind"] == "team"


async def test_nobody_hears_of_imported_history(desk: Desk) -> None:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    past = replace(shop.declared(desk, incident), origin="import")
    await desk.tell(past)
    about = {"service_id": shop.service, "assignment_team_id": shop.team}
    await desk.tell(replace(desk.incident("assigned", incident, **about), origin="import"))
    assert await desk.listed() == []
    assert await desk.facts() == []
