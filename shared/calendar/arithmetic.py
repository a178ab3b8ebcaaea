"""The calendar itself: open time between instants, added, taken back; when it opens next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Final

from shared.calendar.hours import (
    WHOLE_DAY,
    DayHours,
    Interval,
    UnknownDayError,
    WeekHours,
    check_hours,
    check_week,
)
from shared.calendar.instants import (
    FIRST_YEAR,
    LAST_YEAR,
    Moment,
    read_duration,
    read_instant,
    read_period,
    to_instant,
    whole_seconds,
)
from shared.calendar.years import Year, expand
from shared.calendar.zones import find_zone
from shared.errors import DomainError, Kind

# How many years are searched for open time before the answer is that there is not enough.
SEARCH_YEARS: Final = 50
# A question about centuries must not leave all of them in memory.
KEPT_YEARS: Final = 64


class NeverOpensError(DomainError):
    """The calendar does not open, or not for as long as was asked, within the years searched."""

    code = "calendar-never-opens"
    kind = Kind.INVALID
    title = "The calendar has not enough open time"


class Calendar:
    """Hours of business in one zone; two calendars of the same data are equal.

    ``week`` gives the hours of weekdays, 0 for Monday to 6 for Sunday; a weekday that is absent is
    closed. ``later_weeks`` gives the weeks that replace it, each from a date of the calendar's zone
    on: a date follows the last week that begins on it or before. ``days`` gives the hours of single
    dates and replaces their weekday's; no intervals mean closed. ``version`` tells which state of
    the source this is and plays no part in arithmetic.

    Every instant that a method takes is aware, of the years 1970 to 2199: otherwise it raises
    ``InstantWithoutZoneError`` or ``InstantOutOfRangeError``. Answers are in UTC.

    Raises:
        UnknownZoneError: the zone is not an IANA zone known here.
        UnknownDayError: a key is no weekday or no date.
        InvalidHoursError, OverlappingHoursError: the intervals of a day are not valid. Pointers
            are relative to these arguments: ``/week/<weekday>/<place>``,
            ``/later_weeks/<date>/<weekday>/<place>``, ``/days/<date>/<place>``.
    """

    __slots__ = ("_begins", "_days", "_key", "_weeks", "_years", "_zone", "version", "zone")

    def __init__(
        self,
        *,
        zone: str,
        week: Mapping[int, Iterable[Interval]],
        days: Mapping[date, Iterable[Interval]] | None = None,
        later_weeks: Mapping[date, Mapping[int, Iterable[Interval]]] | None = None,
        version: int = 1,
    ) -> None:
        self._zone = find_zone(zone)
        self.zone: Final = zone
        self.version: Final = version
        later: dict[int, WeekHours] = {}
        for begin, hours_of in (later_weeks or {}).items():
            if type(begin) is not date:
                raise UnknownDayError(f"{begin!r} is not a date.", pointer="/later_weeks")
            later[begin.toordinal()] = check_week(
                hours_of, pointer=f"/later_weeks/{begin.isoformat()}"
            )
        self._begins: tuple[int, ...] = tuple(sorted(later))
        self._weeks: tuple[WeekHours, ...] = (
            check_week(week, pointer="/week"),
            *(later[begin] for begin in self._begins),
        )
        self._days: dict[int, DayHours] = {}
        for day, hours in (days or {}).items():
            if type(day) is not date:
                raise UnknownDayError(f"{day!r} is not a date.", pointer="/days")
            self._days[day.toordinal()] = check_hours(hours, pointer=f"/days/{day.isoformat()}")
        dated = tuple(sorted(self._days.items()))
        self._key = (zone, version, self._begins, self._weeks, dated)
        self._years: dict[int, Year] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return (
            f"Calendar(zone={self.zone!r}, version={self.version!r}, week={self._weeks[0]!r}, "
            f"later weeks: {len(self._begins)}, days: {len(self._days)})"
        )

    def hours(self, day: date) -> DayHours:
        """Return the hours of a date of the calendar's zone, in minutes of the wall clock."""
        return self._hours(day.toordinal())

    def is_open(self, instant: datetime) -> bool:
        """Tell whether an instant is within the hours; the instant of closing is not."""
        at, year = read_instant(instant)
        return self._year(year).open_at(at)

    def next_open(self, instant: datetime) -> datetime:
        """Return the first open instant from one on: the instant itself if it is open.

        Raises:
            NeverOpensError: it does not open in the fifty years that follow.
        """
        at, first = read_instant(instant)
        for year in range(first, min(first + SEARCH_YEARS, LAST_YEAR) + 1):
            found = self._year(year).next_open(at)
            if found is not None:
                return to_instant(found)
        raise _not_enough(f"does not open after {instant.isoformat()}")

    def open_microseconds(self, start: datetime, end: datetime) -> int:
        """Return how long the calendar is open between two instants, exact, in microseconds.

        Raises:
            ReversedPeriodError: the end is before the start.
        """
        (low, first), (high, last) = read_period(start, end)
        opened = self._year(last).until(high) - self._year(first).until(low)
        # The first year's total counts from its own start, as what was open before `low` did.
        return opened + sum(self._year(year).total for year in range(first, last))

    def open_seconds(self, start: datetime, end: datetime) -> int:
        """Return how long the calendar is open between two instants, in seconds.

        Raises:
            ReversedPeriodError: the end is before the start.
            FractionOfSecondError: the answer has a fraction of a second; nothing is rounded.
        """
        return whole_seconds(self.open_microseconds(start, end))

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Return the open intervals between two instants, cut to them, each as long as it can be.

        Raises:
            ReversedPeriodError: the end is before the start; at once, as for the instants, not
                when the first interval is taken.
        """
        return self._intervals(*read_period(start, end))

    def add(self, start: datetime, *, seconds: int = 0, microseconds: int = 0) -> datetime:
        """Return the first instant by which so much open time has passed since the start.

        Nothing to add gives the start, open or not. Time that runs out as the calendar closes ends
        at that closing, not at the next opening. Seconds and microseconds add up.

        Raises:
            DurationError: the duration is negative or not whole.
            NeverOpensError: the fifty years that follow have less open time.
        """
        at, first = read_instant(start)
        amount = read_duration(seconds, microseconds)
        if not amount:
            return to_instant(at)
        wanted = self._year(first).until(at) + amount
        for year in range(first, min(first + SEARCH_YEARS, LAST_YEAR) + 1):
            expanded = self._year(year)
            if wanted <= expanded.total:
                return to_instant(expanded.earliest(wanted))
            wanted -= expanded.total
        raise _not_enough(f"is open for less than was asked after {start.isoformat()}")

    def subtract(self, end: datetime, *, seconds: int = 0, microseconds: int = 0) -> datetime:
        """Return the last instant from which so much open time passes until the end.

        Nothing to subtract gives the end, open or not. Time that began as the calendar opened gives
        that opening, not the closing before. Seconds and microseconds add up.

        Raises:
            DurationError: the duration is negative or not whole.
            NeverOpensError: the fifty years before have less open time.
        """
        at, year = read_instant(end)
        amount = read_duration(seconds, microseconds)
        if not amount:
            return to_instant(at)
        earliest_year = max(year - SEARCH_YEARS, FIRST_YEAR)
        left = self._year(year).until(at) - amount
        while left < 0 and year > earliest_year:
            year -= 1
            left += self._year(year).total
        if left < 0:
            raise _not_enough(f"is open for less than was asked before {end.isoformat()}")
        return to_instant(self._year(year).latest(left))

    def _intervals(self, low: Moment, high: Moment) -> Iterator[tuple[datetime, datetime]]:
        held: tuple[int, int] | None = None
        for year in range(low.year, high.year + 1):
            for start, end in self._year(year).within(low.at, high.at):
                if held is None:
                    held = (start, end)
                elif held[1] == start:
                    # Open over midnight of New Year in UTC: one interval to whoever asks.
                    held = (held[0], end)
                else:
                    yield to_instant(held[0]), to_instant(held[1])
                    held = (start, end)
        if held is not None:
            yield to_instant(held[0]), to_instant(held[1])

    def _hours(self, ordinal: int) -> DayHours:
        dated = self._days.get(ordinal)
        if dated is not None:
            return dated
        # The first day of all, ordinal 1, was a Monday.
        return self._weeks[bisect_right(self._begins, ordinal)][(ordinal - 1) % 7]

    def _year(self, year: int) -> Year:
        found = self._years.get(year)
        if found is None:
            if len(self._years) >= KEPT_YEARS:
                self._years.clear()
            found = expand(year, self._zone, self._hours)
            self._years[year] = found
        return found


@cache
def round_the_clock() -> Calendar:
    """Return the calendar that is always open: its time is real time."""
    return Calendar(zone="UTC", week=dict.fromkeys(range(7), WHOLE_DAY))


def _not_enough(what: str) -> NeverOpensError:
    return NeverOpensError(
        f"The calendar {what}: {SEARCH_YEARS} years were searched, none beyond "
        f"{FIRST_YEAR} to {LAST_YEAR}."
    )
