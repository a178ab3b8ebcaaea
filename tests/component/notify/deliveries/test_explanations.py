"""Why somebody was told, who may ask, and lists that can be searched."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.component.notify.desk import DELIVERIES, NOTIFICATIONS, Desk, Shop
from tests.support.smtp import MailServer

BAD_PARAMETERS = [
    "nope=1",
    "state=%00",
    "record_id=abc",
    "limit=0",
    "limit=201",
    "sort=body",
    "cursor=AAAA",
    "created_at[gte]=yesterday",
    "created_at[gte]=0000-01-01T00:00:00Z",
]


async def told(desk: Desk) -> tuple[Shop, UUID]:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(
        shop.declared(desk, incident), desk.impact(incident, shop.service, shop.customer)
    )
    return shop, incident


async def test_the_chain_goes_from_the_event_to_the_receipt(
    postbox: Desk, mail: MailServer
) -> None:
    shop, incident = await told(postbox)
    mail.recipient_answer = "451 later"
    await postbox.send()
    (one,) = await postbox.listed(audience="business")
    before = await postbox.explain(one["id"])
    assert before["receipt"] is None
    assert [each["result"] for each in before["deliveries"]] == ["failed"]
    assert before["event"]["type"] == "itsm.incident.impact_assessed.v1"
    assert before["event"]["record_id"] == str(incident)
    assert before["event"]["record_number"] == "INC0000042"
    assert before["rule"]["recipients"] == "representatives_in_reach"
    assert before["rule"]["version"] == 1
    assert before["on_behalf_of"] == {
        "kind": "customer",
        "id": str(shop.customer),
        "name": "Nordwind",
    }
    assert before["recipient"]["kind"] == "contact"
    assert before["recipient"]["name"].startswith("Person ")
    assert before["channel"] == "email"
    assert "@" not in str(before)


async def test_the_receipt_is_the_answer_of_the_mail_server(
    postbox: Desk, mail: MailServer
) -> None:
    mail.data_answer = "250 OK: queued as 4711"
    await told(postbox)
    await postbox.send()
    (one,) = await postbox.listed(audience="technical")
    receipt = (await postbox.explain(one["id"]))["receipt"]
    assert (receipt["attempt"], receipt["status_code"]) == (1, 250)
    assert "4711" in receipt["provider_id"]


async def test_a_suppressed_one_says_why(desk: Desk) -> None:
    await desk.tell(desk.incident("declared", uuid4(), state="new"))
    explained = await desk.explain((await desk.only())["id"])
    assert (explained["state"], explained["reason"]) == ("suppressed", "no_recipient")
    assert explained["deliveries"] == []


async def test_a_customer_sees_the_business_messages_of_its_own_and_below(desk: Desk) -> None:
    shop, incident = await told(desk)
    parent, stranger = uuid4(), uuid4()
    await desk.tell(desk.customer(parent), desk.customer(stranger))
    await desk.tell(desk.customer(shop.customer, parent=parent))
    everything = await desk.listed(record_id=str(incident))
    business = next(one for one in everything if one["audience"] == "business")
    technical = next(one for one in everything if one["audience"] == "technical")
    for customer in (shop.customer, parent):
        user = desk.customers_user(customer)
        seen = (await user.get(NOTIFICATIONS)).json()["items"]
        assert [one["id"] for one in seen] == [business["id"]]
        for path in ("", "/explain"):
            own = await user.get(f"{NOTIFICATIONS}/{business['id']}{path}")
            assert own.status_code == 200
            hidden = await user.get(f"{NOTIFICATIONS}/{technical['id']}{path}")
            assert hidden.status_code == 404
    for other in (stranger, uuid4(), None):
        user = desk.customers_user(other)
        assert (await user.get(NOTIFICATIONS)).json()["items"] == []
        refused = await user.get(f"{NOTIFICATIONS}/{business['id']}")
        unknown = await user.get(f"{NOTIFICATIONS}/{uuid4()}")
        assert refused.status_code == unknown.status_code == 404
        assert refused.json()["code"] == unknown.json()["code"]


async def test_a_customer_in_the_token_binds_staff_roles_as_well(desk: Desk) -> None:
    _, incident = await told(desk)
    bound = desk.stage.http("resolver", customer_id=uuid4())
    assert (await bound.get(NOTIFICATIONS)).json()["items"] == []
    assert len(await desk.listed(record_id=str(incident))) == 2


async def test_customers_neither_see_tries_nor_send_again(desk: Desk) -> None:
    user = desk.customers_user(uuid4())
    assert (await user.get(DELIVERIES)).status_code == 403
    again = f"{NOTIFICATIONS}/{uuid4()}/transitions"
    assert (await user.post(again, json={"to": "queued"})).status_code == 403
    assert (await desk.stage.http().get(NOTIFICATIONS)).status_code == 401


async def test_lists_are_searched_by_record_state_and_recipient(desk: Desk) -> None:
    shop, incident = await told(desk)
    await desk.tell(desk.incident("declared", uuid4(), state="new", number="INC0000043"))
    assert len(await desk.listed(record_id=str(incident))) == 2
    assert len(await desk.listed(record_number="INC0000043")) == 1
    assert len(await desk.listed(state="queued")) == 2
    assert len(await desk.listed(state="queued,suppressed")) == 3
    assert len(await desk.listed(recipient_id=str(shop.engineer))) == 1
    assert await desk.listed(recipient_id=str(uuid4())) == []


async def test_a_list_is_paged_without_gap_or_repetition(desk: Desk) -> None:
    for number in range(5):
        await desk.tell(desk.incident("declared", uuid4(), state="new", number=f"INC{number}"))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = (await desk.keeper.get(NOTIFICATIONS, params={"limit": "2", **cursor})).json()
        seen += [one["record_number"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert sorted(seen) == [f"INC{number}" for number in range(5)]


@pytest.mark.parametrize("query", BAD_PARAMETERS)
@pytest.mark.parametrize("path", [NOTIFICATIONS, DELIVERIES])
async def test_a_parameter_that_is_not_understood_is_refused(
    desk: Desk, path: str, query: str
) -> None:
    answer = await desk.keeper.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("ref", ["abc", "00000000", "INC0000042", "%00", "a" * 500])
async def test_what_is_no_id_is_nowhere(desk: Desk, ref: str) -> None:
    for path in ("", "/explain"):
        answer = await desk.keeper.get(f"{NOTIFICATIONS}/{ref}{path}")
        assert answer.status_code == 404


async def test_a_copy_that_the_caller_has_is_not_sent_again(desk: Desk) -> None:
    await told(desk)
    (one, *_) = await desk.listed()
    first = await desk.keeper.get(f"{NOTIFICATIONS}/{one['id']}")
    assert first.headers["ETag"] == '"1"'
    again = await desk.keeper.get(f"{NOTIFICATIONS}/{one['id']}", headers={"If-None-Match": '"1"'})
    assert again.status_code == 304
