"""The reference model of what time does: what the log says should have happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.faults.dumps import Logged, Wakeup
from tests.faults.reading import CLOSED, PLATFORM, REOPENED, RESOLVED, breaches, wakeups
from tests.faults.workload import CLOCK_SECONDS

AT: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


def row(sequence: int, name: str, *, at: datetime, actor: str = "mara") -> Logged:
    return Logged(
        service="incident",
        log_id=sequence,
        event_id=f"e-{sequence}",
        topic="itsm.incident.events",
        key="inc",
        sequence=sequence,
        type=name,
        recorded_at=at,
        actor=actor,
        correlation_id=None,
        causation_id=None,
        digest="",
    )


def test_a_resolved_incident_is_to_close_by_itself() -> None:
    rows = [row(1, RESOLVED, at=AT)]
    assert wakeups(rows, HOUR) == [Wakeup("inc", AT + HOUR, wanted=True, happened=())]


def test_a_close_by_the_platform_is_what_happened() -> None:
    rows = [row(1, RESOLVED, at=AT), row(2, CLOSED, at=AT + HOUR, actor=PLATFORM)]
    assert wakeups(rows, HOUR) == [Wakeup("inc", AT + HOUR, wanted=True, happened=(AT + HOUR,))]


def test_after_a_person_closed_it_nothing_is_to_happen() -> None:
    rows = [row(1, RESOLVED, at=AT), row(2, CLOSED, at=AT)]
    assert wakeups(rows, HOUR) == [Wakeup("inc", AT + HOUR, wanted=False, happened=())]


def test_a_reopened_one_is_judged_by_its_next_resolution() -> None:
    rows = [row(1, RESOLVED, at=AT), row(2, REOPENED, at=AT), row(3, RESOLVED, at=AT + HOUR)]
    found = wakeups(rows, HOUR)
    assert [one.wanted for one in found] == [False, True]
    assert found[1].due_at == AT + 2 * HOUR


def of_clock(sequence: int, fact: str, *, after: float) -> Logged:
    at = AT + timedelta(seconds=after)
    found = row(sequence, f"itsm.sla_clock.{fact}.v1", at=at, actor=PLATFORM)
    return replace(found, key="clock", occurred_at=at)


def test_a_clock_that_is_not_met_must_be_breached_once_it_is_time() -> None:
    began = of_clock(1, "started", after=0)
    late = of_clock(2, "breached", after=1.5)
    due_at = AT + timedelta(seconds=CLOCK_SECONDS)
    assert breaches([late, began]) == [
        Wakeup("clock", due_at, wanted=True, happened=(late.recorded_at,))
    ]
    assert breaches([began]) == [Wakeup("clock", due_at, wanted=True, happened=())]
    met = breaches([began, of_clock(2, "met", after=0.5)])
    assert met == [Wakeup("clock", due_at, wanted=False, happened=())]
