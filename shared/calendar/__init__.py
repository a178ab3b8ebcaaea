"""Business time: how long a calendar was open, when so much open time has passed, when it opens.

A ``Calendar`` is a zone, the hours of each weekday, and the hours of single dates that differ
(holidays, exceptions). It is data in, answers out: no input or output, no present instant. What it
says of an instant depends on its own data and on the zone's rules alone.

**Hours** are wall-clock minutes of one date in the calendar's zone, ``(start, end)`` with
``0 <= start < end <= 1440``; 1440 is ``24:00``. The start belongs to an interval, the end does not.
Hours that pass midnight are two intervals, one on each date. Hours of a date replace those of its
weekday. The hours of the weekdays may change: each date follows the last week that begins on it or
before it.

**Clock changes.** An interval opens at the first instant at which the wall clock, on that date,
shows a time within it, and closes after the last such instant. Hence:

- a boundary within an hour that the clock leaves out moves to the end of that hour: on the day that
  leaves out 02:00-03:00, an interval 02:30-05:00 opens at 03:00 and one 02:15-02:45 has no time;
- in an hour that the clock shows twice a start is the first showing and an end the second, so an
  interval is never torn: 01:00-02:30 lasts two and a half hours on the day that shows 02:00-03:00
  twice. 00:00-02:00 ends there when 02:00 is first shown, since the time before it is shown once;
- intervals that come to overlap in this way count once;
- ``00:00-24:00`` is the whole date: 23 hours, 24, 25, or none at all where a zone left out a date.

**Instants** are aware and answers are in UTC. Everything is exact to the microsecond. Years from
1970 to 2199 can be asked about; since 1970 no zone changed its clock twice within six days.

Each year of UTC is expanded once per calendar, when first asked for: keep and share calendars.

**Documents.** ``from_hours`` reads a calendar from the lists of an event, whose hours are texts
(``{"start": "08:00", "end": "24:00"}``); ``write_hours`` and ``write_week`` make such lists.
"""

from shared.calendar.arithmetic import Calendar, NeverOpensError, round_the_clock
from shared.calendar.documents import (
    WEEKDAYS,
    InvalidCalendarError,
    from_hours,
    read_hours,
    read_week,
    write_hours,
    write_week,
)
from shared.calendar.hours import (
    CLOSED,
    DAY_MINUTES,
    WHOLE_DAY,
    DayHours,
    Interval,
    InvalidHoursError,
    OverlappingHoursError,
    UnknownDayError,
    WeekHours,
    add_hours,
    check_hours,
    check_week,
    clock_text,
    remove_hours,
)
from shared.calendar.instants import (
    DurationError,
    FractionOfSecondError,
    InstantOutOfRangeError,
    InstantWithoutZoneError,
    ReversedPeriodError,
)
from shared.calendar.zones import UnknownZoneError, find_zone

__all__ = [
    "CLOSED",
    "DAY_MINUTES",
    "WEEKDAYS",
    "WHOLE_DAY",
    "Calendar",
    "DayHours",
    "DurationError",
    "FractionOfSecondError",
    "InstantOutOfRangeError",
    "InstantWithoutZoneError",
    "Interval",
    "InvalidCalendarError",
    "InvalidHoursError",
    "NeverOpensError",
    "OverlappingHoursError",
    "ReversedPeriodError",
    "UnknownDayError",
    "UnknownZoneError",
    "WeekHours",
    "add_hours",
    "check_hours",
    "check_week",
    "clock_text",
    "find_zone",
    "from_hours",
    "read_hours",
    "read_week",
    "remove_hours",
    "round_the_clock",
    "write_hours",
    "write_week",
]
