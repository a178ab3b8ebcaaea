"""Reading webhook endpoints."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.notify.channels.domain import Endpoint, EndpointId, EndpointNotFoundError
from services.notify.channels.schemas import EndpointRecord
from services.notify.channels.tables import WEBHOOK_ENDPOINT, endpoint_of
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

WEBHOOK_ENDPOINTS: Final = Listing(
    source=sa.select(WEBHOOK_ENDPOINT),
    key=WEBHOOK_ENDPOINT.c.id,
    filters={"status": WEBHOOK_ENDPOINT.c.status, "name": WEBHOOK_ENDPOINT.c.name},
    sorts={
        "name": WEBHOOK_ENDPOINT.c.name,
        "created_at": WEBHOOK_ENDPOINT.c.created_at,
        "id": WEBHOOK_ENDPOINT.c.id,
    },
    default_sort="name",
)
_READ: Final = statement("select * from notify.webhook_endpoint where id = :id")
_ENABLED: Final = statement(
    "select * from notify.webhook_endpoint where status = 'enabled'"
    " and (event_types = '{}' or cast(:event_type as text) = any(event_types)) order by id"
)


async def read_endpoint(tx: ReadTx, *, endpoint_id: EndpointId) -> Endpoint:
    """Return one endpoint with its secrets, for those who send to it.

    Raises:
        EndpointNotFoundError: there is none with this id.
    """
    row = await tx.first(_READ, id=endpoint_id)
    if row is None:
        raise EndpointNotFoundError(f"There is no webhook endpoint {endpoint_id}.")
    return endpoint_of(row)


async def read_webhook_endpoint(tx: ReadTx, *, endpoint_id: EndpointId) -> EndpointRecord:
    """Return one endpoint as it is now, without its secrets.

    Raises:
        EndpointNotFoundError: there is none with this id.
    """
    return EndpointRecord.of(await read_endpoint(tx, endpoint_id=endpoint_id))


async def list_webhook_endpoints(tx: ReadTx, *, asked: PageRequest) -> Page[EndpointRecord]:
    """Return a page of endpoints.

    Raises:
        ProblemError: a parameter is not valid.
    """
    rows, following = await page(tx, WEBHOOK_ENDPOINTS, asked)
    items = [EndpointRecord.of(endpoint_of(row)) for row in rows]
    return Page[EndpointRecord](items=items, next=following)


async def endpoints_for(tx: ReadTx, *, event_type: str, origin: str | None) -> list[Endpoint]:
    """Return the enabled endpoints that want an event of this type, caused by this client."""
    found = [endpoint_of(row) for row in await tx.all(_ENABLED, event_type=event_type)]
    return [endpoint for endpoint in found if endpoint.wants(event_type, origin)]
