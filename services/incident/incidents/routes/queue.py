"""HTTP for the work queue."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.incident.incidents.queries import queue as queries
from services.incident.incidents.queries.queue import Order
from services.incident.incidents.schemas.queue import QueueItem
from shared.app import service_router
from shared.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from shared.problems import responses
from shared.schemas import Instant, Page
from shared.web import Reading, list_answer

queue = service_router("/incident/v1/queue", tags=["queue"])
_SINCE: Final = (
    "What changed at or after this instant instead, in whatever state, the oldest change first;"
    " take the newest updated_at that you have seen for the next look."
)


@queue.get(
    "", response_model=Page[QueueItem], responses={**responses(), **list_answer(Page[QueueItem])}
)
async def list_queue(
    *,
    call: Reading,
    order: Annotated[
        Order, Query(description="By the nearest deadline of a running clock, or by priority.")
    ] = "deadline",
    team_id: Annotated[UUID | None, Query(description="Assigned to this team.")] = None,
    changed_since: Annotated[Instant | None, Query(description=_SINCE)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """List the open incidents in the order in which they need work."""
    filters = {} if team_id is None else {"team_id": str(team_id)}
    if changed_since is not None:
        filters["updated_at[gte]"] = changed_since.isoformat()
    asked = PageRequest(
        filters=filters,
        sort=order if changed_since is None else "changed",
        limit=limit,
        cursor=cursor,
        secret=call.edge.cursor_secret + call.url.path.encode(),
    )
    return call.page(await queries.list_queue(call.tx, asked=asked, actor=call.actor))
