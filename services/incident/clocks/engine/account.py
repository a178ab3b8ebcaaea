"""The working of a clock, step by step, so that a person can follow and check it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Final

from services.incident.clocks.domain import MICROSECONDS, Reading, Rules
from services.incident.clocks.engine.reading import (
    Calendars,
    Piece,
    Why,
    calendar_of,
    periods,
    pieces,
)
from services.incident.clocks.engine.spans import Span

MOST_STRETCHES: Final = 40
"""Of a long interval this many open stretches are named; its sum has all of them."""
MOST_PERIODS: Final = 50
"""Of an update clock so many periods are shown, the newest."""
_WHY: Final[dict[Why, str]] = {
    "counts": "time counts",
    "paused_by_hold": "on hold ({reason}): this target pauses for that",
    "waits_for_hold": "no hold that this target runs on",
    "with_another_team": "another team had it",
    "taken_notice": "somebody had taken notice: the response was given",
    "resolved": "resolved: nobody owed work",
    "cancelled": "cancelled",
    "not_promised": "priority {priority} has no such target",
    "withdrawn": "the agreement no longer applied",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of the clock; ``total`` is what was counted up to its end, in microseconds.

    ``period`` counts those of an update clock from 1, each from one update to the next; others have
    none. The total is of the period.
    """

    start: datetime
    end: datetime | None
    counts: bool
    why: str
    priority: int
    target_seconds: int | None
    calendar: str
    opened: int
    total: int
    stretches: tuple[tuple[datetime, datetime], ...]
    complete: bool
    period: int | None = None


def steps(stood: Sequence[Span], rules: Rules, calendars: Calendars, *, at: datetime) -> list[Step]:
    """Return the stretches of a clock up to an instant, with what each added.

    Of an update clock the newest periods are shown.
    """
    found: list[Step] = []
    shown = pieces(stood, rules)
    groups = periods(shown, rules)
    first = max(0, len(groups) - MOST_PERIODS)
    for number, group in enumerate(groups[first:], start=first + 1):
        total = 0
        period = number if rules.metric == "update" else None
        for one in group:
            until = max(at, shown[-1].start)
            step = _step(one, calendars, total=total, period=period, at=until)
            total = step.total
            found.append(step)
    return found


def _step(
    one: Piece, calendars: Calendars, *, total: int, period: int | None, at: datetime
) -> Step:
    counts = one.verdict == "running" and one.target is not None
    end = at if one.end is None else one.end
    opened, complete, named = 0, True, "none"
    stretches: tuple[tuple[datetime, datetime], ...] = ()
    if counts and one.target is not None:
        calendar = calendar_of(one.target, calendars)
        opened = calendar.open_microseconds(one.start, end)
        found = tuple(islice(calendar.intervals(one.start, end), MOST_STRETCHES + 1))
        stretches, complete = found[:MOST_STRETCHES], len(found) <= MOST_STRETCHES
        named = "real time"
        if one.target.calendar_id is not None:
            named = f"calendar {one.target.calendar_id} version {calendar.version}, {calendar.zone}"
    why = _WHY[one.why].format(reason=one.standing.reason, priority=one.standing.priority)
    if counts and one.standing.reason is not None:
        why = f"on hold ({one.standing.reason}): this target does not pause for that"
    return Step(
        start=one.start,
        end=one.end,
        counts=counts,
        why=why,
        priority=one.standing.priority,
        target_seconds=None if one.target is None else one.target.seconds,
        calendar=named,
        opened=opened,
        total=total + opened,
        stretches=stretches,
        complete=complete,
        period=period,
    )


def arithmetic(reading: Reading, found: Sequence[Step]) -> list[str]:
    """Return the sums in words and numbers, one sentence each."""
    lines = list(_past_periods(found))
    counted = [one for one in found if one.counts and one.period == found[-1].period]
    sums = " + ".join(duration(one.opened) for one in counted) or "0 s"
    target, elapsed = reading.target.seconds * MICROSECONDS, reading.elapsed
    lines += [
        f"Counted: {sums} = {duration(elapsed)}.",
        f"Target: {duration(target)}.",
        f"Left: {duration(target)} - {duration(elapsed)} = {duration(target - elapsed)}.",
    ]
    lines += [f"{hit.percent} % were used up at {hit.at.isoformat()}." for hit in reading.hits]
    if reading.state == "cancelled":
        lines.append("Cancelled: it counts neither as met nor as breached.")
    elif reading.breached_at is not None:
        lines.append(f"Breached at {reading.breached_at.isoformat()}, when it was used up.")
    elif reading.state == "met" and reading.stopped_at is not None:
        lines.append(f"Met: stopped at {reading.stopped_at.isoformat()} with time left.")
    elif reading.deadline is not None:
        lines.append(
            f"Due at {reading.deadline.isoformat()}: {duration(target - elapsed)} of open time"
            f" after {reading.at.isoformat()}."
        )
    elif reading.running:
        lines.append("Never due: its calendar does not open for so long.")
    else:
        lines.append("Not due: it is paused, and nothing counts until it runs again.")
    return lines


def _past_periods(found: Sequence[Step]) -> Iterator[str]:
    for before, after in pairwise(found):
        if before.period != after.period:
            yield (
                f"Period {before.period}, to the update at {after.start.isoformat()}:"
                f" {duration(before.total)} counted."
            )


def duration(microseconds: int) -> str:
    """Return a duration as people write it, exact; negative ones with a minus."""
    sign = "-" if microseconds < 0 else ""
    seconds, rest = divmod(abs(microseconds), MICROSECONDS)
    hours, remainder = divmod(seconds, 3600)
    text = f"{hours} h {remainder // 60:02d} min {remainder % 60:02d} s"
    return f"{sign}{text}" + (f" {timedelta(microseconds=rest).microseconds} us" if rest else "")
