"""What can be done with notifications.

``requesting`` makes them from events, ``resolving`` looks again for people who were not known
then, ``recipients`` is what both share; ``sending`` claims, records and sends again.
"""

from services.notify.deliveries.commands.recipients import RequestContext, context_at
from services.notify.deliveries.commands.requesting import RESOLVE_TIMER, request_notifications
from services.notify.deliveries.commands.resolving import resolve_recipient
from services.notify.deliveries.commands.sending import (
    Limits,
    Work,
    claim_due,
    forget_documents,
    move_notification,
    record_receipt,
)

__all__ = [
    "RESOLVE_TIMER",
    "Limits",
    "RequestContext",
    "Work",
    "claim_due",
    "context_at",
    "forget_documents",
    "move_notification",
    "record_receipt",
    "request_notifications",
    "resolve_recipient",
]
