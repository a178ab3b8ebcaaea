"""What this service follows of its siblings, and the few fields of each that it reads."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.change.views import tables
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on


class ServiceView(BaseModel, frozen=True):
    """A service, as far as a change cares."""

    service_id: UUID
    number: str
    name_business: str
    name_technical: str
    phase: str
    status: str


class CustomerView(BaseModel, frozen=True):
    """A customer and its place in the tree."""

    customer_id: UUID
    number: str
    name: str
    parent_id: UUID | None
    status: str


class ServiceUseView(BaseModel, frozen=True):
    """A customer uses a service from an instant, until another or for good."""

    service_use_id: UUID
    customer_id: UUID
    service_id: UUID
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class IncidentView(BaseModel, frozen=True):
    """The state that every event of an incident begins with."""

    incident_id: UUID
    number: str
    state: str
    priority: int
    service_id: UUID | None


class ReachedService(BaseModel, frozen=True):
    """A service that an incident reaches."""

    service_id: UUID


class ReachView(IncidentView, frozen=True):
    """An incident with the services it reaches."""

    services: list[ReachedService]


async def note_service(tx: Tx, event: Event, body: ServiceView, now: datetime) -> None:  # noqa: ARG001 - the inbox's signature
    """Keep what a service is now."""
    await tables.upsert_service(tx, sequence=event.sequence, **body.model_dump())


async def note_customer(tx: Tx, event: Event, body: CustomerView, now: datetime) -> None:  # noqa: ARG001 - as above
    """Keep what a customer is now."""
    await tables.upsert_customer(tx, sequence=event.sequence, **body.model_dump())


async def note_service_use(tx: Tx, event: Event, body: ServiceUseView, now: datetime) -> None:  # noqa: ARG001 - as above
    """Keep who uses what, and until when."""
    await tables.upsert_service_use(tx, sequence=event.sequence, **body.model_dump())


async def note_incident(tx: Tx, event: Event, body: IncidentView, now: datetime) -> None:  # noqa: ARG001 - as above
    """Keep the state of an incident; the services it reaches stay as they were."""
    await tables.upsert_incident(tx, sequence=event.sequence, reached=None, **body.model_dump())


async def note_reach(tx: Tx, event: Event, body: ReachView, now: datetime) -> None:  # noqa: ARG001 - as above
    """Keep the state of an incident and the services it reaches."""
    await tables.upsert_incident(
        tx,
        sequence=event.sequence,
        reached=[service.service_id for service in body.services],
        **body.model_dump(exclude={"services"}),
    )


INCIDENT_EVENTS: Final = tuple(
    f"itsm.incident.{fact}.v1"
    for fact in (
        "declared",
        "updated",
        "acknowledged",
        "assigned",
        "reassigned",
        "started",
        "priority_changed",
        "put_on_hold",
        "resumed",
        "resolved",
        "reopened",
        "closed",
        "cancelled",
        "merged",
    )
)
VIEWS: Final = Subscription(
    name="change.views",
    topics=("itsm.catalog.events", "itsm.incident.events"),
    reactions=(
        on(
            (
                "itsm.service.proposed.v1",
                "itsm.service.updated.v1",
                "itsm.service.status_changed.v1",
                "itsm.service.retired.v1",
            ),
            ServiceView,
            note_service,
        ),
        on(
            (
                "itsm.customer.registered.v1",
                "itsm.customer.updated.v1",
                "itsm.customer.deactivated.v1",
            ),
            CustomerView,
            note_customer,
        ),
        on(
            ("itsm.service_use.started.v1", "itsm.service_use.ended.v1"),
            ServiceUseView,
            note_service_use,
        ),
        on(INCIDENT_EVENTS, IncidentView, note_incident),
        on("itsm.incident.impact_assessed.v1", ReachView, note_reach),
    ),
)
