"""Where the reach of incidents is kept: part of the incident, written with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.incidents.domain.reach import Reach
from services.incident.incidents.tables.shape import IDS
from services.incident.schema import METADATA
from shared.db import ReadTx, Tx, statement

REACHED_SERVICE: Final = sa.Table(
    "reached_service",
    METADATA,
    sa.Column("incident_id", sa.Uuid, sa.ForeignKey("incident.incident.id"), primary_key=True),
    sa.Column("service_id", sa.Uuid, primary_key=True),
    sa.Column("name_business", sa.Text, nullable=False),
    sa.Column("distance", sa.Integer, nullable=False),
)
REACHED_CUSTOMER: Final = sa.Table(
    "reached_customer",
    METADATA,
    sa.Column("incident_id", sa.Uuid, sa.ForeignKey("incident.incident.id"), primary_key=True),
    sa.Column("customer_id", sa.Uuid, primary_key=True, index=True),
    sa.Column("service_ids", IDS, nullable=False),
)

_IS_REACHED: Final = statement(
    "select exists (select from incident.reached_customer where incident_id = :id"
    " and customer_id = any(cast(:customers as uuid[])))"
)
_FORGET_SERVICES: Final = statement("delete from incident.reached_service where incident_id = :id")
_FORGET_CUSTOMERS: Final = statement(
    "delete from incident.reached_customer where incident_id = :id"
)
_ADD_SERVICES: Final = statement(
    "insert into incident.reached_service (incident_id, service_id, name_business, distance)"
    " select :id, r.* from unnest(cast(:services as uuid[]), cast(:names as text[]),"
    " cast(:distances as integer[])) r"
)
_ADD_CUSTOMER: Final = statement(
    "insert into incident.reached_customer (incident_id, customer_id, service_ids)"
    " values (:id, :customer_id, :service_ids)"
)


async def is_reached(tx: ReadTx, incident_id: UUID, customers: Collection[UUID]) -> bool:
    """Tell whether an incident reaches one of some customers."""
    reached: bool = await tx.value(_IS_REACHED, id=incident_id, customers=list(customers))
    return reached


async def replace_reach(tx: Tx, incident_id: UUID, reach: Reach) -> None:
    """Write the reach of an incident that this transaction has locked, in place of the last."""
    await tx.run(_FORGET_SERVICES, id=incident_id)
    await tx.run(_FORGET_CUSTOMERS, id=incident_id)
    await tx.run(
        _ADD_SERVICES,
        id=incident_id,
        services=[one.service_id for one in reach.services],
        names=[one.name_business for one in reach.services],
        distances=[one.distance for one in reach.services],
    )
    if reach.customers:
        await tx.run_many(
            _ADD_CUSTOMER,
            [
                {
                    "id": incident_id,
                    "customer_id": one.customer_id,
                    "service_ids": one.service_ids,
                }
                for one in reach.customers
            ],
        )
