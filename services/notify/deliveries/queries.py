"""Reading notifications and deliveries, by those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.notify.channels import queries as channel_queries
from services.notify.channels.domain import EndpointId
from services.notify.deliveries.domain import (
    Notification,
    NotificationId,
    NotificationNotFoundError,
)
from services.notify.deliveries.schemas import (
    DeliveryRecord,
    ExplainedEvent,
    ExplainedRule,
    Explanation,
    Named,
    NotificationRecord,
)
from services.notify.deliveries.tables import DELIVERY, NOTIFICATION, notification_of
from services.notify.permissions import STAFF
from services.notify.rules import queries as rule_queries
from services.notify.rules.domain import RuleId
from services.notify.views import queries as view_queries
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_record, of_row

NOTIFICATIONS: Final = Listing(
    source=sa.select(NOTIFICATION),
    key=NOTIFICATION.c.id,
    filters={
        name: NOTIFICATION.c[name]
        for name in (
            "record_id",
            "record_number",
            "state",
            "recipient_id",
            "customer_id",
            "audience",
            "channel",
            "rule_id",
            "event_id",
            "event_type",
            "created_at",
        )
    },
    sorts={"created_at": NOTIFICATION.c.created_at, "id": NOTIFICATION.c.id},
    default_sort="-created_at",
)
DELIVERIES: Final = Listing(
    source=sa.select(DELIVERY),
    key=DELIVERY.c.id,
    filters={
        name: DELIVERY.c[name] for name in ("notification_id", "result", "channel", "started_at")
    },
    sorts={"started_at": DELIVERY.c.started_at, "id": DELIVERY.c.id},
    default_sort="-started_at",
)
_READ: Final = statement("select * from notify.notification where id = :id")
_TRIES: Final = statement(
    "select * from notify.delivery where notification_id = :id order by attempt"
)
_SEEN: Final = statement(
    "select exists (select from notify.notification where id = :id and audience = 'business'"
    " and customer_id = any(cast(:customers as uuid[])))"
)


async def _customers_of(tx: ReadTx, actor: Actor) -> Sequence[UUID] | None:
    """Return the customers whose messages an actor may see, None for those of all.

    A customer's user without a customer sees nothing.
    """
    if actor.customer_id is not None:
        return await view_queries.customers_below(tx, customer_id=actor.customer_id)
    return None if actor.has_any(STAFF) else []


async def list_notifications(
    tx: ReadTx, *, actor: Actor, asked: PageRequest
) -> Page[NotificationRecord]:
    """Return a page of notifications; customers see the business ones on their own behalf.

    Raises:
        ProblemError: a parameter is not valid.
    """
    customers = await _customers_of(tx, actor)
    where: list[sa.ColumnElement[bool]] = []
    if customers is not None:
        where = [
            NOTIFICATION.c.audience == sa.literal("business"),
            NOTIFICATION.c.customer_id == sa.any_(sa.literal(list(customers), _UUIDS)),
        ]
    rows, following = await page(tx, NOTIFICATIONS, asked, where=where)
    items = [NotificationRecord.of(notification_of(row)) for row in rows]
    return Page[NotificationRecord](items=items, next=following)


_UUIDS: Final = sa.ARRAY(sa.Uuid)


async def _visible(tx: ReadTx, actor: Actor, notification_id: NotificationId) -> Notification:
    customers = await _customers_of(tx, actor)
    row = await tx.first(_READ, id=notification_id)
    seen = customers is None or await tx.value(_SEEN, id=notification_id, customers=list(customers))
    if row is None or not seen:
        raise NotificationNotFoundError(f"There is no notification {notification_id}.")
    return notification_of(row)


async def read_notification(
    tx: ReadTx, *, actor: Actor, notification_id: NotificationId
) -> NotificationRecord:
    """Return one notification as it is now.

    Raises:
        NotificationNotFoundError: there is none with this id, or none that the actor may see.
    """
    return NotificationRecord.of(await _visible(tx, actor, notification_id))


async def explain_notification(
    tx: ReadTx, *, actor: Actor, notification_id: NotificationId
) -> Explanation:
    """Return the chain from the event to the receipt.

    Raises:
        NotificationNotFoundError: there is none with this id, or none that the actor may see.
    """
    one = await _visible(tx, actor, notification_id)
    rule = await rule_queries.read_rule(tx, rule_id=RuleId(one.rule_id))
    tries = [DeliveryRecord.model_validate(dict(row)) for row in await tx.all(_TRIES, id=one.id)]
    return Explanation(
        notification_id=one.id,
        state=one.state,
        reason=one.reason,
        event=ExplainedEvent(
            id=one.event_id,
            type=one.event_type,
            sequence=one.event_sequence,
            record_kind=one.record_kind,
            record_id=one.record_id,
            record_number=one.record_number,
        ),
        rule=of_record(ExplainedRule, rule),
        on_behalf_of=await _named(tx, one.party_kind, one.party_id),
        recipient=await _named(tx, one.recipient_kind, one.recipient_id),
        audience=one.audience,
        urgency=one.urgency,
        channel=one.channel,
        subject=one.subject,
        deliveries=tries,
        receipt=next((each for each in tries if each.result == "accepted"), None),
    )


async def _named(tx: ReadTx, kind: str, record_id: UUID) -> Named:
    if kind == "webhook_endpoint":
        endpoint = await channel_queries.read_endpoint(tx, endpoint_id=EndpointId(record_id))
        return Named(kind=kind, id=record_id, name=endpoint.name)
    name = await view_queries.name_of(tx, kind=kind, record_id=record_id)
    return Named(kind=kind, id=record_id, name=name)


async def list_deliveries(tx: ReadTx, *, asked: PageRequest) -> Page[DeliveryRecord]:
    """Return a page of tries.

    Raises:
        ProblemError: a parameter is not valid.
    """
    rows, following = await page(tx, DELIVERIES, asked)
    items = [of_row(DeliveryRecord, row) for row in rows]
    return Page[DeliveryRecord](items=items, next=following)
