"""HTTP for the health of services."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from starlette.responses import Response

from services.catalog.health import queries
from services.catalog.health.schemas import HealthAndReach, HealthRecord
from services.catalog.impact.queries import LiveMap
from shared import clock
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import Caller, Reading, json_answer, list_answer

router = service_router("/catalog/v1/service-health", tags=["service health"])
InPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$", description="Id or number.")]


@router.get(
    "",
    response_model=Page[HealthRecord],
    responses={**responses(), **list_answer(Page[HealthRecord])},
)
async def list_service_health(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.HEALTHS.parameters())]
) -> Response:
    """List services with their own health."""
    found = await queries.list_service_health(
        call.tx, asked=asked, actor=call.actor, now=clock.now()
    )
    return call.page(found)


@router.get(
    "/{reference}",
    response_model=HealthAndReach,
    responses={**responses(404), **json_answer(HealthAndReach, "The health.")},
)
async def read_service_health(reference: InPath, call: Caller) -> Response:
    """Read how a service is, what it feels of others, and what others feel of it."""
    found = await queries.read_service_health(
        call.edge.kept(LiveMap), reference=reference, actor=call.actor, now=call.now
    )
    return call.answer(found)
