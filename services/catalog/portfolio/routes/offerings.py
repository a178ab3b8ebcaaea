"""HTTP for offerings."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.portfolio.commands import offerings as commands
from services.catalog.portfolio.domain import OfferingId
from services.catalog.portfolio.queries import offerings as queries
from services.catalog.portfolio.schemas.offerings import (
    ChangeOffering,
    DraftOffering,
    MoveOffering,
    OfferingRecord,
    commitments_of,
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
    "/offerings",
    status_code=201,
    response_model=OfferingRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(OfferingRecord, "The new offering.", status=201),
    },
)
async def draft_offering(body: DraftOffering, call: Writing) -> Response:
    """Draft an offering of a service."""
    offering_id = OfferingId(clock.new_id())
    offering = await commands.draft_offering(
        call.tx,
        offering_id=offering_id,
        service_id=body.service_id,
        name=body.name,
        tier=body.tier,
        commitments=commitments_of(body.commitments),
        price=None if body.price is None else body.price.price(),
        description=body.description,
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        OfferingRecord.of(offering), location=f"/catalog/v1/offerings/{offering_id}"
    )


@router.get(
    "/offerings",
    response_model=Page[OfferingRecord],
    responses={**responses(), **list_answer(Page[OfferingRecord])},
)
async def list_offerings(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.OFFERINGS.parameters())]
) -> Response:
    """List offerings; a customer's user sees the published ones of services that it has."""
    found = await queries.list_offerings(call.tx, asked=asked, actor=call.actor, now=call.now)
    return call.page(found)


@router.get(
    "/offerings/{offering_id}",
    response_model=OfferingRecord,
    responses={**responses(404), **json_answer(OfferingRecord, "The offering.")},
)
async def read_offering(
    offering_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read an offering, as it is now or as it was known at an instant."""
    record = await queries.read_offering(
        call.tx, offering_id=OfferingId(offering_id), as_of=as_of, actor=call.actor, now=call.now
    )
    return call.answer(record, version=record.version)


@router.get(
    "/offerings/{offering_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_offering_history(
    offering_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to an offering."""
    return call.page(
        await queries.read_offering_history(
            call.tx, offering_id=OfferingId(offering_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/offerings/{offering_id}",
    response_model=OfferingRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(OfferingRecord, "The offering after the change."),
    },
)
async def change_offering(
    offering_id: UUID, body: ChangeOffering, call: Writing, if_match: IfMatch = None
) -> Response:
    """Describe an offering anew (JSON Merge Patch)."""
    offering = await commands.change_offering(
        call.tx,
        offering_id=OfferingId(offering_id),
        expected_version=call.expected_version(),
        changes=body.changes(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(OfferingRecord.of(offering), version=offering.version)


@router.post(
    "/offerings/{offering_id}/transitions",
    response_model=OfferingRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(OfferingRecord, "The offering after the transition."),
    },
)
async def move_offering(
    offering_id: UUID, body: MoveOffering, call: Writing, if_match: IfMatch = None
) -> Response:
    """Publish an offering, or withdraw it with what can be asked for."""
    offering = await commands.move_offering(
        call.tx,
        offering_id=OfferingId(offering_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(OfferingRecord.of(offering), version=offering.version)
