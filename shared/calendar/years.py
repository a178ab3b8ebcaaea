"""One year of a calendar, expanded to instants, with what was open before each of its intervals.

Instants and durations are integers of microseconds since 1970 UTC. A year is one of UTC, so that
years join without a gap, and an interval open over midnight of New Year is one in each.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from shared.calendar.hours import DayHours
from shared.calendar.instants import MICROSECONDS_PER_SECOND
from shared.calendar.zones import Stretch, stretches

DAY_SECONDS: Final = 86_400
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
# Local dates that can reach into a year of UTC: no zone is a day away, no change a day long but
# those that leave out a date.
MARGIN_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Year:
    """The open intervals of one year of UTC, ascending, apart from each other."""

    starts: array[int]
    ends: array[int]
    before: array[int]
    """Open time of the year before each interval."""
    total: int

    def open_at(self, instant: int) -> bool:
        """Tell whether an instant of this year lies in an interval."""
        place = bisect_right(self.starts, instant) - 1
        return place >= 0 and instant < self.ends[place]

    def until(self, instant: int) -> int:
        """Return the open time of this year before an instant of it."""
        place = bisect_right(self.starts, instant) - 1
        if place < 0:
            return 0
        return self.before[place] + min(self.ends[place], instant) - self.starts[place]

    def earliest(self, amount: int) -> int:
        """Return the first instant before which so much was open; 0 < amount <= total."""
        place = bisect_left(self.before, amount) - 1
        return self.starts[place] + amount - self.before[place]

    def latest(self, amount: int) -> int:
        """Return the last instant before which so much was open; 0 <= amount < total."""
        place = bisect_right(self.before, amount) - 1
        return self.starts[place] + amount - self.before[place]

    def next_open(self, instant: int) -> int | None:
        """Return the first open instant from one on, or None if the rest of the year is closed."""
        place = bisect_right(self.starts, instant)
        if place and instant < self.ends[place - 1]:
            return instant
        return self.starts[place] if place < len(self.starts) else None

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the intervals of this year as far as they lie between two instants."""
        place = bisect_right(self.ends, start)
        while place < len(self.starts) and max(self.starts[place], start) < end:
            yield max(self.starts[place], start), min(self.ends[place], end)
            place += 1


def expand(year: int, zone: ZoneInfo, hours_of: Callable[[int], DayHours]) -> Year:
    """Return a year of UTC from the hours of each date, which is given by its ordinal."""
    first, beyond = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    low, high = (first - EPOCH_ORDINAL) * DAY_SECONDS, (beyond - EPOCH_ORDINAL) * DAY_SECONDS
    margin = 2 * MARGIN_DAYS * DAY_SECONDS
    offsets = stretches(zone, low - margin, high + margin)
    intervals: list[tuple[int, int]] = []
    for ordinal in range(first - MARGIN_DAYS, beyond + MARGIN_DAYS):
        midnight = (ordinal - EPOCH_ORDINAL) * DAY_SECONDS
        for start, end in hours_of(ordinal):
            found = _instants(midnight + start * 60, midnight + end * 60, offsets)
            if found is not None:
                intervals.append(found)
    return _summed(intervals, low, high)


def _instants(start: int, end: int, offsets: Sequence[Stretch]) -> tuple[int, int] | None:
    """Return from the first to the last instant at which the clock shows a time in an interval.

    The interval is in seconds of the wall clock, the answer in seconds of UTC. In each stretch of
    one offset the clock runs plainly, so the interval is cut to what the stretch shows.
    """
    first = last = None
    for since, until, offset in offsets:
        opened, closed = max(start - offset, since), min(end - offset, until)
        if opened < closed:
            if first is None:
                first = opened
            last = closed
    return None if first is None or last is None else (first, last)


def _summed(intervals: list[tuple[int, int]], low: int, high: int) -> Year:
    """Join intervals in seconds that touch or overlap, cut them to [low, high), and add them up."""
    joined: list[list[int]] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    starts, ends, before = array("q"), array("q"), array("q")
    total = 0
    for start, end in joined:
        opened = max(start, low) * MICROSECONDS_PER_SECOND
        closed = min(end, high) * MICROSECONDS_PER_SECOND
        if opened < closed:
            starts.append(opened)
            ends.append(closed)
            before.append(total)
            total += closed - opened
    return Year(starts, ends, before, total)
