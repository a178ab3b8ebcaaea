"""What of the portfolio somebody bounded to customers may see: what these have.

A customer has a service while it uses it, and while an active agreement with it covers it. The
past is shown of what is theirs now and was used by them then; when an agreement began to cover
something, the portfolio does not keep.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.customers.domain import CustomerId
from services.catalog.customers.queries import bounds, visible_customers
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.tables.services import SERVICE_COVER
from services.catalog.portfolio.tables.uses import SERVICE_USE
from shared.auth import Actor
from shared.db import ReadTx, statement

_USED: Final = statement(
    "select exists (select from catalog.service_use where service_id = :id"
    " and customer_id = any(:customers) and valid_from <= :at"
    " and (valid_to is null or valid_to > :at))"
)
_COVERED: Final = statement(
    "select exists (select from catalog.service_cover"
    " where service_id = :id and customer_ids && :customers)"
)


async def has_service(
    tx: ReadTx, *, service_id: ServiceId, actor: Actor, now: datetime, as_of: datetime | None
) -> bool:
    """Tell whether a service may be shown to an actor, as it was at an instant."""
    visible = await visible_customers(tx, actor=actor)
    if visible is None:
        return True
    customers = list(visible)
    used = await tx.value(_USED, id=service_id, customers=customers, at=now)
    if not used and not await tx.value(_COVERED, id=service_id, customers=customers):
        return False
    if as_of is None:
        return True
    return bool(await tx.value(_USED, id=service_id, customers=customers, at=as_of))


def had(
    customers: frozenset[CustomerId], now: datetime
) -> tuple[sa.Select[tuple[Any, Any]], sa.Select[tuple[Any, Any]]]:
    """Return the selects of what customers use at an instant, and of what covers them.

    Each has the columns ``service_id`` and ``offering_id``; no offering means whatever the service
    is offered as.
    """
    used = sa.select(SERVICE_USE.c.service_id, SERVICE_USE.c.offering_id).where(
        *bounds(SERVICE_USE.c.customer_id, customers),
        SERVICE_USE.c.valid_from <= now,
        sa.or_(SERVICE_USE.c.valid_to.is_(None), SERVICE_USE.c.valid_to > now),
    )
    covered = sa.select(SERVICE_COVER.c.service_id, SERVICE_COVER.c.offering_id).where(
        SERVICE_COVER.c.customer_ids.op("&&")(sa.literal(sorted(customers), ARRAY(sa.Uuid)))
    )
    return used, covered


def in_scope(
    column: sa.ColumnElement[Any], customers: frozenset[CustomerId] | None, now: datetime
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that keep a list to the services that customers have."""
    if customers is None:
        return []
    parts = [one.subquery() for one in had(customers, now)]
    return [sa.or_(*(column.in_(sa.select(part.c.service_id)) for part in parts))]
