"""How a sender says who it is: the secret of its integration, as a bearer token or password."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

MAX_CHARS: Final = 1000


def integration_id_of(text: str) -> UUID | None:
    """Return the id in a sender's path; what is none is answered like a stranger."""
    try:
        return UUID(text)
    except ValueError:
        return None


def secret_of(authorizations: list[str]) -> str:
    """Return the secret in the one authorization header of a request; empty if there is none."""
    sent = authorizations[0] if len(authorizations) == 1 else ""
    scheme, _, value = sent.partition(" ")
    if len(value) > MAX_CHARS:
        return ""
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
