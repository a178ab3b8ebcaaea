"""A worker that dies in between: what it had in hand is sent again, under the same id."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.notify.channels.domain import Receipt
from services.notify.deliveries import commands
from services.notify.deliveries.commands import Limits, Work
from services.notify.deliveries.jobs import schedule_of
from services.notify.settings import settings
from shared import clock, failpoints
from shared.auth import platform_actor
from tests.component.notify.desk import DELIVERIES, Desk, Shop
from tests.support.app import Factory
from tests.support.eventually import eventually
from tests.support.smtp import MailServer

LEASE = timedelta(seconds=60)
LIMITS = Limits(at_once=10, per_target=10, lease=LEASE)
TAKEN = Receipt("accepted", "taken by the mail server", 250)
FAILED = Receipt("failed", "HTTP 500", 500)


async def queue_one(desk: Desk) -> None:
    shop = Shop()
    await desk.tell(*shop.news(desk))
    await desk.tell(shop.declared(desk, uuid4()))


async def claim(desk: Desk, *, at: datetime) -> list[Work]:
    """Claim as a worker does, and come no further."""
    async with desk.stage.database("notify").transaction() as tx:
        return await commands.claim_due(
            tx,
            doubtful=False,
            limits=LIMITS,
            new_id=clock.new_id,
            actor=platform_actor("notify"),
            now=at,
        )


async def record(desk: Desk, work: Work, receipt: Receipt, *, at: datetime) -> None:
    async with desk.stage.database("notify").transaction() as tx:
        await commands.record_receipt(
            tx,
            work=work,
            receipt=receipt,
            seconds=0.1,
            schedule=schedule_of(settings()),
            draw=0.5,
            actor=platform_actor("notify"),
            now=at,
        )


async def test_what_one_worker_has_in_hand_no_other_takes(postbox: Desk) -> None:
    await queue_one(postbox)
    now = datetime.now(UTC)
    assert len(await claim(postbox, at=now)) == 1
    assert await claim(postbox, at=now) == []
    assert await claim(postbox, at=now + timedelta(seconds=59)) == []
    assert (await postbox.only())["state"] == "sending"


async def test_many_workers_at_once_take_each_notification_once(postbox: Desk) -> None:
    shop = Shop()
    others = [postbox.contact(uuid4(), team=shop.team) for _ in range(20)]
    await postbox.tell(*shop.news(postbox), *others)
    await postbox.tell(shop.declared(postbox, uuid4()))
    now = datetime.now(UTC)
    rounds = await asyncio.gather(*(claim(postbox, at=now) for _ in range(4)))
    ids = [work.notification.id for works in rounds for work in works]
    assert len(ids) == len(set(ids)) > 0


async def test_a_worker_lost_after_the_receiver_took_it_leads_to_a_copy_with_the_same_id(
    postbox: Desk, mail: MailServer
) -> None:
    await queue_one(postbox)
    now = datetime.now(UTC)
    (lost,) = await claim(postbox, at=now)
    assert await postbox.send() == 0
    assert await postbox.send(after=LEASE + timedelta(seconds=1)) == 1
    one = await postbox.only()
    assert (one["state"], one["attempts"]) == ("sent", 2)
    assert mail.mails[0]["Message-ID"].startswith(f"<{lost.notification.id}@")
    tries = await postbox.listed(DELIVERIES)
    assert [each["result"] for each in tries] == ["unknown", "accepted"]
    assert tries[0]["detail"] == "no receipt within the lease"
    await postbox.is_consistent()


async def test_a_late_receipt_of_acceptance_counts_and_is_said_once(postbox: Desk) -> None:
    await queue_one(postbox)
    now = datetime.now(UTC)
    (slow,) = await claim(postbox, at=now)
    (second,) = await claim(postbox, at=now + LEASE)
    await record(postbox, slow, TAKEN, at=now + LEASE)
    assert (await postbox.only())["state"] == "sent"
    await record(postbox, second, TAKEN, at=now + LEASE)
    assert (await postbox.facts()).count("sent") == 1
    await postbox.is_consistent()


async def test_a_late_receipt_of_failure_does_not_disturb_the_next_try(postbox: Desk) -> None:
    await queue_one(postbox)
    now = datetime.now(UTC)
    (slow,) = await claim(postbox, at=now)
    (second,) = await claim(postbox, at=now + LEASE)
    await record(postbox, slow, FAILED, at=now + LEASE)
    assert (await postbox.only())["state"] == "sending"
    await record(postbox, second, TAKEN, at=now + LEASE)
    assert (await postbox.only())["state"] == "sent"
    assert await postbox.facts() == ["requested", "sent"]


@pytest.mark.parametrize(
    ("point", "copies", "state"), [("N1", 0, "sending"), ("N2", 1, "sending"), ("N3", 1, "sent")]
)
async def test_each_fail_point_leaves_what_its_place_says(
    postbox: Desk, mail: MailServer, point: str, copies: int, state: str
) -> None:
    await queue_one(postbox)
    failpoints.arm(f"{point}:1:raise", environment="test")
    try:
        with pytest.raises(ExceptionGroup):
            await postbox.send()
        assert failpoints.passed(point) == 1
    finally:
        failpoints.disarm()
    assert len(mail.mails) == copies
    assert (await postbox.only())["state"] == state
    await postbox.send(after=LEASE + timedelta(seconds=1))
    assert (await postbox.only())["state"] == "sent"
    assert len({one["Message-ID"] for one in mail.mails}) == 1
    assert len(mail.mails) == (1 if point == "N3" else copies + 1)


async def test_a_running_service_sends_by_itself(mail: MailServer, platform: Factory) -> None:
    desk = Desk(await platform("notify", start=True))
    await queue_one(desk)
    await eventually(lambda: len(mail.mails) == 1, within=5)

    async def is_recorded() -> bool:
        return bool((await desk.only())["state"] == "sent")

    await eventually(is_recorded, within=5)
    assert await desk.facts() == ["requested", "sent"]
