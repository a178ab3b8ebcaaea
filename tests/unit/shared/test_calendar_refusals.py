"""Whatever a calendar cannot be, and whatever cannot be asked of it, is refused by name."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from shared.calendar import (
    CLOSED,
    WHOLE_DAY,
    Calendar,
    DurationError,
    FractionOfSecondError,
    InstantOutOfRangeError,
    InstantWithoutZoneError,
    InvalidHoursError,
    NeverOpensError,
    OverlappingHoursError,
    ReversedPeriodError,
    UnknownDayError,
    UnknownZoneError,
    add_hours,
    check_hours,
    find_zone,
    round_the_clock,
)
from shared.calendar.zones import stretches
from shared.errors import DomainError, Kind

NOW = datetime(2024, 6, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "hours",
    [
        [(600, 600)],
        [(1020, 540)],
        [(1320, 360)],
        [(-1, 60)],
        [(1400, 1441)],
        [(540, 600.0)],
        [(540, float("nan"))],
        [(True, 60)],
        [("09:00", "17:00")],
        [(540,)],
        [(540, 600, 660)],
        [(2 * half, 2 * half + 1) for half in range(49)],
    ],
)
def test_hours_that_are_none_are_refused(hours: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(InvalidHoursError):
        check_hours(hours)
    with pytest.raises(InvalidHoursError) as refused:
        Calendar(zone="UTC", week={2: hours})
    assert str(refused.value.pointer).startswith("/week/2")


def test_hours_past_midnight_are_told_to_be_two_intervals() -> None:
    with pytest.raises(InvalidHoursError, match=r"22:00-06:00 .* two intervals") as refused:
        Calendar(zone="UTC", week={}, days={date(2024, 6, 3): [(0, 60), (1320, 360)]})
    assert refused.value.pointer == "/days/2024-06-03/1"


@pytest.mark.parametrize(
    "hours",
    [[(540, 720), (700, 800)], [(700, 800), (540, 720)], [(0, 1440), (60, 120)], [(1, 2), (1, 2)]],
)
def test_intervals_of_a_day_that_overlap_are_refused(hours: list[tuple[int, int]]) -> None:
    with pytest.raises(OverlappingHoursError):
        check_hours(hours)
    with pytest.raises(OverlappingHoursError):
        add_hours([(1000, 1010)], hours)


def test_an_overlap_points_at_the_later_interval_as_it_was_given() -> None:
    with pytest.raises(OverlappingHoursError, match="09:00-12:00 and 11:00-13:00") as refused:
        Calendar(zone="UTC", week={4: [(660, 780), (840, 900), (540, 720)]})
    assert refused.value.pointer == "/week/4/0"


def test_intervals_may_touch_and_come_in_any_order() -> None:
    assert check_hours([(720, 800), (900, 960), (600, 720)]) == ((600, 800), (900, 960))
    assert check_hours([]) == CLOSED


@pytest.mark.parametrize("weekday", [-1, 7, True, "monday", 1.0, None])
def test_a_weekday_that_is_none_is_refused(weekday: Any) -> None:  # noqa: ANN401 - as above
    with pytest.raises(UnknownDayError):
        Calendar(zone="UTC", week={weekday: WHOLE_DAY})


@pytest.mark.parametrize("day", [NOW, "2024-06-03", 20240603, None])
def test_a_date_that_is_none_is_refused(day: Any) -> None:  # noqa: ANN401 - as above
    with pytest.raises(UnknownDayError):
        Calendar(zone="UTC", week={}, days={day: WHOLE_DAY})


@pytest.mark.parametrize(
    "name",
    [
        *("", "Europe", "Europe/Atlantis", "europe/berlin", "CEST", "+02:00", "../etc/passwd"),
        *("/etc/localtime", "localtime", "Factory", "posixrules", "right/Europe/Berlin"),
        *("posix/Europe/Berlin", "zone.tab", "UTC\0", "\ud800", "x" * 5000),
    ],
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnknownZoneError) as refused:
        Calendar(zone=name, week={})
    assert refused.value.pointer == "/zone"
    assert len(refused.value.detail) < 200


def test_zones_are_read_as_the_database_has_them() -> None:
    start = int(datetime(1970, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())
    # One in seven: most are other names of the same.
    for name in sorted(available_timezones() - {"Factory", "localtime"})[::7]:
        zone = find_zone(name)
        found = stretches(zone, start, end)
        assert [found[0].start, *(one.end for one in found)] == [
            *(one.start for one in found),
            end,
        ]
        for one in found:
            for second in (one.start, (one.start + one.end) // 2, one.end - 1):
                offset = datetime.fromtimestamp(second, ZoneInfo(name)).utcoffset()
                assert offset == timedelta(seconds=one.offset), (name, second)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_an_instant_outside_of_the_years_known_is_refused(instant: datetime) -> None:
    calendar = round_the_clock()
    with pytest.raises(InstantOutOfRangeError):
        calendar.is_open(instant)
    with pytest.raises(InstantOutOfRangeError):
        calendar.add(instant, seconds=1)


def test_an_instant_without_a_zone_is_refused_by_every_method() -> None:
    calendar, naive = round_the_clock(), NOW.replace(tzinfo=None)
    for ask in (calendar.is_open, calendar.next_open, calendar.add, calendar.subtract):
        with pytest.raises(InstantWithoutZoneError):
            ask(naive)
    for period in ((naive, NOW), (NOW, naive)):
        for asked in (calendar.open_seconds, calendar.open_microseconds, calendar.intervals):
            with pytest.raises(InstantWithoutZoneError):
                asked(*period)


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    calendar, before = round_the_clock(), NOW - timedelta(microseconds=1)
    with pytest.raises(ReversedPeriodError):
        calendar.open_microseconds(NOW, before)
    with pytest.raises(ReversedPeriodError):
        calendar.intervals(NOW, before)


@pytest.mark.parametrize("amount", [-1, 1.5, float("nan"), float("inf"), True, "60", None])
def test_a_duration_that_is_none_is_refused(amount: Any) -> None:  # noqa: ANN401 - as above
    calendar = round_the_clock()
    for ask in (calendar.add, calendar.subtract):
        with pytest.raises(DurationError):
            ask(NOW, seconds=amount)
        with pytest.raises(DurationError):
            ask(NOW, microseconds=amount)


def test_a_fraction_of_a_second_is_exact_or_refused_never_rounded() -> None:
    calendar, later = round_the_clock(), NOW + timedelta(seconds=2, microseconds=7)
    assert calendar.open_microseconds(NOW, later) == 2_000_007
    with pytest.raises(FractionOfSecondError, match="2 s and 7 microseconds"):
        calendar.open_seconds(NOW, later)
    assert calendar.add(NOW, seconds=2, microseconds=7) == later
    assert calendar.open_seconds(later, later + timedelta(minutes=1)) == 60


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar(zone="Europe/Berlin", week={}),
        Calendar(zone="Europe/Berlin", week={0: CLOSED}, days={date(2024, 6, 4): CLOSED}),
        # Open on a date that this zone left out.
        Calendar(zone="Pacific/Apia", week={}, days={date(2011, 12, 30): WHOLE_DAY}),
    ],
)
def test_a_calendar_that_never_opens_says_so(calendar: Calendar) -> None:
    assert calendar.open_seconds(NOW, NOW + timedelta(days=4000)) == 0
    assert list(calendar.intervals(NOW, NOW + timedelta(days=4000))) == []
    assert not calendar.is_open(NOW)
    with pytest.raises(NeverOpensError):
        calendar.next_open(NOW)
    with pytest.raises(NeverOpensError):
        calendar.add(NOW, seconds=1)
    with pytest.raises(NeverOpensError):
        calendar.subtract(NOW, seconds=1)


def test_a_calendar_that_opens_too_little_says_so() -> None:
    calendar = Calendar(zone="UTC", week={}, days={date(2024, 6, 4): [(600, 660)]})
    assert calendar.add(NOW, seconds=3600) == datetime(2024, 6, 4, 11, tzinfo=UTC)
    with pytest.raises(NeverOpensError):
        calendar.add(NOW, seconds=3601)
    after = NOW + timedelta(days=2)
    assert calendar.subtract(after, seconds=3600) == datetime(2024, 6, 4, 10, tzinfo=UTC)
    with pytest.raises(NeverOpensError):
        calendar.subtract(after, seconds=3601)
    with pytest.raises(NeverOpensError):
        round_the_clock().add(NOW, seconds=10**30)


def test_the_last_instant_known_is_reached_and_not_passed() -> None:
    always, eve = round_the_clock(), datetime(2199, 12, 31, tzinfo=UTC)
    assert always.add(eve, seconds=86_400) == datetime(2200, 1, 1, tzinfo=UTC)
    with pytest.raises(NeverOpensError):
        always.add(eve, seconds=86_400, microseconds=1)
    first = datetime(1970, 1, 2, tzinfo=UTC)
    assert always.subtract(first, seconds=86_400) == datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(NeverOpensError):
        always.subtract(first, seconds=86_400, microseconds=1)


def test_a_question_about_centuries_does_not_keep_them_in_memory() -> None:
    calendar = Calendar(zone="UTC", week=dict.fromkeys(range(7), ((480, 720), (780, 1020))))
    start, end = datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
    tracemalloc.start()
    try:
        assert calendar.open_seconds(start, end) == (end - start).days * 8 * 3600
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # A year of two intervals a day is 18 kB; all 230 of them would be 4 MB.
    assert kept < 2_000_000


def test_calendars_of_the_same_data_are_equal_and_of_other_data_are_not() -> None:
    def calendar(**changed: Any) -> Calendar:  # noqa: ANN401 - one argument at a time
        given: dict[str, Any] = {
            "zone": "Europe/Berlin",
            "week": {0: [(720, 900), (600, 720)], 6: []},
            "days": {date(2024, 6, 4): CLOSED},
            "version": 3,
        }
        return Calendar(**given | changed)

    assert calendar() == calendar(week={0: [(600, 900)]})
    assert len({calendar(), calendar()}) == 1
    others: tuple[dict[str, object], ...] = (
        {"zone": "Europe/Rome"},
        {"week": {}},
        {"days": {}},
        {"version": 4},
    )
    for changed in others:
        assert calendar() != calendar(**changed)
    assert calendar().version == 3
    assert "Europe/Berlin" in repr(calendar())


def test_every_refusal_is_of_a_kind_and_has_a_code_of_its_own() -> None:
    refusals: list[type[DomainError]] = [
        *(DurationError, FractionOfSecondError, InstantOutOfRangeError, InstantWithoutZoneError),
        *(InvalidHoursError, NeverOpensError, OverlappingHoursError, ReversedPeriodError),
        *(UnknownDayError, UnknownZoneError),
    ]
    assert {refusal.kind for refusal in refusals} == {Kind.INVALID}
    assert len({refusal.code for refusal in refusals}) == len(refusals)
