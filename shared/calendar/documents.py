"""Hours and calendars as events carry them: JSON lists of texts, read strictly and written.

Names of weekdays are English and in lower case, times are ``HH:MM`` of the wall clock with
``24:00`` as the end of a date, dates ``YYYY-MM-DD``. Fields that are not known here are left
alone, as any reader of an event does; what is known is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from shared.calendar.arithmetic import Calendar
from shared.calendar.hours import DayHours, Interval, WeekHours, check_hours, clock_text
from shared.calendar.zones import find_zone
from shared.errors import DomainError, Kind

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class InvalidCalendarError(DomainError):
    """A calendar's document has not the form that calendars have."""

    code = "calendar-document-invalid"
    kind = Kind.INVALID
    title = "Not a calendar"


def from_hours(
    *, time_zone: str, weeks: Sequence[object], days: Sequence[object], version: int
) -> Calendar:
    """Return the calendar that an event's lists describe.

    ``weeks`` are ``{"effective_from": date or null, "hours": {"monday": [{"start", "end"}], …}}``
    in ascending order, the first with null, each with all seven days; ``days`` are
    ``{"date", "hours": […]}``, one for each date that differs from its week.

    Raises:
        InvalidCalendarError: a list has not this form; the pointer names the place, as
            ``/weeks/0/hours/monday/1/start``.
        UnknownZoneError: the zone is not an IANA zone known here.
        InvalidHoursError, OverlappingHoursError: the intervals of a day are not valid.
    """
    find_zone(time_zone, pointer="/time_zone")
    read: dict[date | None, WeekHours] = {}
    before: date | None = None
    for place, item in enumerate(_list(weeks, "/weeks")):
        pointer = f"/weeks/{place}"
        begin = _begin(item, first=place == 0, pointer=pointer)
        if before is not None and begin is not None and begin <= before:
            raise InvalidCalendarError(
                f"Weeks stand in the order of their dates: {begin} is not after {before}.",
                pointer=f"{pointer}/effective_from",
            )
        before = begin
        read[begin] = read_week(_field(item, "hours", pointer), pointer=f"{pointer}/hours")
    if not read:
        raise InvalidCalendarError("A calendar has one week at least.", pointer="/weeks")
    later = {begin: _by_number(week) for begin, week in read.items() if begin is not None}
    return Calendar(
        zone=time_zone,
        week=_by_number(read[None]),
        later_weeks=later,
        days=_days(days),
        version=version,
    )


def read_week(document: object, *, pointer: str = "") -> WeekHours:
    """Return the hours of the seven weekdays from an object with a list for each.

    Raises:
        InvalidCalendarError: a weekday is missing or unknown, or its list is malformed.
        InvalidHoursError, OverlappingHoursError: the intervals of a day are not valid.
    """
    if not isinstance(document, Mapping):
        raise InvalidCalendarError("A week is an object of seven days.", pointer=pointer)
    for name in document:
        if name not in WEEKDAYS:
            raise InvalidCalendarError(f"{str(name)[:40]!r} is no weekday.", pointer=pointer)
    return tuple(
        read_hours(_field(document, name, pointer), pointer=f"{pointer}/{name}")
        for name in WEEKDAYS
    )


def read_hours(document: object, *, pointer: str = "") -> DayHours:
    """Return the hours of one day from a list of ``{"start": "08:00", "end": "12:00"}``.

    Raises:
        InvalidCalendarError: it is no such list.
        InvalidHoursError, OverlappingHoursError: the intervals are not valid.
    """
    intervals: list[Interval] = []
    for place, item in enumerate(_list(document, pointer)):
        start, end = (
            _minute(_field(item, name, f"{pointer}/{place}"), f"{pointer}/{place}/{name}")
            for name in ("start", "end")
        )
        intervals.append((start, end))
    return check_hours(intervals, pointer=pointer)


def write_hours(hours: DayHours) -> list[dict[str, str]]:
    """Return the hours of one day as the list that ``read_hours`` reads."""
    return [{"start": clock_text(start), "end": clock_text(end)} for start, end in hours]


def write_week(week: WeekHours) -> dict[str, list[dict[str, str]]]:
    """Return the hours of the seven weekdays as the object that ``read_week`` reads."""
    return {name: write_hours(hours) for name, hours in zip(WEEKDAYS, week, strict=True)}


def _days(document: object) -> dict[date, DayHours]:
    found: dict[date, DayHours] = {}
    for place, item in enumerate(_list(document, "/days")):
        pointer = f"/days/{place}"
        day = _date(_field(item, "date", pointer), f"{pointer}/date")
        if day in found:
            raise InvalidCalendarError(f"{day} is there twice.", pointer=f"{pointer}/date")
        found[day] = read_hours(_field(item, "hours", pointer), pointer=f"{pointer}/hours")
    return found


def _begin(item: object, *, first: bool, pointer: str) -> date | None:
    given = _field(item, "effective_from", pointer)
    pointer = f"{pointer}/effective_from"
    if first != (given is None):
        raise InvalidCalendarError(
            "The first week begins with null, for always; each other with its date.",
            pointer=pointer,
        )
    return None if given is None else _date(given, pointer)


def _by_number(week: WeekHours) -> dict[int, DayHours]:
    return dict(enumerate(week))


def _list(document: object, pointer: str) -> Sequence[object]:
    if not isinstance(document, list | tuple):
        raise InvalidCalendarError("A list is expected here.", pointer=pointer)
    return document


def _field(item: object, name: str, pointer: str) -> object:
    if not isinstance(item, Mapping) or name not in item:
        raise InvalidCalendarError(f"An object with {name!r} is expected here.", pointer=pointer)
    found: object = item[name]
    return found


def _date(given: object, pointer: str) -> date:
    # The pattern first: Python also reads 20260302 and 2026-W10-1.
    if isinstance(given, str) and _DATE.fullmatch(given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            pass
    raise InvalidCalendarError(f"{given!r:.40} is no date like 2026-03-02.", pointer=pointer)


def _minute(given: object, pointer: str) -> int:
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise InvalidCalendarError(
            f"{given!r:.40} is no time like 08:30, from 00:00 to 24:00.", pointer=pointer
        )
    return int(given[:2]) * 60 + int(given[3:])
