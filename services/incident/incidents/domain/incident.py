"""An incident: what is known of it, how it is declared, described and commented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, NewType, TypeVar
from uuid import UUID

from services.incident.incidents.domain import milestones
from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.priority import priority_of
from services.incident.incidents.events.handling import (
    IncidentAcknowledged,
    IncidentCommented,
    IncidentDeclared,
)
from services.incident.incidents.events.vocabulary import (
    Channel,
    HoldReason,
    IncidentEvent,
    MajorState,
    PrioritySource,
    State,
    Visibility,
)
from shared.errors import DomainError, Kind

IncidentId = NewType("IncidentId", UUID)
OPEN: Final[frozenset[State]] = frozenset({"new", "assigned", "in_progress", "on_hold"})
SETTLED: Final[frozenset[State]] = frozenset({"closed", "cancelled", "merged"})
MAX_SIGNAL_IDS: Final = 100
"""Of a storm of signals the event names this many; all of them say which incident they led to."""
Told = TypeVar("Told", bound=IncidentEvent)


class IncidentNotFoundError(DomainError):
    """No such incident, or none that the caller may see."""

    code = "incident-not-found"
    kind = Kind.NOT_FOUND
    title = "No such incident"


class IncidentSettledError(DomainError):
    """The incident is over; it is kept as it was."""

    code = "incident-settled"
    kind = Kind.CONFLICT
    title = "The incident is over"


class ForCustomersNotAllowedError(DomainError):
    """A customer's user may not do this."""

    code = "not-for-customers"
    kind = Kind.FORBIDDEN
    title = "This is for the provider's staff"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands; ``version`` counts its events, ``state_since`` dates its state."""

    id: IncidentId
    number: str
    title: str
    description_technical: str
    description_business: str
    channel: Channel
    category: str | None
    caller: str | None
    customer_ids: tuple[UUID, ...]
    service_id: UUID | None
    affected_service_ids: tuple[UUID, ...]
    dedup_key: str | None
    impact: int
    urgency: int
    priority: int
    priority_source: PrioritySource
    assignment_team_id: UUID | None
    state: State
    state_since: datetime
    started_at: datetime
    detected_at: datetime
    reported_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime
    priority_reason: str | None = None
    assignee: str | None = None
    hold_reason: HoldReason | None = None
    follow_up_at: datetime | None = None
    major_state: MajorState = "none"
    major_reason: str | None = None
    commander: str | None = None
    communications: str | None = None
    scribe: str | None = None
    liaison: str | None = None
    business_impact: str | None = None
    next_update_at: datetime | None = None
    resolution_code: str | None = None
    resolution_technical: str | None = None
    resolution_business: str | None = None
    workaround: str | None = None
    resolution_recorded_at: datetime | None = None
    auto_close_at: datetime | None = None
    cancellation_reason: str | None = None
    duplicate_of: UUID | None = None
    reopen_count: int = 0
    acknowledged_at: datetime | None = None
    identified_at: datetime | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    impact_assessed_at: datetime | None = None
    map_version: int | None = None
    parent_id: UUID | None = None
    problem_id: UUID | None = None
    caused_by_change_id: UUID | None = None
    fixed_by_change_ids: tuple[UUID, ...] = ()
    ci_ids: tuple[UUID, ...] = ()

    @classmethod
    def declare(
        cls,
        said: Declaration,
        *,
        incident_id: IncidentId,
        number: str,
        service_id: UUID | None,
        team_id: UUID | None,
        cells: Sequence[int] | None,
        now: datetime,
        routing_rule_id: UUID | None = None,
    ) -> tuple[Incident, list[IncidentEvent]]:
        """Make an incident: new, or assigned at once where routing knows the team.

        Raises:
            MomentNotPossibleError: a milestone lies ahead or before the one before it.
        """
        reported = milestones.settle(
            said.reported_at, earliest=None, now=now, pointer="/occurred_at"
        )
        detected = milestones.settle(
            said.detected_at or reported, earliest=None, now=now, pointer="/detected_at"
        )
        started = said.started_at or detected
        milestones.require_order(
            {"started_at": started, "detected_at": detected, "reported_at": reported},
            pointer="/started_at" if said.started_at else "/detected_at",
        )
        incident = cls(
            id=incident_id,
            number=number,
            title=said.title,
            description_technical=said.description_technical,
            description_business=said.description_business,
            channel=said.channel,
            category=said.category,
            caller=said.caller,
            customer_ids=said.customer_ids,
            service_id=service_id,
            affected_service_ids=affected(service_id, said.affected_service_ids),
            dedup_key=said.dedup_key,
            impact=said.impact,
            urgency=said.urgency,
            priority=priority_of(said.impact, said.urgency, cells),
            priority_source="matrix",
            assignment_team_id=team_id,
            state="assigned" if team_id else "new",
            state_since=reported,
            started_at=started,
            detected_at=detected,
            reported_at=reported,
            version=1,
            created_at=now,
            updated_at=now,
            ci_ids=tuple(dict.fromkeys(said.ci_ids)),
        )
        event = IncidentDeclared(
            **incident.told(),
            **incident.described(),
            channel=incident.channel,
            dedup_key=incident.dedup_key,
            signal_ids=said.signal_ids[:MAX_SIGNAL_IDS],
            routing_rule_id=routing_rule_id,
        )
        return incident, [event]

    def told(self) -> dict[str, Any]:
        """Return what every event says of the incident."""
        return {
            "incident_id": self.id,
            "number": self.number,
            "title": self.title,
            "state": self.state,
            "priority": self.priority,
            "impact": self.impact,
            "urgency": self.urgency,
            "service_id": self.service_id,
            "assignment_team_id": self.assignment_team_id,
            "assignee": self.assignee,
            "parent_id": self.parent_id,
            "problem_id": self.problem_id,
            "caused_by_change_id": self.caused_by_change_id,
            "fixed_by_change_ids": self.fixed_by_change_ids,
            "category": self.category,
        }

    def described(self) -> dict[str, Any]:
        """Return what the events that describe it say besides."""
        return {
            "description_technical": self.description_technical,
            "description_business": self.description_business,
            "caller": self.caller,
            "customer_ids": self.customer_ids,
            "affected_service_ids": self.affected_service_ids,
            "ci_ids": self.ci_ids,
        }

    def then(
        self,
        event: type[Told],
        *,
        now: datetime,
        own: Mapping[str, Any] | None = None,
        **changes: Any,  # noqa: ANN401 - fields of this class
    ) -> tuple[Incident, Told]:
        """Return the incident after ``changes``, one version on, and the event that says so."""
        after = replace(self, **changes, version=self.version + 1, updated_at=now)
        return after, event(**after.told(), **(own or {}))

    def moment(
        self, given: datetime | None, *, now: datetime, pointer: str = "/occurred_at"
    ) -> datetime:
        """Return when a transition happened: after everything that happened before it.

        Raises:
            MomentNotPossibleError: the given time lies ahead, or before what went before.
        """
        known = [getattr(self, name) for name in milestones.ORDER]
        earliest = max([self.state_since, *(one for one in known if one is not None)])
        return milestones.settle(given, earliest=earliest, now=now, pointer=pointer)

    def require_unsettled(self) -> None:
        """Check that the incident is not over.

        Raises:
            IncidentSettledError: it is closed, cancelled or merged.
        """
        if self.state in SETTLED:
            raise IncidentSettledError(f"{self.number} is {self.state} and stays as it is.")

    def acknowledge(self, *, at: datetime, now: datetime) -> tuple[Incident, list[IncidentEvent]]:
        """Note that the first person took notice, unless one has."""
        if self.acknowledged_at is not None:
            return self, []
        own = {"acknowledged_at": at}
        after, event = self.then(IncidentAcknowledged, now=now, own=own, acknowledged_at=at)
        return after, [event]

    def comment(
        self, *, text: str, visibility: Visibility, now: datetime
    ) -> tuple[Incident, list[IncidentEvent]]:
        """Add an entry to the timeline; also after the end, except where another one lives on.

        Raises:
            IncidentSettledError: it was merged.
        """
        if self.state == "merged":
            raise IncidentSettledError("It was merged: comment on the incident that lives on.")
        after, event = self.then(
            IncidentCommented, now=now, own={"text": text, "visibility": visibility}
        )
        return after, [event]


FIELDS: Final = tuple(field.name for field in fields(Incident))


def affected(service_id: UUID | None, others: Sequence[UUID]) -> tuple[UUID, ...]:
    """Return the affected services, the disturbed one first and none twice."""
    first = () if service_id is None else (service_id,)
    return tuple(dict.fromkeys((*first, *others)))


def number_of(count: int) -> str:
    """Return the number that people see."""
    return f"INC{count:07d}"
