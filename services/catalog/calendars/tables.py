"""Where calendars are kept, with every state that their hours had."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.catalog.calendars.domain import (
    BusinessCalendar,
    CalendarId,
    CalendarNameTakenError,
    CalendarNotFoundError,
    read_days,
    read_holiday_dates,
    read_rule,
    read_weeks,
)
from services.catalog.schema import METADATA
from shared.db import Row, Tx, statement, violations


def _hours() -> list[sa.Column[Any]]:
    return [
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("weeks", postgresql.JSONB, nullable=False),
        sa.Column("holidays", postgresql.JSONB),
        sa.Column("exceptions", postgresql.JSONB, nullable=False),
        sa.Column("holiday_dates", postgresql.JSONB, nullable=False),
        sa.Column("days", postgresql.JSONB, nullable=False),
        sa.Column("expanded_from", sa.Date, nullable=False),
        sa.Column("expanded_to", sa.Date, nullable=False),
    ]


CALENDAR: Final = sa.Table(
    "calendar",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("calendar_version", sa.Integer, nullable=False),
    *_hours(),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.CheckConstraint("expanded_from < expanded_to", name="expansion"),
    sa.Index(
        "uq_calendar_active_name",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    ),
    sa.Index(None, "name", "id"),
    sa.Index(None, "expanded_to"),
)
CALENDAR_VERSION: Final = sa.Table(
    "calendar_version",
    METADATA,
    sa.Column("calendar_id", sa.Uuid, sa.ForeignKey(CALENDAR.c.id), primary_key=True),
    sa.Column("calendar_version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    *_hours(),
)

_NAMES: Final = tuple(column.name for column in CALENDAR.columns)
_INSERT: Final = statement(
    f"insert into catalog.calendar ({', '.join(_NAMES)})"  # noqa: S608 - our own columns
    f" values ({', '.join(f':{name}' for name in _NAMES)})"
)
_LOAD: Final = statement("select * from catalog.calendar where id = :id for update")
_SAVE: Final = statement(
    "update catalog.calendar set "  # noqa: S608 - our own columns
    + ", ".join(f"{name} = :{name}" for name in _NAMES if name not in ("id", "created_at"))
    + " where id = :id"
)
_HOURS: Final = ", ".join(column.name for column in _hours())
# The row was written just before, by the same transaction. A version is written once.
_KEEP_VERSION: Final = statement(
    f"insert into catalog.calendar_version (calendar_id, calendar_version, recorded_at, {_HOURS})"  # noqa: S608 - our own columns
    f" select id, calendar_version, updated_at, {_HOURS} from catalog.calendar where id = :id"
    " on conflict do nothing"
)
_DUE: Final = statement(
    "select * from catalog.calendar where expanded_to < :beyond"
    " and id <> all(cast(:but as uuid[])) order by expanded_to limit :limit for update skip locked"
)


async def insert_calendar(tx: Tx, calendar: BusinessCalendar) -> None:
    """Write a new calendar and the first version of its hours.

    Raises:
        CalendarNameTakenError: another active calendar has the name.
    """
    with violations(_name_taken(calendar)):
        await tx.run(_INSERT, **calendar.state())
    await tx.run(_KEEP_VERSION, id=calendar.id)


async def load_calendar(tx: Tx, calendar_id: CalendarId) -> BusinessCalendar:
    """Return a calendar and lock its row until the transaction ends.

    Raises:
        CalendarNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=calendar_id)
    if row is None:
        raise CalendarNotFoundError(f"There is no calendar {calendar_id}.")
    return _calendar(row)


async def load_due(
    tx: Tx, *, beyond: date, but: Collection[CalendarId], limit: int
) -> Sequence[BusinessCalendar]:
    """Return and lock calendars that are expanded to before a date, ``but`` for some.

    What is in others' hands is left out.
    """
    rows = await tx.all(_DUE, beyond=beyond, but=list(but), limit=limit)
    return [_calendar(row) for row in rows]


async def save_calendar(tx: Tx, calendar: BusinessCalendar) -> None:
    """Write a calendar that this transaction has locked, and a version of its hours if it is new.

    Raises:
        CalendarNameTakenError: another active calendar has the name.
    """
    with violations(_name_taken(calendar)):
        await tx.run(_SAVE, **calendar.state())
    await tx.run(_KEEP_VERSION, id=calendar.id)


def _calendar(row: Row) -> BusinessCalendar:
    documents = {
        "weeks": read_weeks(row["weeks"]),
        "holidays": read_rule(row["holidays"]),
        "exceptions": read_days(row["exceptions"]),
        "holiday_dates": read_holiday_dates(row["holiday_dates"]),
        "days": read_days(row["days"]),
    }
    return BusinessCalendar(**{**row, **documents})


def _name_taken(calendar: BusinessCalendar) -> dict[str, Exception]:
    error = CalendarNameTakenError(
        f"An active calendar is called {calendar.name} already.", pointer="/name"
    )
    return {"uq_calendar_active_name": error}
