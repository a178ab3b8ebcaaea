"""Rules of calendars: the past stays, versions count the hours, renewal only adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.calendars.domain import (
    BusinessCalendar,
    CalendarId,
    CalendarTooLargeError,
    CalendarTransitionError,
    Day,
    Holiday,
    HolidayRule,
    PastHoursError,
    Week,
    years_in_view,
)
from services.catalog.calendars.events import CalendarChanged
from shared.calendar import DayHours, UnknownZoneError, WeekHours

NOW: Final = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY: Final = date(2026, 11, 24)
OFFICE: Final[WeekHours] = (*(((480, 1020),) for _ in range(5)), (), ())
LATE: Final[WeekHours] = (*(((540, 1140),) for _ in range(5)), (), ())
NEW_YEAR: Final = tuple(Holiday(date(year, 1, 1), "New Year's Day") for year in range(2021, 2032))
RULE: Final = HolidayRule("DE", None, ("public",))


def office(
    *,
    weeks: Sequence[Week] = (Week(None, OFFICE),),
    exceptions: Sequence[Day] = (),
    holiday_dates: Sequence[Holiday] = NEW_YEAR,
    now: datetime = NOW,
) -> BusinessCalendar:
    calendar, events = BusinessCalendar.create(
        calendar_id=CalendarId(UUID("01970000-0000-7000-8000-00000000a001")),
        name="Desk",
        description="",
        time_zone="Europe/Berlin",
        weeks=tuple(weeks),
        holidays=RULE if holiday_dates else None,
        holiday_dates=tuple(holiday_dates),
        exceptions=tuple(exceptions),
        now=now,
    )
    assert [event.calendar_version for event in events] == [1]
    return calendar


def revised(
    calendar: BusinessCalendar,
    *,
    holiday_dates: Sequence[Holiday] | None = None,
    correction: bool = False,
    now: datetime = NOW,
    **changes: Any,  # noqa: ANN401 - any field
) -> tuple[BusinessCalendar, list[CalendarChanged]]:
    return calendar.revise(changes, holiday_dates=holiday_dates, correction=correction, now=now)


def closed(day: date, hours: DayHours = ()) -> Day:
    return Day(day, "Exception", hours)


def test_a_new_calendar_knows_five_years_back_and_five_ahead() -> None:
    calendar = office()
    assert (calendar.expanded_from, calendar.expanded_to) == (date(2021, 1, 1), date(2032, 1, 1))
    assert list(calendar.years) == list(years_in_view(NOW)) == list(range(2021, 2032))
    # The first of January fell on a weekend in 2022, 2023 and 2028.
    assert [day.day.year for day in calendar.days] == [
        2021,
        2024,
        2025,
        2026,
        2027,
        2029,
        2030,
        2031,
    ]


def test_an_event_tells_the_whole_state() -> None:
    calendar = office(exceptions=[closed(date(2026, 12, 24))])
    after, [event] = revised(calendar, name="Desk Munich")
    told = event.model_dump(mode="json")
    state = after.state()
    for name in CalendarChanged.model_fields.keys() - {"calendar_id"}:
        expected = state[name].isoformat() if isinstance(state[name], date) else state[name]
        assert told[name] == expected, name
    assert event.calendar_id == after.id


def test_only_changes_of_hours_make_a_version_of_the_hours() -> None:
    calendar, events = revised(office(), name="Desk Munich", description="new")
    assert (calendar.version, calendar.calendar_version, len(events)) == (2, 1, 1)
    calendar, events = revised(calendar, exceptions=(closed(date(2026, 12, 24)),))
    assert (calendar.version, calendar.calendar_version, len(events)) == (3, 2, 1)
    calendar, events = calendar.move("retired", now=NOW)
    assert (calendar.version, calendar.calendar_version, len(events)) == (4, 2, 1)
    assert revised(calendar, name="Desk Munich", weeks=calendar.weeks) == (calendar, [])


@pytest.mark.parametrize("begin", [TODAY, date(2027, 1, 1)])
def test_a_new_week_begins_today_or_later(begin: date) -> None:
    calendar, _ = revised(office(), weeks=(Week(None, OFFICE), Week(begin, LATE)))
    assert calendar.calendar_version == 2


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"weeks": (Week(None, LATE),)}, "/weeks"),
        (
            {"weeks": (Week(None, OFFICE), Week(date(2026, 11, 23), LATE))},
            "/weeks/1/effective_from",
        ),
        ({"exceptions": (closed(date(2026, 11, 23)),)}, "/exceptions"),
        ({"time_zone": "Europe/Paris"}, "/time_zone"),
    ],
)
def test_past_hours_change_by_a_correction_only(changes: dict[str, Any], pointer: str) -> None:
    calendar = office()
    with pytest.raises(PastHoursError) as refused:
        revised(calendar, **changes)
    assert refused.value.pointer == pointer
    corrected, events = revised(calendar, correction=True, **changes)
    assert (corrected.calendar_version, len(events)) == (2, 1)


def test_what_has_been_in_effect_is_not_taken_away() -> None:
    was = closed(date(2026, 3, 4))
    calendar = office(weeks=[Week(None, OFFICE), Week(date(2026, 6, 1), LATE)], exceptions=[was])
    for changes in ({"weeks": (Week(None, OFFICE),)}, {"exceptions": ()}):
        with pytest.raises(PastHoursError):
            revised(calendar, **changes)
    kept, _ = revised(calendar, exceptions=(was, closed(date(2026, 12, 24))))
    assert kept.calendar_version == 2


def test_changes_of_the_past_that_change_no_hours_need_no_correction() -> None:
    calendar = office(exceptions=[closed(date(2026, 3, 4))])
    renamed, _ = revised(calendar, exceptions=(Day(date(2026, 3, 4), "Works outing", ()),))
    assert renamed.calendar_version == 2
    same = (Week(None, OFFICE), Week(date(2026, 6, 1), OFFICE))
    assert revised(calendar, weeks=same)[0].weeks == same


def test_today_is_that_of_the_calendars_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # the 25th in Berlin
    weeks = (Week(None, OFFICE), Week(date(2026, 11, 24), LATE))
    with pytest.raises(PastHoursError):
        revised(office(), weeks=weeks, now=late)
    assert revised(office(), weeks=weeks, now=datetime(2026, 11, 24, 22, tzinfo=UTC))[1]


def test_another_rule_of_holidays_counts_from_today_on() -> None:
    other = (
        Holiday(date(2026, 11, 23), "Yesterday"),
        Holiday(TODAY, "Today"),
        Holiday(date(2027, 3, 17), "Later"),
    )
    rule = HolidayRule("IE", None, ("public",))
    after, _ = revised(office(), holidays=rule, holiday_dates=other)
    assert after.holidays == rule
    past = [one for one in NEW_YEAR if one.day < TODAY]
    assert list(after.holiday_dates) == [*past, *other[1:]]
    corrected, _ = revised(office(), holidays=rule, holiday_dates=other, correction=True)
    assert corrected.holiday_dates == other
    without, _ = revised(office(), holidays=None, holiday_dates=())
    assert list(without.holiday_dates) == past


def test_a_change_of_week_keeps_the_holidays_as_they_were_expanded() -> None:
    monday = Holiday(date(2027, 2, 1), "A day that the library has no longer")
    calendar = office(holiday_dates=[*NEW_YEAR, monday])
    open_on_sundays = (*OFFICE[:6], ((600, 900),))
    after, _ = revised(
        calendar, weeks=(Week(None, OFFICE), Week(date(2027, 1, 1), open_on_sundays))
    )
    assert after.holiday_dates == calendar.holiday_dates
    assert closed(monday.day).hours == next(d for d in after.days if d.day == monday.day).hours


def test_renewal_adds_the_new_year_and_touches_no_other() -> None:
    calendar = office()
    later = datetime(2027, 1, 1, tzinfo=UTC)
    # Another version of the library: every day is another, in the years that are known too.
    other = tuple(Holiday(date(year, 5, 3), "Moved") for year in range(2021, 2033))
    after, [event] = calendar.renew(holiday_dates=other, years=years_in_view(later), now=later)
    assert after.holiday_dates == (*NEW_YEAR, Holiday(date(2032, 5, 3), "Moved"))
    assert after.days[: len(calendar.days)] == calendar.days
    assert (after.expanded_from, after.expanded_to) == (date(2021, 1, 1), date(2033, 1, 1))
    assert (after.calendar_version, after.version) == (2, 2)
    assert event.expanded_to == date(2033, 1, 1)
    assert after.renew(holiday_dates=other, years=years_in_view(later), now=later) == (after, [])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_renewal_after_years_of_rest_loses_nothing(gaps: list[int]) -> None:
    calendar, year = office(), 2026
    for gap in gaps:
        year += gap
        now = datetime(year, 6, 1, tzinfo=UTC)
        before = calendar
        calendar, events = calendar.renew(holiday_dates=(), years=years_in_view(now), now=now)
        assert len(events) == (gap > 0)
        assert calendar.holiday_dates == before.holiday_dates
        assert calendar.expanded_to == date(year + 6, 1, 1)
        assert calendar.version == before.version + len(events)


def test_a_status_changes_along_its_transitions() -> None:
    calendar, _ = office().move("retired", now=NOW)
    with pytest.raises(CalendarTransitionError) as refused:
        calendar.move("retired", now=NOW)
    assert refused.value.extras == {"allowed": ["active"]}
    assert calendar.move("active", now=NOW)[0].status == "active"


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownZoneError) as refused:
        revised(office(), time_zone="Europe/Atlantis", correction=True)
    assert refused.value.pointer == "/time_zone"


def test_more_than_an_event_can_carry_is_refused() -> None:
    many: DayHours = tuple((minute, minute + 1) for minute in range(0, 96, 2))
    week = Week(None, (many,) * 7)
    weeks = (week, *(Week(date(2027, 1, 1 + place), (many,) * 7) for place in range(19)))
    with pytest.raises(CalendarTooLargeError) as refused:
        office(weeks=weeks)
    assert refused.value.extras["most_bytes"] == 200 * 1024
    with pytest.raises(CalendarTooLargeError):
        revised(office(), weeks=weeks, correction=True)
