"""Sending what is due, and looking again for recipients.

Two lanes send side by side: one for receivers in good health, one for those that failed or were
slow the last time, so that the slow ones make nobody else wait. A step claims for a short while,
refilling as deliveries end, and returns when it has nothing in hand.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import asyncpg
import httpx

from services.notify.channels import log, smtp
from services.notify.channels.domain import Receipt
from services.notify.channels.webhook import Policy, WebhookClient
from services.notify.deliveries import commands
from services.notify.deliveries.commands import RESOLVE_TIMER, Limits, Work, context_at
from services.notify.deliveries.domain import NotificationId, Schedule
from services.notify.settings import Settings, settings
from shared import clock, failpoints
from shared.auth import platform_actor
from shared.db import Database, DatabaseUnavailableError, Tx
from shared.log import logger
from shared.service import Job
from shared.telemetry import Trace, current_trace
from shared.timers import Timer, TimerHandler

CLAIM_SECONDS: Final = 2.0
REFILL_SECONDS: Final = 0.1
_log = logger(__name__)
_ACTOR: Final = platform_actor("notify")


@dataclass(frozen=True)
class _Outward:
    """One step's settings and time: the instant it was given, and what has passed since."""

    own: Settings
    began: datetime
    started: float

    def now(self) -> datetime:
        """Return the present instant."""
        return self.began + timedelta(seconds=self.passed())

    def passed(self) -> float:
        """Return the seconds since the step began."""
        return asyncio.get_running_loop().time() - self.started


@cache
def _tls(_user: str, ca_file: Path | None) -> ssl.SSLContext:
    """Return whom to trust, made once per user: reading the authorities takes long."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


@cache
def _webhooks(policy: Policy, timeout_seconds: float, ca_file: Path | None) -> WebhookClient:
    tls = _tls("webhook", ca_file)
    return WebhookClient(policy=policy, timeout_seconds=timeout_seconds, tls=tls)


def _sending(*, doubtful: bool) -> Callable[[Database, datetime], Awaitable[int]]:
    async def run(database: Database, now: datetime) -> int:
        outward = _Outward(settings(), now, asyncio.get_running_loop().time())
        in_hand: set[asyncio.Task[None]] = set()
        done = 0
        async with asyncio.TaskGroup() as group:
            while True:
                works: list[Work] = []
                room = outward.own.send_concurrency - len(in_hand)
                if room > 0 and outward.passed() < CLAIM_SECONDS:
                    works = await _claimed(database, outward, room=room, doubtful=doubtful)
                for work in works:
                    in_hand.add(group.create_task(_deliver(database, work, outward)))
                done += len(works)
                if not in_hand:
                    return done
                ended, in_hand = await asyncio.wait(
                    in_hand, timeout=REFILL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in ended:
                    task.result()

    return run


async def _claimed(
    database: Database, outward: _Outward, *, room: int, doubtful: bool
) -> list[Work]:
    own = outward.own
    limits = Limits(
        at_once=room,
        per_target=own.send_per_target,
        lease=timedelta(seconds=own.lease_seconds),
    )
    async with database.transaction() as tx:
        return await commands.claim_due(
            tx,
            doubtful=doubtful,
            limits=limits,
            new_id=clock.new_id,
            actor=_ACTOR,
            now=outward.now(),
        )


async def _deliver(database: Database, work: Work, outward: _Outward) -> None:
    """Hand one claimed notification over and record the receipt.

    Where the receipt cannot be recorded, the lease ends and it is sent again with the same id.
    """
    one = work.notification
    current_trace.set(Trace(correlation_id=one.correlation_id, causation_id=one.event_id))
    await failpoints.reach("N1")
    before = outward.passed()
    receipt = await _handed_over(work, outward)
    if receipt.result == "accepted":
        await failpoints.reach("N2")
    try:
        async with database.transaction() as tx:
            after = await commands.record_receipt(
                tx,
                work=work,
                receipt=receipt,
                seconds=outward.passed() - before,
                schedule=schedule_of(outward.own),
                draw=random.random(),  # noqa: S311 - spreads retries, guards nothing
                actor=_ACTOR,
                now=outward.now(),
            )
    except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
        _log.warning("receipt not recorded", notification_id=str(one.id), error=str(error))
        return
    await failpoints.reach("N3")
    if after.state == "dead_lettered":
        _log.error(
            "notification dead",
            notification_id=str(one.id),
            reason=after.reason,
            channel=one.channel,
        )


async def _handed_over(work: Work, outward: _Outward) -> Receipt:
    try:
        return await _send(work, outward)
    except Exception as error:  # noqa: BLE001 - as below
        # One message that a channel trips over must not take the others down with it; it is
        # retried like any failure and ends visibly.
        _log.exception("channel failed", notification_id=str(work.notification.id))
        return Receipt("failed", f"unexpected: {type(error).__name__}")


async def _send(work: Work, outward: _Outward) -> Receipt:
    one, own = work.notification, outward.own
    if one.channel == "webhook":
        policy = Policy(networks=own.webhook_allowed_networks, ports=own.webhook_allowed_ports)
        return await _webhooks(policy, own.webhook_timeout_seconds, own.ca_file).send(
            url=work.url,
            message_id=str(one.id),
            body=work.document.encode(),
            secrets=work.secrets,
            now=outward.now(),
        )
    if one.channel == "email":
        mail = smtp.Mail(
            message_id=str(one.id),
            thread_id=str(one.record_id),
            to=work.mail_to,
            subject=one.subject or "",
            body=one.body or "",
            written_at=one.created_at,
        )
        return await smtp.send(mail, _server(own))
    return await log.write_line(
        message_id=str(one.id),
        recipient_id=str(one.recipient_id),
        audience=one.audience,
        subject=one.subject or "",
    )


def _server(own: Settings) -> smtp.Server:
    return smtp.Server(
        host=own.smtp_host,
        port=own.smtp_port,
        security=own.smtp_security,
        user=own.smtp_user,
        password=own.smtp_password.get_secret_value,
        sender=own.smtp_from,
        timeout_seconds=own.smtp_timeout_seconds,
        tls=_tls("smtp", own.ca_file),
    )


def schedule_of(own: Settings) -> Schedule:
    """Return when deliveries are tried, as configured."""
    return Schedule(
        offsets_seconds=own.retry_offsets_seconds,
        jitter=own.retry_jitter,
        retry_after_cap_seconds=own.retry_after_cap_seconds,
        max_age_seconds=own.delivery_max_age_hours * 3600,
    )


async def resolve(tx: Tx, timer: Timer, now: datetime) -> None:
    """Look again for the recipient of a notification."""
    context = context_at(settings(), new_id=clock.new_id, now=now)
    await commands.resolve_recipient(
        tx, notification_id=NotificationId(timer.subject), context=context
    )


async def forget(database: Database, now: datetime) -> int:
    """Delete old documents that nobody waits for."""
    async with database.transaction() as tx:
        return await commands.forget_documents(tx, now=now)


TIMERS: Final[dict[str, TimerHandler]] = {RESOLVE_TIMER: resolve}
JOBS: Final = (
    Job(name="deliveries.send", every_seconds=0.1, run=_sending(doubtful=False)),
    Job(name="deliveries.send_doubtful", every_seconds=0.5, run=_sending(doubtful=True)),
    Job(name="deliveries.forget", every_seconds=3600, run=forget),
)
