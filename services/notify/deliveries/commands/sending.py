"""Claiming what is due, and writing down what became of it.

A claim is one short transaction: the rows it takes belong to this worker until their lease ends.
What the worker learns outside is recorded in another one. If it never comes back, the lease ends,
the try counts as unknown, and the next claim sends again under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.notify.channels import commands as channel_commands
from services.notify.channels import queries as channel_queries
from services.notify.channels.domain import EndpointId, Receipt, pause_seconds
from services.notify.deliveries import tables
from services.notify.deliveries.commands.requesting import publish
from services.notify.deliveries.domain import (
    Notification,
    NotificationId,
    Schedule,
)
from services.notify.deliveries.events import NotificationEvent
from services.notify.views import queries as view_queries
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version

PROBING_AFTER_FAILURES: Final = 3
SLOW_SECONDS: Final = 5.0
"""A target that takes longer is served apart from the quick ones."""


DOCUMENTS_KEPT_DAYS: Final = 30
FORGET_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a worker takes at once, of one target at most, and for how long it is its own."""

    at_once: int
    per_target: int
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed notification with what its channel needs; ``attempt`` tells this claim apart."""

    notification: Notification
    attempt: int
    mail_to: str = ""
    url: str = ""
    secrets: tuple[str, ...] = ()
    document: str = ""


async def claim_due(
    tx: Tx,
    *,
    doubtful: bool,
    limits: Limits,
    new_id: Callable[[], UUID],
    actor: Actor,
    now: datetime,
) -> list[Work]:
    """Take what is due for targets in good, or in doubtful, health, with a lease.

    What cannot be sent any more, because its address is gone or its endpoint disabled, is settled
    at once.

    Emits:
        itsm.notification.suppressed.v1, itsm.notification.dead_lettered.v1
    """
    taken = await tables.claim_notifications(
        tx,
        doubtful=doubtful,
        per_target=limits.per_target,
        probing=PROBING_AFTER_FAILURES,
        limit=limits.at_once,
        lease_until=now + limits.lease,
        now=now,
    )
    works: list[Work] = []
    for notification in taken:
        work = await _prepared(tx, notification, now=now)
        if work is not None:
            works.append(work)
            continue
        untried = replace(notification, attempts=notification.attempts - 1)
        if untried.channel == "webhook":
            receipt = Receipt("refused", "the endpoint is disabled")
            after, events = untried.give_up("endpoint_disabled", receipt, now=now)
        else:
            after, events = untried.suppress("no_address", now=now)
        await _save(tx, after, events, actor=actor, now=now)
    await tables.open_deliveries(tx, [work.notification for work in works], new_id=new_id, now=now)
    return works


async def _prepared(tx: Tx, notification: Notification, *, now: datetime) -> Work | None:
    """Return the work with its address as it is now, None where there is none any more."""
    attempt = notification.attempts
    if notification.channel == "webhook":
        endpoint = await channel_queries.read_endpoint(
            tx, endpoint_id=EndpointId(notification.recipient_id)
        )
        if endpoint.status == "disabled":
            return None
        document = await tables.read_document(tx, event_id=notification.event_id)
        secrets = endpoint.signing_secrets(now)
        return Work(notification, attempt, url=endpoint.url, secrets=secrets, document=document)
    if notification.channel == "email":
        contact = await view_queries.read_contact(tx, contact_id=notification.recipient_id)
        if contact is None or not contact.active or not contact.email:
            return None
        return Work(notification, attempt, mail_to=contact.email)
    return Work(notification, attempt)


async def record_receipt(
    tx: Tx,
    *,
    work: Work,
    receipt: Receipt,
    seconds: float,
    schedule: Schedule,
    draw: float,
    actor: Actor,
    now: datetime,
) -> Notification:
    """Write down what became of a try that took ``seconds``; ``draw`` is random in [0, 1).

    A receipt of acceptance counts however late it comes; a failure counts only as long as the try
    is still this worker's own.

    Emits:
        itsm.notification.sent.v1, itsm.notification.failed.v1,
        itsm.notification.dead_lettered.v1, itsm.webhook_endpoint.changed.v1
    """
    notification = await tables.load_notification(tx, work.notification.id)
    await tables.close_delivery(
        tx, notification_id=notification.id, attempt=work.attempt, receipt=receipt, now=now
    )
    own = notification.state == "sending" and notification.attempts == work.attempt
    events: Sequence[NotificationEvent] = ()
    after = notification
    if receipt.result == "accepted":
        if notification.state != "sent":
            after, events = notification.accept(receipt, attempt=work.attempt, now=now)
    elif own and receipt.result == "gone":
        after, events = notification.give_up("endpoint_gone", receipt, now=now)
        await channel_commands.disable_endpoint_if_enabled(
            tx, endpoint_id=EndpointId(notification.recipient_id), actor=actor, now=now
        )
    elif own and receipt.result == "refused":
        after, events = notification.give_up("refused", receipt, now=now)
    elif own:
        after, events = notification.fail(receipt, schedule=schedule, draw=draw, now=now)
    if events:
        await _save(tx, after, events, actor=actor, now=now)
    await _note_health(
        tx, work.notification.target, receipt, seconds=seconds, schedule=schedule, now=now
    )
    return after


async def _note_health(
    tx: Tx,
    target: str | None,
    receipt: Receipt,
    *,
    seconds: float,
    schedule: Schedule,
    now: datetime,
) -> None:
    """Keep whether a target is in trouble: then it is served apart, slower, or not for a while."""
    if target is None:
        return
    if receipt.result != "failed":
        slow = seconds > SLOW_SECONDS
        await tables.note_target(tx, target=target, doubtful=slow, failures=0, paused_until=None)
        return
    failures = await tables.target_failures(tx, target=target)
    pause = 0
    if receipt.slow_down:
        failures += 1
        pause = pause_seconds(
            failures - PROBING_AFTER_FAILURES,
            wish=receipt.retry_after_seconds,
            cap=schedule.retry_after_cap_seconds,
        )
    until = now + timedelta(seconds=pause) if pause else None
    await tables.note_target(
        tx, target=target, doubtful=True, failures=failures, paused_until=until
    )


async def move_notification(
    tx: Tx,
    *,
    notification_id: NotificationId,
    expected_version: int | None,
    actor: Actor,
    now: datetime,
) -> Notification:
    """Send a dead notification again, under its old id and with all its tries before it.

    Raises:
        NotificationNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        NotificationTransitionError: it is not dead.
    Emits:
        itsm.notification.queued.v1
    """
    notification = await tables.load_notification(tx, notification_id)
    require_version(notification.version, expected_version)
    after, events = notification.redeliver(now=now)
    await _save(tx, after, events, actor=actor, now=now)
    return after


async def forget_documents(tx: Tx, *, now: datetime) -> int:
    """Delete a bounded number of old documents that nobody waits for; return how many."""
    before = now - timedelta(days=DOCUMENTS_KEPT_DAYS)
    return await tables.forget_documents(tx, before=before, limit=FORGET_AT_ONCE)


async def _save(
    tx: Tx,
    after: Notification,
    events: Sequence[NotificationEvent],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    await tables.save_notification(tx, after)
    publish(tx, after, events, actor=actor, now=now)
