"""What became of a clock between two readings, and the events that tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.incident.clocks.domain import MICROSECONDS, Clock, Reading, Record
from services.incident.clocks.engine.reading import ALL
from services.incident.clocks.events import (
    Attribution,
    Before,
    SlaClockAtRisk,
    SlaClockBreached,
    SlaClockCancelled,
    SlaClockCorrected,
    SlaClockEvent,
    SlaClockMet,
    SlaClockPaused,
    SlaClockResumed,
    SlaClockRetargeted,
    SlaClockStarted,
    SlaClockStopped,
)

_WITH_BEFORE: Final = (SlaClockRetargeted, SlaClockCorrected, SlaClockCancelled)


@dataclass(frozen=True, slots=True)
class Change:
    """An event to tell: which, when it happened, and the percentage it is about."""

    event: type[SlaClockEvent]
    at: datetime
    threshold: int | None = None


def changes(
    before: Reading | None,
    after: Reading,
    *,
    at: datetime,
    anew: bool = False,
    renewed: bool = False,
) -> list[Change]:
    """Return what happened to a clock, in the order to tell it; nothing if nothing did.

    ``at`` is when the cause was so; what the clock itself says of an instant goes before that.
    ``anew`` tells that facts, calendar or agreement turned out otherwise: a clock that shows
    something else then is corrected, and told to be so in place of its turns. ``renewed`` tells
    that a new period of it began.
    """
    if before is None:
        return [Change(SlaClockStarted, after.started_at), *_reached(None, after), *_end(after, at)]
    if anew:
        first = [Change(SlaClockCorrected, at)] if _differs(before, after) else []
        return [*first, *_reached(before, after)]
    if renewed and after.stopped_at is None:
        news = [Change(SlaClockRetargeted, at)]
    else:
        news = list(_news(before, after, at))
    return [*news, *_reached(before, after), *_turn(before, after, at)]


def void(reading: Reading, *, at: datetime) -> Reading:
    """Return the reading of a clock that by its facts never began: a promise that never was."""
    return replace(
        reading,
        at=at,
        state="cancelled",
        running=False,
        stopped_at=at,
        breached_at=None,
        deadline=None,
        wake_at=None,
    )


def _news(before: Reading, after: Reading, at: datetime) -> Iterator[Change]:
    if before.target != after.target:
        yield Change(SlaClockRetargeted, at)
    elif after.elapsed < before.elapsed and after.hits[: len(before.hits)] != before.hits:
        # Less used up without a correction: a period ended, or the cause was told belatedly.
        later = after.breached_at == before.breached_at and after.running
        yield Change(SlaClockRetargeted if later else SlaClockCorrected, at)
    elif before.breached_at is not None and after.breached_at != before.breached_at:
        yield Change(SlaClockCorrected, at)


def _reached(before: Reading | None, after: Reading) -> Iterator[Change]:
    """Yield what was used up; of an update clock a later period that is missed breaches nothing."""
    seen = set() if before is None else {one.percent for one in before.hits}
    ends = {hit.at for hit in after.hits if hit.percent == ALL}
    missed = after.breached_at
    if missed is not None and missed not in ends and (before is None or before.breached_at is None):
        # A period that is over by now.
        yield Change(SlaClockBreached, missed, ALL)
    for hit in after.hits:
        if hit.percent in seen:
            continue
        if hit.percent == ALL and hit.at == missed:
            yield Change(SlaClockBreached, hit.at, ALL)
        elif hit.percent != ALL or missed is not None:
            yield Change(SlaClockAtRisk, hit.at, hit.percent)


def _turn(before: Reading, after: Reading, at: datetime) -> Iterator[Change]:
    ended = after.stopped_at is not None
    if ended and (before.stopped_at is None or before.state != after.state):
        yield from _end(after, at)
    elif not ended and (before.stopped_at is not None or before.running != after.running):
        yield Change(SlaClockResumed if after.running else SlaClockPaused, at)


def _end(after: Reading, at: datetime) -> Iterator[Change]:
    if after.stopped_at is None:
        if not after.running:
            yield Change(SlaClockPaused, at)
    elif after.state == "cancelled":
        yield Change(SlaClockCancelled, after.stopped_at)
    elif after.state == "met":
        yield Change(SlaClockMet, after.stopped_at)
    else:
        yield Change(SlaClockStopped, after.stopped_at)


def _differs(before: Reading, after: Reading) -> bool:
    """Tell whether two readings differ in more than the time that went by."""
    if _outline(before) != _outline(after):
        return True
    return not after.running and before.elapsed != after.elapsed


def _outline(one: Reading) -> tuple[object, ...]:
    # What a running clock is due says what it has counted, so that need not be compared. One that
    # was missed is not due any more; but an update clock goes on to its next period.
    due = one.deadline
    state = "running" if one.running and one.breached_at is None else one.state
    overdue = due is not None and due <= one.at
    return (
        state,
        one.running,
        one.started_at,
        one.stopped_at,
        None if overdue else due,
        one.breached_at,
        one.target,
    )


def told(record: Record, clock: Clock, change: Change, *, before: Clock | None) -> SlaClockEvent:
    """Return the event of a change: the clock as it stands after it."""
    shown = clock.reading
    seconds = shown.elapsed // MICROSECONDS
    return change.event(
        clock_id=clock.id,
        record_type=record.type,
        record_id=record.id,
        record_number=record.number,
        service_id=clock.service_id,
        customer_id=clock.customer_id,
        team_id=clock.rules.team_id,
        supplier_id=clock.rules.supplier_id,
        agreement_id=clock.agreement_id,
        agreement_version=shown.target.agreement_version,
        agreement_type=clock.agreement_type,
        target_id=shown.target.target_id,
        metric=clock.rules.metric,
        target_seconds=shown.target.seconds,
        calendar_id=shown.target.calendar_id,
        calendar_version=clock.calendar_version,
        state=shown.state,
        running=shown.running,
        started_at=shown.started_at,
        stopped_at=shown.stopped_at,
        breached_at=shown.breached_at,
        deadline=shown.deadline,
        elapsed_seconds=seconds,
        remaining_seconds=shown.target.seconds - seconds,
        threshold=change.threshold,
        attribution=tuple(
            Attribution(
                team_id=one.team_id,
                supplier_id=one.supplier_id,
                reason=one.reason,
                seconds=one.seconds,
            )
            for one in shown.attribution
        ),
        previous=_before(before) if before and issubclass(change.event, _WITH_BEFORE) else None,
    )


def _before(clock: Clock) -> Before:
    shown = clock.reading
    return Before(
        state=shown.state,
        target_seconds=shown.target.seconds,
        calendar_version=clock.calendar_version,
        started_at=shown.started_at,
        stopped_at=shown.stopped_at,
        breached_at=shown.breached_at,
        deadline=shown.deadline,
        elapsed_seconds=shown.elapsed // MICROSECONDS,
    )
