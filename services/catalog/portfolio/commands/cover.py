"""What active agreements cover, as far as the portfolio has to know it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain.offerings import OfferingId
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.tables import offerings as offering_tables
from services.catalog.portfolio.tables import services as tables
from shared.db import Tx
from shared.errors import DomainError, Kind


class UnknownServiceError(DomainError):
    """An agreement is about a service that does not exist."""

    code = "covered-service-unknown"
    kind = Kind.INVALID
    title = "No such service"


class UnknownOfferingError(DomainError):
    """An agreement is about an offering that the service does not have."""

    code = "covered-offering-unknown"
    kind = Kind.INVALID
    title = "The service has no such offering"


async def note_cover(
    tx: Tx,
    *,
    agreement_id: UUID,
    cover: Collection[tuple[ServiceId, OfferingId | None]],
    customer_ids: Collection[CustomerId] = (),
) -> None:
    """Note what an active agreement covers, in the transaction in which that changes.

    It replaces what was noted before; an agreement that ends covers nothing more. No offering means
    the service whatever it is offered as. ``customer_ids`` are those it is made with: what is
    covered stands in their catalogue. An operational service goes on when its last agreement ends.

    Raises:
        UnknownServiceError: one of the services does not exist.
        UnknownOfferingError: one of the offerings does not exist, or is one of another service.
        ServiceRetiredError: one of the services is retired.
    """
    # The locks keep a service from being retired while it comes to be covered.
    services = await tables.load_services(tx, {service_id for service_id, _ in cover})
    offered = {
        row["id"]: row["service_id"]
        for row in await offering_tables.services_of(
            tx, {offering_id for _, offering_id in cover if offering_id is not None}
        )
    }
    for service_id, offering_id in cover:
        if service_id not in services:
            raise UnknownServiceError(f"There is no service {service_id}.")
        services[service_id].require_present()
        if offering_id is not None and offered.get(offering_id) != service_id:
            number = services[service_id].number
            raise UnknownOfferingError(f"{number} has no offering {offering_id}.")
    distinct = list(dict.fromkeys(cover))
    await tables.replace_cover(tx, agreement_id, distinct, sorted(set(customer_ids)))
