"""The arithmetic agrees with a walk over every minute, around every kind of clock change."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Final

import pytest

from shared.calendar import Calendar
from tests.support.minute_walk import MinuteWalk, Painted

MOMENTS: Final = [
    ("Europe/Berlin", date(2024, 3, 31)),
    ("Europe/Berlin", date(2024, 10, 27)),
    ("Europe/Berlin", date(2024, 12, 31)),
    ("Europe/Dublin", date(2024, 10, 27)),
    ("America/New_York", date(2024, 3, 10)),
    ("America/New_York", date(2024, 11, 3)),
    # One minute after midnight, back into the day before.
    ("America/St_Johns", date(2006, 4, 2)),
    ("America/St_Johns", date(2006, 10, 29)),
    # 00:00-01:00 left out, and shown twice.
    ("America/Havana", date(2024, 3, 10)),
    ("America/Havana", date(2024, 11, 3)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Santiago", date(2024, 4, 7)),
    ("America/Santiago", date(2024, 9, 8)),
    ("Asia/Beirut", date(2024, 3, 31)),
    ("Asia/Beirut", date(2024, 10, 27)),
    ("Asia/Tehran", date(2022, 3, 22)),
    ("Asia/Kolkata", date(2024, 12, 31)),
    ("Africa/Cairo", date(2024, 4, 26)),
    ("Africa/Cairo", date(2024, 11, 1)),
    # Back in spring, on in autumn: the month of fasting.
    ("Africa/Casablanca", date(2024, 3, 10)),
    ("Africa/Casablanca", date(2024, 4, 14)),
    # Half an hour.
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),
    ("Australia/Sydney", date(2024, 4, 7)),
    ("Australia/Sydney", date(2024, 10, 6)),
    ("Pacific/Auckland", date(2024, 4, 7)),
    ("Pacific/Auckland", date(2024, 9, 29)),
    ("Pacific/Chatham", date(2024, 9, 29)),
    # A date that never was.
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kiritimati", date(2024, 12, 31)),
    # Two, three and seven hours.
    ("Antarctica/Troll", date(2024, 3, 31)),
    ("Antarctica/Troll", date(2024, 10, 27)),
    ("Antarctica/Casey", date(2010, 3, 5)),
    ("Antarctica/Vostok", date(1994, 2, 1)),
    ("UTC", date(2024, 2, 29)),
]
CALENDARS: Final = 20
ROUNDS: Final = 15
CASES_PER_ROUND: Final = 5
# Where clocks change, days begin and shifts end.
LIKELY_MINUTES: Final = (0, 1, 30, 60, 90, 120, 135, 150, 180, 540, 720, 1020, 1380, 1410, 1440)


def some_hours(dice: random.Random) -> list[tuple[int, int]]:
    kind = dice.random()
    if kind < 0.15:
        return []
    if kind < 0.35:
        return [(0, 1440)]
    minutes: set[int] = set()
    for _ in range(dice.choice((2, 2, 4, 6))):
        minutes.add(dice.choice(LIKELY_MINUTES) if dice.random() < 0.6 else dice.randrange(1441))
    ordered = sorted(minutes)
    return list(zip(ordered[::2], ordered[1::2], strict=False))


def some_instant(dice: random.Random, painted: Painted) -> datetime:
    """Return an instant inside of the stretch, often a boundary, with a microsecond's doubt."""
    known = [moment for interval in painted.intervals() for moment in interval]
    if known and dice.random() < 0.4:
        wobble = timedelta(microseconds=dice.choice((-60_000_001, -1, 0, 0, 1, 999_999)))
        moment = dice.choice(known) + wobble
        if painted.start <= moment < painted.end:
            return moment
    unit = dice.choice((1, 1_000_000, 60_000_000))
    count = len(painted.minutes) * 60_000_000 // unit
    return painted.start + timedelta(microseconds=dice.randrange(count) * unit)


def compare(calendar: Calendar, painted: Painted, dice: random.Random) -> int:
    """Ask both the same questions; return how many."""
    start, end = sorted(some_instant(dice, painted) for _ in range(2))
    open_time = painted.between(start, end)
    assert calendar.open_microseconds(start, end) == open_time, (start, end)
    # As much as there is, so that the answer is a boundary, or some part of it.
    amount = open_time if dice.random() < 0.3 else dice.randint(0, open_time)
    assert calendar.add(start, microseconds=amount) == painted.add(start, amount), (start, amount)
    assert calendar.subtract(end, microseconds=amount) == painted.subtract(end, amount), (
        end,
        amount,
    )
    assert calendar.is_open(start) == painted.open_at(start), start
    coming = painted.next_open(start)
    if coming is None:
        assert calendar.next_open(start) >= painted.end, start
    else:
        assert calendar.next_open(start) == coming, start
    return CASES_PER_ROUND


@pytest.mark.parametrize(("zone", "day"), MOMENTS, ids=str)
def test_every_answer_is_that_of_a_walk_over_every_minute(zone: str, day: date) -> None:
    dice = random.Random(f"{zone} {day}")
    walk = MinuteWalk(zone, day - timedelta(days=2), days=5)
    cases = 0
    for _ in range(CALENDARS):
        week = {weekday: some_hours(dice) for weekday in range(7)}
        # So that a search has something to find, far from the days walked over.
        days = {day: some_hours(dice) for day in walk.shown if dice.random() < 0.4}
        days[day + timedelta(days=40)] = [(0, 1440)]
        calendar = Calendar(zone=zone, week=week, days=days)
        painted = walk.paint(week, days)
        assert list(calendar.intervals(painted.start, painted.end)) == painted.intervals(), week
        for _ in range(ROUNDS):
            cases += compare(calendar, painted, dice)
    assert cases == CALENDARS * ROUNDS * CASES_PER_ROUND


def test_at_least_fifty_thousand_answers_are_compared() -> None:
    assert len(MOMENTS) * CALENDARS * ROUNDS * CASES_PER_ROUND >= 50_000


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/Havana"])
def test_a_whole_year_over_new_year_agrees_too(zone: str) -> None:
    dice = random.Random(zone)
    walk = MinuteWalk(zone, date(2023, 7, 1), days=366)
    week = {weekday: some_hours(dice) for weekday in range(6)} | {6: [(0, 120), (1320, 1440)]}
    days = {day: some_hours(dice) for day in walk.shown if dice.random() < 0.05}
    calendar = Calendar(zone=zone, week=week, days=days)
    painted = walk.paint(week, days)
    assert list(calendar.intervals(painted.start, painted.end)) == painted.intervals()
    for _ in range(30):
        compare(calendar, painted, dice)
