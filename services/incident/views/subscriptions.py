"""The catalog's events, as far as incidents need them."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.incident.views import tables
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on


class ServiceSeen(BaseModel, frozen=True):
    """A service as its events tell it."""

    service_id: UUID
    number: str
    name_business: str
    name_technical: str
    phase: Literal["pipeline", "catalogue", "retired"]
    owner_team_id: UUID | None
    criticality: int


class TeamSeen(BaseModel, frozen=True):
    """A team as its events tell it."""

    team_id: UUID
    name: str
    status: Literal["active", "retired"]


class CustomerSeen(BaseModel, frozen=True):
    """A customer as its events tell it."""

    customer_id: UUID
    number: str
    name: str
    parent_id: UUID | None
    status: Literal["active", "inactive"]


class UseSeen(BaseModel, frozen=True):
    """A customer's use of a service as its events tell it."""

    service_use_id: UUID
    customer_id: UUID
    service_id: UUID
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class DependencySeen(BaseModel, frozen=True):
    """A dependency as its events tell it."""

    dependency_id: UUID
    from_id: UUID
    from_kind: str
    to_id: UUID
    to_kind: str
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


async def note_service(tx: Tx, event: Event, body: ServiceSeen, _now: datetime) -> None:
    """Keep a service as it is after the event."""
    await tables.note(tx, tables.SERVICE, sequence=event.sequence, **dict(body))


async def note_team(tx: Tx, event: Event, body: TeamSeen, _now: datetime) -> None:
    """Keep a team as it is after the event."""
    await tables.note(tx, tables.TEAM, sequence=event.sequence, **dict(body))


async def note_customer(tx: Tx, event: Event, body: CustomerSeen, _now: datetime) -> None:
    """Keep a customer as it is after the event."""
    await tables.note(tx, tables.CUSTOMER, sequence=event.sequence, **dict(body))


async def note_use(tx: Tx, event: Event, body: UseSeen, _now: datetime) -> None:
    """Keep a use as it is after the event."""
    await tables.note(tx, tables.USE, sequence=event.sequence, **dict(body))


async def note_dependency(tx: Tx, event: Event, body: DependencySeen, _now: datetime) -> None:
    """Keep a dependency as it is after the event."""
    removed = event.type == "itsm.dependency.removed.v1"
    await tables.note(tx, tables.DEPENDENCY, sequence=event.sequence, **dict(body), removed=removed)


def _types(aggregate: str, *facts: str) -> tuple[str, ...]:
    return tuple(f"itsm.{aggregate}.{fact}.v1" for fact in facts)


SUBSCRIPTIONS: Final = (
    Subscription(
        name="incident.views",
        topics=("itsm.catalog.events",),
        reactions=(
            on(
                _types("service", "proposed", "updated", "status_changed", "retired"),
                ServiceSeen,
                note_service,
            ),
            on("itsm.team.changed.v1", TeamSeen, note_team),
            on(
                _types("customer", "registered", "updated", "deactivated"),
                CustomerSeen,
                note_customer,
            ),
            on(_types("service_use", "started", "ended"), UseSeen, note_use),
            on(
                _types("dependency", "declared", "changed", "removed"),
                DependencySeen,
                note_dependency,
            ),
        ),
    ),
)
