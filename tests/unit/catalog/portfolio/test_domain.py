"""Rules of services and of their use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import (
    PHASES,
    TRANSITIONS,
    Service,
    ServiceId,
    ServiceRetiredError,
    ServiceTransitionError,
    ServiceUse,
    ServiceUseEndedError,
    ServiceUseId,
    ServiceUsePeriodError,
)
from services.catalog.portfolio.events import (
    ServicePhase,
    ServiceRetired,
    ServiceState,
    ServiceStatus,
    ServiceStatusChanged,
    ServiceUpdated,
)
from services.catalog.teams.domain import TeamId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STATUSES: tuple[ServiceStatus, ...] = get_args(ServiceStatus)
ORDER: tuple[ServicePhase, ...] = get_args(ServicePhase)


def service(status: ServiceStatus = "requirements") -> Service:
    return Service(
        id=ServiceId(UUID(int=1)),
        number="SVC0000001",
        name_business="Shop",
        name_technical="shop",
        kind="business",
        phase=PHASES[status],
        status=status,
        owner_team_id=TeamId(UUID(int=2)),
        criticality=3,
        description_business="",
        description_technical="",
        created_at=NOW,
        updated_at=NOW,
    )


class Life(RuleBasedStateMachine):
    """Any sequence of attempts on one service."""

    @initialize(status=st.sampled_from(["requirements", "operational"]))
    def begin(self, status: ServiceStatus) -> None:
        self.here, self.log = service(status).proposed()

    @rule(to=st.sampled_from(STATUSES))
    def move(self, to: ServiceStatus) -> None:
        before = self.here
        if to not in TRANSITIONS[before.status]:
            with pytest.raises(ServiceTransitionError) as refused:
                before.move(to, now=NOW)
            assert refused.value.extras == {"allowed": list(TRANSITIONS[before.status])}
            return
        self.here, [event] = before.move(to, now=NOW)
        assert event.previous_status == before.status
        leaves = self.here.phase == "retired" != before.phase
        assert type(event) is (ServiceRetired if leaves else ServiceStatusChanged)
        assert ORDER.index(self.here.phase) >= ORDER.index(before.phase)
        self.log.append(event)

    @rule(criticality=st.integers(1, 5))
    def revise(self, criticality: int) -> None:
        before = self.here
        if before.phase == "retired":
            with pytest.raises(ServiceRetiredError):
                before.revise({"criticality": criticality}, now=NOW)
            return
        self.here, events = before.revise({"criticality": criticality}, now=NOW)
        assert len(events) == (criticality != before.criticality)
        assert all(type(event) is ServiceUpdated for event in events)
        self.log.extend(events)

    @invariant()
    def the_last_event_is_the_state(self) -> None:
        last = self.log[-1]
        names = ServiceState.model_fields.keys() - {"service_id", "previous_status"}
        assert {name: getattr(last, name) for name in names} == {
            name: getattr(self.here, name) for name in names
        }
        assert self.here.version == len(self.log)
        assert self.here.phase == PHASES[self.here.status]


TestLife = Life.TestCase


def test_every_status_is_reached_and_has_its_transitions_and_phase() -> None:
    reached = {"requirements"} | {to for onward in TRANSITIONS.values() for to in onward}
    assert set(STATUSES) == set(TRANSITIONS) == set(PHASES) == reached


def use(begins: int = 0, ends: int | None = None) -> ServiceUse:
    """Return a use from and to so many minutes from now."""
    return ServiceUse(
        id=ServiceUseId(UUID(int=4)),
        customer_id=CustomerId(UUID(int=5)),
        service_id=ServiceId(UUID(int=1)),
        valid_from=NOW + timedelta(minutes=begins),
        valid_to=None if ends is None else NOW + timedelta(minutes=ends),
        created_at=NOW,
        updated_at=NOW,
    )


minutes = st.integers(-100, 100)


@given(minutes, st.none() | minutes)
def test_a_use_begins_before_it_ends(begins: int, ends: int | None) -> None:
    if ends is not None and ends <= begins:
        with pytest.raises(ServiceUsePeriodError):
            use(begins, ends).started()
    else:
        made, [event] = use(begins, ends).started()
        assert (event.valid_from, event.valid_to) == (made.valid_from, made.valid_to)


@given(minutes, st.none() | st.integers(1, 300), st.none() | minutes)
def test_an_end_lies_after_the_beginning_and_only_comes_nearer(
    begins: int, lasts: int | None, at: int | None
) -> None:
    before = use(begins, None if lasts is None else begins + lasts)
    moment = None if at is None else NOW + timedelta(minutes=at)
    over = before.valid_to is not None and before.valid_to <= NOW
    wrong = moment is not None and (
        moment < before.valid_from or (before.valid_to is not None and moment > before.valid_to)
    )
    if over:
        with pytest.raises(ServiceUseEndedError):
            before.end(moment, now=NOW)
    elif wrong:
        with pytest.raises(ServiceUsePeriodError):
            before.end(moment, now=NOW)
    else:
        after, events = before.end(moment, now=NOW)
        assert after.valid_to == (moment or max(NOW, before.valid_from))
        assert [event.valid_to for event in events] == (
            [] if after.valid_to == before.valid_to else [after.valid_to]
        )
        assert after.version == before.version + len(events)
