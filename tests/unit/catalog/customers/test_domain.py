"""Rules of customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.customers.domain import (
    MAX_REPRESENTATIVES,
    Customer,
    CustomerId,
    CustomerStatus,
    CustomerTransitionError,
    TooManyRepresentativesError,
)
from services.catalog.customers.events import (
    CustomerDeactivated,
    CustomerRegistered,
    CustomerState,
    CustomerUpdated,
)
from shared.calendar import UnknownZoneError
from shared.money import UnknownCurrencyError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def customer(*, time_zone: str = "Europe/Berlin", currency: str = "EUR") -> Customer:
    return Customer(
        id=CustomerId(UUID(int=1)),
        number="CUS0000001",
        name="Nordwind",
        parent_id=None,
        kind="external",
        time_zone=time_zone,
        language="de",
        currency=currency,
        created_at=NOW,
        updated_at=NOW,
    )


def told(state: CustomerState, of: Customer) -> bool:
    """Tell whether an event carries the customer as it is."""
    names = CustomerState.model_fields.keys() - {"customer_id"}
    same = all(getattr(state, name) == getattr(of, name) for name in names)
    return same and state.customer_id == of.id


def test_a_new_customer_is_active_and_at_version_one() -> None:
    made, events = customer().registered()
    assert (made.status, made.version) == ("active", 1)
    assert [type(event) for event in events] == [CustomerRegistered]
    assert told(events[0], made)


def test_an_event_without_a_criticality_is_one_of_the_usual_one() -> None:
    made, [event] = customer().registered()
    older = event.model_dump(mode="json")
    del older["criticality"]
    assert CustomerState.model_validate(older).criticality == made.criticality


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires"])
def test_a_zone_of_the_database_is_accepted(zone: str) -> None:
    made, _ = customer(time_zone=zone).registered()
    assert made.time_zone == zone


@pytest.mark.parametrize(
    "zone", ["", "Factory", "localtime", "europe/berlin", "Europe", "/etc/passwd", "+02:00", "a\0"]
)
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZoneError):
        customer(time_zone=zone).registered()
    with pytest.raises(UnknownZoneError):
        customer().revise({"time_zone": zone}, now=NOW)


@pytest.mark.parametrize("currency", ["", "EUX", "XXX", "XTS", "XAU", "eur", "DEM", "EURO"])
def test_what_is_no_money_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrencyError):
        customer(currency=currency).registered()
    with pytest.raises(UnknownCurrencyError):
        customer().revise({"currency": currency}, now=NOW)


changes = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Nordwind", "Südwind"]),
        "parent_id": st.sampled_from([None, UUID(int=2), UUID(int=3)]),
        "currency": st.sampled_from(["EUR", "CHF", "JPY"]),
        "criticality": st.integers(1, 5),
        "time_zone": st.sampled_from(["Europe/Berlin", "UTC"]),
    },
)
steps = st.one_of(
    changes.map(lambda change: ("change", change)),
    st.sampled_from(["active", "inactive"]).map(lambda status: ("move", status)),
    st.tuples(st.integers(1, 4), st.booleans()).map(lambda pair: ("represent", pair)),
)


@given(st.lists(steps, max_size=12))
def test_each_change_is_one_version_and_one_event_of_the_whole_state(
    walk: list[tuple[str, object]],
) -> None:
    here = customer()
    for number, (what, value) in enumerate(walk):
        before, now = here, NOW + timedelta(minutes=number + 1)
        here, events = step(before, what, value, now)
        assert len(events) == here.version - before.version <= 1
        assert bool(events) == (here != before)
        assert list(here.representative_ids) == sorted(set(here.representative_ids))
        for event in events:
            left = (before.status, here.status) == ("active", "inactive")
            assert type(event) is (CustomerDeactivated if left else CustomerUpdated)
            assert told(event, here)
            assert here.updated_at == now


def step(
    here: Customer, what: str, value: object, now: datetime
) -> tuple[Customer, list[CustomerState]]:
    if what == "change" and isinstance(value, dict):
        return here.revise(value, now=now)
    if what == "represent" and isinstance(value, tuple):
        return here.note_representative(UUID(int=value[0]), represents=value[1], now=now)
    to: CustomerStatus = "active" if value == "active" else "inactive"
    if to == here.status:
        with pytest.raises(CustomerTransitionError) as refused:
            here.move(to, now=now)
        other = "inactive" if to == "active" else "active"
        assert refused.value.extras == {"allowed": [other]}
        return here, []
    return here.move(to, now=now)


def test_the_hundredth_representative_is_the_last() -> None:
    here = customer()
    for number in range(MAX_REPRESENTATIVES):
        here, _ = here.note_representative(UUID(int=number + 1), represents=True, now=NOW)
    with pytest.raises(TooManyRepresentativesError):
        here.note_representative(UUID(int=1000), represents=True, now=NOW)
    same, events = here.note_representative(UUID(int=1), represents=True, now=NOW)
    assert (same, events) == (here, [])
    fewer, _ = here.note_representative(UUID(int=1), represents=False, now=NOW)
    assert len(fewer.representative_ids) == MAX_REPRESENTATIVES - 1
