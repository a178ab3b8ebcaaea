"""What can be done with customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.catalog.customers import tables
from services.catalog.customers.domain import (
    Customer,
    CustomerCycleError,
    CustomerHasActiveChildrenError,
    CustomerId,
    CustomerInactiveError,
    CustomerKind,
    CustomerNotFoundError,
    CustomerRef,
    CustomerStatus,
    ParentUnknownError,
)
from services.catalog.customers.events import CustomerState
from services.catalog.permissions import require_provider
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_customer(
    tx: Tx,
    *,
    customer_id: CustomerId,
    name: str,
    parent_id: CustomerId | None,
    kind: CustomerKind,
    time_zone: str,
    language: str,
    currency: str,
    criticality: int,
    actor: Actor,
    now: datetime,
) -> Customer:
    """Register a customer; it is active at once.

    ``time_zone`` is an IANA name, ``currency`` an ISO 4217 code, ``language`` a BCP 47 tag,
    ``criticality`` 1 to 5, 5 the most critical.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        UnknownZoneError: the zone is none.
        UnknownCurrencyError: the currency is none.
        ParentUnknownError: the parent does not exist.
        CustomerInactiveError: the parent is inactive.
    Emits:
        itsm.customer.registered.v1
    """
    require_provider(actor)
    if parent_id is not None:
        await _require_active_parent(tx, parent_id)
    customer, events = Customer(
        id=customer_id,
        number=await tables.next_number(tx),
        name=name,
        parent_id=parent_id,
        kind=kind,
        time_zone=time_zone,
        language=language,
        currency=currency,
        criticality=criticality,
        created_at=now,
        updated_at=now,
    ).registered()
    await tables.insert_customer(tx, customer)
    _append(tx, customer, events, actor=actor, now=now)
    return customer


async def change_customer(
    tx: Tx,
    *,
    ref: CustomerRef,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Customer:
    """Change a customer, its place in the tree included; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CustomerNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        UnknownZoneError: the zone is none.
        UnknownCurrencyError: the currency is none.
        ParentUnknownError: the new parent does not exist.
        CustomerCycleError: the new parent is the customer itself, or lies below it.
        CustomerInactiveError: the new parent is inactive, and the customer is not.
    Emits:
        itsm.customer.updated.v1, unless nothing changes
    """
    require_provider(actor)
    if "parent_id" in changes:
        # Two moves at once could close a circle that neither of them sees.
        await tables.lock_tree(tx)
    before = await tables.load_customer(tx, ref)
    require_version(before.version, expected_version)
    customer, events = before.revise(changes, now=now)
    if customer.parent_id is not None and customer.parent_id != before.parent_id:
        await _require_place(tx, customer, customer.parent_id)
    if events:
        await tables.save_customer(tx, customer)
        _append(tx, customer, events, actor=actor, now=now)
    return customer


async def move_customer(
    tx: Tx,
    *,
    ref: CustomerRef,
    expected_version: int | None,
    to: CustomerStatus,
    actor: Actor,
    now: datetime,
) -> Customer:
    """Deactivate a customer, or make it active again.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CustomerNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        CustomerTransitionError: its status does not allow it.
        CustomerHasActiveChildrenError: it would leave active customers below an inactive one.
        CustomerInactiveError: it would become active below an inactive one.
    Emits:
        itsm.customer.deactivated.v1 or itsm.customer.updated.v1
    """
    require_provider(actor)
    customer = await tables.load_customer(tx, ref)
    require_version(customer.version, expected_version)
    customer, events = customer.move(to, now=now)
    if to == "inactive" and await tables.has_active_children(tx, customer.id):
        raise CustomerHasActiveChildrenError("Deactivate the customers below this one first.")
    if to == "active" and customer.parent_id is not None:
        await _require_active_parent(tx, customer.parent_id)
    await tables.save_customer(tx, customer)
    _append(tx, customer, events, actor=actor, now=now)
    return customer


async def note_representative(
    tx: Tx,
    *,
    customer_id: CustomerId,
    contact_id: UUID,
    represents: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Let a customer know that a contact represents it, or does no longer.

    The contacts call this in their own transaction, so that a customer's events always name
    exactly its representatives.

    Raises:
        CustomerNotFoundError: there is none with this id.
        TooManyRepresentativesError: there would be more than 100.
    Emits:
        itsm.customer.updated.v1, unless it was so before
    """
    customer = await tables.load_customer(tx, customer_id)
    customer, events = customer.note_representative(contact_id, represents=represents, now=now)
    if events:
        await tables.save_customer(tx, customer)
        _append(tx, customer, events, actor=actor, now=now)


async def _require_place(tx: Tx, customer: Customer, parent_id: CustomerId) -> None:
    if await tables.lies_below(tx, parent_id, customer.id):
        detail = "The new parent is the customer itself, or lies below it."
        raise CustomerCycleError(detail, pointer="/parent_id")
    parent = await _hold_parent(tx, parent_id)
    if customer.status == "active" and parent.status != "active":
        raise CustomerInactiveError("The parent is inactive.", pointer="/parent_id")


async def _require_active_parent(tx: Tx, parent_id: CustomerId) -> None:
    if (await _hold_parent(tx, parent_id)).status != "active":
        raise CustomerInactiveError("The parent is inactive.", pointer="/parent_id")


async def _hold_parent(tx: Tx, parent_id: CustomerId) -> Customer:
    """Keep the parent from being deactivated until this transaction has a customer below it."""
    try:
        return await tables.hold_customer(tx, parent_id)
    except CustomerNotFoundError as error:
        raise ParentUnknownError(error.detail, pointer="/parent_id") from error


def _append(
    tx: Tx, customer: Customer, events: Sequence[CustomerState], *, actor: Actor, now: datetime
) -> None:
    outbox.append(
        tx,
        key=customer.id,
        version=customer.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
