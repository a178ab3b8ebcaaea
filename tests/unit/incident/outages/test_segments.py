"""How the time of an outage is put together: no gap, no overlap, nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.incident.outages.domain.segments import (
    RANK,
    Segment,
    Segments,
    combine,
    end_at,
    first_segment,
    meet,
    start_at,
    vary,
)

BASE = datetime(2026, 3, 2, tzinfo=UTC)
KINDS = st.sampled_from(sorted(RANK))
FACTORS = st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.5"), Decimal(1)])


def at(minute: int) -> datetime:
    return BASE + timedelta(minutes=minute)


@st.composite
def chains(draw: st.DrawFn) -> Segments:
    """Return the segments of an outage that was varied, and maybe ended."""
    start = draw(st.integers(0, 60))
    segments = first_segment(draw(KINDS), draw(FACTORS), start=at(start), end=None)
    minute = start
    for _ in range(draw(st.integers(0, 4))):
        minute += draw(st.integers(0, 20))
        segments = vary(segments, draw(KINDS), draw(FACTORS), at=at(minute))
    if draw(st.booleans()):
        segments = end_at(segments, at(minute + draw(st.integers(1, 30))))
    return segments


def require_chain(segments: Segments) -> None:
    assert segments
    for one, following in pairwise(segments):
        assert one.end == following.start
        assert one.start < following.start


def worst(instant: datetime, *outages: Segments) -> tuple[int, Decimal] | None:
    weights = [one.weight for each in outages for one in each if one.covers(instant)]
    return max(weights, default=None)


@given(chains())
def test_segments_follow_one_another(segments: Segments) -> None:
    require_chain(segments)


@given(chains(), chains())
def test_two_outages_that_meet_become_the_worse_of_both_at_each_instant(
    first: Segments, second: Segments
) -> None:
    if not meet(first, second):
        return
    whole = combine(first, second)
    require_chain(whole)
    assert whole == combine(second, first)
    for half_minute in range(-2, 400):
        instant = BASE + timedelta(seconds=30 * half_minute)
        assert worst(instant, whole) == worst(instant, first, second)


@given(chains())
def test_an_outage_combined_with_itself_stays_as_it_is_felt(segments: Segments) -> None:
    whole = combine(segments, segments)
    assert combine(whole, segments) == whole


@given(chains(), st.integers(-30, 200))
def test_another_end_cuts_or_stretches(segments: Segments, minute: int) -> None:
    ended = end_at(segments, at(minute))
    require_chain(ended)
    assert ended[0].start == segments[0].start
    assert ended[-1].end == max(at(minute), segments[0].start)


@given(chains(), st.integers(-30, 200))
def test_another_start_cuts_or_stretches(segments: Segments, minute: int) -> None:
    end = segments[-1].end
    if end is not None and end <= at(minute):
        return
    begun = start_at(segments, at(minute))
    require_chain(begun)
    assert begun[0].start == at(minute)
    assert begun[-1].end == end


def test_worse_at_the_instant_it_began_leaves_no_empty_segment() -> None:
    segments = first_segment("degradation", Decimal("0.5"), start=at(0), end=None)
    assert vary(segments, "outage", Decimal(1), at=at(0)) == (
        Segment(at(0), None, "outage", Decimal(1)),
    )


def test_the_same_again_is_no_new_segment() -> None:
    segments = first_segment("degradation", Decimal("0.5"), start=at(0), end=None)
    assert vary(segments, "degradation", Decimal("0.50"), at=at(5)) == segments
