"""HTTP for outages and availability."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.incident.outages.commands import people as commands
from services.incident.outages.domain.outage import OutageId
from services.incident.outages.queries import availability as availability_queries
from services.incident.outages.queries import records as queries
from services.incident.outages.schemas.availability import AvailabilityRecord
from services.incident.outages.schemas.records import (
    ChangeOutage,
    CorrectOutage,
    MoveOutage,
    OpenOutage,
    OutageRecord,
    Reference,
    ToMerged,
    VaryOutage,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Instant, Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

PREFIX: Final = "/incident/v1/outages"
outages = service_router(PREFIX, tags=["outages"])
availability = service_router("/incident/v1/availability", tags=["outages"])
_CHANGED: Final = {
    **responses(404, 409, 412, 413, 415, 422, 428),
    **json_answer(OutageRecord, "The outage after that."),
}


@outages.post(
    "",
    status_code=201,
    response_model=OutageRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(OutageRecord, "The new outage.", status=201),
    },
)
async def open_outage(body: OpenOutage, call: Writing) -> Response:
    """Record an outage, a degradation or a planned outage of a service."""
    outage = await commands.open_outage(
        call.tx,
        outage_id=OutageId(clock.new_id()),
        said=body.opening(),
        actor=call.actor,
        now=call.now,
    )
    location = f"{PREFIX}/{outage.id}"
    return call.created(OutageRecord.of(outage), location=location, version=outage.version)


@outages.get(
    "",
    response_model=Page[OutageRecord],
    responses={**responses(), **list_answer(Page[OutageRecord])},
)
async def list_outages(
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.OUTAGES.parameters())],
    customer_id: Annotated[UUID | None, Query(description="Affecting this customer.")] = None,
) -> Response:
    """List outages, the newest first."""
    found = await queries.list_outages(
        call.tx, asked=asked, customer_id=customer_id, actor=call.actor
    )
    return call.page(found)


@outages.get(
    "/{outage_id}",
    response_model=OutageRecord,
    responses={**responses(404), **json_answer(OutageRecord, "The outage.")},
)
async def read_outage(
    outage_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read an outage as it is now, or as it was known at an instant."""
    record = await queries.read_outage(call.tx, outage_id=outage_id, as_of=as_of, actor=call.actor)
    return call.answer(record, version=record.version)


@outages.get(
    "/{outage_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_outage_history(
    outage_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to an outage."""
    found = await queries.read_outage_history(
        call.tx, outage_id=outage_id, asked=asked, actor=call.actor
    )
    return call.page(found)


@outages.patch("/{outage_id}", response_model=OutageRecord, responses=_CHANGED)
async def change_outage(
    outage_id: UUID, body: ChangeOutage, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change what is said of an outage and whom it affects (JSON Merge Patch)."""
    outage = await commands.change_outage(
        call.tx,
        outage_id=outage_id,
        expected_version=call.expected_version(),
        changes=body.changes(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(OutageRecord.of(outage), version=outage.version)


@outages.post("/{outage_id}/segments", response_model=OutageRecord, responses=_CHANGED)
async def vary_outage(
    outage_id: UUID, body: VaryOutage, call: Writing, if_match: IfMatch = None
) -> Response:
    """Note that an outage became better or worse; what was stays."""
    outage = await commands.vary_outage(
        call.tx,
        outage_id=outage_id,
        expected_version=call.expected_version(),
        kind=body.kind,
        severity_factor=body.factor,
        occurred_at=body.occurred_at,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(OutageRecord.of(outage), version=outage.version)


@outages.post("/{outage_id}/corrections", response_model=OutageRecord, responses=_CHANGED)
async def correct_outage(
    outage_id: UUID, body: CorrectOutage, call: Writing, if_match: IfMatch = None
) -> Response:
    """Correct when an outage began or ended."""
    outage = await commands.correct_outage(
        call.tx,
        outage_id=outage_id,
        expected_version=call.expected_version(),
        started_at=body.started_at,
        ended_at=body.ended_at,
        reason=body.reason,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(OutageRecord.of(outage), version=outage.version)


@outages.post("/{outage_id}/transitions", response_model=OutageRecord, responses=_CHANGED)
async def move_outage(
    outage_id: UUID, body: MoveOutage, call: Writing, if_match: IfMatch = None
) -> Response:
    """End an outage, or merge it into another one."""
    outage = await commands.move_outage(
        call.tx,
        outage_id=outage_id,
        expected_version=call.expected_version(),
        into=body.root.into if isinstance(body.root, ToMerged) else None,
        occurred_at=None if isinstance(body.root, ToMerged) else body.root.occurred_at,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(OutageRecord.of(outage), version=outage.version)


@availability.get(
    "",
    response_model=AvailabilityRecord,
    responses={**responses(422), **json_answer(AvailabilityRecord, "The figures.")},
)
async def read_availability(
    call: Reading,
    *,
    customer_id: Annotated[UUID, Query(description="For whom.")],
    service_id: Annotated[Reference, Query(description="Id or number (SVC…).")],
    period_start: Annotated[Instant, Query(description="From this instant.")],
    period_end: Annotated[Instant, Query(description="Until just before this; ≤ 400 days.")],
) -> Response:
    """Measure how available a service was for a customer in a period."""
    found = await availability_queries.read_availability(
        call.tx,
        customer_id=customer_id,
        service=service_id,
        period_start=period_start,
        period_end=period_end,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(found)


router = APIRouter()
router.include_router(outages)
router.include_router(availability)
