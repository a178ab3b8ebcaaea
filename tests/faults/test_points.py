"""The plan of a campaign: every place, the same for the same seed."""

from __future__ import annotations

from collections import Counter

from shared import failpoints
from tests.faults.points import AT_ONCE, TARGETS, next_round, plan


def test_every_place_has_services_that_come_by_it() -> None:
    assert set(TARGETS) == failpoints.NAMES
    assert all(TARGETS.values())


def test_no_place_comes_again_before_all_came_once() -> None:
    trials = plan(trials=3 * len(TARGETS), seed=5)
    assert set(Counter(trial.point for trial in trials).values()) == {3}
    assert {trial.point for trial in trials[: len(TARGETS)]} == set(TARGETS)


def test_the_same_seed_plans_the_same_trials_and_another_seed_others() -> None:
    assert plan(trials=50, seed=1) == plan(trials=50, seed=1)
    assert plan(trials=50, seed=1) != plan(trials=50, seed=2)


def test_a_round_holds_each_service_once_and_takes_all_trials_in_the_end() -> None:
    waiting = plan(trials=60, seed=3)
    seen = 0
    while waiting:
        chosen = next_round(waiting)
        assert 1 <= len(chosen) <= AT_ONCE
        assert len({trial.service for trial in chosen}) == len(chosen)
        seen += len(chosen)
    assert seen == 60
