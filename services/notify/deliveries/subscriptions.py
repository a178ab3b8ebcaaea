"""Following the siblings: what happens there is judged by the rules, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notify.deliveries import commands
from services.notify.deliveries.commands import context_at
from services.notify.deliveries.domain import Cause
from services.notify.deliveries.domain.heard import INCIDENT_TYPES, OTHER_TYPES
from services.notify.messages.domain import promise
from services.notify.settings import settings
from services.notify.views import commands as view_commands
from services.notify.views import queries as view_queries
from shared import clock
from shared.db import Tx
from shared.envelope import Event, to_document
from shared.inbox import Subscription, on


class _View(BaseModel):
    """The fields that notify reads of an event; all others are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AnyView(_View):
    """An event that is passed on to endpoints as it is."""


class IncidentView(_View):
    """How an incident stands; what only some of its events say is None in the others."""

    incident_id: UUID
    number: str
    title: str
    state: str
    priority: int
    service_id: UUID | None
    assignment_team_id: UUID | None
    description_technical: str | None = None
    description_business: str | None = None
    resolution_technical: str | None = None
    resolution_business: str | None = None


class IncidentNewsView(IncidentView):
    """How an incident stands, and why: a reason where one was given, what it goes on as."""

    reason: str | None = None
    duplicate_of_number: str | None = None


class ReachedServiceView(_View):
    """A service in reach."""

    service_id: UUID
    name_business: str


class ReachedCustomerView(_View):
    """A customer in reach, and which of the services it uses."""

    customer_id: UUID
    service_ids: tuple[UUID, ...]


class ImpactView(IncidentView):
    """The reach of an incident, or one part of it where it is large."""

    services: tuple[ReachedServiceView, ...]
    customers: tuple[ReachedCustomerView, ...]
    part: int = 1
    parent_id: UUID | None = None


class MissedView(_View):
    """A clock whose target is used up, and the record that it belongs to."""

    record_type: str
    record_id: UUID
    record_number: str
    service_id: UUID
    agreement_type: str
    metric: str
    target_seconds: int
    breached_at: AwareDatetime | None


def _cause(
    event: Event,
    number: str | None,
    *,
    reason: str | None = None,
    successor_number: str | None = None,
) -> Cause:
    return Cause(
        event_id=event.id,
        event_type=event.type,
        event_sequence=event.sequence,
        record_kind=event.type.split(".")[1],
        record_id=event.key,
        record_number=number,
        origin=event.origin,
        correlation_id=event.correlation_id,
        reason=reason,
        successor_number=successor_number,
    )


def _document(event: Event) -> str:
    return orjson.dumps(to_document(event)).decode()


async def pass_on(tx: Tx, event: Event, body: AnyView, now: datetime) -> None:
    """Pass an event on to the endpoints that want it."""
    del body
    await commands.request_notifications(
        tx,
        cause=_cause(event, None),
        document=_document(event),
        incident=None,
        customers=(),
        context=context_at(settings(), new_id=clock.new_id, now=now),
    )


async def tell_of_incident(tx: Tx, event: Event, body: IncidentNewsView, now: datetime) -> None:
    """Keep how the incident stands, and tell whom the rules name."""
    stated = body.model_dump(exclude_none=True, include=set(IncidentView.model_fields))
    stated |= {"service_id": body.service_id, "assignment_team_id": body.assignment_team_id}
    cause = _cause(
        event, body.number, reason=body.reason, successor_number=body.duplicate_of_number
    )
    await _tell(tx, event, cause, now, stated=stated)


async def tell_of_impact(tx: Tx, event: Event, body: ImpactView, now: datetime) -> None:
    """Keep the reach of the incident, part by part, and tell whom the rules name.

    Customers whom the reach of its parent has already are told of that one alone.
    """
    services = {one.service_id: one.name_business for one in body.services}
    customers = {one.customer_id: one.service_ids for one in body.customers}
    known = await view_queries.read_incident(tx, incident_id=body.incident_id)
    if body.part > 1 and known is not None:
        services = {**known.reached_services, **services}
        customers = {**known.reached_customers, **customers}
    stated = body.model_dump(exclude_none=True, include=set(IncidentView.model_fields))
    stated |= {"service_id": body.service_id, "assignment_team_id": body.assignment_team_id}
    stated |= {"reached_services": services, "reached_customers": customers}
    parent = None
    if body.parent_id is not None:
        parent = await view_queries.read_incident(tx, incident_id=body.parent_id)
    covered = parent.reached_customers if parent is not None else {}
    named = [one.customer_id for one in body.customers if one.customer_id not in covered]
    cause = _cause(event, body.number)
    await _tell(tx, event, cause, now, stated=stated, customers=named)


async def tell_of_missed_target(tx: Tx, event: Event, body: MissedView, now: datetime) -> None:
    """Tell whom the rules name that a target of an incident is missed."""
    cause = replace(
        _cause(event, body.record_number),
        record_kind=body.record_type,
        record_id=body.record_id,
        promise=promise(
            body.metric,
            seconds=body.target_seconds,
            agreement=body.agreement_type,
            missed_at=body.breached_at or event.occurred_at,
        ),
    )
    incident = await view_queries.read_incident(tx, incident_id=body.record_id)
    if incident is None and body.record_type == "incident":
        # Its own events come another way and may be later; what matters is known already.
        incident = view_commands.not_heard_of(
            body.record_id,
            number=body.record_number,
            service_id=body.service_id,
            occurred_at=event.occurred_at,
        )
    await commands.request_notifications(
        tx,
        cause=cause,
        document=_document(event),
        incident=incident,
        customers=(),
        context=context_at(settings(), new_id=clock.new_id, now=now),
    )


async def _tell(
    tx: Tx,
    event: Event,
    cause: Cause,
    now: datetime,
    *,
    stated: dict[str, Any],
    customers: Sequence[UUID] | None = None,
) -> None:
    """Keep how an incident stands and tell of it; without ``customers`` its reach has them."""
    incident = await view_commands.note_incident(
        tx,
        incident_id=cause.record_id,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        stated=stated,
    )
    await commands.request_notifications(
        tx,
        cause=cause,
        document=_document(event),
        incident=incident,
        customers=tuple(incident.reached_customers) if customers is None else customers,
        context=context_at(settings(), new_id=clock.new_id, now=now),
    )


SUBSCRIPTIONS: Final = (
    Subscription(
        name="notify.rules",
        topics=("itsm.incident.events", "itsm.catalog.events", "itsm.change.events"),
        reactions=(
            on(INCIDENT_TYPES, IncidentNewsView, tell_of_incident),
            on("itsm.incident.impact_assessed.v1", ImpactView, tell_of_impact),
            on("itsm.sla_clock.breached.v1", MissedView, tell_of_missed_target),
            on(OTHER_TYPES, AnyView, pass_on),
        ),
    ),
)
