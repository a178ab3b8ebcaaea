"""Standard Webhooks signatures: ``v1,`` and base64 HMAC-SHA256 of ``id.timestamp.body``."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


class SecretUnreadableError(ValueError):
    """Text that is not a signing secret."""


def secret_text(key: bytes) -> str:
    """Return the written form of a signing key, of 24 to 64 random bytes."""
    return PREFIX + base64.b64encode(key).decode()


def signature_headers(
    *, message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """Return the three headers of a signed webhook; ``timestamp`` is in Unix seconds.

    Each secret signs; during a rotation the receiver finds the one it knows.

    Raises:
        SecretUnreadableError: a secret is not in its written form.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    found = [
        "v1," + base64.b64encode(hmac.digest(_key(text), signed, hashlib.sha256)).decode()
        for text in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(found),
    }


def _key(text: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        message = "not a signing secret"
        raise SecretUnreadableError(message) from error
