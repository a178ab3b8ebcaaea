"""Following catalog: what a reader of messages needs to know about people and services."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.notify.views import commands
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on


class _View(BaseModel):
    """The fields that notify reads of an event; all others are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TeamView(_View):
    """A team's name and status."""

    team_id: UUID
    name: str
    status: str


class ContactView(_View):
    """Who a person is, how to reach them, and for whom they speak."""

    contact_id: UUID
    name: str
    email: str | None
    language: str
    customer_id: UUID | None
    team_id: UUID | None
    roles: list[str]
    status: str


class CustomerView(_View):
    """A customer's place in the tree, and its representatives."""

    customer_id: UUID
    number: str
    name: str
    parent_id: UUID | None
    status: str
    representative_ids: list[UUID]


class ServiceView(_View):
    """What a service is called, and who owns it."""

    service_id: UUID
    number: str
    name_business: str
    name_technical: str
    owner_team_id: UUID


async def note_team(tx: Tx, event: Event, body: TeamView, now: datetime) -> None:
    """Keep a team."""
    del now
    await commands.note_team(tx, sequence=event.sequence, **body.model_dump())


async def note_contact(tx: Tx, event: Event, body: ContactView, now: datetime) -> None:
    """Keep a contact."""
    del now
    await commands.note_contact(tx, sequence=event.sequence, **body.model_dump())


async def note_customer(tx: Tx, event: Event, body: CustomerView, now: datetime) -> None:
    """Keep a customer."""
    del now
    await commands.note_customer(tx, sequence=event.sequence, **body.model_dump())


async def note_service(tx: Tx, event: Event, body: ServiceView, now: datetime) -> None:
    """Keep a service."""
    del now
    await commands.note_service(tx, sequence=event.sequence, **body.model_dump())


SUBSCRIPTIONS: Final = (
    Subscription(
        name="notify.views",
        topics=("itsm.catalog.events",),
        reactions=(
            on("itsm.team.changed.v1", TeamView, note_team),
            on("itsm.contact.changed.v1", ContactView, note_contact),
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
                (
                    "itsm.service.proposed.v1",
                    "itsm.service.updated.v1",
                    "itsm.service.status_changed.v1",
                    "itsm.service.retired.v1",
                ),
                ServiceView,
                note_service,
            ),
        ),
    ),
)
