"""Without a mail server the log stands in, and the record says so."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.component.notify.desk import Desk, Shop


async def test_a_message_is_a_line_in_the_log_without_its_text_or_address(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, uuid4()))
    one = await desk.only()
    assert (one["channel"], one["state"]) == ("log", "queued")
    capfd.readouterr()
    assert await desk.send() == 1
    written = "".join(capfd.readouterr())
    assert (await desk.only())["state"] == "sent"
    assert "message instead of mail" in written
    assert one["id"] in written
    assert "alertname" not in written
    assert "engineer@example.com" not in written


async def test_a_person_without_an_address_is_written_to_the_log_too(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(desk.contact(uuid4(), team=shop.team, email=None))
    await desk.tell(shop.declared(desk, uuid4()))
    assert (await desk.only())["channel"] == "log"
