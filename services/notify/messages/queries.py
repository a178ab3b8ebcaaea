"""Writing a message about an incident, with the names that its reader knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

from services.notify.messages.domain import (
    Message,
    TechnicalFacts,
    TemplateName,
    business_facts,
    business_message,
    ending,
    readable,
    technical_message,
)
from services.notify.views import queries as view_queries
from services.notify.views.domain import KnownIncident
from shared.db import ReadTx

MAX_NAMES: Final = 5


async def write_message(
    tx: ReadTx,
    *,
    template: TemplateName,
    audience: Literal["business", "technical"],
    incident: KnownIncident,
    customer_id: UUID | None,
    reason: str | None,
    successor_number: str | None,
    promise: str | None,
) -> Message:
    """Write to an audience about an incident as it is known now.

    ``customer_id`` is whose representative reads a business message: it then names the services
    in reach that this customer uses. ``reason`` is what the event gives as its reason, for those
    who work on it alone; ``successor_number`` is that of the incident that goes on instead,
    ``promise`` says what was not kept.
    """
    if audience == "technical":
        facts = await _technical_facts(
            tx, incident, reason=reason, successor_number=successor_number, promise=promise
        )
        return technical_message(template, facts)
    used = incident.reached_customers.get(customer_id, ()) if customer_id else ()
    services = used or ((incident.service_id,) if incident.service_id else ())
    known = business_facts(
        number=incident.number,
        description=incident.description_business,
        service_names=await _business_names(tx, incident, services),
        since=incident.occurred_at,
        resolution=incident.resolution_business,
        successor_number=successor_number,
    )
    return business_message(template, known)


async def _business_names(
    tx: ReadTx, incident: KnownIncident, services: Sequence[UUID]
) -> list[str]:
    names = dict(incident.reached_services)
    unnamed = [service for service in services if service not in names]
    if unnamed:
        known = await view_queries.service_names(tx, service_ids=unnamed)
        names |= {service: row["name_business"] for service, row in known.items()}
    found = [names[service] for service in services if service in names]
    if len(found) > MAX_NAMES:
        return [*found[:MAX_NAMES], f"{len(found) - MAX_NAMES} more"]
    return found


async def _technical_facts(
    tx: ReadTx,
    incident: KnownIncident,
    *,
    reason: str | None,
    successor_number: str | None,
    promise: str | None,
) -> TechnicalFacts:
    service = "not known"
    if incident.service_id is not None:
        known = await view_queries.service_names(tx, service_ids=[incident.service_id])
        row = known.get(incident.service_id)
        service = str(incident.service_id) if row is None else row["name_technical"]
    return TechnicalFacts(
        number=incident.number,
        title=incident.title,
        state=incident.state.replace("_", " "),
        priority=str(incident.priority),
        service=service,
        description=incident.description_technical,
        since=readable(incident.occurred_at),
        resolution=incident.resolution_technical,
        ending=ending(successor_number),
        reason=reason or "",
        promise=promise or "",
    )
