"""What the world learns about calendars."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

_OFFICE: Final[list[dict[str, str]]] = [
    {"start": "08:00", "end": "12:00"},
    {"start": "13:00", "end": "17:00"},
]
_LONGER: Final[list[dict[str, str]]] = [{"start": "07:00", "end": "19:00"}]
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
_CLOSED: Final[dict[str, list[dict[str, str]]]] = {"saturday": [], "sunday": []}
_EXAMPLE: Final[dict[str, Any]] = {
    "calendar_id": "01970000-0000-7000-8000-00000000a001",
    "name": "Service desk Munich",
    "description": "Staffed by the shop platform team",
    "status": "active",
    "time_zone": "Europe/Berlin",
    "calendar_version": 2,
    "weeks": [
        {"effective_from": None, "hours": {**dict.fromkeys(_DAYS, _OFFICE), **_CLOSED}},
        {"effective_from": "2026-04-06", "hours": {**dict.fromkeys(_DAYS, _LONGER), **_CLOSED}},
    ],
    "holidays": {"country": "DE", "subdivision": "BY", "categories": ["public"]},
    "exceptions": [
        {"date": "2026-03-14", "name": "Stocktaking", "hours": [{"start": "09:00", "end": "13:00"}]}
    ],
    "holiday_dates": [
        {"date": "2026-01-01", "name": "New Year's Day", "half_day": False},
        {"date": "2026-12-25", "name": "Christmas Day", "half_day": False},
        {"date": "2026-12-26", "name": "Second Day of Christmas", "half_day": False},
    ],
    "days": [
        {"date": "2026-01-01", "name": "New Year's Day", "hours": []},
        {
            "date": "2026-03-14",
            "name": "Stocktaking",
            "hours": [{"start": "09:00", "end": "13:00"}],
        },
        {"date": "2026-12-25", "name": "Christmas Day", "hours": []},
    ],
    "expanded_from": "2021-01-01",
    "expanded_to": "2032-01-01",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenHours(_Part):
    """An interval of one date by its wall clock, ``08:00`` to ``24:00``; the end is not in it."""

    start: str
    end: str


class HoursOfWeek(_Part):
    """The hours of the seven weekdays; an empty list is a day that is closed."""

    monday: tuple[OpenHours, ...]
    tuesday: tuple[OpenHours, ...]
    wednesday: tuple[OpenHours, ...]
    thursday: tuple[OpenHours, ...]
    friday: tuple[OpenHours, ...]
    saturday: tuple[OpenHours, ...]
    sunday: tuple[OpenHours, ...]


class EffectiveWeek(_Part):
    """A week and the date from which it holds; null is always."""

    effective_from: dt.date | None
    hours: HoursOfWeek


class HolidaysFollowed(_Part):
    """Whose holidays the calendar keeps."""

    country: str = Field(description="ISO 3166-1 code of two letters.")
    subdivision: str | None
    categories: tuple[str, ...]


class HolidayDate(_Part):
    """A holiday as it was expanded; half a day closes the afternoon."""

    date: dt.date
    name: str
    half_day: bool


class ExceptionalDay(_Part):
    """The hours of one date, as they were stated."""

    date: dt.date
    name: str
    hours: tuple[OpenHours, ...]


class DifferentDay(_Part):
    """The hours of a date that differs from its week."""

    date: dt.date
    name: str | None
    hours: tuple[OpenHours, ...]


class CalendarChanged(BaseModel):
    """A calendar was made, changed, renewed or retired; its whole state after that.

    A date follows ``days`` if it is there, otherwise the last of ``weeks`` that holds on it. Where
    ``expanded_from <= date < expanded_to`` holidays are known; beyond, only the week is.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [_EXAMPLE]}
    )

    TYPE: ClassVar[str] = "itsm.calendar.changed.v1"

    calendar_id: UUID
    name: str
    description: str
    status: Literal["active", "retired"]
    time_zone: str
    calendar_version: int
    weeks: tuple[EffectiveWeek, ...]
    holidays: HolidaysFollowed | None
    exceptions: tuple[ExceptionalDay, ...]
    holiday_dates: tuple[HolidayDate, ...]
    days: tuple[DifferentDay, ...]
    expanded_from: dt.date
    expanded_to: dt.date


PUBLISHED = (CalendarChanged,)
