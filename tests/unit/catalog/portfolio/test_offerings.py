"""Rules of offerings and of what can be asked for with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.portfolio.domain.items import (
    RequestItem,
    RequestItemId,
    RequestItemWithdrawnError,
)
from services.catalog.portfolio.domain.offerings import (
    TRANSITIONS,
    Commitment,
    CommitmentRepeatedError,
    Offering,
    OfferingId,
    OfferingTransitionError,
    OfferingWithdrawnError,
    Price,
)
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.events import (
    OfferingChanged,
    OfferingPublished,
    OfferingStatus,
    OfferingWithdrawn,
    RequestItemChanged,
    RequestItemWithdrawn,
)
from shared.money import Money

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STATUSES: tuple[OfferingStatus, ...] = get_args(OfferingStatus)
PRICE = Price(money=Money(189000, "EUR"), period="month", model="per_user")


def offering(*commitments: Commitment, price: Price | None = PRICE) -> Offering:
    return Offering(
        id=OfferingId(UUID(int=1)),
        service_id=ServiceId(UUID(int=2)),
        name="Gold",
        tier="gold",
        status="draft",
        commitments=commitments,
        price=price,
        description="",
        created_at=NOW,
        updated_at=NOW,
    )


@given(st.lists(st.sampled_from([*STATUSES, "dearer", "same"]), max_size=8))
def test_each_change_of_an_offering_is_one_version_and_one_event(walk: list[str]) -> None:
    here, [event] = offering().drafted()
    count = 1
    for what in walk:
        before = here
        if what in ("dearer", "same"):
            price = before.price
            if what == "dearer":
                assert price is not None
                price = Price(Money(price.money.minor_units + 1, "EUR"), "month", "per_user")
            if before.status == "withdrawn":
                with pytest.raises(OfferingWithdrawnError):
                    before.revise({"price": price}, now=NOW)
                continue
            here, events = before.revise({"price": price}, now=NOW)
            assert [type(one) for one in events] == [OfferingChanged] * (what == "dearer")
        else:
            to: OfferingStatus = next(one for one in STATUSES if one == what)
            if to not in TRANSITIONS[before.status]:
                with pytest.raises(OfferingTransitionError) as refused:
                    before.move(to, now=NOW)
                assert refused.value.extras == {"allowed": list(TRANSITIONS[before.status])}
                continue
            here, events = before.move(to, now=NOW)
            kind = OfferingPublished if to == "published" else OfferingWithdrawn
            assert [type(one) for one in events] == [kind]
        count += len(events)
        event = events[-1] if events else event
        assert here.version == count
        assert event.status == here.status


def test_a_price_is_told_as_decimal_text() -> None:
    _, [event] = offering().drafted()
    assert event.price is not None
    assert (event.price.amount, event.price.currency) == ("1890.00", "EUR")
    _, [event] = offering(price=None).drafted()
    assert event.price is None


def test_an_offering_says_one_thing_about_a_metric() -> None:
    twice = (Commitment("availability", "99", None), Commitment("Availability", "98", "percent"))
    with pytest.raises(CommitmentRepeatedError) as refused:
        offering(*twice).drafted()
    assert refused.value.pointer == "/commitments/1/metric"
    made, _ = offering(twice[0]).drafted()
    with pytest.raises(CommitmentRepeatedError):
        made.revise({"commitments": twice}, now=NOW)


def test_a_request_item_changes_until_it_is_withdrawn() -> None:
    item, [event] = RequestItem(
        id=RequestItemId(UUID(int=3)),
        offering_id=OfferingId(UUID(int=1)),
        name="Access",
        description="",
        form_schema={"type": "object"},
        status="published",
        fulfilment_target_seconds=None,
        approval="none",
        created_at=NOW,
        updated_at=NOW,
    ).published()
    assert event.form_schema == {"type": "object"}
    assert item.revise({"form_schema": {"type": "object"}}, now=NOW) == (item, [])
    item, [event] = item.revise({"form_schema": {"type": "object", "title": "A"}}, now=NOW)
    assert type(event) is RequestItemChanged
    item, [event] = item.withdraw(now=NOW)
    assert (type(event), event.status, item.version) == (RequestItemWithdrawn, "withdrawn", 3)
    with pytest.raises(RequestItemWithdrawnError):
        item.withdraw(now=NOW)
    with pytest.raises(RequestItemWithdrawnError):
        item.revise({"name": "B"}, now=NOW)
