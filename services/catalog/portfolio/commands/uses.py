"""What can be done with uses of services."""

from __future__ import annotations

from datetime import datetime

from services.catalog.customers import queries as customers
from services.catalog.customers.domain import CustomerId
from services.catalog.permissions import require_provider
from services.catalog.portfolio.commands.recording import tell
from services.catalog.portfolio.domain.offerings import OfferingId, OfferingNotFoundError
from services.catalog.portfolio.domain.services import (
    ServiceId,
    ServiceNotFoundError,
    ServiceRetiredError,
)
from services.catalog.portfolio.domain.uses import ServiceUse, ServiceUseId
from services.catalog.portfolio.tables import offerings as offering_tables
from services.catalog.portfolio.tables import services as service_tables
from services.catalog.portfolio.tables import uses as tables
from shared.auth import Actor
from shared.db import Tx
from shared.errors import DomainError, Kind, require_version


class UsedServiceUnknownError(DomainError):
    """The service to be used does not exist."""

    code = "used-service-unknown"
    kind = Kind.INVALID
    title = "No such service"


class UsedOfferingError(DomainError):
    """What is used is a published offering of the service that is used."""

    code = "used-offering-invalid"
    kind = Kind.INVALID
    title = "The service is not offered as this"


class UsingCustomerError(DomainError):
    """A service is used by a customer that exists and is active."""

    code = "using-customer-invalid"
    kind = Kind.INVALID
    title = "No such customer, or it is inactive"


class ServiceUseOverlapsError(DomainError):
    """The customer uses the service already at some time of the new use."""

    code = "service-use-overlaps"
    kind = Kind.CONFLICT
    title = "The customer uses the service already"


async def start_service_use(
    tx: Tx,
    *,
    use_id: ServiceUseId,
    customer_id: CustomerId,
    service_id: ServiceId,
    offering_id: OfferingId | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    actor: Actor,
    now: datetime,
) -> ServiceUse:
    """Note that a customer uses a service, since ``valid_from`` or else since now.

    ``offering_id`` says as what, where that is known; one customer uses a service at one time as
    one thing only.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceUsePeriodError: ``valid_to`` does not lie after the beginning.
        UsingCustomerError: the customer does not exist or is inactive.
        UsedServiceUnknownError: there is no such service.
        ServiceRetiredError: the service is retired.
        UsedOfferingError: the service has no such offering, or it is not published.
        ServiceUseOverlapsError: the customer uses the service already in that time.
    Emits:
        itsm.service_use.started.v1
    """
    require_provider(actor)
    use, events = ServiceUse(
        id=use_id,
        customer_id=customer_id,
        service_id=service_id,
        offering_id=offering_id,
        valid_from=valid_from or now,
        valid_to=valid_to,
        created_at=now,
        updated_at=now,
    ).started()
    if await customers.customer_status(tx, customer_id=customer_id) != "active":
        detail = f"There is no active customer {customer_id}."
        raise UsingCustomerError(detail, pointer="/customer_id")
    try:
        # The lock makes uses of one service come one after the other, so that none overlap.
        service = await service_tables.load_service(tx, service_id)
    except ServiceNotFoundError as error:
        raise UsedServiceUnknownError(error.detail, pointer="/service_id") from error
    if service.phase == "retired":
        raise ServiceRetiredError(f"{service.number} is {service.status}.", pointer="/service_id")
    if offering_id is not None:
        await _require_offered(tx, service_id, offering_id)
    if await tables.overlaps(tx, use):
        raise ServiceUseOverlapsError("End the other use before this one begins.")
    await tables.insert_use(tx, use)
    tell(tx, use.id, use.version, events, actor=actor, now=now)
    return use


async def end_service_use(
    tx: Tx,
    *,
    use_id: ServiceUseId,
    expected_version: int | None,
    valid_to: datetime | None,
    actor: Actor,
    now: datetime,
) -> ServiceUse:
    """End a use at ``valid_to`` or else now; an end that was set before can only come nearer.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceUseNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        ServiceUseEndedError: it is over.
        ServiceUsePeriodError: the end lies before the beginning, or after the end set before.
    Emits:
        itsm.service_use.ended.v1, unless nothing changes
    """
    require_provider(actor)
    use = await tables.load_use(tx, use_id)
    require_version(use.version, expected_version)
    use, events = use.end(valid_to, now=now)
    if events:
        await tables.save_use(tx, use)
        tell(tx, use.id, use.version, events, actor=actor, now=now)
    return use


async def _require_offered(tx: Tx, service_id: ServiceId, offering_id: OfferingId) -> None:
    try:
        offering = await offering_tables.find_offering(tx, offering_id)
    except OfferingNotFoundError as error:
        raise UsedOfferingError(error.detail, pointer="/offering_id") from error
    if offering.service_id != service_id or offering.status != "published":
        detail = f"The service has no published offering {offering_id}."
        raise UsedOfferingError(detail, pointer="/offering_id")
