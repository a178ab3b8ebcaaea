"""What can be done with calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.catalog.calendars import tables
from services.catalog.calendars.domain import (
    BusinessCalendar,
    CalendarId,
    CalendarStatus,
    read_exceptions,
    read_rule,
    read_weeks,
    years_in_view,
)
from services.catalog.calendars.events import CalendarChanged
from services.catalog.calendars.holiday_days import HolidaySource, UnknownHolidaysError
from services.catalog.permissions import require_provider
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def create_calendar(
    tx: Tx,
    *,
    calendar_id: CalendarId,
    name: str,
    description: str,
    time_zone: str,
    weeks: Sequence[Mapping[str, Any]],
    holidays: Mapping[str, Any] | None,
    exceptions: Sequence[Mapping[str, Any]],
    holidays_of: HolidaySource,
    actor: Actor,
    now: datetime,
) -> BusinessCalendar:
    """Make a calendar; it is active at once.

    ``weeks``, ``holidays`` and ``exceptions`` are documents as the event carries them;
    ``holidays_of`` knows holidays: ``holiday_days.holiday_dates`` outside of tests.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        UnknownZoneError: the zone is none.
        WeekOrderError: the weeks are not in order.
        ExceptionDateError: a date has two exceptions, or is not in the years in view.
        InvalidHoursError, OverlappingHoursError: the intervals of a day are not valid.
        UnknownHolidaysError: country, subdivision or category is not known.
        CalendarTooLargeError: it is more than an event can carry.
        CalendarNameTakenError: another active calendar has the name.
    Emits:
        itsm.calendar.changed.v1
    """
    require_provider(actor)
    years = years_in_view(now)
    rule = read_rule(holidays)
    calendar, events = BusinessCalendar.create(
        calendar_id=calendar_id,
        name=name,
        description=description,
        time_zone=time_zone,
        weeks=read_weeks(weeks),
        holidays=rule,
        holiday_dates=() if rule is None else holidays_of(rule, years),
        exceptions=read_exceptions(exceptions, years=years),
        now=now,
    )
    await tables.insert_calendar(tx, calendar)
    _append(tx, calendar, events, actor=actor, now=now)
    return calendar


async def change_calendar(
    tx: Tx,
    *,
    calendar_id: CalendarId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    correction: bool,
    holidays_of: HolidaySource,
    actor: Actor,
    now: datetime,
) -> BusinessCalendar:
    """Change a calendar; ``changes`` holds the new values of the fields to change, as documents.

    Without ``correction`` the hours of no date before today may change. Another rule of holidays
    replaces the days from today on, with ``correction`` all of them; the same rule none.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        PastHoursError: past hours would change, and it is no correction.
        CalendarNameTakenError: another active calendar has the name.
        DomainError: as for a new calendar, what it would become is not valid.
    Emits:
        itsm.calendar.changed.v1, unless nothing changes
    """
    require_provider(actor)
    calendar = await tables.load_calendar(tx, calendar_id)
    require_version(calendar.version, expected_version)
    read = dict(changes)
    if "weeks" in read:
        read["weeks"] = read_weeks(read["weeks"])
    if "exceptions" in read:
        read["exceptions"] = read_exceptions(read["exceptions"], years=calendar.years)
    holiday_dates = None
    if "holidays" in read:
        rule = read["holidays"] = read_rule(read["holidays"])
        if rule != calendar.holidays:
            holiday_dates = () if rule is None else holidays_of(rule, calendar.years)
    calendar, events = calendar.revise(
        read, holiday_dates=holiday_dates, correction=correction, now=now
    )
    await _save(tx, calendar, events, actor=actor, now=now)
    return calendar


async def move_calendar(
    tx: Tx,
    *,
    calendar_id: CalendarId,
    expected_version: int | None,
    to: CalendarStatus,
    actor: Actor,
    now: datetime,
) -> BusinessCalendar:
    """Retire a calendar, or make it active again; who uses it goes on counting by it.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        CalendarTransitionError: its status does not allow it.
        CalendarNameTakenError: it would become active under a name in use.
    Emits:
        itsm.calendar.changed.v1
    """
    require_provider(actor)
    calendar = await tables.load_calendar(tx, calendar_id)
    require_version(calendar.version, expected_version)
    calendar, events = calendar.move(to, now=now)
    await _save(tx, calendar, events, actor=actor, now=now)
    return calendar


@dataclass(frozen=True, slots=True)
class Renewal:
    """How many calendars were renewed, and which could not be, with the reason."""

    renewed: int
    passed_over: Mapping[CalendarId, str]


async def renew_calendars(
    tx: Tx, *, holidays_of: HolidaySource, limit: int, actor: Actor, now: datetime
) -> Renewal:
    """Add the years that have come into view to some calendars, up to ``limit``.

    Retired ones too, for who used them counts by them still. What is expanded already stays as it
    was published, whatever ``holidays_of`` says of it now. Asked again, nothing is left to do but
    those whose holidays are not known any more: they are passed over and hold up no others.

    Emits:
        itsm.calendar.changed.v1 for each
    """
    years = years_in_view(now)
    renewed, passed_over = 0, dict[CalendarId, str]()
    while not renewed:
        due = await tables.load_due(tx, beyond=date(years.stop, 1, 1), but=passed_over, limit=limit)
        if not due:
            break
        for calendar in due:
            rule = calendar.holidays
            missing = range(calendar.expanded_to.year, years.stop)
            try:
                found = () if rule is None else holidays_of(rule, missing)
            except UnknownHolidaysError as error:
                passed_over[calendar.id] = error.detail
                continue
            after, events = calendar.renew(holiday_dates=found, years=years, now=now)
            await _save(tx, after, events, actor=actor, now=now)
            renewed += 1
    return Renewal(renewed, passed_over)


async def _save(
    tx: Tx,
    calendar: BusinessCalendar,
    events: Sequence[CalendarChanged],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    if events:
        await tables.save_calendar(tx, calendar)
        _append(tx, calendar, events, actor=actor, now=now)


def _append(
    tx: Tx,
    calendar: BusinessCalendar,
    events: Sequence[CalendarChanged],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    outbox.append(
        tx,
        key=calendar.id,
        version=calendar.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
