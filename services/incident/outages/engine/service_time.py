"""In which time a service is measured for a customer: the hours of its agreements, else always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from services.incident.views.domain import AvailabilityLine, KnownCalendar
from shared.calendar import Calendar, round_the_clock


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """A part of a period and the calendar that it is counted by.

    ``line`` is the line of the agreement that says so, None without one. ``known`` is None where
    that counts around the clock, or where its calendar has not been heard of.
    """

    start: datetime
    end: datetime
    line: AvailabilityLine | None
    known: KnownCalendar | None

    @property
    def calendar(self) -> Calendar:
        """Return the calendar; round the clock where there is none."""
        return round_the_clock() if self.known is None else self.known.calendar


def service_time(
    lines: Iterable[AvailabilityLine],
    calendars: Mapping[UUID, KnownCalendar],
    *,
    start: datetime,
    end: datetime,
) -> list[ServiceTime]:
    """Return the parts of a period, without a gap; of lines that overlap the latest to begin holds.

    ``start`` and ``end`` are aware UTC; no time between them makes no parts.
    """
    ranked = sorted(lines, key=lambda one: (one.valid_from, one.agreement_version, one.target_id))
    moments = {start, end}
    for line in ranked:
        moments |= {line.valid_from, line.valid_to or end}
    bounds = sorted(one for one in moments if start <= one <= end)
    parts: list[ServiceTime] = []
    for begin, finish in pairwise(bounds):
        held = _holding(ranked, begin)
        if parts and parts[-1].line == held:
            parts[-1] = replace(parts[-1], end=finish)
            continue
        calendar_id = None if held is None else held.calendar_id
        known = None if calendar_id is None else calendars.get(calendar_id)
        parts.append(ServiceTime(begin, finish, held, known))
    return parts


def _holding(ranked: Sequence[AvailabilityLine], instant: datetime) -> AvailabilityLine | None:
    return next(
        (
            one
            for one in reversed(ranked)
            if one.valid_from <= instant and (one.valid_to is None or instant < one.valid_to)
        ),
        None,
    )
