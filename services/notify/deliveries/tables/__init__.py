"""Where notifications, their tries, the documents for webhooks and the targets' health are kept.

``rows`` declares the tables and reads and writes notifications; ``claims`` hands due ones to
workers and keeps what became of each try.
"""

from services.notify.deliveries.tables.claims import (
    claim_notifications,
    close_delivery,
    forget_documents,
    note_target,
    open_deliveries,
    read_document,
    target_failures,
)
from services.notify.deliveries.tables.rows import (
    DELIVERY,
    NOTIFICATION,
    insert_notification_if_new,
    keep_document,
    last_party_told,
    load_notification,
    notification_of,
    parties_told,
    recipients_told,
    save_notification,
    was_told_later,
)

__all__ = [
    "DELIVERY",
    "NOTIFICATION",
    "claim_notifications",
    "close_delivery",
    "forget_documents",
    "insert_notification_if_new",
    "keep_document",
    "last_party_told",
    "load_notification",
    "note_target",
    "notification_of",
    "open_deliveries",
    "parties_told",
    "read_document",
    "recipients_told",
    "save_notification",
    "target_failures",
    "was_told_later",
]
