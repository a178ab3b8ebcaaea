"""When what happened to an incident: each milestone not before the one before it.

``started_at`` ≤ ``detected_at`` ≤ ``reported_at`` ≤ ``acknowledged_at`` ≤ ``identified_at`` ≤
``mitigated_at`` ≤ ``resolved_at`` ≤ ``closed_at``; any may be unknown. People may say afterwards
when something was so, but not that it will be: five minutes ahead are a clock that goes fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.errors import DomainError, Kind

ORDER: Final = (
    "started_at",
    "detected_at",
    "reported_at",
    "acknowledged_at",
    "identified_at",
    "mitigated_at",
    "resolved_at",
    "closed_at",
)
TOLERATED_AHEAD: Final = timedelta(minutes=5)


class MomentNotPossibleError(DomainError):
    """A time that lies ahead, or before what had to happen first."""

    code = "moment-not-possible"
    kind = Kind.INVALID
    title = "It cannot have happened at this time"


def settle(
    given: datetime | None, *, earliest: datetime | None, now: datetime, pointer: str
) -> datetime:
    """Return when something happened: as given, else now, else ``earliest`` if that is later.

    A clock that went fast may have put ``earliest`` a little ahead; what happens now is not
    refused for that.

    Raises:
        MomentNotPossibleError: the given time lies ahead or before ``earliest``.
    """
    if given is None:
        return now if earliest is None else max(now, earliest)
    if given > now + TOLERATED_AHEAD:
        raise MomentNotPossibleError("This time has not come yet.", pointer=pointer)
    if earliest is not None and given < earliest:
        raise MomentNotPossibleError(
            f"What went before happened at {earliest.isoformat()}.", pointer=pointer
        )
    return given


def require_order(moments: Mapping[str, datetime | None], *, pointer: str) -> None:
    """Check that the known milestones ascend.

    Raises:
        MomentNotPossibleError: one lies before an earlier one.
    """
    last: tuple[str, datetime] | None = None
    for name in ORDER:
        moment = moments.get(name)
        if moment is None:
            continue
        if last is not None and moment < last[1]:
            raise MomentNotPossibleError(
                f"{name} {moment.isoformat()} would lie before {last[0]} {last[1].isoformat()}.",
                pointer=pointer,
            )
        last = (name, moment)
