"""Rules of services: their statuses, and what it takes to run and to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.catalog.calendars.domain import CalendarId
from services.catalog.portfolio.domain.services import (
    PHASES,
    TRANSITIONS,
    Service,
    ServiceId,
    ServiceNotReadyError,
    ServiceRetiredError,
    ServiceStillNeededError,
    ServiceTransitionError,
    Standing,
    require_as_ready,
    require_free,
    require_ready,
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
        support_calendar_id=CalendarId(UUID(int=3)),
        service_manager_id=None,
        inner_owner_id=None,
        continuity_manager_id=None,
        no_agreement_needed=False,
        data_classification="internal",
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


standings = st.builds(
    Standing,
    owner_active=st.booleans(),
    calendar_active=st.booleans(),
    published_offerings=st.integers(0, 2),
    covered=st.booleans(),
)


def expected(one: Service, standing: Standing) -> set[str]:
    """Return the fields at fault, read off the sentence of the domain text once more."""
    needed = {
        "/owner_team_id": standing.owner_active,
        "/support_calendar_id": standing.calendar_active,
        "/offerings": standing.published_offerings >= 1,
        "/no_agreement_needed": standing.covered or one.no_agreement_needed,
    }
    return {where for where, there in needed.items() if not there}


def named(error: ServiceNotReadyError | ServiceStillNeededError) -> set[str]:
    errors = error.extras["errors"]
    assert isinstance(errors, list)
    return {one["pointer"] for one in errors}


@given(standings, st.booleans())
def test_all_that_is_missing_is_named_at_once(standing: Standing, no_agreement: bool) -> None:  # noqa: FBT001
    one = replace(service("build_test_release"), no_agreement_needed=no_agreement)
    missing = expected(one, standing)
    if not missing:
        require_ready(one, standing)
        return
    with pytest.raises(ServiceNotReadyError) as refused:
        require_ready(one, standing)
    assert named(refused.value) == missing


@given(standings, standings, st.sampled_from(STATUSES))
def test_nothing_is_taken_away_from_a_service_that_runs(
    before: Standing, after: Standing, status: ServiceStatus
) -> None:
    one = service(status)
    lost = expected(one, after) - expected(one, before)
    if status != "operational" or not lost:
        require_as_ready(one, one, standing=before, then=after)
        return
    with pytest.raises(ServiceNotReadyError) as refused:
        require_as_ready(one, one, standing=before, then=after)
    assert named(refused.value) == lost


def test_whoever_holds_a_service_is_named() -> None:
    require_free(service("retiring"), {})
    holds = {"/service_uses": "Customers use it.", "/dependencies": "Something rests on it."}
    with pytest.raises(ServiceStillNeededError) as refused:
        require_free(service("retiring"), holds)
    assert named(refused.value) == set(holds)
    assert all(said in refused.value.detail for said in holds.values())
