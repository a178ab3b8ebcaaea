"""Hours of weekdays that change: a date follows the last week that begins on it or before."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import CLOSED, WHOLE_DAY, Calendar, InvalidHoursError, UnknownDayError
from tests.support.minute_walk import MinuteWalk, Painted

BERLIN: Final = ZoneInfo("Europe/Berlin")
HOUR: Final = 3600
EIGHT: Final = dict.fromkeys(range(5), ((8 * 60, 16 * 60),))
TEN: Final = dict.fromkeys(range(5), ((7 * 60, 17 * 60),))
# A change of week, some days before and after a change of the clock, and at New Year in UTC.
MOMENTS: Final = [
    ("Europe/Berlin", date(2024, 3, 31)),
    ("Europe/Berlin", date(2024, 10, 27)),
    ("America/New_York", date(2024, 11, 3)),
    ("America/Havana", date(2024, 3, 10)),
    ("America/St_Johns", date(2006, 10, 29)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kolkata", date(2024, 12, 31)),
    ("Pacific/Kiritimati", date(2024, 12, 31)),
    ("Antarctica/Troll", date(2024, 10, 27)),
]
CALENDARS: Final = 25
ROUNDS: Final = 12


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def changing(*begins: date) -> Calendar:
    """Return eight hours a day, then ten, eight again, and so on from each of the dates."""
    later = {begin: (TEN, EIGHT)[place % 2] for place, begin in enumerate(begins)}
    return Calendar(zone="Europe/Berlin", week=EIGHT, later_weeks=later)


def test_a_date_follows_the_last_week_that_begins_on_it_or_before() -> None:
    calendar = changing(date(2024, 6, 5), date(2024, 6, 12))
    assert calendar.hours(date(2024, 6, 4)) == EIGHT[0]
    assert calendar.hours(date(2024, 6, 5)) == TEN[0]
    assert calendar.hours(date(2024, 6, 11)) == TEN[0]
    assert calendar.hours(date(2024, 6, 12)) == EIGHT[0]
    assert calendar.hours(date(2024, 6, 8)) == CLOSED


def test_open_time_counts_each_week_by_its_own_hours() -> None:
    calendar = changing(date(2024, 6, 5))
    # Monday and Tuesday of eight hours, the rest of the week of ten.
    whole = calendar.open_seconds(berlin("2024-06-03"), berlin("2024-06-10"))
    assert whole == (2 * 8 + 3 * 10) * HOUR
    due = calendar.add(berlin("2024-06-04 15:00"), seconds=2 * HOUR)
    assert due == berlin("2024-06-05 08:00")
    assert calendar.subtract(due, seconds=2 * HOUR) == berlin("2024-06-04 15:00")


def test_a_week_begins_by_the_clock_of_the_calendars_zone() -> None:
    night = dict.fromkeys(range(7), WHOLE_DAY)
    calendar = Calendar(zone="Asia/Tokyo", week={}, later_weeks={date(2024, 6, 5): night})
    assert calendar.next_open(datetime(2024, 6, 1, tzinfo=UTC)) == datetime(
        2024, 6, 4, 15, tzinfo=UTC
    )


def test_a_single_date_beats_the_week_that_begins_on_it() -> None:
    day = date(2024, 6, 5)
    calendar = Calendar(zone="UTC", week=EIGHT, later_weeks={day: TEN}, days={day: ((600, 660),)})
    assert calendar.hours(day) == ((600, 660),)
    assert calendar.hours(day + timedelta(days=1)) == TEN[0]


def test_calendars_of_other_later_weeks_are_not_equal() -> None:
    one, other = changing(date(2024, 6, 5)), changing(date(2024, 6, 6))
    assert one == changing(date(2024, 6, 5))
    assert hash(one) == hash(changing(date(2024, 6, 5)))
    assert one != other
    assert one != changing()


def test_a_later_week_that_is_none_is_refused_where_it_stands() -> None:
    with pytest.raises(UnknownDayError) as unknown:
        Calendar(zone="UTC", week={}, later_weeks={date(2024, 6, 5): {7: WHOLE_DAY}})
    assert unknown.value.pointer == "/later_weeks/2024-06-05"
    with pytest.raises(InvalidHoursError) as invalid:
        Calendar(zone="UTC", week={}, later_weeks={date(2024, 6, 5): {1: [(600, 60)]}})
    assert invalid.value.pointer == "/later_weeks/2024-06-05/1/0"
    with pytest.raises(UnknownDayError):
        Calendar(zone="UTC", week={}, later_weeks={datetime(2024, 6, 5, tzinfo=UTC): EIGHT})


@given(st.lists(st.dates(date(2023, 1, 1), date(2025, 12, 31)), unique=True, max_size=5))
def test_in_what_order_weeks_are_given_does_not_matter(begins: list[date]) -> None:
    later = {begin: (TEN, EIGHT)[begin.day % 2] for begin in begins}
    forth = Calendar(zone="UTC", week=EIGHT, later_weeks=later)
    back = Calendar(zone="UTC", week=EIGHT, later_weeks=dict(reversed(later.items())))
    assert forth == back
    assert forth.add(datetime(2023, 6, 1, tzinfo=UTC), seconds=HOUR * 5000) == back.add(
        datetime(2023, 6, 1, tzinfo=UTC), seconds=HOUR * 5000
    )


@given(st.dates(date(2023, 1, 1), date(2025, 12, 31)), st.integers(0, 3000))
def test_a_change_of_week_splits_time_into_that_of_both_weeks(begin: date, hours: int) -> None:
    changed = Calendar(zone="UTC", week=EIGHT, later_weeks={begin: TEN})
    border = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    start, end = border - timedelta(hours=hours), border + timedelta(hours=2 * hours)
    before = Calendar(zone="UTC", week=EIGHT).open_seconds(start, border)
    after = Calendar(zone="UTC", week=TEN).open_seconds(border, end)
    assert changed.open_seconds(start, end) == before + after


def some_week(dice: random.Random) -> dict[int, list[tuple[int, int]]]:
    week: dict[int, list[tuple[int, int]]] = {}
    for weekday in range(7):
        minutes = sorted({dice.choice((0, 60, 120, 150, 540, 1020, 1440)) for _ in range(4)})
        week[weekday] = list(zip(minutes[::2], minutes[1::2], strict=False))
    return week


def compare(calendar: Calendar, painted: Painted, dice: random.Random) -> None:
    length = len(painted.minutes) * 60_000_000
    start, end = sorted(
        painted.start + timedelta(microseconds=dice.randrange(length)) for _ in range(2)
    )
    open_time = painted.between(start, end)
    assert calendar.open_microseconds(start, end) == open_time
    amount = dice.randint(0, open_time)
    assert calendar.add(start, microseconds=amount) == painted.add(start, amount)
    assert calendar.subtract(end, microseconds=amount) == painted.subtract(end, amount)
    assert calendar.is_open(start) == painted.open_at(start)


@pytest.mark.parametrize(("zone", "day"), MOMENTS, ids=str)
def test_every_answer_is_that_of_a_walk_over_every_minute(zone: str, day: date) -> None:
    dice = random.Random(f"weeks {zone} {day}")
    walk = MinuteWalk(zone, day - timedelta(days=5), days=11)
    compared = 0
    for _ in range(CALENDARS):
        week = some_week(dice)
        later = {
            day + timedelta(days=dice.randint(-5, 5)): some_week(dice)
            for _ in range(dice.randint(1, 3))
        }
        days = {shown: [(60, 180)] for shown in walk.shown if dice.random() < 0.1}
        calendar = Calendar(zone=zone, week=week, later_weeks=later, days=days)
        painted = walk.paint(week, days, later)
        assert list(calendar.intervals(painted.start, painted.end)) == painted.intervals()
        for _ in range(ROUNDS):
            compare(calendar, painted, dice)
            compared += 1
    assert compared == CALENDARS * ROUNDS
