"""Many draws of the uncertain dependencies at once: bit ``i`` of an integer is draw ``i``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from hashlib import shake_128
from itertools import count
from operator import and_, or_
from typing import NamedTuple, Protocol


class Estimate(NamedTuple):
    """A probability with its standard error, which is 0 where it is exact."""

    value: float
    standard_error: float
    exact: bool


class Draws(Protocol):
    """Combinations of uncertain dependencies that do and do not pass a failure on."""

    @property
    def full(self) -> int:
        """All draws."""

    def passing(self, slot: int) -> int:
        """Return the draws in which a dependency passes a failure on."""

    def estimate(self, draws: int) -> Estimate:
        """Return how probable it is to be in one of these draws."""


class Enumeration:
    """Every combination once, with its weight: exact, for a few uncertain dependencies."""

    def __init__(self, strengths: Sequence[tuple[int, float]]) -> None:
        """Take slots with their strengths; digit ``j`` of a draw's number is the j-th of them."""
        self._probabilities = [strength for _, strength in strengths]
        self.full = (1 << (1 << len(strengths))) - 1
        self._passing = {
            slot: _alternating(place, len(strengths)) for place, (slot, _) in enumerate(strengths)
        }
        self._weights: dict[tuple[int, int], float] = {}

    def passing(self, slot: int) -> int:
        """Return the combinations in which a dependency passes a failure on."""
        return self._passing[slot]

    def estimate(self, draws: int) -> Estimate:
        """Return the sum of the weights of these combinations."""
        return Estimate(self._weigh(draws, len(self._probabilities)), 0.0, exact=True)

    def _weigh(self, draws: int, places: int) -> float:
        half = 1 << places >> 1
        if draws in (0, (1 << (1 << places)) - 1):
            return float(draws != 0)
        known = self._weights.get((draws, places))
        if known is None:
            passes = self._probabilities[places - 1]
            known = passes * self._weigh(draws >> half, places - 1)
            known += (1.0 - passes) * self._weigh(draws & ((1 << half) - 1), places - 1)
            self._weights[draws, places] = known
        return known


class Sample:
    """Seeded draws, and one more in which no uncertain dependency passes anything.

    What is hit in that one is hit for certain, however many draws there are. The draws of a
    dependency come from the seed and its id alone: the same in every question and on every
    platform, whatever else is on the map.
    """

    def __init__(
        self, strengths: Sequence[tuple[int, float]], ids: Sequence[int], *, seed: int, draws: int
    ) -> None:
        """Take slots with their strengths, and the ids of the same dependencies as integers."""
        self._draws = draws
        self._known = {
            slot: (id_, strength) for (slot, strength), id_ in zip(strengths, ids, strict=True)
        }
        self._seed = str(seed).encode()
        self.full = (1 << (draws + 1)) - 1

    def passing(self, slot: int) -> int:
        """Return the draws in which a dependency passes a failure on."""
        id_, strength = self._known[slot]
        return bernoulli(self._seed + id_.to_bytes(16), strength, self._draws)

    def estimate(self, draws: int) -> Estimate:
        """Return the share of these draws.

        The error is that of a share one draw further from 0 and from 1: seen in none or in all
        draws is not certain.
        """
        if draws >> self._draws:
            return Estimate(1.0, 0.0, exact=True)
        hits = draws.bit_count()
        smoothed = (hits + 1) / (self._draws + 2)
        error = math.sqrt(smoothed * (1.0 - smoothed) / self._draws)
        return Estimate(hits / self._draws, error, exact=False)


def bernoulli(key: bytes, probability: float, draws: int) -> int:
    """Return draws that are each 1 with a probability, exactly, and independent of each other.

    A uniform number is compared with the probability digit by digit, in all draws at once, until
    they have all differed in one: with 10,000 draws after about 15 digits.
    """
    chosen, undecided = 0, (1 << draws) - 1
    bytes_ = (draws + 7) // 8
    for digit in count():
        if not undecided or not probability:
            return chosen
        uniform = int.from_bytes(shake_128(key + digit.to_bytes(2)).digest(bytes_))
        ones = undecided & uniform
        probability *= 2
        if probability >= 1:
            probability -= 1
            chosen |= undecided ^ ones
            undecided = ones
        else:
            undecided ^= ones
    raise AssertionError


def more_than(spare: int, members: Sequence[int]) -> int:
    """Return the draws in which more than ``spare`` of the members have a bit.

    Two thresholds are plain or and and; for the others all draws are counted at once, in planes of
    one binary digit each.
    """
    if len(members) <= spare:
        return 0
    if spare == 0:
        return reduce(or_, members)
    if spare == len(members) - 1:
        return reduce(and_, members)
    planes: list[int] = []
    for member in members:
        carried = member
        for place, plane in enumerate(planes):
            planes[place], carried = plane ^ carried, plane & carried
        planes.append(carried)
    # From the lowest digit up: whether the digits so far are at least those of the threshold.
    reached = -1
    for place, plane in enumerate(planes):
        reached = plane & reached if (spare + 1) >> place & 1 else plane | reached
    return reached


def _alternating(place: int, places: int) -> int:
    """Return, for all numbers of so many binary digits, those whose digit at a place is 1."""
    width = 1 << place
    pattern, width = ((1 << width) - 1) << width, 2 * width
    while width < 1 << places:
        pattern, width = pattern | pattern << width, 2 * width
    return pattern
