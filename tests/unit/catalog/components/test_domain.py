"""Rules of the map."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.components.domain import (
    Dependency,
    DependencyExistsError,
    DependencyId,
    DependencyPeriodError,
    DependencyRemovedError,
    Node,
    NodeId,
    NodeRetiredError,
    NodeUnknownError,
    SelfDependencyError,
    require_distinct,
    require_ends,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOP, DATABASE = NodeId(UUID(int=1)), NodeId(UUID(int=2))


def dependency(valid_from: datetime = NOW) -> Dependency:
    return Dependency(
        id=DependencyId(UUID(int=9)),
        from_id=SHOP,
        from_kind="service",
        to_id=DATABASE,
        to_kind="service",
        type="depends_on",
        strength=1.0,
        failure_mode="down",
        valid_from=valid_from,
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_dependency_ends_after_it_begins_and_a_planned_end_lies_ahead() -> None:
    hour = timedelta(hours=1)
    with pytest.raises(DependencyPeriodError) as refused:
        replace(dependency(), valid_to=NOW).declared(at="/3")
    assert refused.value.pointer == "/3/valid_to"
    began = dependency(NOW - 2 * hour)
    for end in (NOW - 3 * hour, NOW - hour, NOW):
        with pytest.raises(DependencyPeriodError):
            began.revise({"valid_to": end}, now=NOW)
    planned, [event] = began.revise({"valid_to": NOW + hour}, now=NOW)
    assert event.valid_to == NOW + hour
    assert [planned.has_ended(NOW), planned.has_ended(NOW + hour)] == [False, True]
    with pytest.raises(DependencyRemovedError):
        planned.revise({"valid_to": None}, now=NOW + hour)


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2]), st.integers(0, 6), st.none() | st.integers(1, 6)),
        max_size=5,
    )
)
def test_those_declared_together_do_not_overlap(given_: list[tuple[int, int, int | None]]) -> None:
    made = [
        replace(
            dependency(NOW + timedelta(hours=begin)),
            to_id=NodeId(UUID(int=10 + end)),
            valid_to=None if length is None else NOW + timedelta(hours=begin + length),
        )
        for end, begin, length in given_
    ]
    places = [f"/{place}" for place in range(len(made))]
    hours: set[tuple[NodeId, int]] = set()
    first: str | None = None
    for (_, begin, length), one, place in zip(given_, made, places, strict=True):
        own = {(one.to_id, hour) for hour in range(begin, 20 if length is None else begin + length)}
        first = first or (place if own & hours else None)
        hours |= own
    if first is None:
        require_distinct(made, places=places)
    else:
        with pytest.raises(DependencyExistsError) as refused:
            require_distinct(made, places=places)
        assert refused.value.pointer == first


def test_both_ends_are_there_different_and_not_retired() -> None:
    shop, database = Node(SHOP, "service", "shop-web"), Node(DATABASE, "service", "order-db")
    nodes = {SHOP: shop, DATABASE: database}
    assert require_ends(nodes, from_id=SHOP, to_id=DATABASE) == (shop, database)
    with pytest.raises(SelfDependencyError):
        require_ends(nodes, from_id=SHOP, to_id=SHOP)
    for missing, pointer in ((SHOP, "/from_id"), (DATABASE, "/to_id")):
        rest = {key: node for key, node in nodes.items() if key != missing}
        with pytest.raises(NodeUnknownError) as unknown:
            require_ends(rest, from_id=SHOP, to_id=DATABASE)
        assert unknown.value.pointer == pointer
        gone = {**nodes, missing: replace(nodes[missing], status="retired")}
        with pytest.raises(NodeRetiredError) as retired:
            require_ends(gone, from_id=SHOP, to_id=DATABASE)
        assert retired.value.pointer == pointer


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=6),
    st.integers(-1000, 1000),
)
def test_a_dependency_changes_until_it_is_removed_once(
    strengths: list[float], begins_in_minutes: int
) -> None:
    here, [first] = dependency(NOW + timedelta(minutes=begins_in_minutes)).declared()
    assert (first.from_id, first.to_id, first.valid_to) == (SHOP, DATABASE, None)
    for strength in strengths:
        before = here
        here, events = here.revise({"strength": strength}, now=NOW)
        assert here.version == before.version + len(events)
        assert [event.strength for event in events] == (
            [] if strength == before.strength else [strength]
        )
    gone, [last] = here.remove(now=NOW)
    assert gone.version == here.version + 1
    assert last.valid_to == gone.valid_to == max(NOW, here.valid_from)
    with pytest.raises(DependencyRemovedError):
        gone.remove(now=NOW)
    with pytest.raises(DependencyRemovedError):
        gone.revise({"strength": 0.1}, now=NOW)
