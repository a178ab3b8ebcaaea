"""Questions to a calendar, answered so that a person can follow: with the open time counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from services.catalog.calendars.domain import CalendarId
from services.catalog.calendars.queries.records import read_calendar, read_calendar_version
from services.catalog.calendars.schemas import (
    CalendarRecord,
    CalendarVersionRecord,
    Deadline,
    OpenInterval,
    OpenTime,
)
from shared.auth import Actor
from shared.calendar import (
    WEEKDAYS,
    Calendar,
    FractionOfSecondError,
    NeverOpensError,
    find_zone,
    from_hours,
)
from shared.db import ReadTx
from shared.errors import DomainError, Kind

MAX_PERIOD: Final = timedelta(days=366)
MAX_OPEN_SECONDS: Final = 10 * 366 * 86_400
MAX_INTERVALS: Final = 400
SECOND: Final = timedelta(seconds=1)


class PeriodTooLongError(DomainError):
    """The period asked about is longer than a year."""

    code = "calendar-period-too-long"
    kind = Kind.INVALID
    title = "The period is too long"


@dataclass(frozen=True, slots=True)
class _Known:
    """A calendar to count by, and the dates whose holidays it knows."""

    calendar: Calendar
    expanded_from: date
    expanded_to: date

    def shown(self, start: datetime, end: datetime) -> tuple[list[OpenInterval], bool]:
        """Return the first intervals between two instants, and whether there are more."""
        zone = find_zone(self.calendar.zone)
        found = list(islice(self.calendar.intervals(start, end), MAX_INTERVALS + 1))
        intervals = [
            OpenInterval(
                start=opens,
                end=closes,
                local_start=opens.astimezone(zone).isoformat(),
                local_end=closes.astimezone(zone).isoformat(),
                weekday=WEEKDAYS[opens.astimezone(zone).weekday()],
                open_seconds=(closes - opens) // SECOND,
            )
            for opens, closes in found[:MAX_INTERVALS]
        ]
        return intervals, len(found) > MAX_INTERVALS

    def beyond(self, start: datetime, end: datetime) -> bool:
        """Tell whether dates between two instants are outside of the years expanded."""
        zone = find_zone(self.calendar.zone)
        first, last = (instant.astimezone(zone).date() for instant in (start, end))
        return first < self.expanded_from or last >= self.expanded_to

    def next_open(self, instant: datetime) -> datetime | None:
        """Return the first open instant from one on, None if there is none for fifty years."""
        try:
            return self.calendar.next_open(instant)
        except NeverOpensError:
            return None


async def tell_open_time(
    tx: ReadTx,
    *,
    calendar_id: CalendarId,
    calendar_version: int | None,
    start: datetime,
    end: datetime,
    actor: Actor,
) -> OpenTime:
    """Return how long a calendar, or a version of it, is open between two instants.

    Both are of whole seconds, and at most 366 days apart.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError, CalendarVersionNotFoundError: there is none.
        ReversedPeriodError, PeriodTooLongError, FractionOfSecondError, InstantOutOfRangeError:
            the period is not one to ask about.
    """
    known = await _known(tx, calendar_id, calendar_version, actor=actor)
    if end - start > MAX_PERIOD:
        raise PeriodTooLongError(f"Ask about {MAX_PERIOD.days} days at most.", pointer="end")
    _require_whole(start, "start")
    _require_whole(end, "end")
    open_seconds = known.calendar.open_seconds(start, end)
    intervals, more = known.shown(start, end)
    return OpenTime(
        calendar_id=calendar_id,
        calendar_version=known.calendar.version,
        time_zone=known.calendar.zone,
        start=start,
        end=end,
        open_seconds=open_seconds,
        intervals=intervals,
        more_intervals=more,
        beyond_expansion=known.beyond(start, end),
    )


async def tell_deadline(
    tx: ReadTx,
    *,
    calendar_id: CalendarId,
    calendar_version: int | None,
    start: datetime,
    open_seconds: int,
    actor: Actor,
) -> Deadline:
    """Return when so much open time of a calendar, or a version of it, has passed since a start.

    The start is of whole seconds. Time that runs out as the calendar closes ends at that closing;
    ``next_open`` then is the opening after it.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CalendarNotFoundError, CalendarVersionNotFoundError: there is none.
        NeverOpensError: there is not so much open time within fifty years.
        FractionOfSecondError, InstantOutOfRangeError: the start is not one to count from.
    """
    known = await _known(tx, calendar_id, calendar_version, actor=actor)
    _require_whole(start, "start")
    deadline = known.calendar.add(start, seconds=open_seconds)
    intervals, more = known.shown(start, deadline)
    return Deadline(
        calendar_id=calendar_id,
        calendar_version=known.calendar.version,
        time_zone=known.calendar.zone,
        start=start,
        open_seconds=open_seconds,
        first_open=known.next_open(start),
        deadline=deadline,
        next_open=known.next_open(deadline),
        intervals=intervals,
        more_intervals=more,
        beyond_expansion=known.beyond(start, deadline),
    )


async def _known(
    tx: ReadTx, calendar_id: CalendarId, calendar_version: int | None, *, actor: Actor
) -> _Known:
    record: CalendarRecord | CalendarVersionRecord
    if calendar_version is None:
        record = await read_calendar(tx, calendar_id=calendar_id, actor=actor)
    else:
        record = await read_calendar_version(
            tx, calendar_id=calendar_id, calendar_version=calendar_version, actor=actor
        )
    lists = record.model_dump(mode="json", include={"weeks", "days"})
    calendar = from_hours(time_zone=record.time_zone, version=record.calendar_version, **lists)
    return _Known(calendar, record.expanded_from, record.expanded_to)


def _require_whole(instant: datetime, parameter: str) -> None:
    if instant.microsecond:
        raise FractionOfSecondError("Ask about whole seconds.", pointer=parameter)
