"""Without a mail server the log stands in, and the record says so."""

from __future__ import annotations

from uuid import uuid4

from structlog.testing import capture_logs

from tests.component.notify.desk import Desk, Shop


async def test_a_message_is_a_line_in_the_log_without_its_text_or_address(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, uuid4()))
    one = await desk.only()
    assert (one["channel"], one["state"]) == ("log", "queued")
    with capture_logs() as lines:
        assert await desk.send() == 1
    assert (await desk.only())["state"] == "sent"
    (line,) = [each for each in lines if each["event"] == "message instead of mail"]
    assert (line["notification_id"], line["recipient_id"]) == (one["id"], str(shop.engineer))
    assert "alertname" not in str(line)
    assert "engineer@example.com" not in str(line)


async def test_a_person_without_an_address_is_written_to_the_log_too(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(desk.contact(uuid4(), team=shop.team, email=None))
    await desk.tell(shop.declared(desk, uuid4()))
    assert (await desk.only())["channel"] == "log"
