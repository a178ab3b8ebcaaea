"""From an event to notifications: which rules, whom on whose behalf, in which words, by which way.

Everything here happens in the transaction that reads the event, so a notification exists exactly
if its event was handled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from services.notify.channels import queries as channel_queries
from services.notify.deliveries import tables
from services.notify.deliveries.commands.recipients import (
    RequestContext,
    reached,
    recipients_of,
)
from services.notify.deliveries.domain import (
    Cause,
    Notification,
    NotificationId,
    Party,
    Recipient,
)
from services.notify.deliveries.events import NotificationEvent
from services.notify.messages import queries as message_queries
from services.notify.messages.domain import Message, TemplateName
from services.notify.rules import queries as rule_queries
from services.notify.rules.domain import Rule
from services.notify.views import queries as view_queries
from services.notify.views.domain import KnownIncident
from shared import outbox, timers
from shared.auth import Actor
from shared.db import Tx

RESOLVE_TIMER: Final = "notification.resolve"
FIRST_LOOK_SECONDS: Final = 2
HISTORY_ORIGIN: Final = "import"
"""The origin of events that tell of another system's past, which a service imported."""


async def request_notifications(
    tx: Tx,
    *,
    cause: Cause,
    document: str,
    incident: KnownIncident | None,
    customers: Sequence[UUID],
    context: RequestContext,
) -> None:
    """Write down what the enabled rules ask for because of an event.

    ``document`` is the event in structured JSON, for endpoints; ``incident`` its record as it is
    after the event, None for other kinds of record, about which only endpoints hear; ``customers``
    those in reach that this event names. Nobody hears of what was imported: it is long past.

    Emits:
        itsm.notification.requested.v1, itsm.notification.suppressed.v1
    """
    if cause.origin == HISTORY_ORIGIN:
        return
    if incident is None and not await channel_queries.endpoints_for(
        tx, event_type=cause.event_type, origin=cause.origin
    ):
        # Most events are of such records, and nobody asked for most of them: one look is enough.
        return
    for rule in await rule_queries.rules_for(tx, event_type=cause.event_type):
        if rule.recipients == "webhook_endpoints":
            await _request_webhooks(tx, rule, cause, document, context)
        elif incident is not None:
            if rule.recipients == "told":
                telling = await _told(tx, rule, cause, context)
            else:
                parties = await _parties(tx, rule, cause, incident, customers)
                telling = {
                    party: await recipients_of(tx, party, rule.channels, context)
                    for party in parties
                }
            await _request_messages(
                tx, rule, cause, incident=incident, telling=telling, context=context
            )


async def _request_webhooks(
    tx: Tx, rule: Rule, cause: Cause, document: str, context: RequestContext
) -> None:
    endpoints = await channel_queries.endpoints_for(
        tx, event_type=cause.event_type, origin=cause.origin
    )
    if endpoints:
        await tables.keep_document(tx, event_id=cause.event_id, body=document, now=context.now)
    for endpoint in endpoints:
        party = Party("webhook_endpoint", endpoint.id)
        recipient = Recipient("webhook_endpoint", endpoint.id, "webhook")
        await request(tx, _draft(rule, cause, party, None, context), recipient, context)


async def _request_messages(
    tx: Tx,
    rule: Rule,
    cause: Cause,
    *,
    incident: KnownIncident,
    telling: Mapping[Party, Sequence[Recipient]],
    context: RequestContext,
) -> None:
    for party, recipients in telling.items():
        message = await message_queries.write_message(
            tx,
            template=cast("TemplateName", rule.template),
            audience="technical" if rule.audience == "technical" else "business",
            incident=incident,
            customer_id=party.customer_id,
            reason=cause.reason,
            successor_number=cause.successor_number,
            promise=cause.promise,
        )
        for recipient in recipients:
            await request(tx, _draft(rule, cause, party, message, context), recipient, context)


async def _told(
    tx: Tx, rule: Rule, cause: Cause, context: RequestContext
) -> dict[Party, list[Recipient]]:
    """Return whom any rule has told about the record in this language, as they are now."""
    found: dict[Party, list[Recipient]] = {}
    for row in await tables.recipients_told(tx, record_id=cause.record_id, audience=rule.audience):
        party = Party(row["party_kind"], row["party_id"], row["customer_id"])
        recipient = Recipient(row["recipient_kind"], row["recipient_id"])
        if recipient.kind == "contact":
            contact = await view_queries.read_contact(tx, contact_id=recipient.id)
            recipient = reached(contact, rule.channels, context) if contact else recipient
            found.setdefault(party, []).append(recipient)
        else:
            # Nobody was known for this party then; perhaps somebody is by now.
            known = await recipients_of(tx, party, rule.channels, context)
            found.setdefault(party, []).extend(known)
    return found


async def _parties(
    tx: Tx, rule: Rule, cause: Cause, incident: KnownIncident, customers: Sequence[UUID]
) -> list[Party]:
    if rule.recipients == "owner_team":
        parties = [await _owner(tx, incident)]
    else:
        parties = [Party("customer", one, one) for one in dict.fromkeys(customers)]
    about = {"record_id": cause.record_id, "rule_id": rule.id}
    if rule.condition == "team_changed":
        last = await tables.last_party_told(tx, **about)
        return [party for party in parties if (party.kind, party.id) != last]
    if rule.condition == "not_told":
        told = await tables.parties_told(tx, **about)
        return [party for party in parties if party.id not in told]
    return parties


async def _owner(tx: Tx, incident: KnownIncident) -> Party:
    """Return the team that has the incident, else its service's owner, as far as they are known."""
    if incident.assignment_team_id is not None:
        return Party("team", incident.assignment_team_id)
    if incident.service_id is None:
        return Party("record", incident.incident_id)
    owner = await view_queries.owner_of_service(tx, service_id=incident.service_id)
    return Party("service", incident.service_id) if owner is None else Party("team", owner)


def _draft(
    rule: Rule, cause: Cause, party: Party, message: Message | None, context: RequestContext
) -> Notification:
    return Notification(
        id=NotificationId(context.new_id()),
        event_id=cause.event_id,
        event_type=cause.event_type,
        event_sequence=cause.event_sequence,
        record_kind=cause.record_kind,
        record_id=cause.record_id,
        record_number=cause.record_number,
        correlation_id=cause.correlation_id,
        rule_id=rule.id,
        audience=rule.audience,
        urgency=rule.urgency,
        channels=rule.channels,
        party_kind=party.kind,
        party_id=party.id,
        customer_id=party.customer_id,
        recipient_kind=party.kind,
        recipient_id=party.id,
        channel=None,
        target=None,
        state="requested",
        reason=None,
        subject=message.subject if message else None,
        body=message.body if message else None,
        attempts=0,
        tries=0,
        due_at=None,
        queued_at=None,
        version=1,
        created_at=context.now,
        updated_at=context.now,
    )


async def request(
    tx: Tx, draft: Notification, recipient: Recipient, context: RequestContext
) -> None:
    """Write a notification to a recipient; one that exists already is left as it is."""
    now = context.now
    queued = recipient.channel is not None
    first = replace(
        draft,
        recipient_kind=recipient.kind,
        recipient_id=recipient.id,
        channel=recipient.channel,
        target=recipient.target,
        state="queued" if queued else "requested",
        due_at=now if queued else None,
        queued_at=now if queued else None,
    )
    last = first
    events: list[NotificationEvent] = [first.requested()]
    if recipient.obstacle is not None:
        last, more = first.suppress(recipient.obstacle, now=now)
        events = [*events, *more]
    if not await tables.insert_notification_if_new(tx, last):
        return
    if last.state == "requested":
        due_at = now + timedelta(seconds=FIRST_LOOK_SECONDS)
        await timers.arm(tx, kind=RESOLVE_TIMER, subject=last.id, due_at=due_at)
    publish(tx, last, events, actor=context.actor, now=now)


def publish(
    tx: Tx,
    after: Notification,
    events: Sequence[NotificationEvent],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Append a notification's events; ``after`` is how it stands after the last of them."""
    outbox.append(
        tx,
        key=after.id,
        version=after.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
