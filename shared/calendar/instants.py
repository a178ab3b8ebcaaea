"""Instants and durations read and written: aware datetimes outside, integer microseconds inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from shared.errors import DomainError, Kind

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MICROSECONDS_PER_SECOND: Final = 1_000_000
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199


class InstantWithoutZoneError(DomainError):
    """An instant was given without a zone: it could be anywhere."""

    code = "instant-without-zone"
    kind = Kind.INVALID
    title = "An instant needs a zone"


class InstantOutOfRangeError(DomainError):
    """An instant lies outside of the years that calendars know."""

    code = "calendar-instant-out-of-range"
    kind = Kind.INVALID
    title = "Outside of the years that calendars know"


class ReversedPeriodError(DomainError):
    """A period ends before it starts."""

    code = "period-reversed"
    kind = Kind.INVALID
    title = "A period ends before it starts"


class DurationError(DomainError):
    """A duration is negative, or not a whole number."""

    code = "calendar-duration-invalid"
    kind = Kind.INVALID
    title = "Not a duration"


class FractionOfSecondError(DomainError):
    """The answer is not a whole number of seconds, and whole seconds were asked for."""

    code = "calendar-fraction-of-second"
    kind = Kind.INVALID
    title = "Not a whole number of seconds"


class Moment(NamedTuple):
    """An instant in microseconds since 1970, and its year, both of UTC."""

    at: int
    year: int


def read_instant(instant: datetime) -> Moment:
    """Return an instant as an integer.

    Raises:
        InstantWithoutZoneError: it has no zone.
        InstantOutOfRangeError: it is before 1970 or after 2199.
    """
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise InstantWithoutZoneError(f"{instant.isoformat()} has no zone: give one, best UTC.")
        try:
            instant = instant.astimezone(UTC)
        except OverflowError as error:
            raise _out_of_range(instant) from error
    year = instant.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _out_of_range(instant)
    return Moment((instant - EPOCH) // MICROSECOND, year)


def read_period(start: datetime, end: datetime) -> tuple[Moment, Moment]:
    """Return both ends of a period as integers.

    Raises:
        InstantWithoutZoneError, InstantOutOfRangeError: as for one instant.
        ReversedPeriodError: the end is before the start.
    """
    low, high = read_instant(start), read_instant(end)
    if high < low:
        raise ReversedPeriodError(f"{end.isoformat()} is before {start.isoformat()}.")
    return low, high


def read_duration(seconds: int, microseconds: int) -> int:
    """Return the sum of both in microseconds.

    Raises:
        DurationError: one of them is not a whole number, or the sum is negative.
    """
    if type(seconds) is not int or type(microseconds) is not int:
        raise DurationError(
            f"A duration is a whole number, not {seconds!r} s and {microseconds!r} microseconds."
        )
    duration = seconds * MICROSECONDS_PER_SECOND + microseconds
    if duration < 0:
        raise DurationError("A duration is not negative; subtract goes back in time.")
    return duration


def whole_seconds(microseconds: int) -> int:
    """Return a duration in seconds.

    Raises:
        FractionOfSecondError: it has a fraction of a second; nothing is rounded silently.
    """
    seconds, fraction = divmod(microseconds, MICROSECONDS_PER_SECOND)
    if fraction:
        raise FractionOfSecondError(
            f"The open time is {seconds} s and {fraction} microseconds: ask for microseconds, "
            "or between instants of whole seconds."
        )
    return seconds


def to_instant(at: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC."""
    return EPOCH + timedelta(microseconds=at)


def _out_of_range(instant: datetime) -> InstantOutOfRangeError:
    return InstantOutOfRangeError(
        f"{instant.isoformat()} is not between {FIRST_YEAR} and {LAST_YEAR} (UTC)."
    )
