"""Time zones: found by their IANA name, and read as stretches of one offset each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.errors import DomainError, Kind

# What a zone database may hold beside zones: the machine's own choice, and clocks that count leap
# seconds. Neither means the same everywhere.
NOT_ZONES: Final = ("Factory", "localtime", "posixrules")
NOT_ZONE_FOLDERS: Final = ("posix/", "right/")
# Since 1970 no zone changed its clock twice within six days, so one step holds one change.
STEP_SECONDS: Final = 2 * 86_400


class UnknownZoneError(DomainError):
    """The name is not that of an IANA time zone known here."""

    code = "time-zone-unknown"
    kind = Kind.INVALID
    title = "Unknown time zone"


class Stretch(NamedTuple):
    """A time of one offset: ``start`` and ``end`` in seconds since 1970 UTC, offset in seconds."""

    start: int
    end: int
    offset: int


def find_zone(name: str, *, pointer: str = "/zone") -> ZoneInfo:
    """Return the zone of an IANA name such as ``Europe/Berlin``.

    Raises:
        UnknownZoneError: there is none of that name, or it depends on the machine.
    """
    unknown = UnknownZoneError(
        f"{name[:64]!r} is not an IANA time zone known here.", pointer=pointer
    )
    if name in NOT_ZONES or name.startswith(NOT_ZONE_FOLDERS):
        raise unknown
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise unknown from error


def stretches(zone: ZoneInfo, start: int, end: int) -> list[Stretch]:
    """Return the stretches of equal offset from one instant to another, in seconds since 1970."""
    found: list[Stretch] = []
    since, offset = start, _offset(zone, start)
    low = start
    while low < end:
        high = min(low + STEP_SECONDS, end)
        after = _offset(zone, high)
        if after != offset:
            change = _change(zone, low, high, offset)
            found.append(Stretch(since, change, offset))
            since, offset = change, after
        low = high
    found.append(Stretch(since, end, offset))
    return [stretch for stretch in found if stretch.start < stretch.end]


def _change(zone: ZoneInfo, low: int, high: int, before: int) -> int:
    """Return the first second with another offset than that before; it lies in (low, high]."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset() or timedelta()
    return offset.days * 86_400 + offset.seconds
