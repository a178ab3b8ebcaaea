"""Which times an outage may have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from services.incident.outages.domain.refusals import OutageMomentError

TOLERATED_AHEAD: Final = timedelta(minutes=5)
"""A clock that goes fast may put what happens now a little ahead."""
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def require_past(moment: datetime, *, now: datetime, pointer: str) -> None:
    """Check that a time (aware UTC) has come, and lies within what is kept.

    Raises:
        OutageMomentError: it lies ahead, or before 1970.
    """
    if moment > now + TOLERATED_AHEAD:
        raise OutageMomentError("This time has not come yet.", pointer=pointer)
    if moment < EARLIEST:
        raise OutageMomentError("Times before 1970 are not kept.", pointer=pointer)
