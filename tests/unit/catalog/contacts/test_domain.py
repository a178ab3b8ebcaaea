"""Rules of contacts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.contacts.domain import (
    Contact,
    ContactId,
    ContactOwnerError,
    ContactRoleError,
    ContactTransitionError,
    ContactUnreachableError,
)
from services.catalog.customers.domain import CustomerId
from services.catalog.suppliers.domain import SupplierId
from services.catalog.teams.domain import TeamId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CUSTOMER, TEAM = CustomerId(UUID(int=2)), TeamId(UUID(int=3))
SUPPLIER = SupplierId(UUID(int=4))
ADA = Contact(
    id=ContactId(UUID(int=1)),
    name="Ada",
    email="ada@nordwind.example",
    phone=None,
    language="de",
    customer_id=CUSTOMER,
    team_id=None,
    supplier_id=None,
    roles=("representative",),
    created_at=NOW,
    updated_at=NOW,
)


owners = st.tuples(*(st.sampled_from([None, one]) for one in (CUSTOMER, TEAM, SUPPLIER)))


@given(owners)
def test_a_contact_has_exactly_one_owner(named: tuple[UUID | None, ...]) -> None:
    customer_id, team_id, supplier_id = named
    contact = replace(
        ADA,
        customer_id=None if customer_id is None else CUSTOMER,
        team_id=None if team_id is None else TEAM,
        supplier_id=None if supplier_id is None else SUPPLIER,
        roles=(),
    )
    if sum(owner is not None for owner in named) != 1:
        with pytest.raises(ContactOwnerError):
            contact.registered()
        return
    _, [event] = contact.registered()
    assert (event.customer_id, event.team_id, event.supplier_id) == named


def test_only_a_contact_of_a_customer_represents_it() -> None:
    duty = replace(ADA, customer_id=None, team_id=TEAM, roles=("duty",))
    assert not duty.represents
    duty.registered()
    with pytest.raises(ContactRoleError):
        replace(duty, roles=("duty", "representative")).registered()
    supplier = replace(ADA, customer_id=None, supplier_id=SUPPLIER)
    with pytest.raises(ContactRoleError):
        supplier.registered()
    with pytest.raises(ContactRoleError):
        duty.revise({"roles": ("representative",)}, now=NOW)


addresses = st.sampled_from([None, "reachable"])


@given(addresses, addresses, st.sampled_from([(), ("representative",), ("finance",)]))
def test_an_active_contact_is_reachable_whatever_happened(
    email: str | None, phone: str | None, roles: tuple[str, ...]
) -> None:
    changes = {"email": email, "phone": phone, "roles": roles}
    if email is None and phone is None:
        with pytest.raises(ContactUnreachableError):
            ADA.revise(changes, now=NOW)
    else:
        changed, [event] = ADA.revise(changes, now=NOW)
        assert (event.email, event.phone, event.roles) == (email, phone, roles)
        assert changed.represents == ("representative" in roles)
        assert changed.version == 2
    retired, _ = ADA.move("retired", now=NOW)
    assert not retired.represents
    retired, _ = retired.revise(changes, now=NOW)
    if email is None and phone is None:
        with pytest.raises(ContactUnreachableError):
            retired.move("active", now=NOW)
    else:
        back, [event] = retired.move("active", now=NOW)
        assert (back.status, event.status) == ("active", "active")


def test_a_transition_that_is_not_allowed_names_those_that_are() -> None:
    with pytest.raises(ContactTransitionError) as refused:
        ADA.move("active", now=NOW)
    assert refused.value.extras == {"allowed": ["retired"]}


def test_a_change_that_changes_nothing_makes_no_event() -> None:
    assert ADA.revise({"name": "Ada", "phone": None}, now=NOW) == (ADA, [])
