"""HTTP for a customer's catalogue."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.queries import catalogue as queries
from services.catalog.portfolio.schemas.catalogue import CatalogueService
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import Reading, list_answer

router = service_router("/catalog/v1", tags=["portfolio"])


@router.get(
    "/catalogue",
    response_model=Page[CatalogueService],
    responses={**responses(404, 422), **list_answer(Page[CatalogueService])},
)
async def read_catalogue(
    call: Reading,
    customer_id: Annotated[UUID, Query(description="Whose catalogue: exactly this customer's.")],
    asked: Annotated[PageRequest, Depends(queries.CATALOGUE.parameters())],
) -> Response:
    """List what a customer has: services, as what it has them, and what it can ask for."""
    found = await queries.read_catalogue(
        call.tx,
        customer_id=CustomerId(customer_id),
        asked=asked,
        actor=call.actor,
        now=call.now,
    )
    return call.page(found)
