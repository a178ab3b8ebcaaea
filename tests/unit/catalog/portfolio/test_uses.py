"""Rules of who uses which service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain.offerings import OfferingId
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.domain.uses import (
    ServiceUse,
    ServiceUseEndedError,
    ServiceUseId,
    ServiceUsePeriodError,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def use(begins: int = 0, ends: int | None = None) -> ServiceUse:
    """Return a use from and to so many minutes from now."""
    return ServiceUse(
        id=ServiceUseId(UUID(int=4)),
        customer_id=CustomerId(UUID(int=5)),
        service_id=ServiceId(UUID(int=1)),
        offering_id=OfferingId(UUID(int=6)),
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
        assert event.offering_id == made.offering_id


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
