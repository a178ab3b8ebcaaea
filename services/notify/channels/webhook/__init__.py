"""The webhook channel: signed like Standard Webhooks, sent only to addresses that were checked.

``address`` judges where a webhook may go, ``signing`` makes keys and signatures, ``client`` hands
one document over and says what became of it.
"""

from services.notify.channels.webhook.address import (
    AddressRefusedError,
    Policy,
    judge_at_registration,
    read_url,
)
from services.notify.channels.webhook.client import WebhookClient
from services.notify.channels.webhook.signing import SECRET_BYTES, secret_text

__all__ = [
    "SECRET_BYTES",
    "AddressRefusedError",
    "Policy",
    "WebhookClient",
    "judge_at_registration",
    "read_url",
    "secret_text",
]
