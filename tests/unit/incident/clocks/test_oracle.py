"""The engine agrees with a walk over every minute of a record's life."""

from __future__ import annotations

import random
from typing import Final

import pytest

from services.incident.clocks.domain import MICROSECONDS
from services.incident.clocks.engine.reading import read
from services.incident.clocks.engine.spans import spans
from tests.unit.incident.clocks.histories import (
    CALENDARS,
    Life,
    as_it_was,
    painted,
    some_life,
    walk,
    with_corrections,
)

LIVES: Final = 12_500
OPEN: Final = painted()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(4))
def test_a_clock_shows_what_a_walk_over_every_minute_finds(seed: int) -> None:
    dice = random.Random(seed)
    for number in range(LIVES):
        compare(some_life(dice, OPEN[None].start), number)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(10, 14))
def test_corrections_of_any_time_show_what_a_walk_over_the_corrected_life_finds(seed: int) -> None:
    dice, start = random.Random(seed), OPEN[None].start
    for number in range(LIVES // 2):
        compare(with_corrections(dice, some_life(dice, start), start), number)


def compare(life: Life, number: int) -> None:
    expected = walk(as_it_was(life), OPEN)
    found = read(spans(life.facts), life.rules, CALENDARS, at=life.at)
    if expected is None or found is None:
        assert (expected, found) == (None, None), (number, life)
        return
    shown = (
        found.state,
        found.running,
        found.elapsed,
        found.breached_at,
        {one.percent: one.at for one in found.hits},
    )
    assert shown == (
        expected.state,
        expected.running,
        expected.elapsed_minutes * 60 * MICROSECONDS,
        expected.breached_at,
        expected.reached,
    ), (number, life)
