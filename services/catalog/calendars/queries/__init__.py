"""Reading calendars: ``records`` as they are and were, ``questions`` that they answer."""

from services.catalog.calendars.queries.questions import (
    MAX_OPEN_SECONDS,
    tell_deadline,
    tell_open_time,
)
from services.catalog.calendars.queries.records import (
    CALENDARS,
    HISTORY,
    VERSIONS,
    calendar_status,
    list_calendar_versions,
    list_calendars,
    load_calendar,
    read_calendar,
    read_calendar_history,
    read_calendar_version,
)

__all__ = [
    "CALENDARS",
    "HISTORY",
    "MAX_OPEN_SECONDS",
    "VERSIONS",
    "calendar_status",
    "list_calendar_versions",
    "list_calendars",
    "load_calendar",
    "read_calendar",
    "read_calendar_history",
    "read_calendar_version",
    "tell_deadline",
    "tell_open_time",
]
