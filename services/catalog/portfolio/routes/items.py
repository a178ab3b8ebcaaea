"""HTTP for request items and forms."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.portfolio.commands import items as commands
from services.catalog.portfolio.domain import RequestItemId
from services.catalog.portfolio.queries import items as queries
from services.catalog.portfolio.schemas.items import (
    ChangeRequestItem,
    CheckForm,
    FormVerdict,
    MoveRequestItem,
    PublishRequestItem,
    RequestItemRecord,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1", tags=["portfolio"])


@router.post(
    "/request-items",
    status_code=201,
    response_model=RequestItemRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(RequestItemRecord, "The new request item.", status=201),
    },
)
async def publish_request_item(body: PublishRequestItem, call: Writing) -> Response:
    """Let the users of an offering ask for something."""
    item_id = RequestItemId(clock.new_id())
    item = await commands.publish_request_item(
        call.tx,
        item_id=item_id,
        offering_id=body.offering_id,
        name=body.name,
        description=body.description,
        form_schema=body.form_schema,
        fulfilment_target_seconds=body.fulfilment_target_seconds,
        approval=body.approval,
        actor=call.actor,
        now=call.now,
    )
    return call.created(RequestItemRecord.of(item), location=f"/catalog/v1/request-items/{item_id}")


@router.get(
    "/request-items",
    response_model=Page[RequestItemRecord],
    responses={**responses(), **list_answer(Page[RequestItemRecord])},
)
async def list_request_items(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.REQUEST_ITEMS.parameters())]
) -> Response:
    """List request items; a customer's user sees what it can ask for."""
    found = await queries.list_request_items(call.tx, asked=asked, actor=call.actor, now=call.now)
    return call.page(found)


@router.get(
    "/request-items/{request_item_id}",
    response_model=RequestItemRecord,
    responses={**responses(404), **json_answer(RequestItemRecord, "The request item.")},
)
async def read_request_item(
    request_item_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a request item with its form, as it is now or as it was known at an instant."""
    item_id = RequestItemId(request_item_id)
    record = await queries.read_request_item(
        call.tx, item_id=item_id, as_of=as_of, actor=call.actor, now=call.now
    )
    return call.answer(record, version=record.version)


@router.get(
    "/request-items/{request_item_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_request_item_history(
    request_item_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a request item."""
    return call.page(
        await queries.read_request_item_history(
            call.tx, item_id=RequestItemId(request_item_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/request-items/{request_item_id}",
    response_model=RequestItemRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(RequestItemRecord, "The request item after the change."),
    },
)
async def change_request_item(
    request_item_id: UUID, body: ChangeRequestItem, call: Writing, if_match: IfMatch = None
) -> Response:
    """Describe a request item anew, or give it another form (JSON Merge Patch)."""
    item = await commands.change_request_item(
        call.tx,
        item_id=RequestItemId(request_item_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RequestItemRecord.of(item), version=item.version)


@router.post(
    "/request-items/{request_item_id}/form-checks",
    response_model=FormVerdict,
    responses={
        **responses(404, 409, 413, 415, 422),
        **json_answer(FormVerdict, "Whether it is valid, and what is wrong if not."),
    },
)
async def check_form(request_item_id: UUID, body: CheckForm, call: Reading) -> Response:
    """Check a form as somebody filled it in; nothing is kept."""
    verdict = await queries.check_form(
        call.tx,
        item_id=RequestItemId(request_item_id),
        filled_in=body.form,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(verdict)


@router.post(
    "/request-items/{request_item_id}/transitions",
    response_model=RequestItemRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(RequestItemRecord, "The request item, withdrawn."),
    },
)
async def move_request_item(
    request_item_id: UUID, body: MoveRequestItem, call: Writing, if_match: IfMatch = None
) -> Response:
    """Withdraw a request item."""
    item = await commands.withdraw_request_item(
        call.tx,
        item_id=RequestItemId(request_item_id),
        expected_version=call.expected_version(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RequestItemRecord.of(item), version=item.version)
