"""Counting: what a clock shows at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from services.incident.clocks.domain import (
    MICROSECONDS,
    Hit,
    Reading,
    Rules,
    Share,
    Target,
)
from services.incident.clocks.engine.spans import Span, Standing
from services.incident.clocks.events import ClockState
from shared.calendar import Calendar, InstantOutOfRangeError, NeverOpensError, round_the_clock

Calendars: TypeAlias = Mapping[UUID, Calendar]
Verdict: TypeAlias = Literal["running", "paused", "stopped", "cancelled"]
Why: TypeAlias = Literal[
    "counts",
    "paused_by_hold",
    "waits_for_hold",
    "with_another_team",
    "taken_notice",
    "resolved",
    "cancelled",
    "not_promised",
    "withdrawn",
]
ALL: Final = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a clock: what became of its time and why, under which target."""

    start: datetime
    end: datetime | None
    standing: Standing
    verdict: Verdict
    why: Why
    target: Target | None


def calendar_of(target: Target, calendars: Calendars) -> Calendar:
    """Return the calendar that a target counts by; real time where it names none."""
    return round_the_clock() if target.calendar_id is None else calendars[target.calendar_id]


def pieces(found: Sequence[Span], rules: Rules) -> list[Piece]:
    """Return what became of a clock's time, from the start of its record on."""
    return list(_pieces(found, rules))


def _pieces(found: Sequence[Span], rules: Rules) -> Iterator[Piece]:
    withdrawn = rules.withdrawn_at
    for span in found:
        verdict, why, target = _judge(span.standing, rules)
        if withdrawn is None or (span.end is not None and span.end <= withdrawn):
            yield Piece(span.start, span.end, span.standing, verdict, why, target)
            continue
        if span.start < withdrawn:
            yield Piece(span.start, withdrawn, span.standing, verdict, why, target)
        start = max(span.start, withdrawn)
        yield Piece(start, span.end, span.standing, "cancelled", "withdrawn", target)


def _judge(standing: Standing, rules: Rules) -> tuple[Verdict, Why, Target | None]:
    target = rules.terms.get(standing.priority)
    verdict, why = _end_of(standing, rules) or _course(standing, rules, target)
    return verdict, why, target


def _end_of(standing: Standing, rules: Rules) -> tuple[Verdict, Why] | None:
    if standing.phase == "cancelled":
        return "cancelled", "cancelled"
    if rules.metric == "response" and standing.acknowledged:
        return "stopped", "taken_notice"
    return ("stopped", "resolved") if standing.phase == "resolved" else None


def _course(standing: Standing, rules: Rules, target: Target | None) -> tuple[Verdict, Why]:
    if target is None:
        return "cancelled", "not_promised"
    if rules.team_id is not None and standing.team_id != rules.team_id:
        return "paused", "with_another_team"
    if target.runs_only_on and standing.reason not in target.runs_only_on:
        return "paused", "waits_for_hold"
    if standing.reason in target.pause_on:
        return "paused", "paused_by_hold"
    return "running", "counts"


def read(
    stood: Sequence[Span],
    rules: Rules,
    calendars: Calendars,
    *,
    at: datetime,
    supplier_id: UUID | None = None,
) -> Reading | None:
    """Return what a clock of a record that ``stood`` so shows at an instant, None before it begins.

    Facts that lie a little ahead, of a clock that goes fast, are taken as so already.
    ``supplier_id`` is whom a hold for a supplier waits for. The clock is breached from the first
    instant at which it runs and the whole target in force is used up: stopped or paused at that
    very instant, it kept its promise. Each published update begins a new period of an update clock;
    one missed period breaches it for good.

    Raises:
        KeyError: a calendar that a target names is not among those given.
    """
    found = pieces(stood, rules)
    begin = _begin(found)
    if begin is None:
        return None
    at = max(at, found[-1].start)
    judged = next(one for one in reversed(found) if _is_live(one))
    if judged.target is None:
        raise AssertionError
    last = found[-1]
    groups = periods(found, rules)
    ends = [_reach(group, _whole(group, judged), ALL, calendars) for group in groups]
    current = groups[-1]
    target = judged.target
    hits, wake_at = _hits(current, target, calendars, at=at)
    breached_at = next((end for end in ends if end is not None and end <= at), None)
    running = last.verdict == "running"
    deadline = breached_at
    if running and (deadline is None or len(groups) > 1):
        deadline = ends[-1]
    shares = _shares(current, calendars, rules, at=at, supplier_id=supplier_id)
    stopped = last.verdict in ("stopped", "cancelled")
    return Reading(
        at=at,
        state=_state(last.verdict, breached=breached_at is not None),
        running=running,
        started_at=begin,
        stopped_at=_trailing(found) if stopped else None,
        breached_at=None if last.verdict == "cancelled" else breached_at,
        deadline=None if last.verdict == "cancelled" else deadline,
        elapsed=sum(amount for _, amount in shares),
        target=target,
        hits=hits,
        attribution=_rounded(shares),
        wake_at=wake_at if running else None,
    )


def _begin(found: Sequence[Piece]) -> datetime | None:
    """Return when a clock began: with its record, or when what it waits for first was so."""
    for one in found:
        if one.verdict == "running":
            return one.start
        if one.verdict == "paused" and one.why == "paused_by_hold":
            return one.start
    return None


def periods(found: Sequence[Piece], rules: Rules) -> list[list[Piece]]:
    """Return the pieces of a clock by its periods; all but update clocks have one.

    What is published after a clock's end begins no period unless it goes on: until then the clock
    shows the one that it ended in.
    """
    if rules.metric != "update":
        return [list(found)]
    groups: dict[int, list[Piece]] = {}
    for one in found:
        groups.setdefault(one.standing.period, []).append(one)
    periods = list(groups.values())
    while len(periods) > 1 and not any(map(_is_live, periods[-1])):
        periods[-2:] = [[*periods[-2], *periods[-1]]]
    return periods


def _is_live(one: Piece) -> bool:
    return one.verdict in ("running", "paused")


def _whole(group: Sequence[Piece], judged: Piece) -> Target:
    live = [one.target for one in group if _is_live(one)]
    found = live[-1] if live else judged.target
    if found is None:
        raise AssertionError
    return found


def _trailing(found: Sequence[Piece]) -> datetime:
    """Return since when the clock has been in the kind of end that it is in."""
    since = found[-1].start
    for one in reversed(found):
        if one.verdict != found[-1].verdict:
            break
        since = one.start
    return since


def _state(verdict: Verdict, *, breached: bool) -> ClockState:
    if verdict == "cancelled":
        return "cancelled"
    if breached:
        return "breached"
    if verdict == "stopped":
        return "met"
    return verdict


def _hits(
    group: Sequence[Piece], target: Target, calendars: Calendars, *, at: datetime
) -> tuple[tuple[Hit, ...], datetime | None]:
    hits: list[Hit] = []
    for percent in sorted({*target.thresholds, ALL}):
        reached = _reach(group, target, percent, calendars)
        if reached is None:
            break
        if reached > at:
            return tuple(hits), reached
        hits.append(Hit(percent, reached))
    return tuple(hits), None


def _reach(
    group: Sequence[Piece], target: Target, percent: int, calendars: Calendars
) -> datetime | None:
    """Return the first instant at which the clock runs with so much of a target used up."""
    wanted = target.seconds * percent * (MICROSECONDS // 100)
    counted = 0
    for one in group:
        if one.verdict != "running" or one.target is None:
            continue
        if counted >= wanted:
            return one.start
        calendar = calendar_of(one.target, calendars)
        if one.end is not None:
            opened = calendar.open_microseconds(one.start, one.end)
            if counted + opened < wanted:
                counted += opened
                continue
            counted += opened
            reached = calendar.add(one.start, microseconds=wanted - counted + opened)
            if reached < one.end:
                return reached
            continue
        try:
            return calendar.add(one.start, microseconds=wanted - counted)
        except (NeverOpensError, InstantOutOfRangeError):
            # A calendar without hours: the promise never falls due.
            return None
    return None


_Holder: TypeAlias = tuple[UUID | None, UUID | None, str | None]


def _shares(
    group: Sequence[Piece],
    calendars: Calendars,
    rules: Rules,
    *,
    at: datetime,
    supplier_id: UUID | None,
) -> list[tuple[_Holder, int]]:
    """Return who had how many microseconds, in the order in which they first had some."""
    found: dict[_Holder, int] = {}
    for one in group:
        if one.verdict != "running" or one.target is None or one.start >= at:
            continue
        end = at if one.end is None else min(one.end, at)
        opened = calendar_of(one.target, calendars).open_microseconds(one.start, end)
        holder = _holder(one.standing, rules, supplier_id)
        found[holder] = found.get(holder, 0) + opened
    return list(found.items())


def _holder(standing: Standing, rules: Rules, supplier_id: UUID | None) -> _Holder:
    if rules.supplier_id is not None:
        return None, rules.supplier_id, standing.reason
    if standing.reason == "awaiting_supplier" and supplier_id is not None:
        return None, supplier_id, standing.reason
    return standing.team_id, None, standing.reason


def _rounded(shares: Sequence[tuple[_Holder, int]]) -> tuple[Share, ...]:
    """Return the shares in whole seconds that add up to the whole seconds of their sum."""
    found: list[Share] = []
    before = 0
    for (team_id, supplier_id, reason), amount in shares:
        after = before + amount
        seconds = after // MICROSECONDS - before // MICROSECONDS
        if seconds:
            found.append(Share(team_id, supplier_id, reason, seconds))
        before = after
    return tuple(found)
