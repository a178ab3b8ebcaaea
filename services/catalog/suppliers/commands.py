"""What can be done with suppliers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.catalog.calendars.domain import CalendarId
from services.catalog.calendars.queries import calendar_status
from services.catalog.permissions import require_provider
from services.catalog.suppliers import tables
from services.catalog.suppliers.domain import (
    Supplier,
    SupplierId,
    SupplierStatus,
    SupportCalendarRetiredError,
    SupportCalendarUnknownError,
)
from services.catalog.suppliers.events import SupplierChanged
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_supplier(
    tx: Tx,
    *,
    supplier_id: SupplierId,
    name: str,
    description: str,
    support_calendar_id: CalendarId | None,
    actor: Actor,
    now: datetime,
) -> Supplier:
    """Register a supplier; it is active at once.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SupportCalendarUnknownError: there is no such calendar.
        SupportCalendarRetiredError: the calendar is retired.
        SupplierNameTakenError: another active supplier has the name.
    Emits:
        itsm.supplier.changed.v1
    """
    require_provider(actor)
    supplier, events = Supplier(
        id=supplier_id,
        name=name,
        description=description,
        support_calendar_id=support_calendar_id,
        created_at=now,
        updated_at=now,
    ).registered()
    await _require_active_calendar(tx, supplier)
    await tables.insert_supplier(tx, supplier)
    _append(tx, supplier, events, actor=actor, now=now)
    return supplier


async def change_supplier(
    tx: Tx,
    *,
    supplier_id: SupplierId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Supplier:
    """Change name, description or support hours; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SupplierNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        SupportCalendarUnknownError: there is no such calendar.
        SupportCalendarRetiredError: the new calendar is retired.
        SupplierNameTakenError: another active supplier has the name.
    Emits:
        itsm.supplier.changed.v1, unless nothing changes
    """
    require_provider(actor)
    before = await tables.load_supplier(tx, supplier_id)
    require_version(before.version, expected_version)
    supplier, events = before.revise(changes, now=now)
    if supplier.support_calendar_id != before.support_calendar_id:
        await _require_active_calendar(tx, supplier)
    if events:
        await tables.save_supplier(tx, supplier)
        _append(tx, supplier, events, actor=actor, now=now)
    return supplier


async def move_supplier(
    tx: Tx,
    *,
    supplier_id: SupplierId,
    expected_version: int | None,
    to: SupplierStatus,
    actor: Actor,
    now: datetime,
) -> Supplier:
    """Retire a supplier, or make it active again.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        SupplierNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        SupplierTransitionError: its status does not allow it.
        SupportCalendarRetiredError: it would become active with a calendar that is retired.
        SupplierNameTakenError: it would become active under a name in use.
    Emits:
        itsm.supplier.changed.v1
    """
    require_provider(actor)
    supplier = await tables.load_supplier(tx, supplier_id)
    require_version(supplier.version, expected_version)
    supplier, events = supplier.move(to, now=now)
    if to == "active":
        await _require_active_calendar(tx, supplier)
    await tables.save_supplier(tx, supplier)
    _append(tx, supplier, events, actor=actor, now=now)
    return supplier


async def _require_active_calendar(tx: Tx, supplier: Supplier) -> None:
    if supplier.support_calendar_id is None:
        return
    status = await calendar_status(tx, calendar_id=supplier.support_calendar_id)
    if status is None:
        raise SupportCalendarUnknownError(
            f"There is no calendar {supplier.support_calendar_id}.", pointer="/support_calendar_id"
        )
    if status != "active":
        raise SupportCalendarRetiredError(
            f"The calendar is {status}.", pointer="/support_calendar_id"
        )


def _append(
    tx: Tx, supplier: Supplier, events: Sequence[SupplierChanged], *, actor: Actor, now: datetime
) -> None:
    outbox.append(
        tx,
        key=supplier.id,
        version=supplier.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
