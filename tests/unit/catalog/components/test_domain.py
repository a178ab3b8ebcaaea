"""Rules of the map."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.components.domain import (
    Dependency,
    DependencyId,
    DependencyRemovedError,
    Node,
    NodeId,
    NodeRetiredError,
    NodeUnknownError,
    SelfDependencyError,
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


def test_both_ends_are_there_different_and_not_retired() -> None:
    shop, database = Node(SHOP, "service"), Node(DATABASE, "service")
    nodes = {SHOP: shop, DATABASE: database}
    assert require_ends(nodes, from_id=SHOP, to_id=DATABASE) == (shop, database)
    with pytest.raises(SelfDependencyError):
        require_ends(nodes, from_id=SHOP, to_id=SHOP)
    for missing, pointer in ((SHOP, "/from_id"), (DATABASE, "/to_id")):
        rest = {key: node for key, node in nodes.items() if key != missing}
        with pytest.raises(NodeUnknownError) as unknown:
            require_ends(rest, from_id=SHOP, to_id=DATABASE)
        assert unknown.value.pointer == pointer
        gone = {**nodes, missing: Node(missing, "service", "retired")}
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
