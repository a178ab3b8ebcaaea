"""The calendar as a record: made, changed with respect for the past, renewed, retired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.calendars.domain.hours import (
    Day,
    Holiday,
    HolidayRule,
    Week,
    exceptions_document,
    holiday_dates_document,
    merged_days,
    rule_document,
    weeks_document,
)
from services.catalog.calendars.domain.past import require_same_past
from services.catalog.calendars.events import CalendarChanged
from shared.calendar import find_zone
from shared.errors import DomainError, Kind

CalendarId = NewType("CalendarId", UUID)
CalendarStatus: TypeAlias = Literal["active", "retired"]
TRANSITIONS: Final[Mapping[CalendarStatus, tuple[CalendarStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}
YEARS_AROUND: Final = 5
MAX_BYTES: Final = 200 * 1024
"""Of an event when its calendar is changed: what is left to the limit of events is for renewals."""
_HOURS: Final = (
    *("time_zone", "weeks", "holidays", "exceptions", "holiday_dates", "days"),
    *("expanded_from", "expanded_to"),
)


class CalendarNotFoundError(DomainError):
    """No such calendar."""

    code = "calendar-not-found"
    kind = Kind.NOT_FOUND
    title = "No such calendar"


class CalendarVersionNotFoundError(DomainError):
    """The calendar never had this version."""

    code = "calendar-version-not-found"
    kind = Kind.NOT_FOUND
    title = "No such version of the calendar"


class CalendarNameTakenError(DomainError):
    """Another active calendar has this name."""

    code = "calendar-name-taken"
    kind = Kind.CONFLICT
    title = "Another active calendar has this name"


class CalendarTransitionError(DomainError):
    """The calendar's status does not allow this."""

    code = "calendar-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The calendar's status does not allow this"


class CalendarTooLargeError(DomainError):
    """Weeks, exceptions and names together are more than an event can carry."""

    code = "calendar-too-large"
    kind = Kind.INVALID
    title = "The calendar is too large"


def years_in_view(now: datetime) -> range:
    """Return the years that a calendar knows at an instant: five back to five ahead, in UTC."""
    return range(now.year - YEARS_AROUND, now.year + YEARS_AROUND + 1)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """A calendar; ``version`` counts its events, ``calendar_version`` the states of its hours.

    ``holidays`` is the rule, ``holiday_dates`` what was expanded of it, ``days`` what differs from
    the weeks in the end; all known where ``expanded_from <= date < expanded_to``.
    """

    id: CalendarId
    name: str
    description: str
    status: CalendarStatus
    time_zone: str
    calendar_version: int
    weeks: tuple[Week, ...]
    holidays: HolidayRule | None
    exceptions: tuple[Day, ...]
    holiday_dates: tuple[Holiday, ...]
    days: tuple[Day, ...]
    expanded_from: date
    expanded_to: date
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(
        cls,
        *,
        calendar_id: CalendarId,
        name: str,
        description: str,
        time_zone: str,
        weeks: tuple[Week, ...],
        holidays: HolidayRule | None,
        holiday_dates: tuple[Holiday, ...],
        exceptions: tuple[Day, ...],
        now: datetime,
    ) -> tuple[BusinessCalendar, list[CalendarChanged]]:
        """Make an active calendar; ``holiday_dates`` are those of ``years_in_view(now)``.

        Raises:
            UnknownZoneError: the zone is none.
            CalendarTooLargeError: it is more than an event can carry.
        """
        find_zone(time_zone, pointer="/time_zone")
        years = years_in_view(now)
        calendar = cls(
            id=calendar_id,
            name=name,
            description=description,
            status="active",
            time_zone=time_zone,
            calendar_version=1,
            weeks=weeks,
            holidays=holidays,
            exceptions=exceptions,
            holiday_dates=holiday_dates,
            days=merged_days(weeks, holiday_dates, exceptions),
            expanded_from=date(years.start, 1, 1),
            expanded_to=date(years.stop, 1, 1),
            version=1,
            created_at=now,
            updated_at=now,
        )
        return calendar, [_told(calendar)]

    @property
    def years(self) -> range:
        """Return the years that are expanded."""
        return range(self.expanded_from.year, self.expanded_to.year)

    def revise(
        self,
        changes: Mapping[str, Any],
        *,
        holiday_dates: Sequence[Holiday] | None,
        correction: bool,
        now: datetime,
    ) -> tuple[BusinessCalendar, list[CalendarChanged]]:
        """Change what may be changed; a change that changes nothing makes no event.

        ``holiday_dates`` are what another rule says of all years expanded, None where the rule
        stays; without ``correction`` they count from today on.

        Raises:
            UnknownZoneError: the zone is none.
            PastHoursError: hours before today would change, and it is no correction.
            CalendarTooLargeError: it is more than an event can carry.
        """
        after = replace(self, **changes)
        find_zone(after.time_zone, pointer="/time_zone")
        today = now.astimezone(find_zone(self.time_zone)).date()
        if holiday_dates is not None:
            since = self.expanded_from if correction else today
            kept = [one for one in self.holiday_dates if one.day < since]
            coming = [one for one in holiday_dates if one.day >= since]
            after = replace(after, holiday_dates=(*kept, *coming))
        days = merged_days(after.weeks, after.holiday_dates, after.exceptions)
        after = replace(after, days=days)
        if not correction:
            require_same_past(self, after, today)
        return self._become(after, now=now)

    def renew(
        self, *, holiday_dates: Sequence[Holiday], years: range, now: datetime
    ) -> tuple[BusinessCalendar, list[CalendarChanged]]:
        """Add the years that have come into view and nothing else; no event if there are none.

        Whatever ``holiday_dates`` say of years that are expanded already is left aside.
        """
        beyond = date(years.stop, 1, 1)
        if beyond <= self.expanded_to:
            return self, []
        added = [one for one in holiday_dates if self.expanded_to <= one.day < beyond]
        dates = (*self.holiday_dates, *added)
        days = merged_days(self.weeks, dates, self.exceptions)
        after = replace(self, holiday_dates=dates, days=days, expanded_to=beyond)
        return self._become(after, now=now, most=None)

    def move(
        self, to: CalendarStatus, *, now: datetime
    ) -> tuple[BusinessCalendar, list[CalendarChanged]]:
        """Retire the calendar, or make it active again.

        Raises:
            CalendarTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise CalendarTransitionError(
                f"A calendar that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now, most=None)

    def state(self) -> dict[str, Any]:
        """Return all fields as values of JSON documents, ids and times as they are."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            **plain,
            "weeks": weeks_document(self.weeks),
            "holidays": rule_document(self.holidays),
            "exceptions": exceptions_document(self.exceptions),
            "holiday_dates": holiday_dates_document(self.holiday_dates),
            "days": exceptions_document(self.days),
        }

    def _become(
        self, after: BusinessCalendar, *, now: datetime, most: int | None = MAX_BYTES
    ) -> tuple[BusinessCalendar, list[CalendarChanged]]:
        if after == self:
            return self, []
        hours_changed = any(getattr(after, name) != getattr(self, name) for name in _HOURS)
        after = replace(
            after,
            calendar_version=self.calendar_version + hours_changed,
            version=self.version + 1,
            updated_at=now,
        )
        return after, [_told(after, most=most)]


def _told(calendar: BusinessCalendar, *, most: int | None = MAX_BYTES) -> CalendarChanged:
    state = calendar.state()
    names = CalendarChanged.model_fields.keys() - {"calendar_id"}
    event = CalendarChanged(calendar_id=calendar.id, **{name: state[name] for name in names})
    size = len(event.model_dump_json().encode())
    if most is not None and size > most:
        raise CalendarTooLargeError(
            f"Its weeks, exceptions and names take {size} bytes; {most} are possible.",
            extras={"bytes": size, "most_bytes": most},
        )
    return event
