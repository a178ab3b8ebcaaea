"""HTTP for changes."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Path
from starlette.responses import Response

from services.change.changes import commands, queries
from services.change.changes.domain import ChangeId
from services.change.changes.schemas import (
    ChangeRecord,
    RequestChange,
    ReviseChange,
    Transition,
)
from services.change.settings import settings
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, Reading, Writing, json_answer, list_answer

router = service_router("/change/v1/changes", tags=["changes"])
Ref: TypeAlias = Annotated[
    str, Path(max_length=40, description="The change's id or number, for instance CHG0000007.")
]


@router.post(
    "",
    status_code=201,
    response_model=ChangeRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(ChangeRecord, "The new change, a draft.", status=201),
    },
)
async def request_change(body: RequestChange, call: Writing) -> Response:
    """Request a change."""
    change_id = ChangeId(clock.new_id())
    done = await commands.request_change(
        call.tx,
        change_id=change_id,
        kind=body.type,
        content=body.content(),
        actor=call.actor,
        now=call.now,
    )
    record = ChangeRecord.of(done.change, done.incidents)
    return call.created(record, location=f"/change/v1/changes/{change_id}")


@router.get(
    "",
    response_model=Page[ChangeRecord],
    responses={**responses(), **list_answer(Page[ChangeRecord])},
)
async def list_changes(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.CHANGES.parameters())]
) -> Response:
    """List changes; a customer's user sees those that touch a service their customer uses."""
    found = await queries.list_changes(call.tx, asked=asked, actor=call.actor, now=call.now)
    return call.page(found)


@router.get(
    "/{ref}",
    response_model=ChangeRecord,
    responses={**responses(404), **json_answer(ChangeRecord, "The change.")},
)
async def read_change(ref: Ref, call: Reading, as_of: AsOf = None) -> Response:
    """Read a change: now, with what is broken on its services, or as it was known at an instant."""
    record = await queries.read_change(
        call.tx, ref=ref, as_of=as_of, actor=call.actor, now=call.now
    )
    # Never 304: warnings come and go without a new version of the change.
    response = call.answer(record)
    response.headers["ETag"] = f'"{record.version}"'
    return response


@router.patch(
    "/{ref}",
    response_model=ChangeRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ChangeRecord, "The change after the revision."),
    },
)
async def change_change(
    ref: Ref, body: ReviseChange, call: Writing, if_match: IfMatch = None
) -> Response:
    """Revise the content of a change that is in draft or assess (JSON Merge Patch)."""
    done = await commands.revise_change(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        changes=body.changes(),
        actor=call.actor,
        now=call.now,
    )
    record = ChangeRecord.of(done.change, done.incidents)
    return call.answer(record, version=record.version)


@router.post(
    "/{ref}/transitions",
    response_model=ChangeRecord,
    responses={
        **responses(403, 404, 409, 412, 413, 415, 422, 428),
        **json_answer(ChangeRecord, "The change after the transition."),
    },
)
async def move_change(
    ref: Ref, body: Transition, call: Writing, if_match: IfMatch = None
) -> Response:
    """Take a change to its next state; a refusal names the states that it could go to."""
    done = await commands.move_change(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        step=body.step,
        occurred_at=body.occurred_at,
        start_tolerance=settings().start_tolerance,
        actor=call.actor,
        now=call.now,
    )
    record = ChangeRecord.of(done.change, done.incidents)
    return call.answer(record, version=record.version)


@router.get(
    "/{ref}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_change_history(
    ref: Ref,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a change, event by event."""
    found = await queries.read_change_history(
        call.tx, ref=ref, asked=asked, actor=call.actor, now=call.now
    )
    return call.page(found)
