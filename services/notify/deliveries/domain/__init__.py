"""Rules of notifications.

``notification`` is one message to one recipient and its life, ``parties`` whom it concerns and
why, ``schedule`` when it is tried.
"""

from services.notify.deliveries.domain.notification import (
    BY_HAND,
    TRANSITIONS,
    DeadReason,
    Notification,
    NotificationId,
    NotificationNotFoundError,
    NotificationTransitionError,
    State,
)
from services.notify.deliveries.domain.parties import (
    Cause,
    Party,
    Recipient,
    RecipientKind,
    SuppressedReason,
)
from services.notify.deliveries.domain.schedule import Schedule

__all__ = [
    "BY_HAND",
    "TRANSITIONS",
    "Cause",
    "DeadReason",
    "Notification",
    "NotificationId",
    "NotificationNotFoundError",
    "NotificationTransitionError",
    "Party",
    "Recipient",
    "RecipientKind",
    "Schedule",
    "State",
    "SuppressedReason",
]
