"""The places where a trial kills a service, and the order that a seed puts the trials in."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

WRITERS: Final = ("catalog", "incident", "change")
READERS: Final = ("incident", "change", "notify")
TARGETS: Final = {
    **{f"A{number}": WRITERS for number in range(1, 6)},
    "I1": WRITERS,
    "I2": WRITERS,
    **{f"R{number}": (*WRITERS, "notify") for number in range(1, 5)},
    "R5": ("incident", "notify"),
    "R6": WRITERS,
    **{f"C{number}": READERS for number in range(1, 7)},
    "C7": ("incident", "notify"),
    **{f"T{number}": ("incident",) for number in range(1, 4)},
    **{f"N{number}": ("notify",) for number in range(1, 4)},
}
"""Which services come by a point in the course of the workload."""
AT_ONCE: Final = 3
"""Trials of one round: each on another service, all under the same load."""
EAGER: Final = frozenset({"R5", "R6", "C6", "T1", "T2", "T3"})
"""Points that are passed seldom: the first time is taken."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One scripted death: where, of which service, the how manieth time that it comes by.

    ``api_only`` arms a process without loops, so that passages are those of requests alone.
    ``hang`` stops there instead, and the harness does what the point is about.
    """

    number: int
    point: str
    service: str
    hit: int
    api_only: bool = False
    hang: bool = False
    tries: int = 1

    @property
    def name(self) -> str:
        """Return what the trial is called in reports."""
        return f"{self.number} {self.point} {self.service}"

    def again(self) -> Trial:
        """Return the trial for another try, with the first passage taken."""
        return replace(self, hit=1, tries=self.tries + 1)


def plan(*, trials: int, seed: int, only: str | None = None) -> list[Trial]:
    """Return the trials of a campaign; every point comes before any comes again."""
    rng = random.Random(seed)
    points = [only] if only else list(TARGETS)
    found: list[Trial] = []
    while len(found) < trials:
        rng.shuffle(points)
        found += [
            _trial(number, point, rng) for number, point in enumerate(points, start=len(found) + 1)
        ]
    return found[:trials]


def _trial(number: int, point: str, rng: random.Random) -> Trial:
    service = rng.choice(TARGETS[point])
    hit = 1 if point in EAGER else rng.randint(1, 3)
    return Trial(
        number,
        point,
        service,
        hit,
        api_only=point[0] in "AI",
        hang=point in ("I2", "R6") and rng.random() < 0.5,
    )


def next_round(waiting: list[Trial]) -> list[Trial]:
    """Take the next trials that can go at once from the list: each on another service."""
    chosen: list[Trial] = []
    for trial in list(waiting):
        if len(chosen) < AT_ONCE and trial.service not in {one.service for one in chosen}:
            chosen.append(trial)
            waiting.remove(trial)
    return chosen


def counted(hits: Sequence[str]) -> dict[str, int]:
    """Return how often each point was hit, the ones never hit included."""
    times = Counter(hits)
    return {point: times[point] for point in TARGETS}
