"""Rules of a configuration item."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.components.domain import (
    AttributesError,
    ConfigurationItem,
    ConfigurationItemId,
    ConfigurationItemRetiredError,
    ConfigurationItemTransitionError,
    ExternalRef,
    ExternalRefsError,
)
from services.catalog.components.domain.items import (
    MAX_ATTRIBUTES,
    MAX_EXTERNAL_REFS,
    TRANSITIONS,
)
from services.catalog.components.events import ItemStatus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STATUSES: tuple[ItemStatus, ...] = get_args(ItemStatus)
names = st.sampled_from(["cpu", "memory", "disk"])


def item(
    status: ItemStatus = "live",
    attributes: dict[str, str] | None = None,
    external_refs: tuple[ExternalRef, ...] = (),
) -> ConfigurationItem:
    return ConfigurationItem(
        id=ConfigurationItemId(UUID(int=5)),
        number="CI0000001",
        kind="hardware",
        item_class="server",
        name="db-host-1",
        environment="production",
        location=None,
        owner_team_id=None,
        status=status,
        attributes=attributes or {},
        external_refs=external_refs,
        created_at=NOW,
        updated_at=NOW,
    )


@given(st.sampled_from(STATUSES), st.lists(st.sampled_from(STATUSES), max_size=12))
def test_an_item_goes_where_its_status_allows_and_says_so(
    begins: ItemStatus, wishes: list[ItemStatus]
) -> None:
    here = item(begins)
    for wish in wishes:
        if wish not in TRANSITIONS[here.status]:
            with pytest.raises(ConfigurationItemTransitionError) as refused:
                here.move(wish, now=NOW)
            assert refused.value.extras["allowed"] == list(TRANSITIONS[here.status])
            continue
        before, (here, [event]) = here, here.move(wish, now=NOW)
        assert (event.previous_status, event.status) == (before.status, wish)
        assert here.version == before.version + 1
        assert ("retired" in type(event).TYPE) == (wish == "retired")
    if here.status == "retired":
        with pytest.raises(ConfigurationItemRetiredError):
            here.revise({"name": "ghost"}, now=NOW)


def test_every_status_can_be_reached_and_left_but_the_last() -> None:
    assert TRANSITIONS.keys() == set(STATUSES)
    assert {to for ways in TRANSITIONS.values() for to in ways} == set(STATUSES) - {"planned"}
    assert [status for status, ways in TRANSITIONS.items() if not ways] == ["retired"]


@given(
    st.dictionaries(names, st.text(max_size=3)),
    st.dictionaries(names, st.none() | st.text(max_size=3)),
)
def test_attributes_are_merged_and_none_takes_one_away(
    before: dict[str, str], patch: dict[str, str | None]
) -> None:
    expected = dict(before)
    for name, value in patch.items():
        if value is None:
            expected.pop(name, None)
        else:
            expected[name] = value
    after, events = item(attributes=before).revise({"attributes": patch}, now=NOW)
    assert after.attributes == expected
    assert [event.attributes for event in events] == ([expected] if expected != before else [])


def test_attributes_are_bounded_in_number_and_length() -> None:
    most = {str(number): "x" for number in range(MAX_ATTRIBUTES)}
    assert item(attributes=most).registered()
    for patch in ({"one more": "x"}, {"long": "x" * 20_001}):
        with pytest.raises(AttributesError):
            item(attributes={**most, **patch}).registered()
        with pytest.raises(AttributesError):
            item(attributes=most).revise({"attributes": patch}, now=NOW)


def test_external_references_are_bounded_and_each_there_once() -> None:
    refs = tuple(ExternalRef("inventory", str(number)) for number in range(MAX_EXTERNAL_REFS))
    _, [event] = item(external_refs=refs).registered()
    assert [(one.system, one.id) for one in event.external_refs] == [
        (ref.system, ref.id) for ref in refs
    ]
    for wrong, pointer in (
        ((*refs, ExternalRef("other", "1")), "/7/external_refs"),
        ((refs[0], refs[1], refs[0]), "/7/external_refs/2"),
    ):
        with pytest.raises(ExternalRefsError) as refused:
            item(external_refs=wrong).registered(at="/7")
        assert refused.value.pointer == pointer
