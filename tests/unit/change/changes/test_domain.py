"""The rules of a change, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.change.changes import events as facts
from services.change.changes.domain import (
    Change,
    ChangeId,
    ChangeTypeNotAvailableError,
    CloseCodeError,
    OutsideWindowError,
)
from services.change.changes.events import Outcome, State
from services.change.changes.lifecycle import (
    TRANSITIONS,
    AuthorityNeededError,
    ChangeTransitionError,
    OccurredAtError,
    SelfAuthorisationError,
)
from tests.unit.change.changes.examples import AT, BEGIN, STEPS, WHOLE, act, brought_to


@pytest.mark.parametrize("state", list(TRANSITIONS))
@pytest.mark.parametrize("to", list(STEPS))
def test_a_state_leads_where_the_table_says_and_nowhere_else(state: State, to: State) -> None:
    change = brought_to(state)
    now = max(change.state_since, AT.get(to, BEGIN))
    if to in TRANSITIONS[state]:
        after, _ = STEPS[to](change, act(now=now))
        assert after.state == to
    else:
        with pytest.raises(ChangeTransitionError) as caught:
            STEPS[to](change, act(now=now))
        assert caught.value.extras == {"allowed": list(TRANSITIONS[state])}


@pytest.mark.parametrize("kind", ["standard", "emergency"])
def test_other_types_are_refused_with_what_is_available(kind: Any) -> None:  # noqa: ANN401 - a literal
    with pytest.raises(ChangeTypeNotAvailableError) as caught:
        Change.request(
            change_id=ChangeId(UUID(int=7)),
            number="CHG0000007",
            kind=kind,
            requester="asker",
            content=WHOLE,
            now=BEGIN,
        )
    assert caught.value.extras == {"available": ["normal"]}


def test_the_requester_cannot_authorise_even_as_an_authority() -> None:
    with pytest.raises(SelfAuthorisationError):
        brought_to("authorize").authorise(act("asker"))


@pytest.mark.parametrize("to", ["scheduled", "rejected"])
def test_only_an_authority_decides(to: State) -> None:
    with pytest.raises(AuthorityNeededError):
        STEPS[to](brought_to("authorize"), act(authority=False))


def test_a_change_is_not_scheduled_once_its_window_has_begun() -> None:
    assert WHOLE.planned_start is not None
    with pytest.raises(OutsideWindowError):
        brought_to("authorize").authorise(act(now=WHOLE.planned_start))


@pytest.mark.parametrize(
    ("minutes_from_start", "allowed"),
    [(-16, False), (-15, True), (0, True), (6 * 24 * 60 - 240, True), (6 * 24 * 60 - 239, False)],
)
def test_work_begins_inside_the_window_or_shortly_before(
    minutes_from_start: int, *, allowed: bool
) -> None:
    assert WHOLE.planned_start is not None
    now = WHOLE.planned_start + timedelta(minutes=minutes_from_start)
    change = brought_to("scheduled")
    if allowed:
        assert change.start(act(now=now))[0].actual_start == now
    else:
        with pytest.raises(OutsideWindowError):
            change.start(act(now=now))


def test_reverting_voids_the_authorisation_and_says_so() -> None:
    change, events = brought_to("scheduled").revert(act(), reason="another week")
    assert (change.authorised_by, change.authorised_at, change.risk_level) == (None, None, None)
    (event,) = events
    assert isinstance(event, facts.ChangeReverted)
    assert event.authorisation_voided


@pytest.mark.parametrize(
    ("outcome", "code", "fits"),
    [
        ("successful", "successful", True),
        ("successful", "failed", True),
        ("backed_out", "backed_out", True),
        ("backed_out", "successful", False),
        ("failed", "backed_out", False),
    ],
)
def test_a_change_that_was_backed_out_is_closed_as_that(
    outcome: Outcome, code: Outcome, *, fits: bool
) -> None:
    change = brought_to("implement")
    by = act(now=change.state_since)
    change, events = change.finish(by, outcome=outcome, outcome_text="")
    assert isinstance(events[0], facts.ChangeBackedOut) == (outcome == "backed_out")
    if fits:
        assert change.close(by, close_code=code, review_text="so")[0].close_code == code
    else:
        with pytest.raises(CloseCodeError):
            change.close(by, close_code=code, review_text="so")


def test_what_was_earlier_lies_between_the_last_transition_and_now() -> None:
    change = brought_to("implement")
    since = change.state_since
    now = since + timedelta(hours=2)
    earlier = since + timedelta(hours=1)
    after, _ = STEPS["review"](change, act(now=now, occurred_at=earlier))
    assert (after.actual_end, after.updated_at) == (earlier, now)
    for wrong in (since - timedelta(seconds=1), now + timedelta(seconds=1)):
        with pytest.raises(OccurredAtError):
            STEPS["review"](change, act(now=now, occurred_at=wrong))


def test_a_clock_that_is_behind_does_not_turn_time_back() -> None:
    change = replace(brought_to("draft"), state_since=BEGIN + timedelta(seconds=1))
    after, _ = change.submit(act(now=BEGIN))
    assert after.state_since == BEGIN + timedelta(seconds=1)
