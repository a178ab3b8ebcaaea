"""The reference model of closing by time: what the log says should have happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from tests.faults.dumps import Logged, Wakeup
from tests.faults.reading import CLOSED, PLATFORM, REOPENED, RESOLVED, wakeups

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
