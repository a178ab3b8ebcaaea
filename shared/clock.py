"""Time and ids, fetched at the edges only; everything below receives them as arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a fresh UUIDv7: unique, and ascending with the time of its making."""
    return UUID(int=uuid_utils.uuid7().int)
