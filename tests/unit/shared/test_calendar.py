"""Business time in worked cases: days of 23 and 25 hours, breaks, holidays, common mistakes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from shared.calendar import CLOSED, WHOLE_DAY, Calendar, Interval, remove_hours, round_the_clock

HOUR: Final = 3600
WEEKDAYS: Final = range(5)
BERLIN: Final = ZoneInfo("Europe/Berlin")
# Monday to Friday, eight hours with an hour's break at noon.
OFFICE: Final = dict.fromkeys(WEEKDAYS, ((8 * 60, 12 * 60), (13 * 60, 17 * 60)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def local(moment: datetime) -> str:
    return moment.astimezone(BERLIN).strftime("%a %Y-%m-%d %H:%M")


def office(**days: tuple[Interval, ...]) -> Calendar:
    """Return office hours in Berlin with the hours of some dates: ``d2026_12_25=CLOSED``."""
    return Calendar(
        zone="Europe/Berlin",
        week=OFFICE,
        days={date.fromisoformat(day[1:].replace("_", "-")): hours for day, hours in days.items()},
    )


def only(zone: str, day: date, *intervals: Interval) -> tuple[Calendar, int]:
    """Return a calendar that opens on one date alone, and for how many seconds it then does."""
    calendar = Calendar(zone=zone, week={}, days={day: intervals})
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return calendar, calendar.open_seconds(noon - timedelta(days=3), noon + timedelta(days=3))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2024, 3, 30), 24),
        ("Europe/Berlin", date(2024, 3, 31), 23),
        ("Europe/Berlin", date(2024, 10, 27), 25),
        ("America/New_York", date(2024, 3, 10), 23),
        ("America/New_York", date(2024, 11, 3), 25),
        ("Australia/Sydney", date(2024, 4, 7), 25),
        ("Australia/Sydney", date(2024, 10, 6), 23),
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
        ("Australia/Lord_Howe", date(2024, 10, 6), 23.5),
        # Clocks that change at midnight itself.
        ("America/Havana", date(2024, 3, 10), 23),
        ("America/Havana", date(2024, 11, 2), 24),
        ("America/Havana", date(2024, 11, 3), 25),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("Antarctica/Troll", date(2024, 3, 31), 22),
        ("Antarctica/Troll", date(2024, 10, 27), 26),
        # Samoa left out a date when it moved over the date line.
        ("Pacific/Apia", date(2011, 12, 29), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Pacific/Apia", date(2011, 12, 31), 24),
    ],
)
def test_a_whole_day_is_as_long_as_its_date(zone: str, day: date, hours: float) -> None:
    assert only(zone, day, *WHOLE_DAY)[1] == hours * HOUR


@pytest.mark.parametrize(
    ("start", "end", "opens", "hours"),
    [
        # 02:00-03:00 is left out: 01:00 UTC is its end.
        (1 * 60, 5 * 60, "2024-03-31 00:00", 3),
        (2 * 60 + 30, 5 * 60, "2024-03-31 01:00", 2),
        (1 * 60, 2 * 60 + 30, "2024-03-31 00:00", 1),
        (2 * 60, 3 * 60 + 1, "2024-03-31 01:00", 1 / 60),
    ],
)
def test_a_boundary_in_the_hour_left_out_moves_to_its_end(
    start: int, end: int, opens: str, hours: float
) -> None:
    calendar, seconds = only("Europe/Berlin", date(2024, 3, 31), (start, end))
    assert seconds == hours * HOUR
    assert calendar.next_open(utc("2024-03-30")) == utc(opens)


def test_an_interval_inside_of_the_hour_left_out_has_no_time() -> None:
    week = dict.fromkeys(range(7), ((2 * 60 + 15, 2 * 60 + 45),))
    calendar = Calendar(zone="Europe/Berlin", week=week)
    found = calendar.intervals(utc("2024-03-30"), utc("2024-04-02"))
    assert [opened for opened, _ in found] == [utc("2024-03-30 01:15"), utc("2024-04-01 00:15")]


@pytest.mark.parametrize(
    ("start", "end", "opens", "hours"),
    [
        # 02:00-03:00 is shown twice: at 00:00 and at 01:00 UTC.
        (1 * 60, 2 * 60 + 30, "2024-10-26 23:00", 2.5),
        (2 * 60 + 30, 4 * 60, "2024-10-27 00:30", 2.5),
        (2 * 60 + 15, 2 * 60 + 45, "2024-10-27 00:15", 1.5),
        (2 * 60, 3 * 60, "2024-10-27 00:00", 2),
        # The minute before 02:00 is shown once, and the one after 03:00 too.
        (0, 2 * 60, "2024-10-26 22:00", 2),
        (3 * 60, 5 * 60, "2024-10-27 02:00", 2),
    ],
)
def test_in_the_hour_shown_twice_a_start_is_the_first_and_an_end_the_second(
    start: int, end: int, opens: str, hours: float
) -> None:
    calendar, seconds = only("Europe/Berlin", date(2024, 10, 27), (start, end))
    assert seconds == hours * HOUR
    assert calendar.next_open(utc("2024-10-26")) == utc(opens)


def test_intervals_that_overlap_in_the_hour_shown_twice_count_once() -> None:
    split = ((0, 2 * 60 + 15), (2 * 60 + 45, 24 * 60))
    calendar, seconds = only("Europe/Berlin", date(2024, 10, 27), *split)
    assert seconds == 25 * HOUR
    whole = [(utc("2024-10-26 22:00"), utc("2024-10-27 23:00"))]
    assert list(calendar.intervals(utc("2024-10-25"), utc("2024-10-30"))) == whole


def test_a_clock_set_back_into_the_day_before_leaves_that_day_whole() -> None:
    # In St. John's one minute after midnight became 23:01 of the day before.
    calendar, seconds = only("America/St_Johns", date(2006, 10, 28), *WHOLE_DAY)
    assert seconds == 25 * HOUR
    found = list(calendar.intervals(utc("2006-10-27"), utc("2006-10-31")))
    assert found == [(utc("2006-10-28 02:30"), utc("2006-10-29 03:30"))]


def test_a_night_shift_over_a_clock_change_has_an_hour_more_or_less() -> None:
    night = dict.fromkeys(range(7), ((0, 6 * 60), (22 * 60, 24 * 60)))
    calendar = Calendar(zone="Europe/Berlin", week=night)
    shifts = {
        "plain": calendar.open_seconds(berlin("2024-03-29 12:00"), berlin("2024-03-30 12:00")),
        "spring": calendar.open_seconds(berlin("2024-03-30 12:00"), berlin("2024-03-31 12:00")),
        "autumn": calendar.open_seconds(berlin("2024-10-26 12:00"), berlin("2024-10-27 12:00")),
    }
    assert shifts == {"plain": 8 * HOUR, "spring": 7 * HOUR, "autumn": 9 * HOUR}
    found = list(calendar.intervals(berlin("2024-03-30 12:00"), berlin("2024-03-31 12:00")))
    assert found == [(berlin("2024-03-30 22:00"), berlin("2024-03-31 06:00"))]


def test_office_hours_keep_to_the_wall_clock_in_summer_and_winter() -> None:
    calendar = office()
    assert calendar.next_open(utc("2024-01-15")) == utc("2024-01-15 07:00")
    assert calendar.next_open(utc("2024-07-15")) == utc("2024-07-15 06:00")
    # Friday before the change, one hour left; the other seven from Monday at eight.
    due = calendar.add(berlin("2024-03-29 16:00"), seconds=8 * HOUR)
    assert local(due) == "Mon 2024-04-01 16:00"


def test_both_showings_of_an_hour_are_different_instants() -> None:
    calendar = Calendar(zone="Europe/Berlin", week=dict.fromkeys(range(7), WHOLE_DAY))
    first, second = berlin("2024-10-27 02:30"), berlin("2024-10-27 02:30", fold=1)
    assert calendar.open_seconds(first, second) == HOUR
    # In UTC: Python holds no instant of another zone equal to one that its clock shows twice.
    assert calendar.add(first, seconds=HOUR) == second.astimezone(UTC)


def test_a_break_at_noon_does_not_count() -> None:
    calendar = office()
    assert local(calendar.add(berlin("2024-06-03 12:15"), seconds=600)) == "Mon 2024-06-03 13:10"
    assert local(calendar.add(berlin("2024-06-03 11:30"), seconds=HOUR)) == "Mon 2024-06-03 13:30"
    assert calendar.open_seconds(berlin("2024-06-03 12:00"), berlin("2024-06-03 13:00")) == 0


@pytest.mark.parametrize(
    ("reported", "due"),
    [
        ("2024-06-03 06:00", "Mon 2024-06-03 12:00"),  # before opening
        ("2024-06-03 10:00", "Mon 2024-06-03 15:00"),  # over the break
        ("2024-06-03 16:00", "Tue 2024-06-04 11:00"),  # over the night
        ("2024-06-03 17:00", "Tue 2024-06-04 12:00"),  # at closing
        ("2024-06-07 16:30", "Mon 2024-06-10 11:30"),  # over the weekend
        ("2024-06-08 13:00", "Mon 2024-06-10 12:00"),  # on a Saturday
    ],
)
def test_four_hours_are_due_after_four_open_hours(reported: str, due: str) -> None:
    assert local(office().add(berlin(reported), seconds=4 * HOUR)) == due


def test_what_comes_in_by_night_is_not_late_on_arrival() -> None:
    calendar = office()
    reported = berlin("2024-06-03 23:00")
    due = calendar.add(reported, seconds=4 * HOUR)
    assert local(due) == "Tue 2024-06-04 12:00"
    assert local(calendar.subtract(due, seconds=HOUR)) == "Tue 2024-06-04 11:00"
    assert calendar.open_seconds(reported, berlin("2024-06-04 08:00")) == 0


def test_a_warning_an_hour_before_the_target_falls_into_open_hours() -> None:
    day = dict.fromkeys(WEEKDAYS, ((8 * 60, 18 * 60),))
    calendar = Calendar(zone="Europe/Berlin", week=day)
    due = calendar.add(berlin("2024-06-03 17:00"), seconds=4 * HOUR)
    assert local(due) == "Tue 2024-06-04 11:00"
    assert local(calendar.subtract(due, seconds=HOUR)) == "Tue 2024-06-04 10:00"
    assert local(calendar.subtract(due, seconds=3 * HOUR)) == "Tue 2024-06-04 08:00"
    assert local(calendar.subtract(due, seconds=3 * HOUR + 60)) == "Mon 2024-06-03 17:59"


def test_a_reminder_after_three_working_days_skips_weekend_and_holiday() -> None:
    calendar = office(d2024_12_25=CLOSED, d2024_12_26=CLOSED)
    due = calendar.add(berlin("2024-12-23 10:00"), seconds=3 * 8 * HOUR)
    assert local(due) == "Mon 2024-12-30 10:00"


def test_a_partial_holiday_closes_a_part_of_its_day() -> None:
    eve = remove_hours(OFFICE[1], [(12 * 60, 24 * 60)])
    calendar = office(d2024_12_24=eve, d2024_12_25=CLOSED, d2024_12_26=CLOSED)
    assert calendar.hours(date(2024, 12, 24)) == ((480, 720),)
    due = calendar.add(berlin("2024-12-24 11:00"), seconds=2 * HOUR)
    assert local(due) == "Fri 2024-12-27 09:00"


def test_an_exception_opens_a_day_that_is_closed() -> None:
    calendar = office(d2024_06_08=((10 * 60, 12 * 60),))
    due = calendar.add(berlin("2024-06-07 16:00"), seconds=2 * HOUR)
    assert local(due) == "Sat 2024-06-08 11:00"


def test_the_zone_is_the_calendars_not_the_readers() -> None:
    tokyo = Calendar(zone="Asia/Tokyo", week=dict.fromkeys(WEEKDAYS, ((9 * 60, 17 * 60),)))
    # Monday 01:00 in Berlin is Monday 08:00 in Tokyo; Friday 10:00 there is Friday 17:00 here.
    assert tokyo.next_open(berlin("2024-06-03 01:00")) == utc("2024-06-03 00:00")
    assert not tokyo.is_open(berlin("2024-06-07 10:00"))


def test_hours_up_to_midnight_join_those_from_midnight() -> None:
    week = {0: ((20 * 60, 24 * 60),), 1: ((0, 4 * 60),)}
    calendar = Calendar(zone="Europe/Berlin", week=week)
    found = list(calendar.intervals(berlin("2024-06-03 00:00"), berlin("2024-06-05 00:00")))
    assert found == [(berlin("2024-06-03 20:00"), berlin("2024-06-04 04:00"))]
    assert calendar.is_open(berlin("2024-06-04 00:00"))


def test_time_that_runs_out_at_closing_ends_at_closing() -> None:
    calendar = office()
    closing, opening = berlin("2024-06-07 17:00"), berlin("2024-06-10 08:00")
    assert calendar.add(berlin("2024-06-07 16:00"), seconds=HOUR) == closing
    assert calendar.subtract(berlin("2024-06-10 09:00"), seconds=HOUR) == opening
    assert calendar.next_open(closing) == opening
    assert not calendar.is_open(closing)
    assert calendar.is_open(opening)


def test_nothing_to_add_or_subtract_gives_the_same_instant_even_by_night() -> None:
    calendar, night = office(), berlin("2024-06-03 23:00")
    assert calendar.add(night) == night
    assert calendar.subtract(night) == night
    assert calendar.open_seconds(night, night) == 0
    assert list(calendar.intervals(night, night)) == []


def test_a_year_of_office_hours_adds_up_over_many_years() -> None:
    calendar = office()
    # 2024 has 262 weekdays of eight hours.
    year = (berlin("2024-01-01"), berlin("2025-01-01"))
    assert calendar.open_seconds(*year) == 262 * 8 * HOUR
    ten_years = calendar.open_seconds(berlin("2020-01-01"), berlin("2030-01-01"))
    assert ten_years == 2609 * 8 * HOUR
    last = calendar.add(berlin("2020-01-01"), seconds=ten_years)
    assert local(last) == "Mon 2029-12-31 17:00"
    assert local(calendar.subtract(last, seconds=ten_years)) == "Wed 2020-01-01 08:00"


def test_the_calendar_that_is_always_open_is_one_and_tells_real_time() -> None:
    always = round_the_clock()
    assert always is round_the_clock()
    start, end = utc("1970-01-01"), utc("2199-12-31 23:59:59")
    assert always.open_seconds(start, end) == (end - start) // timedelta(seconds=1)
    assert list(always.intervals(start, end)) == [(start, end)]
