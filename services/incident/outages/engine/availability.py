"""How long a service was not available: at each instant once, whatever overlaps.

At each instant within the agreed service time: *strict* counts it if an outage lasts; *weighted*
counts the largest product of severity factor and affected share of the outages and degradations
that last; *experienced* counts it if an outage or a planned outage lasts. Which order the pieces
are in plays no part, nor whether a segment is split or two outages are merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Final
from uuid import UUID

from services.incident.outages.engine.service_time import ServiceTime
from services.incident.outages.events import OutageKind

MICROSECONDS: Final = 1_000_000
FORMULAS: Final[Mapping[str, str]] = {
    "strict": "(AST - D) / AST, D = time with an outage within AST",
    "weighted": (
        "(AST - D) / AST, D = sum of severity factor x affected share x time of outages and"
        " degradations within AST, the largest product where they overlap"
    ),
    "experienced": "(AST - D) / AST, D = time with an outage or a planned outage within AST",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment of an outage as one customer felt it; ``source`` is the outage or the change.

    ``share`` is above 0. A piece without an end lasts beyond what is measured.
    """

    source: UUID
    start: datetime
    end: datetime | None
    kind: OutageKind
    severity_factor: Decimal
    share: Decimal

    @property
    def weight(self) -> Decimal:
        """Return the part of full availability that it takes; exact, for both have few digits."""
        return Decimal(0) if self.kind == "planned" else self.severity_factor * self.share


@dataclass(slots=True)
class Downtime:
    """Microseconds of agreed service time that were lost, by figure; the weighted one is exact."""

    strict: int = 0
    weighted: Fraction = field(default_factory=Fraction)
    experienced: int = 0


@dataclass(frozen=True, slots=True)
class Availability:
    """Microseconds of agreed service time, what was lost of them, and by which source.

    Where sources overlap, the time goes to the worst of them, then to the one that began first, so
    the shares of sources add up to the whole. ``failures`` counts uninterrupted times with an
    outage that began in the period.
    """

    agreed: int
    lost: Downtime
    by_source: Mapping[UUID, Downtime]
    failures: int


def measure(parts: Sequence[ServiceTime], pieces: Iterable[Piece]) -> Availability:
    """Return the availability over the parts of a period."""
    agreed = sum(one.calendar.open_microseconds(one.start, one.end) for one in parts)
    whole = Downtime()
    by_source: defaultdict[UUID, Downtime] = defaultdict(Downtime)
    begun: list[datetime] = []
    if not parts:
        return Availability(agreed, whole, by_source, 0)
    low, high = parts[0].start, parts[-1].end
    last_out: datetime | None = None
    for start, end, active in _sweep(pieces, low, high):
        out = [one for one in active if one.kind == "outage"]
        if out and last_out != start and not any(one.start < low for one in out):
            begun.append(start)
        if out:
            last_out = end
        opened = sum(
            part.calendar.open_microseconds(max(start, part.start), min(end, part.end))
            for part in parts
            if part.start < end and start < part.end
        )
        if opened:
            _add(whole, by_source, active, out, opened)
    return Availability(agreed, whole, by_source, len(begun))


def _add(
    whole: Downtime,
    by_source: Mapping[UUID, Downtime],
    active: Sequence[Piece],
    out: Sequence[Piece],
    opened: int,
) -> None:
    if out:
        whole.strict += opened
        by_source[_first(out).source].strict += opened
    felt = out or [one for one in active if one.kind == "planned"]
    if felt:
        whole.experienced += opened
        by_source[_first(felt).source].experienced += opened
    heaviest = max(one.weight for one in active)
    if heaviest:
        worst = _first([one for one in active if one.weight == heaviest])
        lost = Fraction(heaviest) * opened
        whole.weighted += lost
        by_source[worst.source].weighted += lost


def _first(pieces: Sequence[Piece]) -> Piece:
    return min(pieces, key=lambda one: (one.start, one.source))


def _sweep(
    pieces: Iterable[Piece], low: datetime, high: datetime
) -> Iterable[tuple[datetime, datetime, list[Piece]]]:
    """Return the stretches between two instants in which the same pieces last, in order."""
    begins: defaultdict[datetime, list[Piece]] = defaultdict(list)
    ends: defaultdict[datetime, list[Piece]] = defaultdict(list)
    for one in pieces:
        start, end = max(one.start, low), high if one.end is None else min(one.end, high)
        if start < end:
            begins[start].append(one)
            ends[end].append(one)
    active: dict[int, Piece] = {}
    bounds = sorted(begins.keys() | ends.keys())
    for start, end in pairwise(bounds):
        for one in ends[start]:
            del active[id(one)]
        active |= {id(one): one for one in begins[start]}
        if active:
            yield start, end, list(active.values())


def percent_text(lost: Fraction | int, agreed: int) -> str | None:
    """Return what is left of the agreed time in percent, four places, half to even."""
    if not agreed:
        return None
    left = (1 - Fraction(lost) / agreed) * 100
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(left.numerator) / Decimal(left.denominator)
        return str(exact.quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN))


def whole_seconds(microseconds: Fraction | int) -> int:
    """Return whole seconds, cut."""
    return int(microseconds // MICROSECONDS)
