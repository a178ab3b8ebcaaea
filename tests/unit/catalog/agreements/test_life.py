"""Any way through an agreement's life keeps its promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.catalog.agreements.domain import life
from services.catalog.agreements.domain.agreement import (
    IN_FORCE,
    TRANSITIONS,
    Agreement,
    AgreementPeriodError,
    AgreementSettledError,
    AgreementTransitionError,
)
from services.catalog.agreements.domain.lines import resolve
from services.catalog.agreements.domain.terms import Terms
from services.catalog.agreements.events.states import AgreementState
from services.catalog.agreements.events.vocabulary import AgreementStatus
from tests.unit.catalog.agreements.making import (
    SERVICES,
    START,
    active,
    cover,
    covers,
    day,
    written,
)

STATUSES: tuple[AgreementStatus, ...] = get_args(AgreementStatus)


class LifeOfAnAgreement(RuleBasedStateMachine):
    """Steps at random at times that go on; what is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.agreement, self.told = written(valid_from=day(3), valid_to=day(60))

    def take(self, moved: tuple[Agreement, list[AgreementState]]) -> None:
        after, events = moved
        assert after.version == self.agreement.version + len(events)
        if events:
            assert events[-1].status == after.status
            assert after.updated_at == self.now
        else:
            assert after == self.agreement
        assert after.versions[: len(self.agreement.versions)] == self.agreement.versions or (
            after.status in ("draft", "proposed")
        )
        self.told += events
        self.agreement = after

    @rule(days=st.integers(1, 10))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def wake(self) -> None:
        self.take(life.begin_if_due(self.agreement, now=self.now))
        self.take(life.expire_if_due(self.agreement, now=self.now))

    @rule(to=st.sampled_from(STATUSES))
    def move(self, to: AgreementStatus) -> None:
        before = self.agreement
        said: dict[str, Any] = {"reason": "Over."} if to == "terminated" else {}
        if to not in TRANSITIONS[before.status]:
            with pytest.raises(AgreementTransitionError) as refused:
                life.move(before, to, now=self.now, **said)
            assert refused.value.extras["allowed"] == list(TRANSITIONS[before.status])
        elif to == "active" and before.valid_from > self.now:
            with pytest.raises(AgreementPeriodError):
                life.move(before, to, now=self.now)
        else:
            self.take(life.move(before, to, now=self.now, **said))

    @rule(name=st.sampled_from(["Gold", "Silver"]))
    def rename(self, name: str) -> None:
        if self.agreement.status in ("draft", "proposed"):
            self.take(life.revise(self.agreement, {"name": name}, now=self.now))
        else:
            with pytest.raises(AgreementSettledError):
                life.revise(self.agreement, {"name": name}, now=self.now)

    @rule(days=st.integers(-20, 20), new=covers())
    def amend(self, days: int, new: Any) -> None:  # noqa: ANN401 - covers
        before, valid_from = self.agreement, self.now + timedelta(days=days)
        changes = {"terms": Terms(new)}
        if before.status not in IN_FORCE:
            with pytest.raises(AgreementTransitionError):
                life.amend(before, changes, valid_from=valid_from, now=self.now)
            return
        assert before.valid_to is not None
        sound = before.valid_from <= valid_from < before.valid_to and before.valid_to > self.now
        if sound:
            self.take(life.amend(before, changes, valid_from=valid_from, now=self.now))
        elif (
            before.newest.terms.named(before.id, 1).covers != Terms(new).named(before.id, 1).covers
        ):
            with pytest.raises(AgreementPeriodError):
                life.amend(before, changes, valid_from=valid_from, now=self.now)

    @invariant()
    def lines_are_told_from_the_activation_on(self) -> None:
        last = self.told[-1]
        told = bool(last.activated_at)
        assert len(last.lines) == (len(resolve(self.agreement)) if told else 0)
        assert told == (self.agreement.activated_at is not None)

    @invariant()
    def versions_never_hold_at_once_and_leave_no_gap(self) -> None:
        windows = list(self.agreement.windows())
        for (_, _, end), (_, begin, _) in pairwise(windows):
            assert end == begin
        if self.agreement.status in IN_FORCE:
            assert windows[0][1] == self.agreement.valid_from
            assert windows[-1][2] == self.agreement.valid_to

    @invariant()
    def nothing_holds_after_the_end(self) -> None:
        if self.agreement.status in ("expired", "terminated"):
            assert self.agreement.next_wake(after=self.now) is None
            ends = [line.valid_to for line in resolve(self.agreement)]
            if self.agreement.activated_at is not None:
                assert all(end is not None and end <= self.now for end in ends)


LifeOfAnAgreement.TestCase.settings = settings(max_examples=150, stateful_step_count=25)
TestLife = LifeOfAnAgreement.TestCase


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=2)])
def test_a_late_timer_finds_the_instants_that_were_agreed_on(late: timedelta) -> None:
    agreement, _ = written(valid_from=day(3), valid_to=day(30))
    agreement, _ = life.move(agreement, "proposed", now=START)
    agreement, _ = life.move(agreement, "agreed", now=START)
    assert agreement.next_wake(after=START) == day(3)
    agreement, [begun] = life.begin_if_due(agreement, now=day(3) + late)
    assert (begun.status, begun.activated_at) == ("active", day(3))
    assert begun.lines[0].valid_from == day(3)
    assert agreement.next_wake(after=day(4)) == day(30)
    _, [ended] = life.expire_if_due(agreement, now=day(30) + late)
    assert (ended.status, ended.valid_to, ended.lines[0].valid_to) == ("expired", day(30), day(30))


def test_one_that_began_before_the_parties_agreed_waits_for_somebody() -> None:
    agreement, _ = written(valid_from=day(-10))
    agreement, _ = life.move(agreement, "proposed", now=START)
    agreement, _ = life.move(agreement, "agreed", now=START)
    assert agreement.next_wake(after=START) is None
    assert life.begin_if_due(agreement, now=day(5)) == (agreement, [])
    agreement, [event] = life.move(agreement, "active", now=day(5))
    assert (event.activated_at, event.lines[0].valid_from) == (day(5), day(-10))


def amended(agreement: Agreement, at: datetime, **changes: Any) -> Agreement:  # noqa: ANN401
    after, _ = life.amend(agreement, changes, valid_from=at, now=START)
    return after


def test_a_version_holds_until_a_newer_one_begins() -> None:
    agreement = amended(active(), day(10), terms=Terms((cover(SERVICES[1]),)))
    first, second = resolve(agreement)
    assert (first.service_id, first.valid_to) == (SERVICES[0], day(10))
    assert (second.service_id, second.valid_from, second.valid_to) == (SERVICES[1], day(10), None)
    assert agreement.next_wake(after=START) == day(10)
    # A newer one that begins earlier leaves nothing of the one between.
    agreement = amended(agreement, day(5), terms=Terms((cover(SERVICES[0], priorities=(1,)),)))
    assert [(line.agreement_version, line.valid_to) for line in resolve(agreement)] == [
        (1, day(5)),
        (3, None),
    ]


def test_an_amendment_that_says_what_holds_already_changes_nothing() -> None:
    agreement = active()
    for changes in ({}, {"terms": Terms((cover(SERVICES[0]),))}, {"valid_to": None}):
        assert life.amend(agreement, changes, valid_from=day(9), now=START) == (agreement, [])
    prolonged, [event] = life.amend(agreement, {"valid_to": day(9)}, valid_from=START, now=START)
    assert (event.valid_to, len(prolonged.versions)) == (day(9), 2)


@pytest.mark.parametrize(
    ("valid_from", "changes", "pointer"),
    [
        (day(-1), {}, "/valid_from"),
        (day(31), {"valid_to": day(40)}, "/valid_from"),
        (day(9), {"valid_to": day(9)}, "/valid_to"),
        (START, {"valid_to": START}, "/valid_to"),
    ],
)
def test_an_amendment_lies_inside_the_agreement(
    valid_from: datetime, changes: dict[str, Any], pointer: str
) -> None:
    agreement = active(valid_to=day(30))
    changes = {"terms": Terms((cover(SERVICES[1]),)), **changes}
    with pytest.raises(AgreementPeriodError) as refused:
        life.amend(agreement, changes, valid_from=valid_from, now=START)
    assert refused.value.pointer == pointer
