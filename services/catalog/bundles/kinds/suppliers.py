"""Calendars and suppliers as entries of a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.commands import make_by, move_by, revise_by
from services.catalog.bundles.kinds.kind import Body, Kind, Rows, Work, by_fields
from services.catalog.calendars import commands as calendars
from services.catalog.calendars.domain import TRANSITIONS as CALENDAR_TRANSITIONS
from services.catalog.calendars.domain import CalendarId
from services.catalog.calendars.holiday_days import holiday_dates
from services.catalog.calendars.queries import CALENDARS, read_calendar
from services.catalog.calendars.schemas import CalendarSummary, ChangeCalendar, CreateCalendar
from services.catalog.suppliers import commands as suppliers
from services.catalog.suppliers.domain import TRANSITIONS as SUPPLIER_TRANSITIONS
from services.catalog.suppliers.queries import SUPPLIERS
from services.catalog.suppliers.schemas import ChangeSupplier, RegisterSupplier, SupplierRecord
from shared.auth import platform_actor
from shared.db import ReadTx, Tx

_RETIRED: Final = frozenset({"retired"})


async def _make_calendar(tx: Tx, body: CreateCalendar, work: Work) -> UUID:
    made = await calendars.create_calendar(
        tx,
        calendar_id=CalendarId(work.new_id()),
        **body.model_dump(),
        holidays_of=holiday_dates,
        actor=work.actor,
        now=work.now,
    )
    return made.id


async def _hours(
    tx: ReadTx, records: Sequence[CalendarSummary], _now: datetime
) -> dict[UUID, Body]:
    """Return weeks and exceptions, which the list does not show; there are few calendars."""
    actor = platform_actor("catalog")
    found: dict[UUID, Body] = {}
    for record in records:
        whole = await read_calendar(tx, calendar_id=CalendarId(record.id), actor=actor)
        found[record.id] = whole.model_dump(mode="json", include={"weeks", "exceptions"})
    return found


def _in_order(body: Body) -> Body:
    """Return a calendar with its exceptions by their dates, as it is kept."""
    exceptions = body.get("exceptions")
    if isinstance(exceptions, list):
        body["exceptions"] = sorted(exceptions, key=lambda one: str(one["date"]))
    return body


CALENDAR: Final = Kind(
    name="calendar",
    model=CreateCalendar,
    patch=ChangeCalendar,
    rows=Rows(
        CALENDARS,
        by_fields(CalendarSummary),
        present=CALENDARS.filters["status"] == "active",
    ),
    make=_make_calendar,
    revise=revise_by(
        partial(calendars.change_calendar, correction=False, holidays_of=holiday_dates),
        "calendar_id",
        changes_of=ChangeCalendar.changes,
    ),
    move=move_by(calendars.move_calendar, "calendar_id"),
    more=_hours,
    canonical=_in_order,
    statuses=Statuses(CALENDAR_TRANSITIONS, "active", endings=_RETIRED),
)
SUPPLIER: Final = Kind(
    name="supplier",
    model=RegisterSupplier,
    patch=ChangeSupplier,
    rows=Rows(
        SUPPLIERS,
        by_fields(SupplierRecord),
        present=SUPPLIERS.filters["status"] == "active",
    ),
    make=make_by(suppliers.register_supplier, "supplier_id"),
    revise=revise_by(suppliers.change_supplier, "supplier_id"),
    move=move_by(suppliers.move_supplier, "supplier_id"),
    references=(Reference(("support_calendar",), "support_calendar_id", ("calendar",)),),
    statuses=Statuses(SUPPLIER_TRANSITIONS, "active", endings=_RETIRED),
)
