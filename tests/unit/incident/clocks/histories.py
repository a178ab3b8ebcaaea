"""Random lives of records, and the slow way to read a clock: minute by minute."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID

from services.incident.clocks.domain import Fact, FactKind, Rules, Target
from services.incident.clocks.events import Metric
from shared.calendar import Calendar
from tests.support.minute_walk import MINUTE, MinuteWalk, Painted

OFFICE: Final = UUID(int=1)
SHIFTS: Final = UUID(int=2)
TEAM_A, TEAM_B, SUPPLIER = UUID(int=11), UUID(int=12), UUID(int=13)
REASONS: Final = ("awaiting_caller", "awaiting_supplier", "awaiting_change")
# The clocks of Berlin go back on the Sunday in the middle.
FIRST, DAYS = date(2026, 10, 24), 3
WEEKS: Final = {
    OFFICE: dict.fromkeys(range(7), ((480, 720), (780, 1020))),
    SHIFTS: dict.fromkeys(range(7), ((0, 170), (1320, 1440))),
}
CALENDARS: Final = {key: Calendar(zone="Europe/Berlin", week=week) for key, week in WEEKS.items()}


def painted() -> dict[UUID | None, Painted]:
    """Return the open minutes of each calendar; real time is always open."""
    walk = MinuteWalk("Europe/Berlin", FIRST, DAYS)
    found: dict[UUID | None, Painted] = {key: walk.paint(week, {}) for key, week in WEEKS.items()}
    found[None] = Painted(walk.start, bytearray(b"\1" * DAYS * 1440))
    return found


@dataclass(frozen=True)
class Life:
    """A record's facts in order, a clock's rules, and the instant of the question."""

    facts: tuple[Fact, ...]
    rules: Rules
    at: datetime


def some_target(dice: random.Random, number: int) -> Target:
    return Target(
        target_id=UUID(int=100 + number),
        agreement_version=1,
        seconds=60 * dice.choice((1, 10, 30, 60, 240, 480, 1000)),
        calendar_id=dice.choice((None, OFFICE, SHIFTS)),
        pause_on=frozenset(dice.sample(REASONS, dice.randrange(3))),
        runs_only_on=frozenset({"awaiting_supplier"}) if dice.random() < 0.15 else frozenset(),
        thresholds=dice.choice(((), (50, 75, 100), (10, 90), (50, 100, 150))),
    )


def some_life(dice: random.Random, start: datetime) -> Life:
    metric: Metric = dice.choice(("response", "update", "update", "resolution", "fulfilment"))
    terms: dict[int, Target | None] = {
        number: None if dice.random() < 0.1 else some_target(dice, number) for number in (1, 2, 3)
    }
    team = dice.choice((None, None, TEAM_A))
    rules = Rules(metric=metric, terms=terms, team_id=team)
    facts = [
        Fact(
            1,
            "started",
            start + dice.randrange(1200) * MINUTE,
            priority=dice.choice((1, 2, 3)),
            team_id=dice.choice((None, TEAM_A, TEAM_B)),
        )
    ]
    kinds: tuple[FactKind, ...] = (
        *("acknowledged", "held", "held", "resumed", "resumed", "weighed", "assigned"),
        *("resolved", "reopened", "reopened", "cancelled", "updated", "updated"),
    )
    for number in range(2, 2 + dice.randrange(9)):
        kind = dice.choice(kinds)
        if kind == "cancelled" and dice.random() < 0.6:
            kind = "held"
        step = dice.choice((0, 1, 7, 30, 61, 200, 500))
        facts.append(
            Fact(
                number,
                kind,
                facts[-1].at + step * MINUTE,
                reason=dice.choice(REASONS) if kind == "held" else None,
                priority=dice.choice((1, 2, 3)) if kind == "weighed" else None,
                team_id=dice.choice((TEAM_A, TEAM_B)) if kind == "assigned" else None,
            )
        )
    end = start + (DAYS * 1440 - 1) * MINUTE
    facts = [one for one in facts if one.at < end]
    at = min(facts[-1].at + dice.choice((0, 1, 50, 600)) * MINUTE, end)
    return Life(tuple(facts), rules, at)


def with_corrections(dice: random.Random, life: Life, start: datetime) -> Life:
    """Return a life of which somebody said afterwards, also twice, when things really were."""
    facts = list(life.facts)
    for _ in range(dice.randrange(1, 6)):
        meant = dice.choice(life.facts)
        step = dice.choice((-500, -61, -7, 0, 1, 30, 200)) * MINUTE
        moment = min(max(meant.at + step, start), start + (DAYS * 1440 - 2) * MINUTE)
        facts.append(Fact(len(facts) + 1, "corrected", moment, corrects=meant.sequence))
    return Life(tuple(facts), life.rules, life.at)


def as_it_was(life: Life) -> Life:
    """Return a life told at once, as it is known after its corrections."""
    times = {one.sequence: one.at for one in life.facts}
    for one in life.facts:
        if one.corrects is not None:
            times[one.corrects] = one.at
    begin, *rest = [
        replace(one, at=max(times[one.sequence], times[1]))
        for one in life.facts
        if one.kind != "corrected"
    ]
    return Life((begin, *sorted(rest, key=lambda one: one.at)), life.rules, life.at)


@dataclass(frozen=True)
class Walked:
    """What the walk over the minutes found."""

    state: str
    running: bool
    elapsed_minutes: int
    breached_at: datetime | None
    reached: dict[int, datetime]


def walk(life: Life, open_minutes: dict[UUID | None, Painted]) -> Walked | None:
    """Count a clock's minutes one by one, from the facts as they stand in their order.

    Those of an update clock are counted from each update on anew.
    """
    walked = _Minutes(life)
    verdict, begun = "", False
    book = _Book()
    times = [*(one.at for one in life.facts[1:]), walked.last]
    for fact, until in zip(life.facts, times, strict=True):
        book.note(fact)
        if fact.kind == "updated" and life.rules.metric == "update":
            walked.renew(fact.at)
        if fact.at == until and fact is not life.facts[0] and fact is not life.facts[-1]:
            continue
        verdict, target = book.verdict(life.rules)
        if verdict in ("running", "paused") and target is not None:
            walked.periods[-1].targets.append(target)
        begun = begun or verdict == "running" or book.halted(life.rules)
        if verdict == "running" and target is not None:
            walked.run(fact.at, until, open_minutes[target.calendar_id])
    if not begun:
        return None
    walked.runs[-1] = verdict == "running"
    target = [one for period in walked.periods for one in period.targets][-1]
    missed = [one for one in walked.missed(target) if one is not None]
    # Those that began after the end show nothing as long as it is one.
    period = [one for one in walked.periods if one.targets][-1]
    reached = {}
    for percent in sorted({*target.thresholds, 100}):
        found = walked.reach(period, target.seconds * percent)
        if found is None:
            break
        reached[percent] = found
    breached = missed[0] if missed and verdict != "cancelled" else None
    state = "breached" if breached is not None else {"stopped": "met"}.get(verdict, verdict)
    return Walked(state, verdict == "running", walked.counted(period), breached, reached)


@dataclass
class _Period:
    """What is counted together: from which minute, and the targets that held in it."""

    low: int
    targets: list[Target] = field(default_factory=list)
    high: int | None = None


class _Minutes:
    """The minutes of a life: in which a clock ran, and in which it counted."""

    def __init__(self, life: Life) -> None:
        self.start, self.last = life.facts[0].at, max(life.at, life.facts[-1].at)
        count = (self.last - self.start) // MINUTE
        self.ticks = bytearray(count + 1)  # 1: the clock runs, and the calendar is open
        self.runs = bytearray(count + 1)  # 1: the clock runs, open or not
        self.periods = [_Period(0)]

    def renew(self, at: datetime) -> None:
        low = (at - self.start) // MINUTE
        self.periods[-1].high = low
        self.periods.append(_Period(low))

    def run(self, since: datetime, until: datetime, hours: Painted) -> None:
        low, high = (since - self.start) // MINUTE, (until - self.start) // MINUTE
        place = (since - hours.start) // MINUTE
        self.ticks[low:high] = hours.minutes[place : place + high - low]
        self.runs[low:high] = b"\1" * (high - low)

    def _sums(self, period: _Period) -> list[int]:
        counted = bytes(period.low) + self.ticks[period.low : period.high]
        return list(accumulate(counted, initial=0))

    def counted(self, period: _Period) -> int:
        return self._sums(period)[-1]

    def reach(self, period: _Period, hundredths: int) -> datetime | None:
        """Return the first instant in a period at which the clock runs with so much counted."""
        running = bytes(period.low) + self.runs[period.low : period.high] + bytes(1)
        found = _first(self._sums(period), running, hundredths)
        return None if found is None else self.start + timedelta(seconds=found)

    def missed(self, target: Target) -> list[datetime | None]:
        """Return when each period was used up, if it was; one without a target has the last."""
        return [self.reach(one, [target, *one.targets][-1].seconds * 100) for one in self.periods]


def _first(sums: Sequence[int], runs: Sequence[int], hundredths: int) -> float | None:
    """Return the first second, from the start, in which the clock runs with so much counted."""
    whole, rest = divmod(hundredths, 6000)
    if rest:
        # Within the minute that is the next to count.
        place = bisect_left(sums, whole + 1) - 1
        return None if place + 1 >= len(sums) else place * 60 + rest / 100
    place = bisect_left(sums, whole)
    while place < len(sums) and not runs[place]:
        place += 1
    return None if place >= len(sums) else place * 60


class _Book:
    """How the record stands, kept as somebody at a desk would keep it."""

    def __init__(self) -> None:
        self.phase, self.noticed, self.reason = "open", False, ""
        self.priority, self.team = 0, None

    def note(self, fact: Fact) -> None:
        kind = fact.kind
        if kind == "held" and self.phase == "open":
            self.reason = fact.reason or ""
        if kind in ("resumed", "resolved", "reopened", "cancelled"):
            self.reason = ""
        self.noticed = self.noticed or kind == "acknowledged"
        self.phase = {"resolved": "resolved", "reopened": "open", "cancelled": "cancelled"}.get(
            kind, self.phase
        )
        self.priority = fact.priority or self.priority
        if kind in ("started", "assigned"):
            self.team = fact.team_id  # type: ignore[assignment]  # a team or none

    def verdict(self, rules: Rules) -> tuple[str, Target | None]:
        target = rules.terms.get(self.priority)
        if self.phase == "cancelled":
            return "cancelled", None
        if self.phase == "resolved" or (rules.metric == "response" and self.noticed):
            return "stopped", None
        if target is None:
            return "cancelled", None
        elsewhere = rules.team_id is not None and rules.team_id != self.team
        waits = bool(target.runs_only_on) and self.reason not in target.runs_only_on
        if elsewhere or waits or self.reason in target.pause_on:
            return "paused", target
        return "running", target

    def halted(self, rules: Rules) -> bool:
        """Tell whether the clock would run but for a hold that its target pauses on."""
        verdict, target = self.verdict(rules)
        if verdict != "paused" or target is None:
            return False
        elsewhere = rules.team_id is not None and rules.team_id != self.team
        waits = bool(target.runs_only_on) and self.reason not in target.runs_only_on
        return not elsewhere and not waits
