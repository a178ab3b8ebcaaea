"""HTTP for what happened to incidents."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends
from starlette.responses import Response

from services.incident.incidents.queries import history as queries
from services.incident.incidents.routes.incidents import PREFIX, InPath
from shared.app import service_router
from shared.history import HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import Reading, list_answer

history: Final = service_router(PREFIX, tags=["incidents"])


@history.get(
    "/{reference}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_incident_history(
    reference: InPath,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to an incident, event by event."""
    return call.page(
        await queries.read_incident_history(
            call.tx, reference=reference, asked=asked, actor=call.actor
        )
    )
