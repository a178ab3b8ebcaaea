"""Who is told on behalf of whom, and how they are reached, as far as that is known right now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.deliveries.domain import Party, Recipient
from services.notify.rules.domain import ChannelName
from services.notify.settings import Settings
from services.notify.views import queries as view_queries
from services.notify.views.domain import KnownContact
from shared.auth import Actor, platform_actor
from shared.db import Tx


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What requests need of their surroundings: settings, identity, ids and the present."""

    mail_configured: bool
    resolve_window: timedelta
    actor: Actor
    new_id: Callable[[], UUID]
    now: datetime


def context_at(own: Settings, *, new_id: Callable[[], UUID], now: datetime) -> RequestContext:
    """Return what requests need of their surroundings, as configured, at an instant."""
    return RequestContext(
        mail_configured=bool(own.smtp_host),
        resolve_window=timedelta(seconds=own.resolve_window_seconds),
        actor=platform_actor("notify"),
        new_id=new_id,
        now=now,
    )


async def recipients_of(
    tx: Tx, party: Party, channels: Sequence[ChannelName], context: RequestContext
) -> list[Recipient]:
    """Return who is told for a party: known people first, then those still awaited."""
    awaited: list[UUID] = []
    people: list[KnownContact] = []
    if party.kind == "customer":
        people = await view_queries.representatives_of(tx, customer_id=party.id)
        awaited = await view_queries.awaited_representatives(tx, customer_id=party.id)
    elif party.kind == "service":
        owner = await view_queries.owner_of_service(tx, service_id=party.id)
        people = await view_queries.contacts_of_team(tx, team_id=owner) if owner else []
    elif party.kind == "team":
        people = await view_queries.contacts_of_team(tx, team_id=party.id)
    elif party.kind == "record":
        # Neither team nor service: waiting would not find anybody.
        return [Recipient("record", party.id, obstacle="no_recipient")]
    found = [reached(contact, channels, context) for contact in people]
    found += [Recipient("contact", contact_id) for contact_id in awaited]
    return found or [Recipient(party.kind, party.id)]


def reached(
    contact: KnownContact, channels: Sequence[ChannelName], context: RequestContext
) -> Recipient:
    """Return how a person is reached: by the first channel that is set up, the log for no mail."""
    if not contact.active:
        return Recipient("contact", contact.contact_id, obstacle="no_recipient")
    for name in channels:
        if name == "log" or not context.mail_configured:
            return Recipient("contact", contact.contact_id, "log")
        if contact.email:
            return Recipient("contact", contact.contact_id, "email")
    return Recipient("contact", contact.contact_id, obstacle="no_address")
