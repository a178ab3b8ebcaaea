"""Rules of suppliers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.suppliers.domain import (
    Supplier,
    SupplierId,
    SupplierStatus,
    SupplierTransitionError,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ELBE = Supplier(
    id=SupplierId(UUID(int=1)),
    name="Elbe Hosting",
    description="",
    support_calendar_id=None,
    created_at=NOW,
    updated_at=NOW,
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Elbe Hosting", "Elbe"]),
        "description": st.sampled_from(["", "Runs the data centre"]),
        "support_calendar_id": st.sampled_from([None, UUID(int=2), UUID(int=3)]),
    },
)
statuses: st.SearchStrategy[SupplierStatus] = st.sampled_from(["active", "retired"])


@given(st.lists(st.one_of(changes, statuses), max_size=12))
def test_each_change_is_one_version_and_one_event_of_the_whole_state(
    walk: list[dict[str, Any] | SupplierStatus],
) -> None:
    here, [first] = ELBE.registered()
    assert first.status == "active"
    for number, what in enumerate(walk):
        before, now = here, NOW + timedelta(minutes=number + 1)
        if isinstance(what, dict):
            here, events = here.revise(what, now=now)
        elif what == here.status:
            with pytest.raises(SupplierTransitionError) as refused:
                here.move(what, now=now)
            assert what not in refused.value.extras["allowed"]  # type: ignore[operator]  # a list
            continue
        else:
            here, events = here.move(what, now=now)
        assert len(events) == here.version - before.version <= 1
        assert bool(events) == (here != before)
        for event in events:
            assert here.updated_at == now
            assert event.model_dump() == {
                "supplier_id": here.id,
                **{name: getattr(here, name) for name in event.model_fields_set - {"supplier_id"}},
            }
            assert event.model_fields_set == type(event).model_fields.keys()
