"""Looking again for a recipient who was not known when the event came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from services.notify.deliveries import tables
from services.notify.deliveries.commands.recipients import (
    RequestContext,
    reached,
    recipients_of,
)
from services.notify.deliveries.commands.requesting import (
    FIRST_LOOK_SECONDS,
    RESOLVE_TIMER,
    publish,
    request,
)
from services.notify.deliveries.domain import Notification, NotificationId, Party, Recipient
from services.notify.deliveries.events import NotificationEvent
from services.notify.rules import queries as rule_queries
from services.notify.rules.domain import RuleId
from services.notify.views import queries as view_queries
from shared import timers
from shared.db import Tx

LAST_LOOK_SECONDS: Final = 30


async def resolve_recipient(
    tx: Tx, *, notification_id: NotificationId, context: RequestContext
) -> None:
    """Look again for the recipient of a notification; give up when its window has passed.

    The first person found takes over the notification, each further one gets their own.

    Raises:
        NotificationNotFoundError: there is none with this id.
    Emits:
        itsm.notification.queued.v1, itsm.notification.suppressed.v1,
        itsm.notification.requested.v1
    """
    waiting = await tables.load_notification(tx, notification_id)
    if waiting.state != "requested":
        return
    if await _is_superseded(tx, waiting):
        await _settle(tx, *waiting.suppress("superseded", now=context.now), context)
        return
    found = [one for one in await _found(tx, waiting, context) if one.channel or one.obstacle]
    if found:
        first, *others = found
        await _settle(tx, *_taken_over(waiting, first, context), context)
        for other in others:
            draft = replace(
                waiting,
                id=NotificationId(context.new_id()),
                created_at=context.now,
                updated_at=context.now,
            )
            await request(tx, draft, other, context)
    elif context.now >= waiting.created_at + context.resolve_window:
        await _settle(tx, *waiting.suppress("no_recipient", now=context.now), context)
    else:
        waited = (context.now - waiting.created_at).total_seconds()
        wait = min(max(waited, FIRST_LOOK_SECONDS), LAST_LOOK_SECONDS)
        due_at = min(
            context.now + timedelta(seconds=wait), waiting.created_at + context.resolve_window
        )
        await timers.arm(tx, kind=RESOLVE_TIMER, subject=waiting.id, due_at=due_at)


def _taken_over(
    waiting: Notification, recipient: Recipient, context: RequestContext
) -> tuple[Notification, list[NotificationEvent]]:
    if recipient.obstacle is not None:
        named = replace(waiting, recipient_kind=recipient.kind, recipient_id=recipient.id)
        return named.suppress(recipient.obstacle, now=context.now)
    return waiting.queue_for(recipient, now=context.now)


async def _found(tx: Tx, waiting: Notification, context: RequestContext) -> list[Recipient]:
    if waiting.recipient_kind == "contact":
        contact = await view_queries.read_contact(tx, contact_id=waiting.recipient_id)
        return [reached(contact, waiting.channels, context)] if contact else []
    party = Party(waiting.party_kind, waiting.party_id, waiting.customer_id)
    return await recipients_of(tx, party, waiting.channels, context)


async def _is_superseded(tx: Tx, waiting: Notification) -> bool:
    """Tell whether another team has the record by now, so that this one need not be told."""
    rule = await rule_queries.read_rule(tx, rule_id=RuleId(waiting.rule_id))
    if rule.condition != "team_changed":
        return False
    return await tables.was_told_later(
        tx,
        record_id=waiting.record_id,
        rule_id=waiting.rule_id,
        event_sequence=waiting.event_sequence,
    )


async def _settle(
    tx: Tx,
    after: Notification,
    events: list[NotificationEvent],
    context: RequestContext,
) -> None:
    await tables.save_notification(tx, after)
    publish(tx, after, events, actor=context.actor, now=context.now)
