"""The catalog's events, as far as incidents need them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.incident.views import tables
from services.incident.views.subscriptions.components import COMPONENTS
from shared.calendar import from_hours
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
    offering_id: UUID | None = None


class DependencySeen(BaseModel, frozen=True):
    """A dependency as its events tell it."""

    dependency_id: UUID
    from_id: UUID
    from_kind: str
    to_id: UUID
    to_kind: str
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class CalendarSeen(BaseModel, frozen=True):
    """A calendar as its events tell it; the lists are read where they are used."""

    calendar_id: UUID
    name: str
    status: Literal["active", "retired"]
    time_zone: str
    calendar_version: int
    weeks: list[Any]
    days: list[Any]


class TargetSeen(BaseModel, frozen=True):
    """A target of an agreement; seconds for those of time, percent and period for the others."""

    target_id: UUID
    agreement_version: int
    metric: str
    seconds: int | None
    percent: str | None
    period: str | None
    calendar_id: UUID | None
    pause_on: tuple[str, ...]
    runs_only_on: tuple[str, ...]
    thresholds: tuple[int, ...]


class LineSeen(BaseModel, frozen=True):
    """A line of an agreement: for whom and what which targets hold, and when."""

    agreement_version: int
    customer_ids: tuple[UUID, ...]
    service_id: UUID
    offering_id: UUID | None
    record_type: str
    priority: int | None
    target_ids: tuple[UUID, ...]
    calendar_id: UUID | None
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class PlannedOutageSeen(BaseModel, frozen=True):
    """For how many minutes a change is expected to take a service down."""

    service_id: UUID
    minutes: int


class ChangeSeen(BaseModel, frozen=True):
    """A change as its events tell it.

    Planned outages are in those with its whole content, actual times in those since its work began.
    """

    change_id: UUID
    number: str
    title: str
    state: str
    planned_start: AwareDatetime | None
    planned_end: AwareDatetime | None
    planned_outages: tuple[PlannedOutageSeen, ...] | None = None
    actual_start: AwareDatetime | None = None
    actual_end: AwareDatetime | None = None


class AgreementSeen(BaseModel, frozen=True):
    """An agreement as its events tell it, with the targets and lines of all its versions."""

    agreement_id: UUID
    number: str
    name: str
    type: Literal["sla", "ola", "uc"]
    status: str
    team_id: UUID | None
    supplier_id: UUID | None
    agreement_version: int
    targets: tuple[TargetSeen, ...]
    lines: tuple[LineSeen, ...]


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


async def note_change(tx: Tx, event: Event, body: ChangeSeen, _now: datetime) -> None:
    """Keep a change as it is after the event."""
    planned = body.planned_outages
    outages = None if planned is None else [dict(one) for one in planned]
    values = {**dict(body), "planned_outages": outages}
    await tables.keep_change(tx, sequence=event.sequence, **values)


async def note_calendar(tx: Tx, event: Event, body: CalendarSeen, _now: datetime) -> None:
    """Keep a calendar as it is after the event, if it is one that can be counted by."""
    from_hours(
        time_zone=body.time_zone, weeks=body.weeks, days=body.days, version=body.calendar_version
    )
    await tables.keep_calendar(tx, sequence=event.sequence, **dict(body))


async def note_agreement(tx: Tx, event: Event, body: AgreementSeen, _now: datetime) -> None:
    """Keep an agreement as it is after the event; its lines and targets replace those before."""
    own = {name: value for name, value in body if name not in ("targets", "lines")}
    if not await tables.note(tx, tables.AGREEMENT, sequence=event.sequence, **own):
        return
    lines = [
        {**dict(line), "customer_id": customer_id}
        for line in body.lines
        for customer_id in line.customer_ids or (None,)
    ]
    await tables.replace_terms(
        tx,
        body.agreement_id,
        targets=[{**dict(one), "agreement_id": body.agreement_id} for one in body.targets],
        lines=[
            {**line, "agreement_id": body.agreement_id, "place": place}
            for place, line in enumerate(lines)
        ],
    )


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
            on("itsm.calendar.changed.v1", CalendarSeen, note_calendar),
            on(
                _types(
                    "agreement",
                    *("drafted", "revised", "proposed", "agreed", "activated", "amended"),
                    *("review_started", "review_completed", "expired", "terminated"),
                ),
                AgreementSeen,
                note_agreement,
            ),
        ),
    ),
    Subscription(
        name="incident.changes",
        topics=("itsm.change.events",),
        reactions=(
            on(
                _types(
                    "change",
                    *("requested", "updated", "submitted", "assessed", "authorised", "scheduled"),
                    *("rejected", "reverted", "cancelled", "implementation_started", "overran"),
                    *("implemented", "backed_out", "reviewed", "closed"),
                ),
                ChangeSeen,
                note_change,
            ),
        ),
    ),
    COMPONENTS,
)
