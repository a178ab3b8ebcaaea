"""Hours before today have been counted by: only a correction alters them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from services.catalog.calendars.domain.hours import Day, Week
from shared.calendar import WeekHours
from shared.errors import DomainError, Kind


class PastHoursError(DomainError):
    """A change would alter the hours of a date before today and is not called a correction."""

    code = "calendar-past-hours"
    kind = Kind.INVALID
    title = "Past hours are changed by a correction only"


class Hours(Protocol):
    """What a calendar says of its hours."""

    @property
    def time_zone(self) -> str:
        """The zone of its dates."""

    @property
    def weeks(self) -> tuple[Week, ...]:
        """Its weeks, ascending."""

    @property
    def days(self) -> tuple[Day, ...]:
        """The dates that differ from their week."""


def require_same_past(before: Hours, after: Hours, today: date) -> None:
    """Check that no date before today has other hours.

    Raises:
        PastHoursError: one has; it points at what would change it.
    """
    if before.time_zone != after.time_zone:
        raise _past("Another zone changes the hours of every date.", "/time_zone")
    known, coming = _past_weeks(before.weeks, today), _past_weeks(after.weeks, today)
    if known != coming:
        begins = {begin for begin, _ in known}
        for place, week in enumerate(after.weeks):
            begin = week.effective_from
            if begin is not None and begin < today and begin not in begins:
                detail = f"A new week begins today, {today}, or later."
                raise _past(detail, f"/weeks/{place}/effective_from")
        raise _past(f"A week that held before {today} would be another.", "/weeks")
    were = {one.day: one.hours for one in before.days if one.day < today}
    would = {one.day: one.hours for one in after.days if one.day < today}
    if were != would:
        differing = {day for day in were.keys() | would.keys() if were.get(day) != would.get(day)}
        raise _past(f"The hours of {min(differing)} would be others.", "/exceptions")


def _past(detail: str, pointer: str) -> PastHoursError:
    return PastHoursError(
        f"{detail} Dates before today change by a correction only: send correction true.",
        pointer=pointer,
    )


def _past_weeks(weeks: Sequence[Week], today: date) -> list[tuple[date | None, WeekHours]]:
    """Return the weeks that held before today; one like the week before it is no change."""
    found: list[tuple[date | None, WeekHours]] = []
    for week in weeks:
        begin = week.effective_from
        if (begin is None or begin < today) and not (found and found[-1][1] == week.hours):
            found.append((begin, week.hours))
    return found
