"""What can be done with offerings.

Whatever changes which offerings a service has locks the service first, so that a service never
becomes operational while its last offering is being withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.catalog.permissions import require_provider
from services.catalog.portfolio.commands.recording import tell
from services.catalog.portfolio.commands.standing import standing_of
from services.catalog.portfolio.domain.offerings import (
    MAX_PRESENT_PER_SERVICE,
    Commitment,
    Offering,
    OfferingId,
    Price,
    TooManyOfferingsError,
)
from services.catalog.portfolio.domain.services import (
    ServiceId,
    ServiceNotFoundError,
    require_as_ready,
)
from services.catalog.portfolio.events import OfferingStatus
from services.catalog.portfolio.tables import items as item_tables
from services.catalog.portfolio.tables import offerings as tables
from services.catalog.portfolio.tables import services as service_tables
from shared.auth import Actor
from shared.db import Tx
from shared.errors import DomainError, Kind, require_version


class OfferedServiceUnknownError(DomainError):
    """The service to be offered does not exist."""

    code = "offered-service-unknown"
    kind = Kind.INVALID
    title = "No such service"


class OfferingTooEarlyError(DomainError):
    """An offering is published once its service is in the catalogue."""

    code = "offering-too-early"
    kind = Kind.CONFLICT
    title = "The service is not in the catalogue yet"


async def draft_offering(
    tx: Tx,
    *,
    offering_id: OfferingId,
    service_id: ServiceId,
    name: str,
    tier: str,
    commitments: tuple[Commitment, ...],
    price: Price | None,
    description: str,
    actor: Actor,
    now: datetime,
) -> Offering:
    """Draft an offering of a service; nobody can have it until it is published.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        CommitmentRepeatedError: two commitments are about one metric.
        OfferedServiceUnknownError: there is no such service.
        ServiceRetiredError: the service is retired.
        TooManyOfferingsError: the service has as many as one can have.
        OfferingNameTakenError: another one of the service has the name.
    Emits:
        itsm.offering.drafted.v1
    """
    require_provider(actor)
    offering, events = Offering(
        id=offering_id,
        service_id=service_id,
        name=name,
        tier=tier,
        status="draft",
        commitments=commitments,
        price=price,
        description=description,
        created_at=now,
        updated_at=now,
    ).drafted()
    try:
        service = await service_tables.load_service(tx, service_id)
    except ServiceNotFoundError as error:
        raise OfferedServiceUnknownError(error.detail, pointer="/service_id") from error
    service.require_present()
    if (await tables.counts(tx, service_id))[0] >= MAX_PRESENT_PER_SERVICE:
        detail = f"{service.number} has {MAX_PRESENT_PER_SERVICE} offerings: withdraw one first."
        raise TooManyOfferingsError(detail)
    await tables.insert_offering(tx, offering)
    tell(tx, offering.id, offering.version, events, actor=actor, now=now)
    return offering


async def change_offering(
    tx: Tx,
    *,
    offering_id: OfferingId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Offering:
    """Describe an offering anew; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        OfferingNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        OfferingWithdrawnError: it is withdrawn.
        CommitmentRepeatedError: two commitments are about one metric.
        OfferingNameTakenError: another one of the service has the name.
    Emits:
        itsm.offering.changed.v1, unless nothing changes
    """
    require_provider(actor)
    offering = await tables.load_offering(tx, offering_id)
    require_version(offering.version, expected_version)
    offering, events = offering.revise(changes, now=now)
    if events:
        await tables.save_offering(tx, offering)
        tell(tx, offering.id, offering.version, events, actor=actor, now=now)
    return offering


async def move_offering(
    tx: Tx,
    *,
    offering_id: OfferingId,
    expected_version: int | None,
    to: OfferingStatus,
    actor: Actor,
    now: datetime,
) -> Offering:
    """Publish an offering, or withdraw it together with its request items.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        OfferingNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        OfferingTransitionError: its status does not allow it.
        OfferingTooEarlyError: it would be published, and its service is in the pipeline.
        ServiceNotReadyError: it is the last one of an operational service.
    Emits:
        itsm.offering.published.v1; or itsm.offering.withdrawn.v1, and
        itsm.request_item.withdrawn.v1 for each of its request items
    """
    require_provider(actor)
    service_id = (await tables.find_offering(tx, offering_id)).service_id
    service = await service_tables.load_service(tx, service_id)
    before = await tables.load_offering(tx, offering_id)
    require_version(before.version, expected_version)
    offering, events = before.move(to, now=now)
    if to == "published" and service.phase == "pipeline":
        raise OfferingTooEarlyError(f"{service.number} is {service.status}.")
    if before.status == "published" and service.status == "operational":
        standing = await standing_of(tx, service)
        then = replace(standing, published_offerings=standing.published_offerings - 1)
        require_as_ready(service, service, standing=standing, then=then)
    await tables.save_offering(tx, offering)
    tell(tx, offering.id, offering.version, events, actor=actor, now=now)
    if to == "withdrawn":
        await _withdraw_items(tx, offering.id, actor=actor, now=now)
    return offering


async def withdraw_all_of(tx: Tx, service_id: ServiceId, *, actor: Actor, now: datetime) -> None:
    """Withdraw what a service is offered as; this transaction has locked and retires it.

    Emits:
        itsm.offering.withdrawn.v1 for each offering that was not withdrawn, and
        itsm.request_item.withdrawn.v1 for each of their request items
    """
    for present in await tables.load_present(tx, service_id):
        offering, events = present.move("withdrawn", now=now)
        await tables.save_offering(tx, offering)
        tell(tx, offering.id, offering.version, events, actor=actor, now=now)
        await _withdraw_items(tx, offering.id, actor=actor, now=now)


async def _withdraw_items(tx: Tx, offering_id: OfferingId, *, actor: Actor, now: datetime) -> None:
    for published in await item_tables.load_published(tx, offering_id):
        item, events = published.withdraw(now=now)
        await item_tables.save_item(tx, item)
        tell(tx, item.id, item.version, events, actor=actor, now=now)
