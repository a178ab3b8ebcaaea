"""The tables themselves, and notifications as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.notify.deliveries.domain import (
    Notification,
    NotificationId,
    NotificationNotFoundError,
)
from services.notify.schema import METADATA
from shared.db import Row, Tx, columns, statement

_AT: Final = sa.DateTime(timezone=True)
_PENDING: Final = sa.text("state in ('queued', 'sending')")
NOTIFICATION: Final = sa.Table(
    "notification",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("event_sequence", sa.BigInteger, nullable=False),
    sa.Column("record_kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("record_number", sa.Text),
    sa.Column("correlation_id", sa.Text),
    sa.Column("rule_id", sa.Uuid, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("channels", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("party_kind", sa.Text, nullable=False),
    sa.Column("party_id", sa.Uuid, nullable=False),
    sa.Column("customer_id", sa.Uuid),
    sa.Column("recipient_kind", sa.Text, nullable=False),
    sa.Column("recipient_id", sa.Uuid, nullable=False),
    sa.Column("channel", sa.Text),
    sa.Column("target", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", _AT),
    sa.Column("queued_at", _AT),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", _AT, nullable=False),
    sa.Column("updated_at", _AT, nullable=False),
    sa.CheckConstraint(
        "state in ('requested', 'suppressed', 'queued', 'sending', 'sent', 'dead_lettered')",
        name="state",
    ),
    sa.CheckConstraint("audience in ('business', 'technical', 'system')", name="audience"),
    sa.CheckConstraint(
        "state not in ('queued', 'sending') or (due_at is not null and target is not null)",
        name="pending_is_due",
    ),
    sa.UniqueConstraint(
        "event_id", "rule_id", "recipient_id", "channel", postgresql_nulls_not_distinct=True
    ),
    sa.Index(None, "target", "due_at", postgresql_where=_PENDING),
    sa.Index(None, "recipient_id", "record_id", "event_sequence", postgresql_where=_PENDING),
    sa.Index("ix_notification_in_hand", "target", postgresql_where=sa.text("state = 'sending'")),
    sa.Index(None, "record_id", "rule_id", "event_sequence"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "customer_id", "created_at"),
    sa.Index(None, "state", "created_at"),
)
DELIVERY: Final = sa.Table(
    "delivery",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("notification_id", sa.Uuid, sa.ForeignKey(NOTIFICATION.c.id), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("status_code", sa.Integer),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("provider_id", sa.Text),
    sa.Column("started_at", _AT, nullable=False),
    sa.Column("finished_at", _AT),
    sa.CheckConstraint(
        "result in ('sending', 'accepted', 'failed', 'refused', 'gone', 'unknown')", name="result"
    ),
    sa.UniqueConstraint("notification_id", "attempt"),
    sa.Index(None, "started_at", "id"),
)
DOCUMENT: Final = sa.Table(
    "document",
    METADATA,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("body", sa.Text, nullable=False, comment="CloudEvents structured JSON"),
    sa.Column("created_at", _AT, nullable=False, index=True),
)
TARGET: Final = sa.Table(
    "target",
    METADATA,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("doubtful", sa.Boolean, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("paused_until", _AT),
)

_COLUMNS: Final = tuple(NOTIFICATION.c.keys())
_INSERT: Final = statement(
    f"insert into notify.notification ({', '.join(_COLUMNS)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _COLUMNS)}) on conflict do nothing"
)
_LOAD: Final = statement("select * from notify.notification where id = :id for update")
_SAVE: Final = statement(
    "update notify.notification set recipient_kind = :recipient_kind,"
    " recipient_id = :recipient_id, channel = :channel, target = :target, state = :state,"
    " reason = :reason, attempts = :attempts, tries = :tries, due_at = :due_at,"
    " queued_at = :queued_at, version = :version, updated_at = :updated_at where id = :id"
)
_MEET_TARGET: Final = statement(
    "insert into notify.target (target, doubtful, failures) values (:target, false, 0)"
    " on conflict do nothing"
)
_KEEP_DOCUMENT: Final = statement(
    "insert into notify.document (event_id, body, created_at) values (:event_id, :body, :now)"
    " on conflict do nothing"
)


def notification_of(row: Mapping[str, Any]) -> Notification:
    """Return the notification that a row holds."""
    values = {name: row[name] for name in Notification.__slots__}
    values["channels"] = tuple(values["channels"])
    return Notification(**values)


async def insert_notification_if_new(tx: Tx, notification: Notification) -> bool:
    """Write a notification unless its event, rule, recipient and channel have one; tell which."""
    written = await tx.run(_INSERT, **columns(notification)) > 0
    if written and notification.target is not None:
        await tx.run(_MEET_TARGET, target=notification.target)
    return written


async def load_notification(tx: Tx, notification_id: NotificationId) -> Notification:
    """Return a notification and lock its row until the transaction ends.

    Raises:
        NotificationNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=notification_id)
    if row is None:
        raise NotificationNotFoundError(f"There is no notification {notification_id}.")
    return notification_of(row)


async def save_notification(tx: Tx, notification: Notification) -> None:
    """Write a notification that this transaction has locked."""
    await tx.run(_SAVE, **columns(notification))
    if notification.state == "queued" and notification.target is not None:
        await tx.run(_MEET_TARGET, target=notification.target)


async def keep_document(tx: Tx, *, event_id: UUID, body: str, now: object) -> None:
    """Keep an event's document, once for all endpoints that get it."""
    await tx.run(_KEEP_DOCUMENT, event_id=event_id, body=body, now=now)


_LAST_PARTY: Final = statement(
    "select party_kind, party_id from notify.notification"
    " where record_id = :record_id and rule_id = :rule_id"
    " order by event_sequence desc limit 1"
)
_TOLD_PARTIES: Final = statement(
    "select distinct party_id from notify.notification"
    " where record_id = :record_id and rule_id = :rule_id and state <> 'suppressed'"
)
_TOLD_LATER: Final = statement(
    "select exists (select from notify.notification where record_id = :record_id"
    " and rule_id = :rule_id and event_sequence > :event_sequence)"
)
_TOLD: Final = statement(
    "select distinct party_kind, party_id, customer_id, recipient_kind, recipient_id"
    " from notify.notification where record_id = :record_id and audience = :audience"
    " and state not in ('suppressed', 'dead_lettered') order by recipient_id"
)


async def last_party_told(tx: Tx, *, record_id: UUID, rule_id: UUID) -> tuple[str, UUID] | None:
    """Return kind and id of the party that a rule told last about a record."""
    row = await tx.first(_LAST_PARTY, record_id=record_id, rule_id=rule_id)
    return None if row is None else (row["party_kind"], row["party_id"])


async def parties_told(tx: Tx, *, record_id: UUID, rule_id: UUID) -> set[UUID]:
    """Return the parties that a rule has told about a record."""
    rows = await tx.all(_TOLD_PARTIES, record_id=record_id, rule_id=rule_id)
    return {row["party_id"] for row in rows}


async def recipients_told(tx: Tx, *, record_id: UUID, audience: str) -> list[Row]:
    """Return who was told, or is about to be, about a record in one language."""
    return await tx.all(_TOLD, record_id=record_id, audience=audience)


async def was_told_later(tx: Tx, *, record_id: UUID, rule_id: UUID, event_sequence: int) -> bool:
    """Tell whether a rule told somebody because of a later event of a record."""
    found: bool = await tx.value(
        _TOLD_LATER, record_id=record_id, rule_id=rule_id, event_sequence=event_sequence
    )
    return found
