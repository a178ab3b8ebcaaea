"""The life of a change, tried in any order: what is promised holds, all else is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.change.changes.domain import OutsideWindowError
from services.change.changes.events import ChangeEvent, ChangeUpdated, State
from services.change.changes.lifecycle import (
    EDITABLE,
    TRANSITIONS,
    Act,
    AuthorityNeededError,
    ChangeContentFixedError,
    ChangeTransitionError,
    SelfAuthorisationError,
)
from services.change.changes.replay import Told, replayed
from tests.unit.change.changes.examples import BEGIN, STEPS, TOLERANCE, WHOLE, act, request


class LifeOfAChange(RuleBasedStateMachine):
    """Tries everything at any time, by anybody, and looks at what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.change, first = request()
        self.told = [Told(1, BEGIN, BEGIN, first)]
        self.now = BEGIN

    @rule(
        to=st.sampled_from(list(STEPS)),
        by=st.sampled_from(["asker", "boss"]),
        authority=st.booleans(),
        wait=st.timedeltas(timedelta(0), timedelta(minutes=20)),
    )
    def try_any_step(self, to: State, by: str, *, authority: bool, wait: timedelta) -> None:
        self.now += wait
        self.attempt(to, act(by, authority=authority, now=self.now))

    @rule(steps=st.integers(1, 3))
    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            for to in TRANSITIONS[self.change.state][:1]:
                self.attempt(to, act(now=self.now))

    @precondition(lambda self: self.change.state == "scheduled")
    @rule(late=st.timedeltas(timedelta(0), timedelta(days=8)))
    def wait_for_the_window(self, late: timedelta) -> None:
        assert WHOLE.planned_start is not None
        self.now = max(self.now, WHOLE.planned_start + late - timedelta(hours=1))

    @rule(title=st.sampled_from(["Replace the storage", "Replace all the storage"]))
    def revise(self, title: str) -> None:
        before = self.change
        if before.state in EDITABLE or title == before.content.title:
            self.change, events = before.revise({"title": title}, now=self.now)
            self.tell(events, self.now)
            altered = title != before.content.title
            assert len(events) == altered == self.change.version - before.version
            return
        with pytest.raises(ChangeContentFixedError) as caught:
            before.revise({"title": title}, now=self.now)
        assert caught.value.extras["allowed"] == list(TRANSITIONS[before.state])

    @rule()
    def let_the_window_end(self) -> None:
        before = self.change
        end = BEGIN + timedelta(days=6)
        self.change, events = before.overrun_if_late(now=end)
        self.tell(events, end, recorded_at=end)
        expected = before.state == "implement" and before.overran_at is None
        assert len(events) == expected == self.change.version - before.version

    def attempt(self, to: State, by: Act) -> None:
        before, leads = self.change, TRANSITIONS[self.change.state]
        if to not in leads:
            with pytest.raises(ChangeTransitionError) as refused:
                STEPS[to](before, by)
            assert refused.value.extras["allowed"] == list(leads)
            return
        if not self.may(to, by):
            with pytest.raises((AuthorityNeededError, SelfAuthorisationError, OutsideWindowError)):
                STEPS[to](before, by)
            return
        self.change, events = STEPS[to](before, by)
        self.tell(events, self.change.state_since)
        assert self.change.state == events[-1].state == to
        assert self.change.version == before.version + len(events) > before.version
        assert {event.previous_state for event in events} == {before.state}

    def tell(
        self,
        events: list[ChangeEvent],
        occurred_at: datetime,
        *,
        recorded_at: datetime | None = None,
    ) -> None:
        for event in events:
            told = Told(len(self.told) + 1, occurred_at, recorded_at or self.now, event)
            self.told.append(told)

    @invariant()
    def what_was_told_makes_the_change_again(self) -> None:
        assert replayed(self.told) == self.change
        updates = [one for one in self.told if isinstance(one.event, ChangeUpdated)]
        assert replayed([one for one in self.told if one not in updates[:-1]]) == self.change

    def may(self, to: State, by: Act) -> bool:
        """Say again, in other words, whom and when the rules let pass."""
        start, end = WHOLE.planned_start, WHOLE.planned_end
        assert start is not None
        assert end is not None
        at = max(by.now, self.change.state_since)
        if to == "scheduled":
            return by.authority and by.by != "asker" and by.now < start
        if to == "implement":
            return start - TOLERANCE <= at <= end
        return by.authority or to != "rejected"

    @invariant()
    def authorised_exactly_while_it_counts_and_by_a_second_person(self) -> None:
        change = self.change
        if change.state in ("scheduled", "implement", "review", "closed"):
            assert change.authorised_by is not None
            assert change.authorised_at is not None
            assert change.risk_level is not None
        elif change.state != "cancelled":
            assert change.authorised_by is None
            assert change.authorised_at is None
        assert change.authorised_by != change.requester

    @invariant()
    def times_follow_the_states(self) -> None:
        change = self.change
        started = change.state in ("implement", "review", "closed")
        assert (change.actual_start is not None) == started
        assert (change.actual_end is not None) == (change.state in ("review", "closed"))
        assert (change.close_code is not None) == (change.state in ("closed", "cancelled"))
        if change.actual_start is not None:
            assert WHOLE.planned_start is not None
            assert WHOLE.planned_end is not None
            earliest = WHOLE.planned_start - TOLERANCE
            assert earliest <= change.actual_start <= WHOLE.planned_end
        if change.actual_start is not None and change.actual_end is not None:
            assert change.actual_start <= change.actual_end
        assert change.created_at <= change.state_since <= self.now


TestLifeOfAChange = LifeOfAChange.TestCase
