"""HTTP for figures."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.incident.metrics import queries
from services.incident.metrics.domain import GroupBy
from services.incident.metrics.schemas import MetricsRecord
from shared.app import service_router
from shared.problems import responses
from shared.schemas import Instant
from shared.web import Reading, json_answer

router = service_router("/incident/v1/metrics", tags=["metrics"])


@router.get(
    "",
    response_model=MetricsRecord,
    responses={**responses(422), **json_answer(MetricsRecord, "The figures, group by group.")},
)
async def read_metrics(
    call: Reading,
    *,
    period_start: Annotated[Instant, Query(description="From this instant.")],
    period_end: Annotated[Instant, Query(description="Until just before this; ≤ 400 days.")],
    group_by: Annotated[GroupBy, Query()] = "service",
    after: Annotated[UUID | None, Query(description="Groups after this key.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Measure how incidents were handled in a period."""
    found = await queries.measure(
        call.tx,
        period_start=period_start,
        period_end=period_end,
        group_by=group_by,
        after=after,
        limit=limit,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(found)
