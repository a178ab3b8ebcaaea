"""Priorities, milestones, reach and timeline: the rules around an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident.incidents.domain import milestones, reach
from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.incident import Incident, IncidentId
from services.incident.incidents.domain.milestones import MomentNotPossibleError
from services.incident.incidents.domain.priority import (
    DEFAULT_CELLS,
    MatrixOrderError,
    checked_cells,
    priority_of,
    rows_of,
)
from services.incident.incidents.domain.timeline import entry_id
from services.incident.incidents.events.vocabulary import ReachedCustomer, ReachedService
from shared.outbox import MAX_EVENT_BYTES

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        (1, 1, 1),
        (1, 2, 2),
        (2, 1, 2),
        (1, 3, 3),
        (2, 2, 3),
        (3, 1, 3),
        (2, 3, 4),
        (3, 2, 4),
        (3, 3, 5),
    ],
)
def test_the_usual_matrix(impact: int, urgency: int, priority: int) -> None:
    assert priority_of(impact, urgency, None) == priority


def test_a_matrix_of_its_own_counts() -> None:
    assert priority_of(2, 1, [1, 1, 1, 5, 5, 5, 5, 5, 5]) == 5


@given(st.lists(st.integers(1, 5), min_size=9, max_size=9))
def test_a_matrix_is_taken_exactly_if_less_never_counts_for_more(cells: list[int]) -> None:
    rows = rows_of(cells)
    ordered = all(list(row) == sorted(row) for row in (*rows, *zip(*rows, strict=True)))
    if ordered:
        assert checked_cells(rows) == tuple(cells)
    else:
        with pytest.raises(MatrixOrderError):
            checked_cells(rows)


def test_the_usual_matrix_is_in_order() -> None:
    assert checked_cells(rows_of(DEFAULT_CELLS)) == DEFAULT_CELLS


def test_what_happens_now_is_not_refused_for_a_clock_that_went_fast() -> None:
    ahead = NOW + 4 * MINUTE
    assert milestones.settle(None, earliest=ahead, now=NOW, pointer="") == ahead
    assert milestones.settle(None, earliest=NOW - MINUTE, now=NOW, pointer="") == NOW


@pytest.mark.parametrize("minutes", [-11, 6])
def test_what_lies_ahead_or_too_far_back_is_refused(minutes: int) -> None:
    given_at = NOW + minutes * MINUTE
    with pytest.raises(MomentNotPossibleError):
        milestones.settle(given_at, earliest=NOW - 10 * MINUTE, now=NOW, pointer="/occurred_at")


@given(st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=8, max_size=8))
def test_milestones_are_in_order_exactly_if_the_known_ones_ascend(
    offsets: list[int | None],
) -> None:
    moments = {
        name: None if offset is None else NOW + offset * MINUTE
        for name, offset in zip(milestones.ORDER, offsets, strict=True)
    }
    known = [offset for offset in offsets if offset is not None]
    if known == sorted(known):
        milestones.require_order(moments, pointer="")
    else:
        with pytest.raises(MomentNotPossibleError):
            milestones.require_order(moments, pointer="")


@settings(max_examples=12)
@given(
    services=st.integers(0, 3000),
    customers=st.integers(0, 3000),
    used=st.integers(1, reach.MAX_SERVICES_PER_CUSTOMER),
)
def test_a_reach_of_any_size_is_told_whole_in_events_that_fit(
    services: int, customers: int, used: int
) -> None:
    whole = reach.Reach(
        services=tuple(
            ReachedService(service_id=UUID(int=each), name_business="ü" * 200, distance=1)
            for each in range(services)
        ),
        customers=tuple(
            ReachedCustomer(
                customer_id=UUID(int=each), service_ids=tuple(UUID(int=one) for one in range(used))
            )
            for each in range(min(customers, 60_000 // used))
        ),
        map_version=1,
    )
    before = incident()
    after, events = reach.assess(before, whole, now=NOW)
    assert after.version == before.version + len(events)
    found = [event.model_dump() for event in events]
    assert sum(len(one["services"]) for one in found) == len(whole.services)
    assert sum(len(one["customers"]) for one in found) == len(whole.customers)
    assert [one["part"] for one in found] == list(range(1, len(events) + 1))
    assert all(len(event.model_dump_json().encode()) < MAX_EVENT_BYTES for event in events)


@given(st.integers(1, 4095), st.integers(0, 2**47))
def test_entries_of_one_instant_stay_in_order(sequence: int, milliseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds % 7**15)
    key = UUID(int=2**128 - 1)
    first, second = entry_id(key, sequence - 1, moment), entry_id(key, sequence, moment)
    assert first < second
    assert (first.version, first.variant) == (7, "specified in RFC 4122")


def incident() -> Incident:
    said = Declaration(
        title="Orders fail",
        description_technical="",
        description_business="",
        channel="api",
        caller=None,
        customer_ids=(),
        affected_service_ids=(),
        impact=2,
        urgency=2,
        started_at=None,
        detected_at=None,
        reported_at=None,
    )
    made, _ = Incident.declare(
        said,
        incident_id=IncidentId(UUID(int=1)),
        number="INC0000001",
        service_id=None,
        team_id=None,
        cells=None,
        now=NOW,
    )
    return made
