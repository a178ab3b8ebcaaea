"""Calendars as HTTP shows and takes them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.catalog.calendars.domain import BusinessCalendar, CalendarStatus
from services.catalog.calendars.domain.hours import MAX_EXCEPTIONS, MAX_WEEKS
from services.catalog.calendars.events import (
    DifferentDay,
    EffectiveWeek,
    ExceptionalDay,
    HolidayDate,
    HolidaysFollowed,
)
from shared.schemas import Line, Paragraph, PlainDate, RequestModel, ResponseModel, absent

Clock = Annotated[
    str, StringConstraints(max_length=5, pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
"""A time of the wall clock, from 00:00 to 24:00."""
ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
"""A name of the IANA time zone database."""


class OpenHoursGiven(RequestModel):
    """An interval of one date; hours that pass midnight are two, one on each date."""

    start: Clock
    end: Clock


HoursGiven: TypeAlias = Annotated[list[OpenHoursGiven], Field(max_length=48)]


class WeekHoursGiven(RequestModel):
    """The hours of the weekdays; one that is left out is closed."""

    monday: HoursGiven = Field(default_factory=list)
    tuesday: HoursGiven = Field(default_factory=list)
    wednesday: HoursGiven = Field(default_factory=list)
    thursday: HoursGiven = Field(default_factory=list)
    friday: HoursGiven = Field(default_factory=list)
    saturday: HoursGiven = Field(default_factory=list)
    sunday: HoursGiven = Field(default_factory=list)


class WeekGiven(RequestModel):
    """A week and the date from which it holds; the first holds always and has none."""

    effective_from: PlainDate | None = None
    hours: WeekHoursGiven


class HolidaysGiven(RequestModel):
    """Whose holidays to keep, as the ``holidays`` library names them."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        description="ISO 3166-1 code of two letters."
    )
    subdivision: Line | None = Field(default=None, description="A part of it, such as BY.")
    categories: list[Line] = Field(
        default_factory=lambda: ["public"],
        min_length=1,
        max_length=20,
        description="Kinds of days, such as public or bank; half_day closes the afternoon.",
    )


class ExceptionGiven(RequestModel):
    """The hours of one date, whatever week and holidays say; none means closed."""

    date: PlainDate
    name: Line
    hours: HoursGiven


Weeks: TypeAlias = Annotated[list[WeekGiven], Field(min_length=1, max_length=MAX_WEEKS)]
Exceptions: TypeAlias = Annotated[list[ExceptionGiven], Field(max_length=MAX_EXCEPTIONS)]
_DAY: Final[list[Any]] = [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}]
_WEEK: Final[dict[str, Any]] = dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday"), _DAY
)


class CreateCalendar(RequestModel):
    """A calendar to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Service desk Munich",
                    "time_zone": "Europe/Berlin",
                    "weeks": [{"hours": _WEEK}],
                    "holidays": {"country": "DE", "subdivision": "BY"},
                    "exceptions": [
                        {"date": "2026-12-24", "name": "Christmas Eve", "hours": _DAY[:1]}
                    ],
                }
            ]
        }
    )

    name: Line
    description: Paragraph = ""
    time_zone: ZoneName
    weeks: Weeks
    holidays: HolidaysGiven | None = None
    exceptions: Exceptions = Field(default_factory=list)


class ChangeCalendar(RequestModel):
    """A merge patch of a calendar; a list replaces the list that was there."""

    name: Line = absent()
    description: Paragraph = absent()
    time_zone: ZoneName = absent()
    weeks: Weeks = absent()
    holidays: HolidaysGiven | None = absent()
    exceptions: Exceptions = absent()
    correction: bool = Field(
        default=False,
        strict=True,
        description="Whether hours before today may change: they were wrong as they stood.",
    )

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent; within them, what was left out has its default."""
        whole = self.model_dump(exclude={"correction"})
        return {name: whole[name] for name in self.model_fields_set - {"correction"}}


class MoveCalendar(RequestModel):
    """The status a calendar should have."""

    to: CalendarStatus


class CalendarSummary(ResponseModel):
    """A calendar in a list, without its hours."""

    id: UUID
    name: str
    description: str
    status: CalendarStatus
    time_zone: str
    calendar_version: int
    holidays: HolidaysFollowed | None
    expanded_from: dt.date
    expanded_to: dt.date
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class CalendarRecord(CalendarSummary):
    """A calendar; ``days`` are the dates that differ from their week."""

    weeks: tuple[EffectiveWeek, ...]
    exceptions: tuple[ExceptionalDay, ...]
    holiday_dates: tuple[HolidayDate, ...]
    days: tuple[DifferentDay, ...]

    @classmethod
    def of(cls, calendar: BusinessCalendar) -> CalendarRecord:
        """Return what HTTP shows of a calendar."""
        return cls.model_validate(calendar.state())


class CalendarVersionSummary(ResponseModel):
    """A state that a calendar's hours had, from when it was recorded until the next."""

    calendar_id: UUID
    calendar_version: int
    recorded_at: dt.datetime
    time_zone: str
    holidays: HolidaysFollowed | None
    expanded_from: dt.date
    expanded_to: dt.date


class CalendarVersionRecord(CalendarVersionSummary):
    """A state that a calendar's hours had, whole."""

    weeks: tuple[EffectiveWeek, ...]
    exceptions: tuple[ExceptionalDay, ...]
    holiday_dates: tuple[HolidayDate, ...]
    days: tuple[DifferentDay, ...]


class OpenInterval(ResponseModel):
    """Open time without a gap, in UTC and as the calendar's clock shows it."""

    start: dt.datetime
    end: dt.datetime
    local_start: str
    local_end: str
    weekday: str
    open_seconds: int


class OpenTime(ResponseModel):
    """How long a calendar is open between two instants."""

    calendar_id: UUID
    calendar_version: int
    time_zone: str
    start: dt.datetime
    end: dt.datetime
    open_seconds: int
    intervals: list[OpenInterval]
    more_intervals: bool = Field(description="Whether there are more than the first 400 shown.")
    beyond_expansion: bool = Field(
        description="Whether dates count whose holidays are not known to the calendar."
    )


class Deadline(ResponseModel):
    """When so much open time has passed since an instant."""

    calendar_id: UUID
    calendar_version: int
    time_zone: str
    start: dt.datetime
    open_seconds: int
    first_open: dt.datetime | None = Field(description="When time begins to count.")
    deadline: dt.datetime
    next_open: dt.datetime | None = Field(
        description="The first open instant from the deadline on; null if there is none for long."
    )
    intervals: list[OpenInterval]
    more_intervals: bool = Field(description="Whether there are more than the first 400 shown.")
    beyond_expansion: bool = Field(
        description="Whether dates count whose holidays are not known to the calendar."
    )
