"""The time of an outage: segments that follow one another without a gap, only the last one open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

from services.incident.outages import events as said
from services.incident.outages.domain.affected import decimal_text
from services.incident.outages.events import OutageKind

RANK: Final[Mapping[OutageKind, int]] = {"planned": 0, "degradation": 1, "outage": 2}
DEFAULT_FACTOR: Final[Mapping[OutageKind, Decimal]] = {
    "outage": Decimal(1),
    "degradation": Decimal("0.5"),
    "planned": Decimal(1),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """From ``start`` until just before ``end`` (aware UTC); without an end it lasts."""

    start: datetime
    end: datetime | None
    kind: OutageKind
    severity_factor: Decimal

    def covers(self, instant: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.start <= instant and (self.end is None or instant < self.end)

    @property
    def weight(self) -> tuple[int, Decimal]:
        """Return what two segments are compared by: the kind, then the factor."""
        return RANK[self.kind], self.severity_factor

    def told(self) -> said.Segment:
        """Return what events say of it."""
        return said.Segment(
            start=self.start,
            end=self.end,
            kind=self.kind,
            severity_factor=decimal_text(self.severity_factor),
        )


Segments: TypeAlias = tuple[Segment, ...]


def vary(segments: Segments, kind: OutageKind, factor: Decimal, *, at: datetime) -> Segments:
    """Return an open outage's segments with another one since ``at``, not before the last began."""
    *before, last = segments
    new = Segment(at, None, kind, factor)
    if last.weight == new.weight:
        return segments
    if last.start == at:
        return (*before, new)
    return (*before, replace(last, end=at), new)


def end_at(segments: Segments, end: datetime) -> Segments:
    """Return segments that end at an instant, whether that is earlier or later than they did.

    What began later falls away; of an outage that ended where it began, nothing is left to count.
    """
    first = segments[0]
    kept = [one for one in segments if one.start < end] or [first]
    return (*kept[:-1], replace(kept[-1], end=max(end, first.start)))


def start_at(segments: Segments, start: datetime) -> Segments:
    """Return segments that begin at an instant before their end, earlier or later than they did."""
    kept = [one for one in segments if one.end is None or one.end > start]
    return (replace(kept[0], start=start), *kept[1:])


def meet(first: Segments, second: Segments) -> bool:
    """Tell whether two outages overlap, or one begins where the other ends."""
    return _reaches(first, second[0].start) and _reaches(second, first[0].start)


def _reaches(segments: Segments, instant: datetime) -> bool:
    end = segments[-1].end
    return end is None or end >= instant


def combine(first: Segments, second: Segments) -> Segments:
    """Return the segments of two outages that meet as one: at each instant the worse of both."""
    every = (*first, *second)
    bounds = sorted({one.start for one in every} | {one.end for one in every if one.end})
    lasting = any(one.end is None for one in every)
    ends: list[datetime | None] = [*bounds[1:]]
    if lasting:
        ends.append(None)
    parts: list[Segment] = []
    for start, end in zip(bounds, ends, strict=False):
        worst = _worst(every, start)
        parts.append(Segment(start, end, worst.kind, worst.severity_factor))
    return joined(parts) or first


def _worst(segments: Iterable[Segment], instant: datetime) -> Segment:
    return max((one for one in segments if one.covers(instant)), key=lambda one: one.weight)


def joined(parts: Sequence[Segment]) -> Segments:
    """Return neighbours of the same kind and factor as one segment each."""
    found: list[Segment] = []
    for one in parts:
        if found and found[-1].end == one.start and found[-1].weight == one.weight:
            found[-1] = replace(found[-1], end=one.end)
        else:
            found.append(one)
    return tuple(found)


def first_segment(
    kind: OutageKind, factor: Decimal, *, start: datetime, end: datetime | None
) -> Segments:
    """Return the segments of an outage that has not changed yet."""
    return (Segment(start, end, kind, factor),)
