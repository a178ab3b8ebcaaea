"""What a calendar is made of: weeks, holidays, exceptions, and the days that come of them.

Each part has a document, the JSON value that events, rows and answers share: texts for dates and
times. Documents that come from outside have passed the edge, which knows their form; what is read
here is whether they make sense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from shared.calendar import (
    CLOSED,
    DAY_MINUTES,
    DayHours,
    WeekHours,
    read_hours,
    read_week,
    remove_hours,
    write_hours,
    write_week,
)
from shared.errors import DomainError, Kind

MAX_WEEKS: Final = 20
MAX_EXCEPTIONS: Final = 500
EARLIEST_WEEK: Final = date(1970, 1, 2)
LATEST_WEEK: Final = date(2199, 12, 31)
AFTERNOON: Final[DayHours] = ((12 * 60, DAY_MINUTES),)
"""What half a holiday closes."""


class WeekOrderError(DomainError):
    """The weeks are not in the order of their dates, or the first has one, or another has none."""

    code = "calendar-week-order"
    kind = Kind.INVALID
    title = "The weeks are not in order"


class ExceptionDateError(DomainError):
    """A date has two exceptions, or one lies outside of the years that are expanded."""

    code = "calendar-exception-date"
    kind = Kind.INVALID
    title = "No exception is possible on this date"


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of weekdays from a date on; None is always."""

    effective_from: date | None
    hours: WeekHours


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """Whose holidays a calendar keeps: country, part of it, and which kinds of days."""

    country: str
    subdivision: str | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday as it was expanded."""

    day: date
    name: str
    half_day: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The hours of one date: an exception, or what came of holidays and exceptions."""

    day: date
    name: str
    hours: DayHours


def week_on(weeks: Sequence[Week], day: date) -> Week:
    """Return the week that a date follows: the last that holds on it."""
    return [week for week in weeks if week.effective_from is None or week.effective_from <= day][-1]


def merged_days(
    weeks: Sequence[Week], holidays: Sequence[Holiday], exceptions: Sequence[Day]
) -> tuple[Day, ...]:
    """Return the dates that differ from their week, ascending; an exception beats a holiday."""
    special: dict[date, Day] = {}
    for holiday in holidays:
        usual = week_on(weeks, holiday.day).hours[holiday.day.weekday()]
        left = remove_hours(usual, AFTERNOON) if holiday.half_day else CLOSED
        special[holiday.day] = Day(holiday.day, holiday.name, left)
    special.update({exception.day: exception for exception in exceptions})
    return tuple(
        one
        for day, one in sorted(special.items())
        if one.hours != week_on(weeks, day).hours[day.weekday()]
    )


def read_weeks(
    document: Sequence[Mapping[str, Any]], *, pointer: str = "/weeks"
) -> tuple[Week, ...]:
    """Return the weeks of a document.

    Raises:
        WeekOrderError: the first has a date, another has none, one is not after the one before,
            or lies before 1970 or after 2199.
        InvalidCalendarError, InvalidHoursError, OverlappingHoursError: the hours are not valid.
    """
    weeks: list[Week] = []
    for place, item in enumerate(document):
        begin = _date_or_none(item["effective_from"])
        here = f"{pointer}/{place}/effective_from"
        if (begin is None) != (place == 0):
            raise WeekOrderError(
                "The first week holds always and has no date; every other has one.", pointer=here
            )
        before = weeks[-1].effective_from if weeks else None
        if begin is not None and before is not None and begin <= before:
            raise WeekOrderError(f"{begin} is not after {before}.", pointer=here)
        if begin is not None and not EARLIEST_WEEK <= begin <= LATEST_WEEK:
            raise WeekOrderError(
                f"{begin} is not between {EARLIEST_WEEK} and {LATEST_WEEK}.", pointer=here
            )
        hours = read_week(item["hours"], pointer=f"{pointer}/{place}/hours")
        weeks.append(Week(begin, hours))
    if not weeks:
        raise WeekOrderError("A calendar has one week at least.", pointer=pointer)
    return tuple(weeks)


def read_exceptions(
    document: Sequence[Mapping[str, Any]], *, years: range, pointer: str = "/exceptions"
) -> tuple[Day, ...]:
    """Return the exceptions of a document in the order of their dates.

    Raises:
        ExceptionDateError: a date is there twice, or outside of the years that are expanded.
        InvalidCalendarError, InvalidHoursError, OverlappingHoursError: the hours are not valid.
    """
    days: dict[date, Day] = {}
    for place, item in enumerate(document):
        day = _date(item["date"])
        if day in days:
            raise ExceptionDateError(
                f"{day} has two exceptions.", pointer=f"{pointer}/{place}/date"
            )
        if day.year not in years:
            raise ExceptionDateError(
                f"{day} is not in the years {years.start} to {years.stop - 1}.",
                pointer=f"{pointer}/{place}/date",
            )
        hours = read_hours(item["hours"], pointer=f"{pointer}/{place}/hours")
        days[day] = Day(day, item["name"], hours)
    return tuple(days[day] for day in sorted(days))


def read_days(document: Sequence[Mapping[str, Any]]) -> tuple[Day, ...]:
    """Return named days as they were kept."""
    return tuple(
        Day(_date(item["date"]), item["name"], read_hours(item["hours"])) for item in document
    )


def read_rule(document: Mapping[str, Any] | None) -> HolidayRule | None:
    """Return the rule of a document; categories in order, each once."""
    if document is None:
        return None
    return HolidayRule(
        country=document["country"],
        subdivision=document["subdivision"],
        categories=tuple(sorted(set(document["categories"]))),
    )


def read_holiday_dates(document: Sequence[Mapping[str, Any]]) -> tuple[Holiday, ...]:
    """Return the holidays of a document."""
    return tuple(Holiday(_date(item["date"]), item["name"], item["half_day"]) for item in document)


def weeks_document(weeks: Sequence[Week]) -> list[dict[str, Any]]:
    """Return the weeks as a document."""
    return [
        {
            "effective_from": week.effective_from and week.effective_from.isoformat(),
            "hours": write_week(week.hours),
        }
        for week in weeks
    ]


def exceptions_document(days: Sequence[Day]) -> list[dict[str, Any]]:
    """Return named days as a document: exceptions, or the days that differ from their week."""
    return [
        {"date": one.day.isoformat(), "name": one.name, "hours": write_hours(one.hours)}
        for one in days
    ]


def rule_document(rule: HolidayRule | None) -> dict[str, Any] | None:
    """Return the rule as a document."""
    if rule is None:
        return None
    return {
        "country": rule.country,
        "subdivision": rule.subdivision,
        "categories": list(rule.categories),
    }


def holiday_dates_document(holidays: Sequence[Holiday]) -> list[dict[str, Any]]:
    """Return the holidays as a document."""
    return [
        {"date": one.day.isoformat(), "name": one.name, "half_day": one.half_day}
        for one in holidays
    ]


def _date(given: date | str) -> date:
    return date.fromisoformat(given) if isinstance(given, str) else given


def _date_or_none(given: date | str | None) -> date | None:
    return None if given is None else _date(given)
