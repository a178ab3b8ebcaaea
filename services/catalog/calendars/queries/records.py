"""Reading calendars."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.calendars.domain import (
    CalendarId,
    CalendarNotFoundError,
    CalendarStatus,
    CalendarVersionNotFoundError,
)
from services.catalog.calendars.events import CalendarChanged
from services.catalog.calendars.schemas import (
    CalendarRecord,
    CalendarSummary,
    CalendarVersionRecord,
    CalendarVersionSummary,
)
from services.catalog.calendars.tables import CALENDAR, CALENDAR_VERSION
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.calendar import Calendar, from_hours
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

CALENDARS: Final = Listing(
    source=sa.select(*(CALENDAR.c[name] for name in CalendarSummary.model_fields)),
    key=CALENDAR.c.id,
    filters={
        "status": CALENDAR.c.status,
        "name": CALENDAR.c.name,
        "time_zone": CALENDAR.c.time_zone,
    },
    sorts={"name": CALENDAR.c.name, "created_at": CALENDAR.c.created_at, "id": CALENDAR.c.id},
    default_sort="name",
)
VERSIONS: Final = Listing(
    source=sa.select(*(CALENDAR_VERSION.c[name] for name in CalendarVersionSummary.model_fields)),
    key=CALENDAR_VERSION.c.calendar_id,
    filters={"recorded_at": CALENDAR_VERSION.c.recorded_at},
    sorts={"calendar_version": CALENDAR_VERSION.c.calendar_version},
    default_sort="calendar_version",
)
HISTORY: Final = History("catalog", "calendar")
_READ: Final = statement("select * from catalog.calendar where id = :id")
_STATUS: Final = statement("select status from catalog.calendar where id = :id")
_LOAD: Final = statement(
    "select calendar_version, time_zone, weeks, days from catalog.calendar where id = :id"
)
_VERSION: Final = statement(
    "select * from catalog.calendar_version"
    " where calendar_id = :id and calendar_version = :calendar_version"
)


async def calendar_status(tx: ReadTx, *, calendar_id: CalendarId) -> CalendarStatus | None:
    """Return a calendar's status, None where there is no such calendar."""
    found: CalendarStatus | None = await tx.value(_STATUS, id=calendar_id)
    return found


async def load_calendar(tx: ReadTx, *, calendar_id: CalendarId) -> Calendar:
    """Return a calendar as it is now, to count by.

    Raises:
        CalendarNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=calendar_id)
    if row is None:
        raise _not_found(calendar_id)
    return from_hours(
        time_zone=row["time_zone"],
        weeks=row["weeks"],
        days=row["days"],
        version=row["calendar_version"],
    )


async def read_calendar(
    tx: ReadTx, *, calendar_id: CalendarId, as_of: datetime | None = None, actor: Actor
) -> CalendarRecord:
    """Return one calendar as it is now, or as it was known at an instant.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError: there is none with this id, or was none yet.
    """
    require_provider(actor)
    if as_of is not None:
        told = await HISTORY.state_at(tx, key=calendar_id, as_of=as_of)
        if told is None:
            raise _not_found(calendar_id)
        return told.record(CalendarRecord, CalendarChanged)
    row = await tx.first(_READ, id=calendar_id)
    if row is None:
        raise _not_found(calendar_id)
    return CalendarRecord.model_validate(dict(row))


async def read_calendar_history(
    tx: ReadTx, *, calendar_id: CalendarId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a calendar, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=calendar_id, asked=asked)
    if found is None:
        raise _not_found(calendar_id)
    return found


async def list_calendars(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[CalendarSummary]:
    """Return a page of calendars, without their hours.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    rows, following = await page(tx, CALENDARS, asked)
    items = [of_row(CalendarSummary, row) for row in rows]
    return Page[CalendarSummary](items=items, next=following)


async def list_calendar_versions(
    tx: ReadTx, *, calendar_id: CalendarId, asked: PageRequest, actor: Actor
) -> Page[CalendarVersionSummary]:
    """Return a page of the states that a calendar's hours had.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    if await calendar_status(tx, calendar_id=calendar_id) is None:
        raise _not_found(calendar_id)
    own = CALENDAR_VERSION.c.calendar_id == calendar_id
    rows, following = await page(tx, VERSIONS, asked, where=[own])
    items = [of_row(CalendarVersionSummary, row) for row in rows]
    return Page[CalendarVersionSummary](items=items, next=following)


async def read_calendar_version(
    tx: ReadTx, *, calendar_id: CalendarId, calendar_version: int, actor: Actor
) -> CalendarVersionRecord:
    """Return one state that a calendar's hours had.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError: there is none with this id.
        CalendarVersionNotFoundError: it never had this version.
    """
    require_provider(actor)
    row = await tx.first(_VERSION, id=calendar_id, calendar_version=calendar_version)
    if row is None:
        if await calendar_status(tx, calendar_id=calendar_id) is None:
            raise _not_found(calendar_id)
        raise CalendarVersionNotFoundError(
            f"The calendar {calendar_id} never had a version {calendar_version}."
        )
    return CalendarVersionRecord.model_validate(dict(row))


def _not_found(calendar_id: CalendarId) -> CalendarNotFoundError:
    return CalendarNotFoundError(f"There is no calendar {calendar_id}.")
