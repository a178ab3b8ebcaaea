"""What can be done with services and their use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.catalog.components import commands as components
from services.catalog.components.domain import NodeId
from services.catalog.customers import queries as customers
from services.catalog.customers.domain import CustomerId
from services.catalog.permissions import require_provider
from services.catalog.portfolio import tables
from services.catalog.portfolio.domain import (
    PHASES,
    Service,
    ServiceId,
    ServiceNotFoundError,
    ServiceRef,
    ServiceRetiredError,
    ServiceStillUsedError,
    ServiceUse,
    ServiceUseId,
)
from services.catalog.portfolio.events import ServiceKind, ServiceStatus
from services.catalog.teams import queries as teams
from services.catalog.teams.domain import TeamId
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import DomainError, Kind, require_version


class OwnerTeamError(DomainError):
    """A service is owned by a team that exists and is active."""

    code = "owner-team-invalid"
    kind = Kind.INVALID
    title = "No such team, or it is retired"


class UsedServiceUnknownError(DomainError):
    """The service to be used does not exist."""

    code = "used-service-unknown"
    kind = Kind.INVALID
    title = "No such service"


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


async def propose_service(
    tx: Tx,
    *,
    service_id: ServiceId,
    name_business: str,
    name_technical: str,
    kind: ServiceKind,
    status: ServiceStatus,
    owner_team_id: TeamId,
    criticality: int,
    description_business: str,
    description_technical: str,
    actor: Actor,
    now: datetime,
) -> Service:
    """Add a service to the portfolio, and its node to the map.

    ``criticality`` is 1 to 5, 5 the most critical; ``status`` is where it stands already.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        OwnerTeamError: the team does not exist or is retired.
        ServiceNameTakenError: another one that is not retired has the technical name.
    Emits:
        itsm.service.proposed.v1
    """
    require_provider(actor)
    await _require_active_team(tx, owner_team_id)
    service, events = Service(
        id=service_id,
        number=await tables.next_number(tx),
        name_business=name_business,
        name_technical=name_technical,
        kind=kind,
        phase=PHASES[status],
        status=status,
        owner_team_id=owner_team_id,
        criticality=criticality,
        description_business=description_business,
        description_technical=description_technical,
        created_at=now,
        updated_at=now,
    ).proposed()
    await components.register_node(tx, node_id=NodeId(service.id), kind="service")
    await tables.insert_service(tx, service)
    _append(tx, service.id, service.version, events, actor=actor, now=now)
    return service


async def change_service(
    tx: Tx,
    *,
    ref: ServiceRef,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Service:
    """Describe a service anew; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        ServiceRetiredError: it is retired.
        OwnerTeamError: the new team does not exist or is retired.
        ServiceNameTakenError: another one that is not retired has the technical name.
    Emits:
        itsm.service.updated.v1, unless nothing changes
    """
    require_provider(actor)
    before = await tables.load_service(tx, ref)
    require_version(before.version, expected_version)
    service, events = before.revise(changes, now=now)
    if service.owner_team_id != before.owner_team_id:
        await _require_active_team(tx, service.owner_team_id)
    if events:
        await tables.save_service(tx, service)
        _append(tx, service.id, service.version, events, actor=actor, now=now)
    return service


async def move_service(
    tx: Tx,
    *,
    ref: ServiceRef,
    expected_version: int | None,
    to: ServiceStatus,
    actor: Actor,
    now: datetime,
) -> Service:
    """Take a service to another status; one that is retired or cancelled leaves the map.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        ServiceTransitionError: its status does not allow it.
        OwnerTeamError: it would become operational with an owner that is retired.
        ServiceStillUsedError: it would be retired while a customer uses it or is going to.
        NodeStillNeededError: it would be retired while something rests on it.
    Emits:
        itsm.service.status_changed.v1; or itsm.service.retired.v1, and itsm.dependency.removed.v1
        for each dependency of the service
    """
    require_provider(actor)
    before = await tables.load_service(tx, ref)
    require_version(before.version, expected_version)
    service, events = before.move(to, now=now)
    if to == "operational":
        await _require_active_team(tx, service.owner_team_id)
    await tables.save_service(tx, service)
    _append(tx, service.id, service.version, events, actor=actor, now=now)
    if service.phase == "retired" and before.phase != "retired":
        if await tables.is_used(tx, service.id, now=now):
            raise ServiceStillUsedError("End the uses of the service first.")
        await components.retire_node(tx, node_id=NodeId(service.id), actor=actor, now=now)
    return service


async def start_service_use(
    tx: Tx,
    *,
    use_id: ServiceUseId,
    customer_id: CustomerId,
    service_id: ServiceId,
    valid_from: datetime | None,
    valid_to: datetime | None,
    actor: Actor,
    now: datetime,
) -> ServiceUse:
    """Note that a customer uses a service, since ``valid_from`` or else since now.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceUsePeriodError: ``valid_to`` does not lie after the beginning.
        UsingCustomerError: the customer does not exist or is inactive.
        UsedServiceUnknownError: there is no such service.
        ServiceRetiredError: the service is retired.
        ServiceUseOverlapsError: the customer uses the service already in that time.
    Emits:
        itsm.service_use.started.v1
    """
    require_provider(actor)
    use, events = ServiceUse(
        id=use_id,
        customer_id=customer_id,
        service_id=service_id,
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
        service = await tables.load_service(tx, service_id)
    except ServiceNotFoundError as error:
        raise UsedServiceUnknownError(error.detail, pointer="/service_id") from error
    if service.phase == "retired":
        raise ServiceRetiredError(f"{service.number} is {service.status}.", pointer="/service_id")
    if await tables.overlaps(tx, use):
        raise ServiceUseOverlapsError("End the other use before this one begins.")
    await tables.insert_use(tx, use)
    _append(tx, use.id, use.version, events, actor=actor, now=now)
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
        _append(tx, use.id, use.version, events, actor=actor, now=now)
    return use


async def _require_active_team(tx: Tx, team_id: TeamId) -> None:
    if await teams.team_status(tx, team_id=team_id) != "active":
        raise OwnerTeamError(f"There is no active team {team_id}.", pointer="/owner_team_id")


def _append(
    tx: Tx,
    key: UUID,
    version: int,
    events: Sequence[outbox.Payload],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    outbox.append(
        tx, key=key, version=version, events=events, actor=actor, occurred_at=now, now=now
    )
