"""The slow way to read a calendar: look at the wall clock of every minute, one after the other.

It shares nothing with ``shared.calendar``: no offsets, no sums, no search. A minute is open if some
interval of some date has shown a time within it by then, and will show one again or shows one now.
Zones are those whose clocks differ from UTC by whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MINUTE: Final = timedelta(minutes=1)
MICROSECOND: Final = timedelta(microseconds=1)
MINUTE_US: Final = 60_000_000

Hours = Iterable[tuple[int, int]]


@dataclass(frozen=True)
class Painted:
    """A stretch of time, one byte for each minute: 1 is open."""

    start: datetime
    minutes: bytearray

    @property
    def end(self) -> datetime:
        return self.start + len(self.minutes) * MINUTE

    def open_at(self, instant: datetime) -> bool:
        return self.minutes[(instant - self.start) // MINUTE] == 1

    def between(self, start: datetime, end: datetime) -> int:
        low, high = self._place(start), self._place(end)
        first, last = low // MINUTE_US, high // MINUTE_US
        total = self.minutes.count(1, first, last) * MINUTE_US
        if low % MINUTE_US and self.minutes[first]:
            total -= low % MINUTE_US
        if high % MINUTE_US and self.minutes[last]:
            total += high % MINUTE_US
        return total

    def add(self, start: datetime, amount: int) -> datetime:
        at = self._place(start)
        while amount:
            minute = at // MINUTE_US
            step = (minute + 1) * MINUTE_US - at
            if self.minutes[minute]:
                if amount <= step:
                    return self._instant(at + amount)
                amount -= step
            at += step
        return self._instant(at)

    def subtract(self, end: datetime, amount: int) -> datetime:
        at = self._place(end)
        while amount:
            minute = (at - 1) // MINUTE_US
            step = at - minute * MINUTE_US
            if self.minutes[minute]:
                if amount <= step:
                    return self._instant(at - amount)
                amount -= step
            at -= step
        return self._instant(at)

    def next_open(self, instant: datetime) -> datetime | None:
        """Return the first open instant, or None where this stretch has none left."""
        at = self._place(instant)
        while at < len(self.minutes) * MINUTE_US:
            if self.minutes[at // MINUTE_US]:
                return self._instant(at)
            at = (at // MINUTE_US + 1) * MINUTE_US
        return None

    def intervals(self) -> list[tuple[datetime, datetime]]:
        found = []
        since: int | None = None
        for minute, is_open in enumerate([*self.minutes, 0]):
            if is_open and since is None:
                since = minute
            elif not is_open and since is not None:
                found.append((self.start + since * MINUTE, self.start + minute * MINUTE))
                since = None
        return found

    def _place(self, instant: datetime) -> int:
        return (instant - self.start) // MICROSECOND

    def _instant(self, at: int) -> datetime:
        return self.start + timedelta(microseconds=at)


class MinuteWalk:
    """The wall clock of a zone at every minute of some days of UTC."""

    def __init__(self, zone: str, first: date, days: int) -> None:
        self.start: Final = datetime(first.year, first.month, first.day, tzinfo=UTC)
        self.count: Final = days * 1440
        self.shown: dict[date, list[tuple[int, int]]] = {}
        clock = ZoneInfo(zone)
        for place in range(self.count):
            reading = (self.start + place * MINUTE).astimezone(clock)
            minute = reading.hour * 60 + reading.minute
            self.shown.setdefault(reading.date(), []).append((place, minute))

    def paint(
        self,
        week: Mapping[int, Hours],
        days: Mapping[date, Hours],
        later_weeks: Mapping[date, Mapping[int, Hours]] | None = None,
    ) -> Painted:
        minutes = bytearray(self.count)
        later = later_weeks or {}
        begins = sorted(later)
        for day, readings in self.shown.items():
            followed = week
            for begin in begins:
                if begin <= day:
                    followed = later[begin]
            hours = days[day] if day in days else followed.get(day.weekday(), ())
            for start, end in hours:
                shown = [place for place, minute in readings if start <= minute < end]
                if shown:
                    first, last = min(shown), max(shown)
                    minutes[first : last + 1] = b"\1" * (last + 1 - first)
        return Painted(self.start, minutes)
