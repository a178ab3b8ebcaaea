"""What can be done with services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.catalog.calendars.domain import CalendarId
from services.catalog.components import commands as components
from services.catalog.components.domain import NodeId, NodeStillNeededError
from services.catalog.contacts.domain import ContactId
from services.catalog.permissions import require_provider
from services.catalog.portfolio.commands.offerings import withdraw_all_of
from services.catalog.portfolio.commands.recording import tell
from services.catalog.portfolio.commands.standing import require_references, standing_of
from services.catalog.portfolio.domain.services import (
    PHASES,
    Service,
    ServiceId,
    ServiceRef,
    require_as_ready,
    require_free,
    require_ready,
)
from services.catalog.portfolio.events import DataClassification, ServiceKind, ServiceStatus
from services.catalog.portfolio.tables import services as tables
from services.catalog.portfolio.tables import uses as use_tables
from services.catalog.teams.domain import TeamId
from shared.auth import Actor
from shared.db import Tx, columns
from shared.errors import require_version


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
    support_calendar_id: CalendarId | None,
    service_manager_id: ContactId | None,
    inner_owner_id: ContactId | None,
    continuity_manager_id: ContactId | None,
    no_agreement_needed: bool,
    data_classification: DataClassification,
    actor: Actor,
    now: datetime,
) -> Service:
    """Add a service to the portfolio, and its node to the map, under its technical name.

    ``criticality`` is 1 to 5, 5 the most critical; ``status`` is where it stands already. An
    offering needs its service, so nothing new is operational at once.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        OwnerTeamError: the team does not exist or is retired.
        SupportCalendarError: the calendar does not exist or is retired.
        ServiceRoleError: one of the people is no contact, or one that is retired.
        ServiceNameTakenError: another one that is not retired has the technical name.
        ServiceNotReadyError: it would be operational without what that needs.
    Emits:
        itsm.service.proposed.v1
    """
    require_provider(actor)
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
        support_calendar_id=support_calendar_id,
        service_manager_id=service_manager_id,
        inner_owner_id=inner_owner_id,
        continuity_manager_id=continuity_manager_id,
        no_agreement_needed=no_agreement_needed,
        data_classification=data_classification,
        created_at=now,
        updated_at=now,
    ).proposed()
    await require_references(tx, columns(service))
    if status == "operational":
        require_ready(service, await standing_of(tx, service))
    await components.register_node(
        tx,
        node_id=NodeId(service.id),
        kind="service",
        label=service.name_technical,
        number=service.number,
    )
    await tables.insert_service(tx, service)
    tell(tx, service.id, service.version, events, actor=actor, now=now)
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
        SupportCalendarError: the new calendar does not exist or is retired.
        ServiceRoleError: a new one of the people is no contact, or one that is retired.
        ServiceNameTakenError: another one that is not retired has the technical name.
        ServiceNotReadyError: it is operational and would lose what that needs.
    Emits:
        itsm.service.updated.v1, unless nothing changes
    """
    require_provider(actor)
    before = await tables.load_service(tx, ref)
    require_version(before.version, expected_version)
    service, events = before.revise(changes, now=now)
    if not events:
        return service
    new = {name: value for name, value in changes.items() if getattr(before, name) != value}
    await require_references(tx, new)
    if service.status == "operational":
        standing = await standing_of(tx, before)
        require_as_ready(before, service, standing=standing, then=await standing_of(tx, service))
    await tables.save_service(tx, service)
    tell(tx, service.id, service.version, events, actor=actor, now=now)
    if service.name_technical != before.name_technical:
        label = service.name_technical
        await components.rename_node(tx, node_id=NodeId(service.id), label=label)
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

    Its offerings are withdrawn then, and with them what could be asked for.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ServiceNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        ServiceTransitionError: its status does not allow it.
        ServiceNotReadyError: it would be operational without what that needs: an active owner
            team, an active support calendar, a published offering, and an active agreement or the
            statement that none is needed; everything missing is named.
        ServiceStillNeededError: it would be retired while a customer uses it or is going to, an
            active agreement covers it, or something rests on it; all of them are named.
    Emits:
        itsm.service.status_changed.v1; or itsm.service.retired.v1, itsm.dependency.removed.v1
        for each dependency of the service, itsm.offering.withdrawn.v1 for each of its offerings
        and itsm.request_item.withdrawn.v1 for each of their request items
    """
    require_provider(actor)
    before = await tables.load_service(tx, ref)
    require_version(before.version, expected_version)
    service, events = before.move(to, now=now)
    if to == "operational":
        require_ready(service, await standing_of(tx, service))
    await tables.save_service(tx, service)
    tell(tx, service.id, service.version, events, actor=actor, now=now)
    if service.phase == "retired" and before.phase != "retired":
        await _leave(tx, service, actor=actor, now=now)
    return service


async def _leave(tx: Tx, service: Service, *, actor: Actor, now: datetime) -> None:
    holds: dict[str, str] = {}
    if await use_tables.is_used(tx, service.id, now=now):
        holds["/service_uses"] = "Customers use it, or are going to."
    if await tables.is_covered(tx, service.id):
        holds["/agreements"] = "An active agreement covers it."
    try:
        await components.retire_node(tx, node_id=NodeId(service.id), actor=actor, now=now)
    except NodeStillNeededError:
        # Told together with the rest; the whole transaction is undone.
        holds["/dependencies"] = "Something rests on it."
    require_free(service, holds)
    await withdraw_all_of(tx, service.id, actor=actor, now=now)
