"""Laws that business time keeps for every calendar, whatever its hours and its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.calendar import (
    DAY_MINUTES,
    WHOLE_DAY,
    Calendar,
    Interval,
    add_hours,
    check_hours,
    remove_hours,
    round_the_clock,
)

ZONES: Final = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "America/Santiago",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Antarctica/Troll",
    ]
)
MICROSECOND: Final = timedelta(microseconds=1)


def paired(minutes: set[int]) -> list[Interval]:
    ordered = sorted(minutes)
    return list(zip(ordered[::2], ordered[1::2], strict=False))


HOURS: Final[st.SearchStrategy[list[Interval]]] = st.one_of(
    st.just([]),
    st.just([*WHOLE_DAY]),
    st.sets(st.integers(0, DAY_MINUTES), max_size=8).map(paired),
    st.sets(st.integers(0, 96).map(lambda quarter: quarter * 15), max_size=6).map(paired),
)
INSTANTS: Final = st.datetimes(
    min_value=datetime(2023, 12, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2025, 2, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
WEEKS: Final = st.dictionaries(st.integers(0, 6), HOURS, max_size=7)
DAYS: Final = st.dictionaries(st.dates(date(2023, 12, 1), date(2025, 2, 1)), HOURS, max_size=20)
# With one short opening a week at least, so that there is always time to add.
CALENDARS: Final = st.builds(
    lambda zone, week, days: Calendar(zone=zone, week={3: [(600, 660)]} | week, days=days),
    zone=ZONES,
    week=WEEKS.filter(lambda week: week.get(3) != []),
    days=DAYS,
)
AMOUNTS: Final = st.integers(0, 300 * 3600 * 1_000_000)


@given(CALENDARS, st.tuples(INSTANTS, INSTANTS, INSTANTS).map(sorted))
def test_open_time_adds_up(calendar: Calendar, instants: list[datetime]) -> None:
    first, second, third = instants
    whole = calendar.open_microseconds(first, third)
    assert whole == calendar.open_microseconds(first, second) + calendar.open_microseconds(
        second, third
    )
    assert 0 <= whole <= (third - first) // MICROSECOND


@given(CALENDARS, INSTANTS, AMOUNTS)
def test_what_is_added_has_passed_and_not_a_moment_sooner(
    calendar: Calendar, start: datetime, amount: int
) -> None:
    end = calendar.add(start, microseconds=amount)
    assert calendar.open_microseconds(start, end) == amount
    if amount:
        assert calendar.open_microseconds(start, end - MICROSECOND) == amount - 1
    else:
        assert end == start


@given(CALENDARS, INSTANTS, AMOUNTS)
def test_what_is_subtracted_will_pass_and_not_from_a_moment_later(
    calendar: Calendar, end: datetime, amount: int
) -> None:
    start = calendar.subtract(end, microseconds=amount)
    assert calendar.open_microseconds(start, end) == amount
    if amount:
        assert calendar.open_microseconds(start + MICROSECOND, end) == amount - 1
    else:
        assert start == end


@given(CALENDARS, INSTANTS, AMOUNTS.filter(bool))
def test_subtracting_what_was_added_leads_back_to_the_first_open_instant(
    calendar: Calendar, start: datetime, amount: int
) -> None:
    there = calendar.add(start, microseconds=amount)
    back = calendar.subtract(there, microseconds=amount)
    assert back == calendar.next_open(start)
    assert calendar.add(back, microseconds=amount) == there
    if calendar.is_open(start):
        assert back == start


@given(CALENDARS, INSTANTS, AMOUNTS, AMOUNTS)
def test_adding_in_parts_is_adding_at_once(
    calendar: Calendar, start: datetime, part: int, other: int
) -> None:
    halfway = calendar.add(start, microseconds=part)
    assert calendar.add(halfway, microseconds=other) == calendar.add(
        start, microseconds=part + other
    )


@given(CALENDARS, INSTANTS, AMOUNTS, AMOUNTS)
def test_subtracting_in_parts_is_subtracting_at_once(
    calendar: Calendar, end: datetime, part: int, other: int
) -> None:
    halfway = calendar.subtract(end, microseconds=part)
    assert calendar.subtract(halfway, microseconds=other) == calendar.subtract(
        end, microseconds=part + other
    )


@given(CALENDARS, INSTANTS)
def test_the_next_opening_is_open_and_its_own_next(calendar: Calendar, instant: datetime) -> None:
    opening = calendar.next_open(instant)
    assert opening >= instant
    assert calendar.is_open(opening)
    assert calendar.next_open(opening) == opening
    assert calendar.open_microseconds(instant, opening) == 0
    assert calendar.is_open(instant) == (opening == instant)


@given(CALENDARS, INSTANTS, INSTANTS, AMOUNTS, AMOUNTS)
def test_later_starts_and_longer_durations_never_end_sooner(
    calendar: Calendar, one: datetime, other: datetime, amount: int, more: int
) -> None:
    early, late = sorted((one, other))
    assert calendar.add(early, microseconds=amount) <= calendar.add(late, microseconds=amount)
    assert calendar.add(early, microseconds=amount) <= calendar.add(
        early, microseconds=amount + more
    )
    assert calendar.subtract(early, microseconds=amount) <= calendar.subtract(
        late, microseconds=amount
    )
    assert calendar.next_open(early) <= calendar.next_open(late)


@given(CALENDARS, st.tuples(INSTANTS, INSTANTS).map(sorted))
def test_intervals_are_apart_within_the_period_and_add_up(
    calendar: Calendar, period: list[datetime]
) -> None:
    start, end = period
    found = list(calendar.intervals(start, end))
    bounds = [start, *(moment for interval in found for moment in interval), end]
    assert bounds == sorted(bounds)
    # Neither empty nor touching the next: each is as long as it can be.
    inner = bounds[1:-1]
    assert len(set(inner)) == len(inner)
    total = sum((closed - opened for opened, closed in found), timedelta())
    assert total // MICROSECOND == calendar.open_microseconds(start, end)
    assert all(calendar.is_open(opened) for opened, _ in found)
    assert not any(calendar.is_open(closed) for _, closed in found if closed < end)


@given(CALENDARS, INSTANTS, INSTANTS, ZONES, AMOUNTS)
def test_only_the_instant_counts_not_the_zone_it_is_written_in(
    calendar: Calendar, one: datetime, other: datetime, zone: str, amount: int
) -> None:
    start, end = sorted((one, other))
    elsewhere = start.astimezone(ZoneInfo(zone))
    assert calendar.open_microseconds(elsewhere, end) == calendar.open_microseconds(start, end)
    answer = calendar.add(elsewhere, microseconds=amount)
    assert answer == calendar.add(start, microseconds=amount)
    assert answer.tzinfo is UTC


@given(ZONES, INSTANTS, AMOUNTS)
def test_a_calendar_that_is_always_open_tells_real_time(
    zone: str, start: datetime, amount: int
) -> None:
    end = start + timedelta(microseconds=amount)
    always = Calendar(zone=zone, week=dict.fromkeys(range(7), WHOLE_DAY))
    for calendar in (always, round_the_clock()):
        assert calendar.open_microseconds(start, end) == amount
        assert calendar.add(start, microseconds=amount) == end
        assert calendar.subtract(end, microseconds=amount) == start
        assert calendar.next_open(start) == start
        assert list(calendar.intervals(start, end)) == ([(start, end)] if amount else [])


@given(ZONES, WEEKS, DAYS, st.lists(INSTANTS, min_size=2, max_size=6), AMOUNTS)
def test_an_answer_does_not_depend_on_what_was_asked_before(
    zone: str,
    week: dict[int, list[Interval]],
    days: dict[date, list[Interval]],
    asked: list[datetime],
    amount: int,
) -> None:
    assume(any(week.values()))
    used = Calendar(zone=zone, week=week, days=days)
    for instant in asked:
        fresh = Calendar(zone=zone, week=week, days=days)
        assert used.add(instant, microseconds=amount) == fresh.add(instant, microseconds=amount)
        assert used == fresh
        assert hash(used) == hash(fresh)


@given(ZONES, HOURS, HOURS, st.tuples(INSTANTS, INSTANTS).map(sorted))
def test_more_hours_never_make_less_open_time(
    zone: str, hours: list[Interval], extra: list[Interval], period: list[datetime]
) -> None:
    less = Calendar(zone=zone, week=dict.fromkeys(range(7), hours))
    more = Calendar(zone=zone, week=dict.fromkeys(range(7), add_hours(hours, extra)))
    assert more.open_microseconds(*period) >= less.open_microseconds(*period)


@given(HOURS, HOURS)
def test_adding_and_removing_hours_are_union_and_difference(
    hours: list[Interval], other: list[Interval]
) -> None:
    def minutes(intervals: tuple[Interval, ...] | list[Interval]) -> set[int]:
        return {minute for start, end in intervals for minute in range(start, end)}

    added, removed = add_hours(hours, other), remove_hours(hours, other)
    assert minutes(added) == minutes(hours) | minutes(other)
    assert minutes(removed) == minutes(hours) - minutes(other)
    for result in (added, removed):
        assert check_hours(result) == result
