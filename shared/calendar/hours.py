"""The hours of one date: wall-clock intervals in minutes, checked, joined and cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, TypeAlias

from shared.errors import DomainError, Kind

Interval: TypeAlias = tuple[int, int]
"""Start and end in minutes after midnight of the wall clock; the end is not part of it."""
DayHours: TypeAlias = tuple[Interval, ...]
"""Intervals of one date, ascending, none touching the next."""
WeekHours: TypeAlias = tuple[DayHours, ...]
"""The hours of the seven weekdays, Monday first."""

DAY_MINUTES: Final = 1440
CLOSED: Final[DayHours] = ()
WHOLE_DAY: Final[DayHours] = ((0, DAY_MINUTES),)
# One in each half hour. More is a mistake, and would make a year costly to expand.
MOST_INTERVALS: Final = 48


class InvalidHoursError(DomainError):
    """An interval is reversed, empty, outside of its day or not made of whole minutes."""

    code = "calendar-hours-invalid"
    kind = Kind.INVALID
    title = "The hours of a day are not valid"


class OverlappingHoursError(DomainError):
    """Two intervals of one day share time."""

    code = "calendar-hours-overlap"
    kind = Kind.INVALID
    title = "Two intervals of a day overlap"


class UnknownDayError(DomainError):
    """Hours were given for something that is neither a weekday nor a date."""

    code = "calendar-day-unknown"
    kind = Kind.INVALID
    title = "No such day"


def check_hours(intervals: Iterable[Interval], *, pointer: str = "") -> DayHours:
    """Return the intervals of one day in order, those that touch joined.

    Intervals are minutes after midnight, from 0 to 1440. ``pointer`` is where they stand in the
    caller's document; the errors point at one interval below it, by its place as given.

    Raises:
        InvalidHoursError: an interval is reversed, empty, outside of the day or not of whole
            minutes, or there are more than 48.
        OverlappingHoursError: two intervals share time.
    """
    given = list(intervals)
    if len(given) > MOST_INTERVALS:
        raise InvalidHoursError(
            f"A day has at most {MOST_INTERVALS} intervals; {len(given)} were given.",
            pointer=pointer,
        )
    for place, interval in enumerate(given):
        _check_interval(interval, f"{pointer}/{place}")
    order = sorted(range(len(given)), key=lambda place: given[place])
    for one, other in pairwise(order):
        if given[other][0] < given[one][1]:
            raise OverlappingHoursError(
                f"{_text(given[one])} and {_text(given[other])} share time.",
                pointer=f"{pointer}/{other}",
            )
    return _joined(given)


def check_week(week: Mapping[int, Iterable[Interval]], *, pointer: str = "") -> WeekHours:
    """Return the hours of all weekdays, 0 for Monday to 6 for Sunday; an absent one is closed.

    Raises:
        UnknownDayError: a key is no weekday.
        InvalidHoursError, OverlappingHoursError: as for one day; they point below ``pointer``, at
            ``/<weekday>/<place>``.
    """
    for weekday in week:
        if type(weekday) is not int or not 0 <= weekday <= 6:
            raise UnknownDayError(
                f"Weekdays are 0 for Monday to 6 for Sunday, not {weekday!r}.", pointer=pointer
            )
    return tuple(
        check_hours(week.get(weekday, ()), pointer=f"{pointer}/{weekday}") for weekday in range(7)
    )


def add_hours(day: Iterable[Interval], extra: Iterable[Interval]) -> DayHours:
    """Return the hours of a day with more open time; what was open already stays open once.

    Raises:
        InvalidHoursError: an interval of either is not valid.
        OverlappingHoursError: intervals of the same argument share time.
    """
    return _joined([*check_hours(day), *check_hours(extra)])


def remove_hours(day: Iterable[Interval], cut: Iterable[Interval]) -> DayHours:
    """Return the hours of a day without some time: a partial holiday, a closing.

    Raises:
        InvalidHoursError: an interval of either is not valid.
        OverlappingHoursError: intervals of the same argument share time.
    """
    left = check_hours(day)
    for from_minute, to_minute in check_hours(cut):
        left = tuple(
            piece
            for start, end in left
            for piece in ((start, min(end, from_minute)), (max(start, to_minute), end))
            if piece[0] < piece[1]
        )
    return left


def clock_text(minute: int) -> str:
    """Return a minute of the day as its clock shows it, 1440 as ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _check_interval(interval: Interval, pointer: str) -> None:
    if len(interval) != 2:
        raise InvalidHoursError("An interval is a start and an end.", pointer=pointer)
    start, end = interval
    if type(start) is not int or type(end) is not int:
        raise InvalidHoursError(
            f"Start and end are whole minutes after midnight, not {start!r} and {end!r}.",
            pointer=pointer,
        )
    if not (0 <= start <= DAY_MINUTES and 0 <= end <= DAY_MINUTES):
        raise InvalidHoursError(
            f"Minutes {start} to {end} leave the day, which has 0 to {DAY_MINUTES}.",
            pointer=pointer,
        )
    if start >= end:
        raise InvalidHoursError(
            f"{_text(interval)} has its end not after its start; "
            "hours that pass midnight are two intervals, one on each day.",
            pointer=pointer,
        )


def _joined(intervals: Iterable[Interval]) -> DayHours:
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _text(interval: Interval) -> str:
    return "-".join(clock_text(minute) for minute in interval)
