"""Any way through an incident's life keeps its promises, and what is refused says what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.incident.incidents.domain import lifecycle, major, milestones, revision, transitions
from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.incident import (
    OPEN,
    SETTLED,
    Incident,
    IncidentId,
    IncidentSettledError,
)
from services.incident.incidents.domain.lifecycle import Outcome
from services.incident.incidents.domain.major import MajorMove, MajorTransitionError
from services.incident.incidents.domain.priority import priority_of
from services.incident.incidents.domain.timeline import entries
from services.incident.incidents.domain.transitions import (
    Assign,
    Hold,
    IncidentTransitionError,
    Resolve,
    TransitionFieldError,
)
from services.incident.incidents.events.vocabulary import IncidentEvent, MajorState, State

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WINDOW = timedelta(hours=24)
AUTO_CLOSE = timedelta(hours=72)
TEAMS = [UUID(int=11), UUID(int=12)]
STATES: tuple[State, ...] = get_args(State)
MAJOR_STATES: tuple[MajorState, ...] = get_args(MajorState)


def declare(team: UUID | None = None, *, weight: int = 2, now: datetime = START) -> Incident:
    said = Declaration(
        title="Orders fail",
        description_technical="",
        description_business="",
        channel="phone",
        caller=None,
        customer_ids=(),
        affected_service_ids=(),
        impact=weight,
        urgency=weight,
        started_at=None,
        detected_at=None,
        reported_at=None,
    )
    incident, (event,) = Incident.declare(
        said,
        incident_id=IncidentId(UUID(int=1)),
        number="INC0000001",
        service_id=None,
        team_id=team,
        cells=None,
        now=now,
    )
    assert event.state == incident.state
    return incident


class LifeOfAnIncident(RuleBasedStateMachine):
    """Steps at random, each by a person or not, at times that go on."""

    def __init__(self) -> None:
        super().__init__()
        self.incident = declare()
        self.now = START
        self.told: list[IncidentEvent] = []

    @initialize(team=st.sampled_from([None, *TEAMS]), weight=st.integers(1, 3))
    def begin(self, team: UUID | None, weight: int) -> None:
        self.incident = declare(team, weight=weight)

    @rule(minutes=st.integers(0, 60 * 40))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def take(self, outcome: Outcome) -> None:
        after, events = outcome
        assert after.version == self.incident.version + len(events)
        if not events:
            assert after == self.incident
        else:
            last = events[-1]
            assert (last.state, last.priority) == (after.state, after.priority)
            assert last.assignment_team_id == after.assignment_team_id
        # Each event has its words in the timeline.
        written = list(
            entries(
                events,
                version=after.version,
                actor="x",
                customer_id=None,
                occurred_at=self.now,
                now=self.now,
            )
        )
        assert [one.sequence for one in written] == list(
            range(self.incident.version + 1, after.version + 1)
        )
        self.incident = after
        self.told += events

    @rule(
        to=st.sampled_from(STATES),
        person=st.booleans(),
        team=st.sampled_from([None, *TEAMS]),
        assignee=st.sampled_from([None, "nora", "jon"]),
        back=st.integers(0, 90),
    )
    def step(
        self, *, to: State, person: bool, team: UUID | None, assignee: str | None, back: int
    ) -> None:
        before = self.incident
        allowed = transitions.allowed(before, now=self.now, reopen_window=WINDOW)
        if to not in allowed:
            with pytest.raises(IncidentTransitionError) as refused:
                transitions.require_allowed(before, to, now=self.now, reopen_window=WINDOW)
            assert refused.value.extras["allowed"] == list(allowed)
            return
        transitions.require_allowed(before, to, now=self.now, reopen_window=WINDOW)
        try:
            at = before.moment(self.now - timedelta(minutes=back), now=self.now)
        except milestones.MomentNotPossibleError:
            at = before.moment(None, now=self.now)
        try:
            self.take(self._outcome(to, person=person, team=team, assignee=assignee, at=at))
        except TransitionFieldError:
            assert self.incident == before
            return
        assert self.incident.state == to

    def _outcome(
        self, to: State, *, person: bool, team: UUID | None, assignee: str | None, at: datetime
    ) -> Outcome:
        incident, now = self.incident, self.now
        if to == "assigned":
            return lifecycle.assign(
                incident, Assign(team, assignee), by_person=person, at=at, now=now
            )
        if to == "in_progress" and incident.state == "resolved":
            return lifecycle.reopen(incident, reason="No.", at=at, now=now)
        if to == "in_progress":
            return lifecycle.start(incident, assignee=assignee, by_person=person, at=at, now=now)
        if to == "on_hold":
            hold = Hold("awaiting_caller", now + timedelta(hours=1))
            return lifecycle.hold(incident, hold, by_person=person, at=at, now=now)
        if to == "resolved":
            return lifecycle.resolve(
                incident,
                Resolve("workaround", "t", "b", "Use the other one." if assignee else None),
                by_person=person,
                auto_close_after=AUTO_CLOSE,
                at=at,
                now=now,
            )
        return self._ending(to, at=at)

    def _ending(self, to: State, *, at: datetime) -> Outcome:
        if to == "closed":
            return lifecycle.close(self.incident, automatic=False, at=at, now=self.now)
        if to == "cancelled":
            return lifecycle.cancel(self.incident, reason="x", at=at, now=self.now)
        survivor = replace(declare(), id=IncidentId(UUID(int=2)), number="INC0000002")
        return lifecycle.merge(self.incident, into=survivor, at=at, now=self.now)

    @rule(to=st.sampled_from(MAJOR_STATES))
    def major_step(self, to: MajorState) -> None:
        allowed = major.allowed(self.incident)
        if to not in allowed:
            with pytest.raises(MajorTransitionError) as refused:
                major.require_allowed(self.incident, to)
            assert refused.value.extras["allowed"] == list(allowed)
            return
        steps: dict[str, MajorMove] = {
            "proposed": major.Propose("x"),
            "accepted": major.Accept("mara", "x", self.now + timedelta(hours=1)),
            "rejected": major.Reject("x"),
            "stood_down": major.StandDown("x"),
        }
        self.take(major.move(self.incident, steps[to], now=self.now))
        assert self.incident.major_state == to

    @rule(impact=st.integers(1, 3), override=st.sampled_from([None, 1, 5]), lift=st.booleans())
    def weigh(self, *, impact: int, override: int | None, lift: bool) -> None:
        def outcome() -> Outcome:
            return revision.weigh(
                self.incident,
                impact=impact,
                override=override,
                reason="x" if override else None,
                lift=lift and override is None,
                cells=None,
                now=self.now,
            )

        if self.incident.state in SETTLED:
            with pytest.raises(IncidentSettledError):
                outcome()
        else:
            self.take(outcome())

    @invariant()
    def known_milestones_ascend(self) -> None:
        moments = {name: getattr(self.incident, name) for name in milestones.ORDER}
        milestones.require_order(moments, pointer="")

    @invariant()
    def the_state_has_what_it_needs(self) -> None:
        incident = self.incident
        assert (incident.state == "new") <= (incident.assignment_team_id is None)
        if incident.state in ("assigned", "on_hold"):
            assert incident.assignment_team_id is not None or incident.reopen_count
        assert (incident.state == "on_hold") == (incident.hold_reason is not None)
        assert (incident.follow_up_at is not None) == (incident.hold_reason is not None)
        over = incident.state in ("resolved", "closed")
        assert over == (incident.resolution_code is not None)
        assert over == (incident.resolved_at is not None)
        assert (incident.state == "resolved") == (incident.auto_close_at is not None)
        assert (incident.state == "closed") == (incident.closed_at is not None)
        assert (incident.state == "merged") == (incident.duplicate_of is not None)
        assert (incident.state == "cancelled") == (incident.cancellation_reason is not None)
        if incident.state == "in_progress":
            assert incident.assignee is not None or incident.reopen_count

    @invariant()
    def a_major_incident_is_never_on_hold(self) -> None:
        assert not (self.incident.state == "on_hold" and self.incident.major_state == "accepted")

    @invariant()
    def the_priority_is_the_matrix_s_unless_overridden(self) -> None:
        incident = self.incident
        if incident.priority_source == "matrix":
            assert incident.priority == priority_of(incident.impact, incident.urgency, None)
            assert incident.priority_reason is None
        else:
            assert incident.priority_reason is not None

    @invariant()
    def what_is_over_goes_nowhere(self) -> None:
        allowed = transitions.allowed(self.incident, now=self.now, reopen_window=WINDOW)
        assert (allowed == ()) == (self.incident.state in SETTLED)


def test_every_state_is_reached_from_new() -> None:
    reached: set[State] = {"new"}
    for _ in STATES:
        reached |= {to for state in reached for to in transitions.TRANSITIONS[state]}
    assert reached == set(STATES)


@pytest.mark.parametrize("state", [state for state in STATES if state not in OPEN])
def test_only_an_open_incident_takes_another_in(state: State) -> None:
    survivor = replace(declare(), id=IncidentId(UUID(int=2)), state=state)
    with pytest.raises(transitions.MergeTargetError):
        lifecycle.merge(declare(), into=survivor, at=START, now=START)


@pytest.mark.parametrize(("hours", "possible"), [(0, True), (24, True), (25, False)])
def test_the_window_counts_from_the_recording_of_the_resolution(
    *, hours: int, possible: bool
) -> None:
    resolved, _ = lifecycle.resolve(
        declare(),
        Resolve("permanent_fix", "t", "b", None),
        by_person=True,
        auto_close_after=AUTO_CLOSE,
        at=START,
        now=START + timedelta(hours=100),
    )
    now = START + timedelta(hours=100 + hours)
    assert transitions.reopenable(resolved, now=now, window=WINDOW) is possible


TestLifeOfAnIncident = LifeOfAnIncident.TestCase
TestLifeOfAnIncident.settings = settings(max_examples=150, stateful_step_count=30)
