"""What is true of every clock, whatever happened to its record."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.incident.clocks.domain import MICROSECONDS, Fact, Reading, Target
from services.incident.clocks.engine.account import steps
from services.incident.clocks.engine.changes import changes
from services.incident.clocks.engine.reading import read
from services.incident.clocks.engine.spans import spans
from tests.unit.incident.clocks.histories import CALENDARS, Life, painted, some_life

START: Final = painted()[None].start
OTHER: Final = UUID(int=999)
SECONDS = st.integers(0, 2 * 86_400 * MICROSECONDS)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Return a life whose instants are exact to the microsecond."""
    life = some_life(random.Random(draw(st.integers(0, 2**32))), START)
    jitter = timedelta(microseconds=draw(st.integers(0, 59_999_999)))
    return replace(life, facts=tuple(replace(one, at=one.at + jitter) for one in life.facts))


def shown(life: Life, *, facts: tuple[Fact, ...] | None = None, later: int = 0) -> Reading | None:
    at = life.at + timedelta(microseconds=later)
    return read(spans(facts or life.facts), life.rules, CALENDARS, at=at)


def appended(life: Life, *facts: Fact) -> tuple[Fact, ...]:
    count = len(life.facts)
    return (*life.facts, *(replace(one, sequence=count + n) for n, one in enumerate(facts, 1)))


def standing(life: Life) -> tuple[bool, int]:
    """Tell whether the record is open and on no hold, and its priority."""
    is_open, held, priority = True, False, 0
    for one in life.facts:
        if one.kind in ("resolved", "cancelled", "reopened"):
            is_open, held = one.kind == "reopened", False
        held = (one.kind == "held" and is_open) or (held and one.kind != "resumed")
        priority = one.priority or priority
    return is_open and not held, priority


@given(lives(), st.randoms())
def test_any_order_of_the_same_facts_gives_the_same_result(life: Life, dice: random.Random) -> None:
    mixed = list(life.facts)
    dice.shuffle(mixed)
    assert shown(life, facts=tuple(mixed)) == shown(life)


@given(lives())
def test_a_pause_that_lasts_no_time_changes_nothing(life: Life) -> None:
    free, _ = standing(life)
    if not free or life.rules.metric == "update":
        return
    at = max(life.at, life.facts[-1].at)
    facts = appended(life, Fact(0, "held", at, reason="awaiting_caller"), Fact(0, "resumed", at))
    assert shown(life, facts=facts) == shown(life)


@given(lives(), st.sampled_from([1, 2, 3]))
def test_another_target_and_back_at_one_instant_restores_everything(life: Life, other: int) -> None:
    _, priority = standing(life)
    at = max(life.at, life.facts[-1].at)
    facts = appended(
        life, Fact(0, "weighed", at, priority=other), Fact(0, "weighed", at, priority=priority)
    )
    assert shown(life, facts=facts) == shown(life)


@given(lives(), SECONDS, SECONDS)
def test_another_target_and_back_restores_the_deadline(life: Life, there: int, back: int) -> None:
    """Where the targets differ in their length alone, for however long the other one held."""
    _, priority = standing(life)
    target = life.rules.terms.get(priority)
    if target is None:
        return
    other = replace(target, seconds=target.seconds * 3, target_id=OTHER)
    life = replace(life, rules=replace(life.rules, terms={**life.rules.terms, 9: other}))
    first = max(life.at, life.facts[-1].at) + timedelta(microseconds=there)
    second = first + timedelta(microseconds=back)
    life = replace(life, at=second)
    facts = appended(
        life,
        Fact(0, "weighed", first, priority=9),
        Fact(0, "weighed", second, priority=priority),
    )
    assert shown(life, facts=facts) == shown(life)


@given(lives(), SECONDS, SECONDS)
def test_elapsed_never_falls_as_time_passes(life: Life, first: int, second: int) -> None:
    early, late = sorted((first, second))
    one, other = shown(life, later=early), shown(life, later=late)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.elapsed <= other.elapsed
        assert set(one.hits) <= set(other.hits)
        assert one.breached_at in (None, other.breached_at)


@given(lives())
def test_elapsed_never_falls_as_facts_are_added(life: Life) -> None:
    """A retarget, a hold or an end takes nothing back; only a correction may, or a new period."""
    known = [
        read(spans(life.facts[: count + 1]), life.rules, CALENDARS, at=one.at)
        for count, one in enumerate(life.facts)
    ]
    for count, (before, after) in enumerate(pairwise(known), start=2):
        if before is None or after is None:
            continue
        since = before.stopped_at or life.facts[count - 1].at
        if life.rules.metric == "update" and after.stopped_at is None:
            renewed = any(one.kind == "updated" and one.at >= since for one in life.facts[:count])
            if renewed and (before.stopped_at or life.facts[count - 1].kind == "updated"):
                assert after.elapsed == 0
                continue
        assert before.elapsed <= after.elapsed


@given(lives(), st.lists(SECONDS, min_size=1, max_size=6))
def test_however_late_somebody_looks_the_instants_are_the_same(
    life: Life, looks: list[int]
) -> None:
    """Timers at any times, or one alone at the end, tell of the same thresholds, once each."""
    ends = max(looks)
    told: list[tuple[int | None, object]] = []
    before = shown(life)
    told += _thresholds(None, before)
    for later in sorted(looks):
        after = shown(life, later=later)
        told += _thresholds(before, after)
        before = after
    assert told == _thresholds(None, shown(life, later=ends))


def _thresholds(before: Reading | None, after: Reading | None) -> list[tuple[int | None, object]]:
    if after is None:
        return []
    found = changes(before, after, at=after.at)
    return [(one.threshold, one.at) for one in found if one.threshold is not None]


@given(lives(), SECONDS)
def test_what_a_wake_up_is_set_for_has_come_by_then(life: Life, later: int) -> None:
    one = shown(life, later=later)
    if one is None or one.wake_at is None:
        return
    assert one.wake_at > one.at
    then = read(spans(life.facts), life.rules, CALENDARS, at=one.wake_at)
    assert then is not None
    assert len(then.hits) == len(one.hits) + 1
    before = read(
        spans(life.facts), life.rules, CALENDARS, at=one.wake_at - timedelta(microseconds=1)
    )
    assert before is not None
    assert before.hits == one.hits


@given(lives())
def test_shares_and_steps_add_up_to_what_was_counted(life: Life) -> None:
    one = shown(life)
    if one is None:
        return
    assert sum(share.seconds for share in one.attribution) == one.elapsed // MICROSECONDS
    found = steps(spans(life.facts), life.rules, CALENDARS, at=one.at)
    last = [step for step in found if step.period == found[-1].period]
    assert sum(step.opened for step in last) == one.elapsed
    assert found[-1].total == one.elapsed


@given(lives(), st.randoms(), st.integers(-86_400, 86_400))
def test_a_corrected_time_counts_as_if_it_had_been_told_so(
    life: Life, dice: random.Random, seconds: int
) -> None:
    """A correction, and a correction of it, equal the life in which it never was otherwise."""
    one = dice.choice(life.facts)
    moved = one.at + timedelta(seconds=seconds)
    wrong = Fact(0, "corrected", one.at - timedelta(days=1), corrects=one.sequence)
    facts = appended(life, wrong, Fact(0, "corrected", moved, corrects=one.sequence))
    told = tuple(replace(each, at=moved) if each is one else each for each in life.facts)
    assert shown(life, facts=facts) == shown(life, facts=told)


@given(lives(), st.randoms(), st.integers(-86_400, 86_400))
def test_a_correction_there_and_back_restores_everything(
    life: Life, dice: random.Random, seconds: int
) -> None:
    one = dice.choice(life.facts)
    there = Fact(0, "corrected", one.at + timedelta(seconds=seconds), corrects=one.sequence)
    back = Fact(0, "corrected", one.at, corrects=one.sequence)
    assert shown(life, facts=appended(life, there, back)) == shown(life)


def test_the_thresholds_of_a_target_are_exact() -> None:
    target = Target(OTHER, 1, seconds=7, thresholds=(1, 33, 50, 150))
    life = Life(
        (Fact(1, "started", START, priority=1),),
        replace(some_life(random.Random(1), START).rules, terms={1: target}, team_id=None),
        START + timedelta(seconds=20),
    )
    one = shown(life)
    assert one is not None
    assert [(hit.percent, (hit.at - START) / timedelta(microseconds=1)) for hit in one.hits] == [
        (1, 70_000),
        (33, 2_310_000),
        (50, 3_500_000),
        (100, 7_000_000),
        (150, 10_500_000),
    ]
