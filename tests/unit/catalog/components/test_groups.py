"""Rules of a redundancy group."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.components.domain import (
    GroupId,
    GroupNeedsMemberError,
    GroupPeriodError,
    GroupRemovedError,
    GroupUnknownError,
    MinUpError,
    MinUpUnit,
    NodeId,
    Period,
    RedundancyGroup,
    fewest,
    require_group,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOP = NodeId(UUID(int=1))
hours = st.integers(-5, 5).map(lambda number: NOW + timedelta(hours=number))
periods = st.lists(st.tuples(hours, st.none() | hours), max_size=6)


def group(
    min_up: int = 2,
    unit: MinUpUnit = "count",
    *,
    valid_from: datetime = NOW,
    valid_to: datetime | None = None,
) -> RedundancyGroup:
    return RedundancyGroup(
        id=GroupId(UUID(int=9)),
        node_id=SHOP,
        node_kind="service",
        name="web servers",
        min_up=min_up,
        min_up_unit=unit,
        valid_from=valid_from,
        valid_to=valid_to,
        created_at=NOW,
        updated_at=NOW,
    )


def always(count: int) -> list[Period]:
    return [(NOW - timedelta(days=1), None)] * count


@given(periods, hours, st.none() | hours)
def test_the_fewest_at_once_are_those_of_some_instant(
    members: list[Period], since: datetime, until: datetime | None
) -> None:
    # Every end lies on a full hour, so a look at each half hour misses nothing.
    looks = [since + timedelta(minutes=30 * step) for step in range(40)]
    counts = [
        sum(begin <= look and (end is None or look < end) for begin, end in members)
        for look in looks
        if until is None or look < until
    ]
    assert fewest(members, since=since, until=until) == (min(counts) if counts else None)


@given(
    st.integers(0, 5), st.integers(1, 6), st.integers(1, 120), st.sampled_from(["count", "percent"])
)
def test_no_group_needs_more_than_it_has(
    members: int, count: int, percent: int, unit: MinUpUnit
) -> None:
    in_percent = unit == "percent"
    one = group(percent if in_percent else count, unit)
    possible = members >= 1 and percent <= 100 if in_percent else members >= count
    if possible:
        assert one.defined(always(members), now=NOW)[0] == one
    else:
        with pytest.raises(MinUpError) as refused:
            one.defined(always(members), now=NOW)
        assert refused.value.pointer == "/min_up"


def test_what_is_over_or_outside_of_the_group_does_not_count() -> None:
    hour = timedelta(hours=1)
    later = [*always(1), (NOW + hour, None)]
    with pytest.raises(MinUpError):
        group().defined(later, now=NOW)
    assert group(valid_from=NOW + hour).defined(later, now=NOW)
    leaving = [*always(1), (NOW - hour, NOW + hour)]
    with pytest.raises(GroupNeedsMemberError):
        group().require_without(leaving, now=NOW)
    group(valid_to=NOW + hour).require_without(leaving, now=NOW)
    # What was impossible in the past only is no reason to refuse a change now.
    group(valid_from=NOW - hour).require_without([(NOW, None)] * 2, now=NOW)
    gone, _ = group().remove(now=NOW + hour)
    gone.require_without([], now=NOW + hour)


def test_a_member_takes_the_place_of_another_without_a_gap() -> None:
    change = NOW + timedelta(hours=1)
    group(1).require_without([(NOW, change), (change, None)], now=NOW)
    with pytest.raises(GroupNeedsMemberError):
        group(1).require_without(
            [(NOW, change), (change + timedelta(microseconds=1), None)], now=NOW
        )


def test_a_group_changes_until_it_is_removed_once() -> None:
    same, events = group().revise({"min_up": 2}, [], now=NOW)
    assert (same, events) == (group(), [])
    changed, [event] = group().revise({"min_up": 1}, always(1), now=NOW)
    assert (changed.version, event.min_up) == (2, 1)
    gone, [last] = changed.remove(now=NOW + timedelta(hours=1))
    assert last.valid_to == gone.valid_to == NOW + timedelta(hours=1)
    with pytest.raises(GroupRemovedError):
        gone.remove(now=NOW + timedelta(hours=2))
    with pytest.raises(GroupRemovedError):
        gone.revise({"min_up": 1}, always(2), now=NOW + timedelta(hours=2))


@pytest.mark.parametrize("ends_in_hours", [-2, -1, 0])
def test_a_group_ends_after_it_begins_and_not_in_the_past(ends_in_hours: int) -> None:
    end = NOW + timedelta(hours=ends_in_hours)
    with pytest.raises(GroupPeriodError):
        group(valid_to=end).defined(always(2), now=NOW)
    began = group(valid_from=NOW - timedelta(days=1))
    with pytest.raises(GroupPeriodError):
        began.revise({"valid_to": end}, always(2), now=NOW)


def test_a_dependency_joins_a_present_group_of_its_own_consumer() -> None:
    known = {group().id: group()}
    assert require_group(known, group().id, node_id=SHOP, now=NOW) == group()
    gone = {group().id: group().remove(now=NOW)[0]}
    for groups, node in ((known, NodeId(UUID(int=2))), (gone, SHOP), ({}, SHOP)):
        with pytest.raises(GroupUnknownError) as refused:
            require_group(groups, group().id, node_id=node, now=NOW)
        assert refused.value.pointer == "/redundancy_group_id"
