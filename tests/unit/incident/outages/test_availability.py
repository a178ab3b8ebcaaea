"""Availability: overlaps once, splits and order change nothing, and an oracle by the minute."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.outages.engine.availability import (
    MICROSECONDS,
    Availability,
    Downtime,
    Piece,
    measure,
    percent_text,
    whole_seconds,
)
from services.incident.outages.engine.service_time import ServiceTime, service_time
from services.incident.outages.events import OutageKind
from services.incident.views.domain import AvailabilityLine, KnownCalendar
from shared.calendar import Calendar, clock_text

BASE = datetime(2026, 3, 27, tzinfo=UTC)
MINUTE = 60 * MICROSECONDS
SPAN = 4 * 1440
"""Four days in which Berlin's clock leaves out an hour."""
OFFICE = Calendar(zone="Europe/Berlin", week={day: [(60, 300), (480, 1020)] for day in range(7)})


def at(minute: int) -> datetime:
    return BASE + timedelta(minutes=minute)


def parts(calendar: Calendar | None = None) -> list[ServiceTime]:
    known = None if calendar is None else KnownCalendar(calendar, 1)
    return [ServiceTime(at(0), at(SPAN), None, known)]


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    start = draw(st.integers(-200, SPAN + 100))
    length = draw(st.one_of(st.none(), st.integers(1, 900)))
    return Piece(
        source=UUID(int=draw(st.integers(1, 5))),
        start=at(start),
        end=None if length is None else at(start + length),
        kind=draw(st.sampled_from(get_args(OutageKind))),
        severity_factor=draw(st.sampled_from([Decimal(0), Decimal("0.3"), Decimal(1)])),
        share=draw(st.sampled_from([Decimal("0.2"), Decimal(1)])),
    )


SETS = st.lists(pieces(), max_size=8)
CALENDARS = st.sampled_from([None, OFFICE])


def by_the_minute(found: Sequence[Piece], calendar: Calendar | None) -> tuple[int, Fraction, int]:
    """Count each open minute by what lasts in it."""
    strict, weighted, experienced = 0, Fraction(0), 0
    for minute in range(SPAN):
        now = at(minute)
        if calendar is not None and not calendar.is_open(now):
            continue
        active = [one for one in found if one.start <= now and (one.end is None or now < one.end)]
        kinds = {one.kind for one in active}
        strict += "outage" in kinds
        experienced += bool(kinds & {"outage", "planned"})
        weighted += max(
            (
                Fraction(one.severity_factor) * Fraction(one.share)
                for one in active
                if one.kind != "planned"
            ),
            default=Fraction(0),
        )
    return strict * MINUTE, weighted * MINUTE, experienced * MINUTE


def told(found: Availability) -> tuple[int, Fraction, int]:
    return found.lost.strict, found.lost.weighted, found.lost.experienced


@pytest.mark.parametrize("calendar", [None, OFFICE])
def test_it_equals_a_count_by_the_minute(calendar: Calendar | None) -> None:
    dice = random.Random(6)
    for _ in range(25):
        found = [
            Piece(
                source=UUID(int=number),
                start=at(start := dice.randint(-500, SPAN)),
                end=at(start + dice.randint(1, 2000)) if dice.random() < 0.9 else None,
                kind=dice.choice(get_args(OutageKind)),
                severity_factor=dice.choice([Decimal("0.25"), Decimal("0.5"), Decimal(1)]),
                share=dice.choice([Decimal("0.1"), Decimal(1)]),
            )
            for number in range(dice.randint(0, 7))
        ]
        assert told(measure(parts(calendar), found)) == by_the_minute(found, calendar)


@given(SETS, CALENDARS, st.randoms())
def test_order_plays_no_part(
    found: list[Piece], calendar: Calendar | None, dice: random.Random
) -> None:
    before = measure(parts(calendar), found)
    dice.shuffle(found)
    assert measure(parts(calendar), found) == before


@given(SETS, CALENDARS, st.integers(1, 5000))
def test_a_split_segment_is_the_same_time(
    found: list[Piece], calendar: Calendar | None, cut: int
) -> None:
    split = [
        half
        for one in found
        for half in (
            [replace(one, end=at(cut)), replace(one, start=at(cut))]
            if one.start < at(cut) and (one.end is None or at(cut) < one.end)
            else [one]
        )
    ]
    before, after = measure(parts(calendar), found), measure(parts(calendar), split)
    assert (told(after), after.failures) == (told(before), before.failures)


@given(SETS, CALENDARS)
def test_the_same_outage_twice_counts_once(found: list[Piece], calendar: Calendar | None) -> None:
    before = measure(parts(calendar), found)
    twice = [*found, *(replace(one, source=UUID(int=99)) for one in found)]
    after = measure(parts(calendar), twice)
    assert (told(after), after.failures) == (told(before), before.failures)


@given(SETS, CALENDARS)
def test_what_the_sources_add_is_the_whole(found: list[Piece], calendar: Calendar | None) -> None:
    whole = measure(parts(calendar), found)
    assert sum(one.strict for one in whole.by_source.values()) == whole.lost.strict
    assert sum(one.experienced for one in whole.by_source.values()) == whole.lost.experienced
    weighted = sum((one.weighted for one in whole.by_source.values()), Fraction(0))
    assert weighted == whole.lost.weighted
    assert 0 <= whole.lost.strict <= whole.lost.experienced <= whole.agreed


@given(SETS, CALENDARS, st.integers(1, SPAN - 1))
def test_a_period_in_two_parts_adds_up(
    found: list[Piece], calendar: Calendar | None, cut: int
) -> None:
    (part,) = parts(calendar)
    halves = [replace(part, end=at(cut)), replace(part, start=at(cut))]
    whole = measure(parts(calendar), found)
    first, second = (measure([half], found) for half in halves)
    assert told(measure(halves, found)) == told(whole)
    assert first.agreed + second.agreed == whole.agreed
    assert first.lost.weighted + second.lost.weighted == whole.lost.weighted


def test_outages_that_touch_are_one_failure_and_one_from_before_is_none() -> None:
    out = Piece(UUID(int=1), at(-5), at(10), "outage", Decimal(1), Decimal(1))
    found = [
        out,
        replace(out, start=at(20), end=at(30)),
        replace(out, start=at(30), end=at(40)),
        replace(out, start=at(60), end=at(70), kind="degradation"),
    ]
    assert measure(parts(), found).failures == 1


def test_no_time_has_no_percent() -> None:
    assert measure([], []) == Availability(0, Downtime(), {}, 0)
    assert percent_text(0, 0) is None


def test_percent_is_rounded_from_the_exact_time() -> None:
    assert percent_text(Fraction(1, 3), 10_000) == "99.9967"
    assert percent_text(0, 7) == "100.0000"
    assert percent_text(7, 7) == "0.0000"
    assert whole_seconds(Fraction(1_999_999)) == 1


def line(number: int, start: int, end: int | None, calendar: UUID | None) -> AvailabilityLine:
    return AvailabilityLine(
        agreement_id=UUID(int=number),
        number=f"AGR{number}",
        target_id=UUID(int=number),
        agreement_version=1,
        percent="99.9",
        period="month",
        calendar_id=calendar,
        valid_from=at(start),
        valid_to=None if end is None else at(end),
    )


def test_the_latest_agreement_holds_and_gaps_count_around_the_clock() -> None:
    key = UUID(int=7)
    known = {key: KnownCalendar(OFFICE, 1)}
    early, late = line(1, 100, 500, key), line(2, 300, 400, None)
    found = service_time([late, early], known, start=at(0), end=at(SPAN))
    assert [(one.start, one.end, one.line, one.known) for one in found] == [
        (at(0), at(100), None, None),
        (at(100), at(300), early, known[key]),
        (at(300), at(400), late, None),
        (at(400), at(500), early, known[key]),
        (at(500), at(SPAN), None, None),
    ]
    assert service_time([early], known, start=at(0), end=at(0)) == []
    assert clock_text(60) == "01:00"
