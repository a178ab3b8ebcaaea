"""What clocks of other systems got wrong; each case is named after what its users reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.incident.clocks.domain import MICROSECONDS, Fact, Reading, Rules, Target, Terms
from services.incident.clocks.engine.reading import read
from services.incident.clocks.engine.spans import spans
from services.incident.clocks.events import Metric
from shared.calendar import Calendar

OFFICE, TEAM, OTHER_TEAM, SUPPLIER = (UUID(int=number) for number in range(1, 5))
BERLIN: Final = ZoneInfo("Europe/Berlin")
CALENDARS: Final = {
    OFFICE: Calendar(
        zone="Europe/Berlin",
        week=dict.fromkeys(range(5), ((480, 720), (780, 1020))),
        days={datetime(2026, 4, 6, tzinfo=BERLIN).date(): ()},
    )
}
HOUR: Final = 3600


def local(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """Return an instant by the wall clock of Berlin in 2026; 2 March is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def promise(seconds: int, *, calendar: UUID | None = None, **fields: frozenset[str]) -> Target:
    return Target(UUID(int=seconds), 1, seconds, calendar, **fields)  # type: ignore[arg-type]  # only reasons


def look(
    facts: list[Fact],
    terms: Terms,
    at: datetime,
    *,
    metric: Metric = "resolution",
    team: UUID | None = None,
    supplier: UUID | None = None,
) -> Reading | None:
    rules = Rules(metric, terms, team_id=team, supplier_id=supplier)
    return read(spans(facts), rules, CALENDARS, at=at, supplier_id=SUPPLIER)


def seen(
    facts: list[Fact], terms: Terms, at: datetime, *, metric: Metric = "resolution"
) -> Reading:
    found = look(facts, terms, at, metric=metric)
    assert found is not None
    return found


def started(at: datetime, priority: int = 1, team: UUID | None = TEAM) -> Fact:
    return Fact(1, "started", at, priority=priority, team_id=team)


CALLER: Final = frozenset({"awaiting_caller"})


def test_row_8_a_pending_ticket_is_not_breached_while_it_is_pending() -> None:
    facts = [
        started(local(2, 9)),
        Fact(2, "held", local(2, 10), reason="awaiting_caller"),
    ]
    shown = seen(facts, {1: promise(2 * HOUR, pause_on=CALLER)}, local(9, 9))
    assert (shown.state, shown.breached_at, shown.deadline) == ("paused", None, None)
    assert shown.wake_at is None
    assert shown.elapsed == HOUR * MICROSECONDS


def test_row_8_the_deadline_moves_by_the_time_on_hold_and_no_more() -> None:
    facts = [
        started(local(2, 9)),
        Fact(2, "held", local(2, 10), reason="awaiting_caller"),
        Fact(3, "resumed", local(2, 15)),
        Fact(4, "held", local(2, 15, 30), reason="awaiting_caller"),
        Fact(5, "resumed", local(2, 16)),
    ]
    shown = seen(facts, {1: promise(4 * HOUR, pause_on=CALLER)}, local(2, 16))
    assert shown.deadline == local(2, 18, 30)


def test_row_8_a_hold_that_the_agreement_does_not_name_stops_nothing() -> None:
    facts = [started(local(2, 9)), Fact(2, "held", local(2, 10), reason="awaiting_change")]
    shown = seen(facts, {1: promise(4 * HOUR, pause_on=CALLER)}, local(2, 12))
    assert (shown.state, shown.deadline) == ("running", local(2, 13))


def test_row_8_a_reopened_ticket_goes_on_and_does_not_begin_anew() -> None:
    facts = [
        started(local(2, 9)),
        Fact(2, "resolved", local(2, 11)),
        Fact(3, "reopened", local(4, 9)),
    ]
    terms = {1: promise(4 * HOUR)}
    assert seen(facts[:2], terms, local(3, 9)).state == "met"
    shown = seen(facts, terms, local(4, 9, 30))
    assert (shown.state, shown.deadline) == ("running", local(4, 11))
    assert shown.elapsed == 2 * HOUR * MICROSECONDS + HOUR // 2 * MICROSECONDS


def test_row_8_a_new_priority_counts_from_the_start_of_the_ticket() -> None:
    terms = {1: promise(4 * HOUR), 3: promise(24 * HOUR)}
    facts = [started(local(2, 9), 3), Fact(2, "weighed", local(2, 12), priority=1)]
    assert seen(facts[:1], terms, local(2, 12)).deadline == local(3, 9)
    shown = seen(facts, terms, local(2, 12))
    assert (shown.deadline, shown.elapsed) == (local(2, 13), 3 * HOUR * MICROSECONDS)


def test_row_8_a_breach_under_a_target_that_no_longer_holds_is_none() -> None:
    terms = {1: promise(HOUR), 3: promise(24 * HOUR)}
    facts = [started(local(2, 9)), Fact(2, "weighed", local(2, 12), priority=3)]
    assert seen(facts[:1], terms, local(2, 12)).breached_at == local(2, 10)
    assert seen(facts, terms, local(2, 12)).state == "running"
    back = [*facts, Fact(3, "weighed", local(2, 13), priority=1)]
    assert seen(back, terms, local(2, 13)).breached_at == local(2, 10)


def test_row_8_a_breach_that_is_noticed_late_has_its_own_instant() -> None:
    shown = seen([started(local(2, 9))], {1: promise(HOUR)}, local(9, 9))
    assert (shown.state, shown.breached_at) == ("breached", local(2, 10))


def test_row_8_a_clock_stopped_at_its_very_deadline_is_met() -> None:
    terms = {1: promise(HOUR)}
    kept = [started(local(2, 9)), Fact(2, "resolved", local(2, 10))]
    assert seen(kept, terms, local(2, 12)).state == "met"
    late = [started(local(2, 9)), Fact(2, "resolved", local(2, 10) + timedelta(microseconds=1))]
    assert seen(late, terms, local(2, 12)).state == "breached"


def test_row_9_breaks_nights_and_weekends_do_not_count() -> None:
    terms = {1: promise(10 * HOUR, calendar=OFFICE)}
    # Friday 15:00: two hours, then eight on Monday; the lunch hour of neither counts.
    shown = seen([started(local(6, 15))], terms, local(6, 15))
    assert shown.deadline == local(9, 17)


def test_row_9_a_holiday_does_not_count() -> None:
    terms = {1: promise(4 * HOUR, calendar=OFFICE)}
    # Easter Monday is 6 April; the Thursday before ends at 17:00.
    shown = seen([started(local(3, 15, month=4))], terms, local(3, 15, month=4))
    assert shown.deadline == local(7, 10, month=4)


def test_row_9_nothing_is_escalated_at_its_creation_by_night() -> None:
    terms = {1: promise(HOUR, calendar=OFFICE)}
    shown = seen([started(local(2, 23))], terms, local(2, 23))
    assert (shown.state, shown.hits, shown.elapsed) == ("running", (), 0)
    assert shown.wake_at == local(3, 8, 30)


def test_row_9_a_hold_over_night_costs_open_hours_alone() -> None:
    terms = {1: promise(8 * HOUR, calendar=OFFICE, pause_on=CALLER)}
    facts = [
        started(local(2, 8)),
        Fact(2, "held", local(2, 16), reason="awaiting_caller"),
        Fact(3, "resumed", local(3, 9)),
    ]
    # Seven hours were used; the last one begins when it is resumed.
    assert seen(facts, terms, local(3, 9)).deadline == local(3, 10)


def test_row_9_a_day_has_23_or_25_hours_where_clocks_change() -> None:
    terms = {1: promise(24 * HOUR)}
    spring = seen([started(local(28, 12))], terms, local(28, 12))
    assert spring.deadline == local(29, 13)
    autumn = seen([started(local(24, 12, month=10))], terms, local(24, 12, month=10))
    assert autumn.deadline == local(25, 11, month=10)


def test_row_9_a_calendar_that_never_opens_is_never_due() -> None:
    closed = UUID(int=99)
    rules = Rules("resolution", {1: promise(HOUR, calendar=closed)})
    never = {closed: Calendar(zone="UTC", week={})}
    shown = read(spans([started(local(2, 9))]), rules, never, at=local(9, 9))
    assert shown is not None
    assert (shown.state, shown.deadline, shown.wake_at) == ("running", None, None)


def test_row_10_no_clock_overwrites_another() -> None:
    terms = {1: promise(HOUR)}
    facts = [started(local(2, 9)), Fact(2, "acknowledged", local(2, 9, 30))]
    response = seen(facts, terms, local(2, 12), metric="response")
    resolution = seen(facts, terms, local(2, 12))
    assert (response.state, response.stopped_at) == ("met", local(2, 9, 30))
    assert (resolution.state, resolution.breached_at) == ("breached", local(2, 10))
    # What comes later does not touch a response that was given.
    after = [
        *facts,
        Fact(3, "weighed", local(2, 13), priority=2),
        Fact(4, "resolved", local(2, 14)),
        Fact(5, "reopened", local(2, 15)),
    ]
    later = seen(after, {1: promise(HOUR), 2: promise(60)}, local(2, 16), metric="response")
    assert (later.state, later.stopped_at) == ("met", local(2, 9, 30))


def test_row_10_an_update_begins_the_next_period_and_a_missed_one_stays_missed() -> None:
    terms = {1: promise(HOUR)}
    facts = [started(local(2, 9)), Fact(2, "updated", local(2, 9, 50))]
    shown = seen(facts, terms, local(2, 10, 20), metric="update")
    assert (shown.state, shown.deadline) == ("running", local(2, 10, 50))
    late = [*facts, Fact(3, "updated", local(2, 11))]
    shown = seen(late, terms, local(2, 11, 10), metric="update")
    assert (shown.state, shown.breached_at) == ("breached", local(2, 10, 50))
    assert (shown.deadline, shown.elapsed) == (local(2, 12), 600 * MICROSECONDS)


def test_row_12_a_backdated_ticket_counts_from_when_it_happened() -> None:
    facts = [
        started(local(2, 12)),
        Fact(2, "resolved", local(2, 13)),
        Fact(3, "corrected", local(2, 9), corrects=1),
    ]
    shown = seen(facts, {1: promise(2 * HOUR)}, local(2, 14))
    assert (shown.state, shown.breached_at) == ("breached", local(2, 11))
    assert shown.elapsed == 4 * HOUR * MICROSECONDS


def test_a_supplier_pauses_the_customer_stops_the_team_and_starts_the_contract() -> None:
    waiting = frozenset({"awaiting_supplier"})
    facts = [
        started(local(2, 9)),
        Fact(2, "held", local(2, 10), reason="awaiting_supplier"),
        Fact(3, "resumed", local(2, 13)),
    ]
    at = local(2, 12)
    sla = seen(facts[:2], {1: promise(4 * HOUR, pause_on=waiting)}, at)
    ola = look(facts[:2], {1: promise(4 * HOUR, pause_on=waiting)}, at, team=TEAM)
    contract = look(facts[:2], {1: promise(4 * HOUR, runs_only_on=waiting)}, at, supplier=SUPPLIER)
    assert ola is not None
    assert contract is not None
    assert (sla.state, ola.state, contract.state) == ("paused", "paused", "running")
    assert (contract.started_at, contract.elapsed) == (local(2, 10), 2 * HOUR * MICROSECONDS)
    after = look(
        facts, {1: promise(4 * HOUR, runs_only_on=waiting)}, local(2, 15), supplier=SUPPLIER
    )
    assert after is not None
    assert (after.state, after.elapsed) == ("paused", 3 * HOUR * MICROSECONDS)
    none = look(facts[:1], {1: promise(4 * HOUR, runs_only_on=waiting)}, at, supplier=SUPPLIER)
    assert none is None


def test_a_breach_is_attributed_to_those_who_had_the_time() -> None:
    facts = [
        started(local(2, 9)),
        Fact(2, "assigned", local(2, 10), team_id=OTHER_TEAM),
        Fact(3, "held", local(2, 11), reason="awaiting_supplier"),
        Fact(4, "resumed", local(2, 13)),
    ]
    shown = seen(facts, {1: promise(4 * HOUR)}, local(2, 14))
    shares = [(one.team_id, one.supplier_id, one.reason, one.seconds) for one in shown.attribution]
    assert shares == [
        (TEAM, None, None, HOUR),
        (OTHER_TEAM, None, None, 2 * HOUR),
        (None, SUPPLIER, "awaiting_supplier", 2 * HOUR),
    ]
