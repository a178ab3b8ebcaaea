"""How a record stood from when to when: its facts, corrected and in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from services.incident.clocks.domain import Fact, FactKind

Phase: TypeAlias = Literal["open", "resolved", "cancelled"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands; ``period`` counts the updates published so far."""

    phase: Phase = "open"
    acknowledged: bool = False
    reason: str | None = None
    priority: int = 5
    team_id: UUID | None = None
    period: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which nothing changed; the last one has no end. Its end is outside."""

    start: datetime
    end: datetime | None
    standing: Standing


_CHANGES: Final[Mapping[FactKind, Mapping[str, Any]]] = {
    "started": {},
    "acknowledged": {"acknowledged": True},
    "weighed": {},
    "assigned": {},
    "updated": {},
    "held": {},
    "resumed": {"reason": None},
    "resolved": {"phase": "resolved", "reason": None},
    "reopened": {"phase": "open", "reason": None},
    "cancelled": {"phase": "cancelled", "reason": None},
}


def in_force(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts as they are now known, by the order in which they were noted.

    The newest correction of a fact replaces the ones before it.
    """
    known = {one.sequence: one for one in facts}
    for one in sorted(known.values(), key=lambda fact: fact.sequence):
        if one.kind == "corrected" and one.corrects in known:
            corrected = known[one.corrects]
            known[one.corrects] = replace(
                corrected,
                at=one.at,
                reason=one.reason or corrected.reason,
                priority=one.priority or corrected.priority,
                team_id=one.team_id or corrected.team_id,
            )
    real = [one for one in known.values() if one.kind != "corrected"]
    return sorted(real, key=lambda fact: fact.sequence)


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts as they are now known, by when they happened.

    What happened at one instant goes by the order in which it was noted; nothing goes before the
    start, whatever was said first.
    """
    real = in_force(facts)
    starts = [one for one in real if one.kind == "started"]
    if not starts:
        return []
    first = starts[0]
    rest = [replace(one, at=max(one.at, first.at)) for one in real if one.kind != "started"]
    return [first, *sorted(rest, key=lambda fact: (fact.at, fact.sequence))]


def spans(facts: Iterable[Fact]) -> list[Span]:
    """Return the stretches of a record's life.

    Those that last no time are left out, but for the first: it says how the record began.
    """
    return list(_spans(in_order(facts)))


def _spans(ordered: list[Fact]) -> Iterator[Span]:
    standing = Standing()
    since: datetime | None = None
    for place, fact in enumerate(ordered):
        if since is not None and (fact.at > since or place == 1):
            yield Span(since, fact.at, standing)
        since = fact.at
        standing = _after(standing, fact)
    if since is not None:
        yield Span(since, None, standing)


def _after(standing: Standing, fact: Fact) -> Standing:
    changes = dict(_CHANGES[fact.kind])
    if fact.kind == "held":
        # A fact that a correction moved behind the end puts nothing on hold.
        if standing.phase != "open":
            return standing
        changes["reason"] = fact.reason
    if fact.kind in ("started", "weighed") and fact.priority is not None:
        changes["priority"] = fact.priority
    if fact.kind in ("started", "assigned"):
        changes["team_id"] = fact.team_id
    if fact.kind == "updated":
        changes["period"] = standing.period + 1
    return replace(standing, **changes)
