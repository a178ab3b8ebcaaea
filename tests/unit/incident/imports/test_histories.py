"""The past of an incident told again: whatever the log says, the events end where it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.domain.history import relate
from services.incident.incidents.domain.past import Past, PastFact
from services.incident.incidents.events.handling import IncidentReopened, IncidentResolved
from services.incident.incidents.events.vocabulary import HoldReason, State

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BEGAN = datetime(2016, 2, 1, tzinfo=UTC)
ID = UUID("0197a0c2-7d31-7c50-8f00-5b6a2f4c1e01")
STATES: list[tuple[State, HoldReason | None]] = [
    ("new", None),
    ("assigned", None),
    ("in_progress", None),
    ("on_hold", "awaiting_caller"),
    ("on_hold", "awaiting_supplier"),
    ("resolved", None),
    ("closed", None),
    ("cancelled", None),
]


@st.composite
def facts(draw: st.DrawFn) -> tuple[PastFact, ...]:
    """Any way from state to state, with ascending counts of reopenings."""
    found: list[PastFact] = []
    at, reopened = BEGAN, 0
    for _ in range(draw(st.integers(1, 12))):
        at += timedelta(minutes=draw(st.integers(0, 500)))
        reopened += draw(st.integers(0, 2))
        state, reason = draw(st.sampled_from(STATES))
        found.append(
            PastFact(
                at=at,
                state=state,
                hold_reason=reason,
                impact=draw(st.integers(1, 3)),
                urgency=draw(st.integers(1, 3)),
                priority=draw(st.integers(1, 5)),
                group=draw(st.sampled_from([None, "Group 1", "Group 2"])),
                assignee=draw(st.sampled_from([None, "Resolver 1", "Resolver 2"])),
                reopen_count=reopened,
                noticed=state != "new",
            )
        )
    return tuple(found)


def past(said: tuple[PastFact, ...], *, resolved_at: datetime | None = None) -> Past:
    return Past(
        source="servicenow",
        source_number="INC7",
        title="INC7",
        description="",
        channel="phone",
        category=None,
        caller=None,
        reported_at=BEGAN,
        resolved_at=resolved_at,
        closed_at=None,
        resolution_code="unknown",
        by_matrix=True,
        facts=said,
    )


@given(facts())
def test_it_ends_as_the_last_fact_says(said: tuple[PastFact, ...]) -> None:
    incident, events = relate(past(said), incident_id=ID, number="INC0000001", now=NOW)
    last = said[-1]
    assert (incident.state, incident.hold_reason) == (last.state, last.hold_reason)
    assert (incident.impact, incident.urgency) == (last.impact, last.urgency)
    assert (incident.priority, incident.assignee) == (last.priority, last.assignee)
    assert incident.version == len(events)
    told = events[-1].event
    assert (told.state, told.priority, told.assignee) == (
        incident.state,
        incident.priority,
        incident.assignee,
    )


@given(facts())
def test_each_reopening_is_told_once(said: tuple[PastFact, ...]) -> None:
    incident, events = relate(past(said), incident_id=ID, number="INC0000001", now=NOW)
    counted = [one.event.reopen_count for one in events if isinstance(one.event, IncidentReopened)]
    assert counted == list(range(1, said[-1].reopen_count + 1))
    assert incident.reopen_count == said[-1].reopen_count


@given(facts())
def test_it_was_acknowledged_when_somebody_had_first_seen_it(said: tuple[PastFact, ...]) -> None:
    incident, _ = relate(past(said), incident_id=ID, number="INC0000001", now=NOW)
    assert incident.acknowledged_at == next((one.at for one in said if one.noticed), None)


@given(facts(), st.integers(1, 12))
def test_what_is_known_early_is_the_beginning_of_what_is_known_late(
    said: tuple[PastFact, ...], known: int
) -> None:
    _, early = relate(past(said[:known]), incident_id=ID, number="INC0000001", now=NOW)
    _, late = relate(past(said), incident_id=ID, number="INC0000001", now=NOW)
    assert late[: len(early)] == early


@given(facts(), st.integers(0, 5_000))
def test_the_last_resolution_has_the_instant_that_the_source_names(
    said: tuple[PastFact, ...], minutes: int
) -> None:
    at = BEGAN + timedelta(minutes=minutes)
    incident, events = relate(
        past(said, resolved_at=at), incident_id=ID, number="INC0000001", now=NOW
    )
    resolved = [one.event for one in events if isinstance(one.event, IncidentResolved)]
    assert incident.resolved_at == at
    assert not resolved or resolved[-1].resolved_at == at
