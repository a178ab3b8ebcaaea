"""Calendars as events carry them: read back as they were written, and refused by the place."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    DAY_MINUTES,
    WEEKDAYS,
    Calendar,
    DayHours,
    InvalidCalendarError,
    InvalidHoursError,
    OverlappingHoursError,
    UnknownZoneError,
    check_hours,
    from_hours,
    read_hours,
    read_week,
    write_hours,
    write_week,
)

OFFICE: Final[dict[str, Any]] = {
    **{name: [{"start": "08:00", "end": "17:00"}] for name in WEEKDAYS[:5]},
    "saturday": [],
    "sunday": [{"start": "22:00", "end": "24:00"}],
}
LISTS: Final[dict[str, Any]] = {
    "weeks": [
        {"effective_from": None, "hours": OFFICE},
        {"effective_from": "2026-03-02", "hours": {**OFFICE, "monday": []}},
    ],
    "days": [
        {"date": "2026-12-25", "name": "Christmas Day", "hours": []},
        {"date": "2026-12-24", "name": None, "hours": [{"start": "08:00", "end": "12:00"}]},
    ],
}
HOURS: Final = st.sets(st.integers(0, DAY_MINUTES), max_size=8).map(
    lambda minutes: check_hours(zip(sorted(minutes)[::2], sorted(minutes)[1::2], strict=False))
)
DATES: Final = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def read(**changes: Any) -> Calendar:  # noqa: ANN401 - JSON, wrong on purpose
    return from_hours(**{"time_zone": "Europe/Berlin", "version": 7, **LISTS, **changes})


def altered(path: str, value: object) -> dict[str, Any]:
    """Return the lists with the value at a pointer replaced."""
    lists: dict[str, Any] = json.loads(json.dumps(LISTS))
    *steps, last = path.strip("/").split("/")
    place: Any = lists
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    return lists


def test_an_events_lists_make_the_calendar_they_describe() -> None:
    calendar = read()
    assert calendar.version == 7
    assert calendar.zone == "Europe/Berlin"
    assert calendar.hours(date(2026, 2, 23)) == ((480, 1020),)
    assert calendar.hours(date(2026, 3, 2)) == ()
    assert calendar.hours(date(2026, 3, 1)) == ((1320, 1440),)
    assert calendar.hours(date(2026, 12, 24)) == ((480, 720),)
    assert calendar.hours(date(2026, 12, 25)) == ()
    assert calendar.next_open(datetime(2026, 12, 24, 12, tzinfo=UTC)) == datetime(
        2026, 12, 27, 21, tzinfo=UTC
    )


@given(
    st.lists(st.tuples(*[HOURS] * 7), min_size=1, max_size=3),
    st.lists(DATES, min_size=2, max_size=2, unique=True).map(sorted),
    st.dictionaries(DATES, HOURS, max_size=5),
)
def test_what_was_written_is_read_back(
    weeks: list[tuple[DayHours, ...]], begins: list[date], days: dict[date, DayHours]
) -> None:
    starts = [None, *begins][: len(weeks)]
    document = json.dumps(
        {
            "weeks": [
                {"effective_from": begin and begin.isoformat(), "hours": write_week(week)}
                for begin, week in zip(starts, weeks, strict=True)
            ],
            "days": [
                {"date": day.isoformat(), "name": None, "hours": write_hours(hours)}
                for day, hours in days.items()
            ],
        }
    )
    assert from_hours(time_zone="Europe/Berlin", version=3, **json.loads(document)) == Calendar(
        zone="Europe/Berlin",
        week=dict(enumerate(weeks[0])),
        later_weeks={
            begin: dict(enumerate(week))
            for begin, week in zip(starts[1:], weeks[1:], strict=True)
            if begin is not None
        },
        days=days,
        version=3,
    )


def test_fields_that_are_not_known_are_left_alone() -> None:
    noted = altered("/days/0/hours", [{"start": "08:00", "end": "09:00", "note": "late"}])
    assert read(**noted).hours(date(2026, 12, 25)) == ((480, 540),)


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("/weeks", {}, "/weeks"),
        ("/weeks", [], "/weeks"),
        ("/weeks", None, "/weeks"),
        ("/weeks/0", "monday", "/weeks/0"),
        ("/weeks/0", {"effective_from": None}, "/weeks/0"),
        ("/weeks/0", {"hours": OFFICE}, "/weeks/0"),
        ("/weeks/0/effective_from", "2026-01-01", "/weeks/0/effective_from"),
        ("/weeks/1/effective_from", None, "/weeks/1/effective_from"),
        ("/weeks/1/effective_from", "20260302", "/weeks/1/effective_from"),
        ("/weeks/1/effective_from", "2026-W10-1", "/weeks/1/effective_from"),
        ("/weeks/1/effective_from", "2026-02-30", "/weeks/1/effective_from"),
        ("/weeks/1/effective_from", 20260302, "/weeks/1/effective_from"),
        ("/weeks/0/hours", [], "/weeks/0/hours"),
        ("/weeks/0/hours", {"monday": []}, "/weeks/0/hours"),
        ("/weeks/0/hours/funday", [], "/weeks/0/hours"),
        ("/weeks/0/hours/monday", "08:00-17:00", "/weeks/0/hours/monday"),
        ("/weeks/0/hours/monday", ["08:00"], "/weeks/0/hours/monday/0"),
        ("/weeks/0/hours/monday/0/start", "8:00", "/weeks/0/hours/monday/0/start"),
        ("/weeks/0/hours/monday/0/start", "24:01", "/weeks/0/hours/monday/0/start"),
        ("/weeks/0/hours/monday/0/end", "17:60", "/weeks/0/hours/monday/0/end"),
        ("/weeks/0/hours/monday/0/end", "\u0660\u0668:\u0660\u0660", "/weeks/0/hours/monday/0/end"),
        ("/weeks/0/hours/monday/0/end", "17:00\n", "/weeks/0/hours/monday/0/end"),
        ("/weeks/0/hours/monday/0/end", 1020, "/weeks/0/hours/monday/0/end"),
        ("/days/1/date", "2026-12-25", "/days/1/date"),
        ("/days/1/date", None, "/days/1/date"),
        ("/days/1/hours", None, "/days/1/hours"),
        ("/days", "none", "/days"),
    ],
)
def test_what_has_not_the_form_is_refused_where_it_stands(
    path: str, value: object, pointer: str
) -> None:
    with pytest.raises(InvalidCalendarError) as refused:
        read(**altered(path, value))
    assert refused.value.pointer == pointer
    assert len(refused.value.detail) < 200


def test_weeks_out_of_order_are_refused() -> None:
    weeks = [*LISTS["weeks"], {"effective_from": "2026-03-02", "hours": OFFICE}]
    with pytest.raises(InvalidCalendarError, match="not after 2026-03-02") as refused:
        read(weeks=weeks)
    assert refused.value.pointer == "/weeks/2/effective_from"


def test_hours_that_are_none_are_refused_where_they_stand() -> None:
    with pytest.raises(InvalidHoursError) as reversed_hours:
        read(**altered("/weeks/1/hours/friday/0/end", "08:00"))
    assert reversed_hours.value.pointer == "/weeks/1/hours/friday/0"
    twice = [{"start": "08:00", "end": "12:00"}, {"start": "11:00", "end": "13:00"}]
    with pytest.raises(OverlappingHoursError) as overlap:
        read(**altered("/days/0/hours", twice))
    assert overlap.value.pointer == "/days/0/hours/1"


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownZoneError) as refused:
        read(time_zone="Europe/Atlantis")
    assert refused.value.pointer == "/time_zone"


@given(HOURS)
def test_hours_of_a_day_and_a_week_come_back(hours: DayHours) -> None:
    assert read_hours(write_hours(hours)) == hours
    assert read_week(write_week((hours,) * 7)) == (hours,) * 7
