"""HTTP for clocks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.incident.clocks import queries
from services.incident.clocks.schemas import ClockRecord, Explanation
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import Reading, json_answer, list_answer

router = service_router("/incident/v1/clocks", tags=["clocks"])


@router.get(
    "",
    response_model=Page[ClockRecord],
    responses={**responses(), **list_answer(Page[ClockRecord])},
)
async def list_clocks(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.CLOCKS.parameters())]
) -> Response:
    """List clocks as they stand now, the newest first."""
    found = await queries.list_clocks(call.tx, asked=asked, actor=call.actor, now=clock.now())
    return call.page(found)


@router.get(
    "/{clock_id}",
    response_model=ClockRecord,
    responses={**responses(404), **json_answer(ClockRecord, "The clock.")},
)
async def read_clock(clock_id: UUID, call: Reading, as_of: AsOf = None) -> Response:
    """Read a clock as it stands now, or as it was known at an instant."""
    record = await queries.read_clock(
        call.tx, clock_id=clock_id, as_of=as_of, actor=call.actor, now=clock.now()
    )
    return call.answer(record)


@router.get(
    "/{clock_id}/explain",
    response_model=Explanation,
    responses={**responses(404), **json_answer(Explanation, "How it comes to that.")},
)
async def explain_clock(clock_id: UUID, call: Reading) -> Response:
    """Explain a clock: its intervals, its calendar, and the sums."""
    found = await queries.explain_clock(
        call.tx, clock_id=clock_id, actor=call.actor, now=clock.now()
    )
    return call.answer(found)


@router.get(
    "/{clock_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_clock_history(
    clock_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a clock."""
    found = await queries.read_clock_history(
        call.tx, clock_id=clock_id, asked=asked, actor=call.actor
    )
    return call.page(found)
