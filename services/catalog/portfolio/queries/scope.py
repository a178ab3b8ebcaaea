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
from services.catalog.customers.queries import visible_customers
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.tables.services import SERVICE_COVER
from services.catalog.portfolio.tables.uses import SERVICE_USE
from shared.auth import Actor
from shared.db import ReadTx, statement

_IDS: Final = ARRAY(sa.Uuid)
_INSTANT: Final = sa.DateTime(timezone=True)


def _had(
    customers: sa.ColumnElement[Any], at: sa.ColumnElement[Any]
) -> tuple[sa.Select[tuple[Any, Any]], sa.Select[tuple[Any, Any]]]:
    used = sa.select(SERVICE_USE.c.service_id, SERVICE_USE.c.offering_id).where(
        SERVICE_USE.c.customer_id == sa.any_(customers),
        SERVICE_USE.c.valid_from <= at,
        sa.or_(SERVICE_USE.c.valid_to.is_(None), SERVICE_USE.c.valid_to > at),
    )
    covered = sa.select(SERVICE_COVER.c.service_id, SERVICE_COVER.c.offering_id).where(
        SERVICE_COVER.c.customer_ids.op("&&")(customers)
    )
    return used, covered


_ID: Final = sa.bindparam("id", type_=sa.Uuid)
_USED_BY, _COVERED_FOR = _had(
    sa.bindparam("customers", type_=_IDS), sa.bindparam("at", type_=_INSTANT)
)
_IS_USED: Final = sa.exists(_USED_BY.where(SERVICE_USE.c.service_id == _ID))
_IS_COVERED: Final = sa.exists(_COVERED_FOR.where(SERVICE_COVER.c.service_id == _ID))
_USES: Final = statement(sa.select(_IS_USED))
_HAS: Final = statement(sa.select(sa.or_(_IS_USED, _IS_COVERED)))


async def has_service(
    tx: ReadTx, *, service_id: ServiceId, actor: Actor, now: datetime, as_of: datetime | None
) -> bool:
    """Tell whether a service may be shown to an actor, as it was at an instant."""
    visible = await visible_customers(tx, actor=actor)
    if visible is None:
        return True
    customers = list(visible)
    if not await tx.value(_HAS, id=service_id, customers=customers, at=now):
        return False
    if as_of is None:
        return True
    return bool(await tx.value(_USES, id=service_id, customers=customers, at=as_of))


def had(
    customers: frozenset[CustomerId], at: datetime
) -> tuple[sa.Select[tuple[Any, Any]], sa.Select[tuple[Any, Any]]]:
    """Return the selects of what customers use at an instant, and of what covers them.

    Each has the columns ``service_id`` and ``offering_id``; no offering means whatever the service
    is offered as.
    """
    return _had(sa.literal(sorted(customers), _IDS), sa.literal(at, _INSTANT))


def in_scope(
    column: sa.ColumnElement[Any], customers: frozenset[CustomerId] | None, now: datetime
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that keep a list to the services that customers have."""
    if customers is None:
        return []
    parts = [one.subquery() for one in had(customers, now)]
    return [sa.or_(*(column.in_(sa.select(part.c.service_id)) for part in parts))]
