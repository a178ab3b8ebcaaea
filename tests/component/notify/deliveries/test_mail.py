"""Mails over a real SMTP server: taken, refused, lost half-way, sent again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.component.notify.desk import DELIVERIES, NOTIFICATIONS, Desk, Shop
from tests.support.app import Factory, free_port
from tests.support.smtp import MailServer, raw_server

SOON = timedelta(seconds=15)


async def declare(desk: Desk) -> Shop:
    shop, incident = Shop(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(
        shop.declared(desk, incident), desk.impact(incident, shop.service, shop.customer)
    )
    return shop


async def declare_to_team(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, uuid4()))


async def test_each_gets_one_mail_with_the_id_of_the_notification(
    postbox: Desk, mail: MailServer
) -> None:
    await declare(postbox)
    assert await postbox.send() == 2
    assert await postbox.send() == 0
    by_address = {one["To"]: one for one in mail.mails}
    assert set(by_address) == {"engineer@example.com", "speaker@customer.example"}
    notifications = {one["audience"]: one for one in await postbox.listed()}
    technical = by_address["engineer@example.com"]
    assert technical["Message-ID"] == f"<{notifications['technical']['id']}@provider.example>"
    assert technical["Subject"] == "[INC0000042] P1 order-db primary failover"
    assert technical["From"] == "itsm@provider.example"
    assert technical["Auto-Submitted"] == "auto-generated"
    business = by_address["speaker@customer.example"]
    assert "Orders cannot be placed." in business.get_content()
    assert "order-db" not in business.as_string()
    assert {one["state"] for one in notifications.values()} == {"sent"}
    assert (await postbox.facts()).count("sent") == 2
    await postbox.is_consistent()


async def test_texts_in_other_scripts_arrive_as_written(postbox: Desk, mail: MailServer) -> None:
    shop = Shop()
    await postbox.tell(*shop.news(postbox))
    title = "Störung der Bestellung — 注文できません"
    await postbox.tell(shop.declared(postbox, uuid4(), title=title))
    await postbox.send()
    assert mail.mails[0]["Subject"] == f"[INC0000042] P1 {title}"
    assert title in mail.mails[0].get_content()
    assert mail.raw[0].isascii()


async def test_a_title_cannot_add_a_header(postbox: Desk, mail: MailServer) -> None:
    shop = Shop()
    await postbox.tell(*shop.news(postbox))
    title = "Down\r\nBcc: everyone@example.com\r\n\r\nbody"
    await postbox.tell(shop.declared(postbox, uuid4(), title=title))
    await postbox.send()
    assert mail.mails[0]["Bcc"] is None
    assert mail.mails[0]["Subject"] == "[INC0000042] P1 Down Bcc: everyone@example.com body"


async def test_a_mailbox_that_is_full_now_is_tried_again(postbox: Desk, mail: MailServer) -> None:
    mail.recipient_answer = "452 mailbox full"
    await declare_to_team(postbox)
    await postbox.send()
    one = await postbox.only()
    assert (one["state"], one["attempts"]) == ("queued", 1)
    assert await postbox.send() == 0
    mail.recipient_answer = "250 OK"
    assert await postbox.send(after=SOON) == 1
    assert (await postbox.only())["state"] == "sent"
    assert await postbox.facts() == ["requested", "failed", "sent"]


async def test_a_mailbox_that_does_not_exist_is_given_up_at_once(
    postbox: Desk, mail: MailServer
) -> None:
    mail.recipient_answer = "550 no such user"
    await declare_to_team(postbox)
    await postbox.send()
    one = await postbox.only()
    assert (one["state"], one["reason"], one["attempts"]) == ("dead_lettered", "refused", 1)
    assert await postbox.facts() == ["requested", "dead_lettered"]
    dead = await postbox.listed(state="dead_lettered")
    assert [each["id"] for each in dead] == [one["id"]]


async def test_an_answer_lost_after_the_text_leads_to_a_copy_with_the_same_id(
    postbox: Desk, mail: MailServer
) -> None:
    mail.drop = True
    await declare_to_team(postbox)
    await postbox.send()
    assert (await postbox.only())["state"] == "queued"
    mail.drop = False
    await postbox.send(after=SOON)
    assert (await postbox.only())["state"] == "sent"
    assert len(mail.raw) == 2
    assert mail.raw[0] == mail.raw[1]


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_never_answers_costs_its_deadline_and_a_retry(
    postbox: Desk, mail: MailServer
) -> None:
    mail.hang = True
    await declare_to_team(postbox)
    await postbox.send()
    one = await postbox.only()
    assert (one["state"], one["attempts"]) == ("queued", 1)
    (tried,) = await postbox.listed(DELIVERIES)
    assert (tried["result"], tried["channel"]) == ("failed", "email")
    assert "engineer@example.com" not in tried["detail"]


async def test_when_all_tries_failed_it_is_dead_listed_and_can_be_sent_again(
    mail: MailServer, platform: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSM_NOTIFY_RETRY_OFFSETS_SECONDS", "0,10")
    desk = Desk(await platform("notify"))
    mail.data_answer = "451 not now"
    await declare_to_team(desk)
    await desk.send()
    await desk.send(after=SOON)
    dead = await desk.only(state="dead_lettered")
    assert (dead["reason"], dead["attempts"]) == ("exhausted", 2)
    assert await desk.send(after=timedelta(days=9)) == 0
    mail.data_answer = "250 OK: queued as 43"
    path = f"{NOTIFICATIONS}/{dead['id']}/transitions"
    match = {"If-Match": f'"{dead["version"]}"'}
    again = await desk.keeper.post(path, json={"to": "queued"}, headers=match)
    assert again.status_code == 200
    assert again.headers["ETag"] == f'"{dead["version"] + 1}"'
    assert await desk.send(after=SOON) == 1
    sent = await desk.only()
    assert (sent["state"], sent["attempts"]) == ("sent", 3)
    assert mail.mails[0]["Message-ID"] == f"<{dead['id']}@provider.example>"
    assert await desk.facts() == ["requested", "failed", "dead_lettered", "queued", "sent"]
    await desk.is_consistent()


async def test_only_a_dead_one_is_sent_again_and_only_at_its_version(
    postbox: Desk, mail: MailServer
) -> None:
    await declare_to_team(postbox)
    await postbox.send()
    assert len(mail.mails) == 1
    one = await postbox.only()
    path = f"{NOTIFICATIONS}/{one['id']}/transitions"
    body = {"to": "queued"}
    assert (await postbox.keeper.post(path, json=body)).status_code == 428
    stale = {"If-Match": f'"{one["version"] - 1}"'}
    assert (await postbox.keeper.post(path, json=body, headers=stale)).status_code == 412
    match = {"If-Match": f'"{one["version"]}"'}
    refused = await postbox.keeper.post(path, json=body, headers=match)
    assert refused.status_code == 409
    assert refused.json()["code"] == "notification-transition-not-allowed"
    assert refused.json()["allowed"] == []
    wrong = await postbox.keeper.post(path, json={"to": "sent"}, headers=match)
    assert wrong.status_code == 422


async def test_a_person_without_an_address_is_visibly_not_told(postbox: Desk) -> None:
    shop, mute = Shop(), uuid4()
    await postbox.tell(postbox.contact(mute, team=shop.team, email=None))
    await postbox.tell(shop.declared(postbox, uuid4()))
    one = await postbox.only()
    assert (one["state"], one["reason"]) == ("suppressed", "no_address")
    assert one["recipient_id"] == str(mute)


async def test_a_person_who_left_before_the_mail_went_out_gets_none(
    postbox: Desk, mail: MailServer
) -> None:
    shop = Shop()
    await postbox.tell(*shop.news(postbox))
    await postbox.tell(shop.declared(postbox, uuid4()))
    await postbox.tell(postbox.contact(shop.engineer, team=shop.team, status="retired"))
    await postbox.send()
    one = await postbox.only()
    assert (one["state"], one["reason"], one["attempts"]) == ("suppressed", "no_address", 0)
    assert mail.mails == []
    await postbox.is_consistent()


async def banner_without_end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"220-hello\r\n" * 1000)
        await writer.drain()


async def rubbish(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff\r\n250 yes\r\n250 yes\r\n354 go\r\n250 thanks\r\n")
    await writer.drain()


async def one_byte_a_while(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in b"220 mail.example ready, or perhaps not, who knows\r\n":
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("talk", [banner_without_end, rubbish, one_byte_a_while])
async def test_a_hostile_mail_server_costs_a_retry_and_nothing_else(
    mail: MailServer, platform: Factory, monkeypatch: pytest.MonkeyPatch, talk: object
) -> None:
    assert callable(talk)
    async with raw_server(talk) as port:
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_PORT", str(port))
        desk = Desk(await platform("notify"))
        await declare_to_team(desk)
        await desk.send()
        one = await desk.only()
        assert (one["state"], one["attempts"]) == ("queued", 1)
    assert mail.mails == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_no_mail_goes_in_clear_where_encryption_was_asked_for(
    mail: MailServer, platform: Factory, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("ITSM_NOTIFY_SMTP_SECURITY", security)
    desk = Desk(await platform("notify"))
    await declare_to_team(desk)
    await desk.send()
    assert (await desk.only())["state"] == "queued"
    assert mail.raw == []


async def test_a_server_that_is_down_is_left_alone_after_a_few_failures(
    mail: MailServer, platform: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSM_NOTIFY_SMTP_PORT", str(free_port()))
    monkeypatch.setenv("ITSM_NOTIFY_SEND_PER_TARGET", "3")
    desk = Desk(await platform("notify"))
    shop = Shop()
    others = [desk.contact(uuid4(), team=shop.team) for _ in range(9)]
    await desk.tell(*shop.news(desk), *others)
    await desk.tell(shop.declared(desk, uuid4()))
    tried = await desk.send()
    assert 3 <= tried < 10
    states = [one["attempts"] for one in await desk.listed()]
    assert states.count(0) == 10 - tried
    assert mail.mails == []
