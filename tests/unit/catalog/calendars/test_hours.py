"""Weeks, holidays and exceptions: read, and merged into the days that differ."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.calendars.domain import (
    Day,
    ExceptionDateError,
    Holiday,
    HolidayRule,
    Week,
    WeekOrderError,
    exceptions_document,
    merged_days,
    read_days,
    read_exceptions,
    read_rule,
    read_weeks,
    rule_document,
    weeks_document,
)
from shared.calendar import (
    WEEKDAYS,
    DayHours,
    InvalidHoursError,
    OverlappingHoursError,
    WeekHours,
    from_hours,
    write_week,
)

OFFICE: Final[DayHours] = ((480, 720), (780, 1020))
WEEK: Final[WeekHours] = (*(OFFICE for _ in range(5)), (), ())
LATE: Final[WeekHours] = (*(((540, 1140),) for _ in range(5)), (), ())
ALWAYS: Final = Week(None, WEEK)
YEARS: Final = range(2021, 2032)
FRIDAY: Final = date(2026, 12, 25)
HOURS: Final = st.sampled_from([(), OFFICE, ((540, 1140),), ((0, 1440),), ((480, 720),)])
DATES: Final = st.dates(date(2026, 1, 1), date(2026, 2, 28))


def week_document(*begins: str | None) -> list[dict[str, Any]]:
    return [{"effective_from": begin, "hours": write_week(WEEK)} for begin in begins]


def exception(day: str, *hours: tuple[str, str]) -> dict[str, Any]:
    intervals = [{"start": start, "end": end} for start, end in hours]
    return {"date": day, "name": "Stocktaking", "hours": intervals}


def test_a_holiday_closes_its_day_and_one_on_a_closed_day_changes_nothing() -> None:
    sunday = Holiday(date(2026, 12, 27), "Sunday")
    found = merged_days([ALWAYS], [Holiday(FRIDAY, "Christmas Day"), sunday], [])
    assert found == (Day(FRIDAY, "Christmas Day", ()),)


def test_half_a_holiday_closes_the_afternoon() -> None:
    eve = date(2026, 12, 24)
    found = merged_days([ALWAYS], [Holiday(eve, "Christmas Eve", half_day=True)], [])
    assert found == (Day(eve, "Christmas Eve", ((480, 720),)),)


def test_an_exception_beats_a_holiday_and_the_week() -> None:
    holiday = Holiday(FRIDAY, "Christmas Day")
    extra = Day(FRIDAY, "Emergency desk", ((600, 660),))
    saturday = Day(date(2026, 3, 14), "Stocktaking", ((540, 780),))
    assert merged_days([ALWAYS], [holiday], [extra, saturday]) == (saturday, extra)


def test_an_exception_of_the_usual_hours_undoes_a_holiday() -> None:
    usual = Day(FRIDAY, "Open as usual", OFFICE)
    assert merged_days([ALWAYS], [Holiday(FRIDAY, "Christmas Day")], [usual]) == ()


def test_a_day_is_compared_with_the_week_that_holds_on_it() -> None:
    weeks = [ALWAYS, Week(date(2026, 6, 1), LATE)]
    before, after = (Day(date(2026, month, 4), "x", OFFICE) for month in (5, 6))
    assert merged_days(weeks, [], [before, after]) == (after,)


@given(
    st.dictionaries(DATES, HOURS, max_size=8),
    st.dictionaries(DATES, st.booleans(), max_size=8),
    st.lists(DATES, unique=True, max_size=2).map(sorted),
    st.lists(st.tuples(*[HOURS] * 7), min_size=3, max_size=3),
)
def test_what_readers_build_has_the_hours_that_were_meant(
    exceptions: dict[date, DayHours],
    holidays: dict[date, bool],
    begins: list[date],
    hours: list[WeekHours],
) -> None:
    weeks = [Week(begin, week) for begin, week in zip([None, *begins], hours, strict=False)]
    days = merged_days(
        weeks,
        [Holiday(day, "holiday", half) for day, half in holidays.items()],
        [Day(day, "exception", meant) for day, meant in exceptions.items()],
    )
    calendar = from_hours(
        time_zone="UTC",
        weeks=weeks_document(weeks),
        days=exceptions_document(days),
        version=1,
    )
    for place in range(60):
        day = date(2026, 1, 1) + timedelta(days=place)
        usual = [
            week for week in weeks if week.effective_from is None or week.effective_from <= day
        ]
        meant = usual[-1].hours[day.weekday()]
        if day in exceptions:
            meant = exceptions[day]
        elif day in holidays:
            morning = tuple((start, min(end, 720)) for start, end in meant if start < 720)
            meant = morning if holidays[day] else ()
        assert calendar.hours(day) == meant


@given(
    st.lists(st.dates(date(1970, 1, 2), date(2199, 12, 31)), unique=True, max_size=4),
    st.dictionaries(DATES, HOURS, max_size=5),
)
def test_documents_are_read_back(begins: list[date], exceptions: dict[date, DayHours]) -> None:
    weeks = tuple(Week(begin, LATE) for begin in (None, *sorted(begins)))
    assert read_weeks(weeks_document(weeks)) == weeks
    days = tuple(Day(day, "x", exceptions[day]) for day in sorted(exceptions))
    assert read_exceptions(exceptions_document(days)[::-1], years=YEARS) == days
    assert read_days(exceptions_document(days)) == days


def test_a_rule_names_each_category_once_and_in_order() -> None:
    document = {"country": "DE", "subdivision": None, "categories": ["public", "bank", "public"]}
    rule = read_rule(document)
    assert rule == HolidayRule("DE", None, ("bank", "public"))
    assert read_rule(rule_document(rule)) == rule
    assert read_rule(rule_document(None)) is None


@pytest.mark.parametrize(
    ("begins", "place"),
    [
        (["2026-01-01"], 0),
        ([None, None], 1),
        ([None, "2026-06-01", "2026-06-01"], 2),
        ([None, "2026-06-01", "2026-05-31"], 2),
        ([None, "1970-01-01"], 1),
        ([None, "2200-01-01"], 1),
    ],
)
def test_weeks_out_of_order_are_refused_where_they_stand(
    begins: list[str | None], place: int
) -> None:
    with pytest.raises(WeekOrderError) as refused:
        read_weeks(week_document(*begins))
    assert refused.value.pointer == f"/weeks/{place}/effective_from"


def test_no_week_at_all_is_refused() -> None:
    with pytest.raises(WeekOrderError):
        read_weeks([])


def test_hours_that_are_none_are_refused_where_they_stand() -> None:
    document = week_document(None)
    document[0]["hours"][WEEKDAYS[4]] = [{"start": "17:00", "end": "08:00"}]
    with pytest.raises(InvalidHoursError) as refused:
        read_weeks(document)
    assert refused.value.pointer == "/weeks/0/hours/friday/0"
    with pytest.raises(OverlappingHoursError) as overlap:
        read_exceptions(
            [exception("2026-03-14", ("08:00", "12:00"), ("11:59", "13:00"))], years=YEARS
        )
    assert overlap.value.pointer == "/exceptions/0/hours/1"


@pytest.mark.parametrize("day", ["2020-12-31", "2032-01-01", "2026-03-14"])
def test_an_exception_out_of_view_or_twice_on_a_date_is_refused(day: str) -> None:
    with pytest.raises(ExceptionDateError) as refused:
        read_exceptions([exception("2026-03-14"), exception(day)], years=YEARS)
    assert refused.value.pointer == "/exceptions/1/date"
