"""HTTP for calendars."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query
from starlette.responses import Response

from services.catalog.calendars import commands, queries
from services.catalog.calendars.domain import CalendarId
from services.catalog.calendars.holiday_days import holiday_dates
from services.catalog.calendars.schemas import (
    CalendarRecord,
    CalendarSummary,
    CalendarVersionRecord,
    CalendarVersionSummary,
    ChangeCalendar,
    CreateCalendar,
    Deadline,
    MoveCalendar,
    OpenTime,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Instant, Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1/calendars", tags=["calendars"])

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
OfVersion = Annotated[
    int | None,
    Query(ge=1, le=2**31 - 1, description="Count by this version of the hours, not the present."),
]


@router.post(
    "",
    status_code=201,
    response_model=CalendarRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(CalendarRecord, "The new calendar.", status=201),
    },
)
async def create_calendar(body: CreateCalendar, call: Writing) -> Response:
    """Make a calendar of weeks, holidays and exceptions."""
    calendar_id = CalendarId(clock.new_id())
    calendar = await commands.create_calendar(
        call.tx,
        calendar_id=calendar_id,
        **body.model_dump(),
        holidays_of=holiday_dates,
        actor=call.actor,
        now=call.now,
    )
    location = f"/catalog/v1/calendars/{calendar_id}"
    return call.created(CalendarRecord.of(calendar), location=location)


@router.get(
    "",
    response_model=Page[CalendarSummary],
    responses={**responses(), **list_answer(Page[CalendarSummary])},
)
async def list_calendars(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.CALENDARS.parameters())]
) -> Response:
    """List calendars, without their hours."""
    return call.page(await queries.list_calendars(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{calendar_id}",
    response_model=CalendarRecord,
    responses={**responses(404), **json_answer(CalendarRecord, "The calendar.")},
)
async def read_calendar(
    calendar_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a calendar as it is now, or as it was known at an instant."""
    record = await queries.read_calendar(
        call.tx, calendar_id=CalendarId(calendar_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/{calendar_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_calendar_history(
    calendar_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """Read what happened to a calendar."""
    return call.page(
        await queries.read_calendar_history(
            call.tx, calendar_id=CalendarId(calendar_id), asked=asked, actor=call.actor
        )
    )


@router.get(
    "/{calendar_id}/versions",
    response_model=Page[CalendarVersionSummary],
    responses={**responses(404), **list_answer(Page[CalendarVersionSummary])},
)
async def list_calendar_versions(
    calendar_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.VERSIONS.parameters())],
) -> Response:
    """List the states that a calendar's hours had."""
    return call.page(
        await queries.list_calendar_versions(
            call.tx, calendar_id=CalendarId(calendar_id), asked=asked, actor=call.actor
        )
    )


@router.get(
    "/{calendar_id}/versions/{calendar_version}",
    response_model=CalendarVersionRecord,
    responses={
        **responses(404),
        200: {"model": CalendarVersionRecord, "description": "The state of the hours."},
    },
)
async def read_calendar_version(
    calendar_id: UUID, calendar_version: VersionNumber, call: Reading
) -> Response:
    """Read one state that a calendar's hours had."""
    return call.answer(
        await queries.read_calendar_version(
            call.tx,
            calendar_id=CalendarId(calendar_id),
            calendar_version=calendar_version,
            actor=call.actor,
        )
    )


@router.get(
    "/{calendar_id}/open-time",
    response_model=OpenTime,
    responses={
        **responses(404, 422),
        200: {"model": OpenTime, "description": "The open time, and what it is made of."},
    },
)
async def tell_open_time(
    calendar_id: UUID,
    call: Reading,
    start: Annotated[Instant, Query()],
    end: Annotated[Instant, Query(description="At most 366 days after the start.")],
    calendar_version: OfVersion = None,
) -> Response:
    """Tell how long a calendar is open between two instants."""
    return call.answer(
        await queries.tell_open_time(
            call.tx,
            calendar_id=CalendarId(calendar_id),
            calendar_version=calendar_version,
            start=start,
            end=end,
            actor=call.actor,
        )
    )


@router.get(
    "/{calendar_id}/deadline",
    response_model=Deadline,
    responses={
        **responses(404, 422),
        200: {"model": Deadline, "description": "The instant, and what leads to it."},
    },
)
async def tell_deadline(
    calendar_id: UUID,
    call: Reading,
    start: Annotated[Instant, Query()],
    open_seconds: Annotated[int, Query(ge=0, le=queries.MAX_OPEN_SECONDS)],
    calendar_version: OfVersion = None,
) -> Response:
    """Tell when so much open time has passed since an instant, and when it opens next."""
    return call.answer(
        await queries.tell_deadline(
            call.tx,
            calendar_id=CalendarId(calendar_id),
            calendar_version=calendar_version,
            start=start,
            open_seconds=open_seconds,
            actor=call.actor,
        )
    )


@router.patch(
    "/{calendar_id}",
    response_model=CalendarRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(CalendarRecord, "The calendar after the change."),
    },
)
async def change_calendar(
    calendar_id: UUID, body: ChangeCalendar, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a calendar (JSON Merge Patch); past hours by a correction only."""
    calendar = await commands.change_calendar(
        call.tx,
        calendar_id=CalendarId(calendar_id),
        expected_version=call.expected_version(),
        changes=body.changes(),
        correction=body.correction,
        holidays_of=holiday_dates,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(CalendarRecord.of(calendar), version=calendar.version)


@router.post(
    "/{calendar_id}/transitions",
    response_model=CalendarRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(CalendarRecord, "The calendar after the transition."),
    },
)
async def move_calendar(
    calendar_id: UUID, body: MoveCalendar, call: Writing, if_match: IfMatch = None
) -> Response:
    """Retire a calendar, or make it active again."""
    calendar = await commands.move_calendar(
        call.tx,
        calendar_id=CalendarId(calendar_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(CalendarRecord.of(calendar), version=calendar.version)
