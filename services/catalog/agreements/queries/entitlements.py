"""Is this customer covered for this service then, by what, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.catalog.agreements.domain.agreement import AgreementId
from services.catalog.agreements.domain.lines import Held, entitlement
from services.catalog.agreements.domain.terms import Cover
from services.catalog.agreements.events.vocabulary import RecordType
from services.catalog.agreements.schemas.entitlements import (
    CoverInForce,
    CoveringLine,
    EntitlementRecord,
)
from services.catalog.agreements.schemas.records import TargetRecord
from services.catalog.agreements.tables import agreements as tables
from services.catalog.agreements.tables import lines as line_tables
from services.catalog.customers.domain import CustomerId, CustomerNotFoundError
from services.catalog.customers.queries import customer_status, visible_customers
from services.catalog.portfolio.domain import OfferingId, ServiceId
from services.catalog.portfolio.domain.services import ServiceNotFoundError
from services.catalog.portfolio.queries import service_phases
from shared.auth import Actor
from shared.db import ReadTx, Row
from shared.schemas import of_row

_LINE: Final = tuple(Held.__dataclass_fields__)


async def read_entitlement(
    tx: ReadTx,
    *,
    customer_id: CustomerId,
    service_id: ServiceId,
    offering_id: OfferingId | None,
    record_type: RecordType,
    priority: int | None,
    at: datetime,
    actor: Actor,
) -> EntitlementRecord:
    """Say whether a customer is covered for a service at an instant, as far as is recorded now.

    ``at`` (aware UTC) may lie in the past or ahead. What the parties have agreed on and begins by
    itself counts before it does. A line for an offering goes before one for the service as a whole;
    ``offering_id`` leaves other offerings out. Without ``priority`` only lines for any priority
    count. A customer is covered if an agreement names it, not because one names a customer above.

    Raises:
        CustomerNotFoundError: there is no such customer, or the actor may not see it.
        ServiceNotFoundError: there is no such service; whoever is bounded to a customer just hears
            that it is not covered.
    """
    visible = await visible_customers(tx, actor=actor)
    if visible is not None and customer_id not in visible:
        raise CustomerNotFoundError(f"There is no customer {customer_id}.")
    if visible is None:
        if await customer_status(tx, customer_id=customer_id) is None:
            raise CustomerNotFoundError(f"There is no customer {customer_id}.")
        if not await service_phases(tx, service_ids=[service_id]):
            raise ServiceNotFoundError(f"There is no service {service_id}.")
    rows = await line_tables.held_lines(
        tx, customer_id=customer_id, service_id=service_id, record_type=record_type
    )
    told = {Held(**{name: row[name] for name in _LINE}): row for row in rows}
    found = entitlement(
        list(told), offering_id=offering_id, record_type=record_type, priority=priority, at=at
    )
    by = None if found.by is None else await _in_force(tx, found.by, told[found.by])
    return EntitlementRecord(
        customer_id=customer_id,
        service_id=service_id,
        offering_id=offering_id,
        record_type=record_type,
        priority=priority,
        at=at,
        covered=by is not None,
        by=by,
        until=found.until,
        also=[_line(told[held]) for held in found.also],
    )


async def _in_force(tx: ReadTx, held: Held, row: Row) -> CoverInForce:
    agreement_id = AgreementId(held.agreement_id)
    terms = await tables.terms_of(tx, agreement_id, held.agreement_version)
    cover: Cover = terms.covers[held.cover_number]
    return CoverInForce(
        **_line(row).model_dump(),
        calendar_id=cover.calendar_id,
        targets=[TargetRecord.of(target) for target in cover.targets],
    )


def _line(row: Row) -> CoveringLine:
    return of_row(CoveringLine, row)
