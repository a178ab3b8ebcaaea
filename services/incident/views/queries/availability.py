"""Asking who uses a service, and in which hours its availability is promised to a customer."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.views.domain import AvailabilityLine
from services.incident.views.tables import USE
from shared.db import ReadTx, statement

_USERS: Final = statement(
    "select distinct u.customer_id from incident.view_service_use u"
    " where u.service_id = :service_id"
    " and u.valid_from <= :at and (u.valid_to is null or u.valid_to > :at)"
    " and not exists (select from incident.view_customer c"
    " where c.customer_id = u.customer_id and c.status = 'inactive')"
    " order by u.customer_id limit :most"
)
# A line for an offering holds for the customer while it uses that offering.
_LINES: Final = statement(
    "select distinct l.agreement_id, a.number, t.target_id, l.agreement_version, t.percent,"
    " t.period, coalesce(l.calendar_id, t.calendar_id) as calendar_id,"
    " greatest(l.valid_from, u.valid_from) as valid_from,"
    " least(l.valid_to, u.valid_to) as valid_to"
    " from incident.view_agreement_line l"
    " join incident.view_agreement a on a.agreement_id = l.agreement_id and a.type = 'sla'"
    " join incident.view_agreement_target t on t.agreement_id = l.agreement_id"
    " and t.target_id = any(l.target_ids) and t.metric = 'availability'"
    " left join incident.view_service_use u on l.offering_id is not null"
    " and u.offering_id = l.offering_id and u.customer_id = l.customer_id"
    " and u.service_id = l.service_id"
    " where l.service_id = :service_id and l.customer_id = :customer_id"
    " and (l.offering_id is null or u.service_use_id is not null)"
    " and greatest(l.valid_from, u.valid_from) < :period_end"
    " and coalesce(least(l.valid_to, u.valid_to), 'infinity') > :period_start"
)


async def users_of(tx: ReadTx, *, service_id: UUID, at: datetime, most: int) -> list[UUID]:
    """Return up to ``most`` active customers that use a service at an instant (aware UTC)."""
    rows = await tx.all(_USERS, service_id=service_id, at=at, most=most)
    return [row["customer_id"] for row in rows]


def services_used_by(customers: list[UUID]) -> sa.Select[tuple[UUID]]:
    """Return a select of the services that customers use, or used once."""
    ids = sa.literal(customers, postgresql.ARRAY(sa.Uuid))
    return sa.select(USE.c.service_id).where(USE.c.customer_id == sa.any_(ids))


async def availability_lines(
    tx: ReadTx, *, customer_id: UUID, service_id: UUID, start: datetime, end: datetime
) -> list[AvailabilityLine]:
    """Return what a customer's agreements promise of a service's availability in a period."""
    rows = await tx.all(
        _LINES, customer_id=customer_id, service_id=service_id, period_start=start, period_end=end
    )
    return [AvailabilityLine(**dict(row)) for row in rows]
