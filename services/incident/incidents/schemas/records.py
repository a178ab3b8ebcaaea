"""Incidents as HTTP shows them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.domain.roles import ROLES
from services.incident.incidents.domain.timeline import TimelineEntry
from services.incident.incidents.events.vocabulary import (
    Channel,
    HoldReason,
    MajorState,
    PrioritySource,
    State,
    Visibility,
)
from shared.schemas import ResponseModel, of_record


class MatrixRecord(ResponseModel):
    """The priority matrix in force; version 0 is the default."""

    cells: list[list[int]]
    version: int


class Milestones(ResponseModel):
    """When what happened, in this order."""

    started_at: datetime
    detected_at: datetime
    reported_at: datetime
    acknowledged_at: datetime | None
    identified_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None


class RolesRecord(ResponseModel):
    """Who has which part in the response; null where nobody has it."""

    commander: str | None
    communications: str | None
    scribe: str | None
    liaison: str | None


class IncidentRecord(ResponseModel):
    """An incident; customers' users get it without technical texts, names of staff and others."""

    id: UUID
    number: str
    title: str
    description_technical: str | None
    description_business: str
    channel: Channel
    category: str | None
    caller: str | None
    customer_ids: list[UUID]
    service_id: UUID | None
    affected_service_ids: list[UUID]
    ci_ids: list[UUID]
    dedup_key: str | None
    impact: int
    urgency: int
    priority: int
    priority_source: PrioritySource
    priority_reason: str | None
    assignment_team_id: UUID | None
    assignee: str | None
    state: State
    state_since: datetime
    hold_reason: HoldReason | None
    follow_up_at: datetime | None
    major_state: MajorState
    major_reason: str | None
    commander: str | None
    roles: RolesRecord
    business_impact: str | None
    next_update_at: datetime | None
    resolution_code: str | None
    resolution_technical: str | None
    resolution_business: str | None
    workaround: str | None
    auto_close_at: datetime | None
    cancellation_reason: str | None
    duplicate_of: UUID | None
    reopen_count: int
    parent_id: UUID | None
    problem_id: UUID | None
    caused_by_change_id: UUID | None
    fixed_by_change_ids: list[UUID]
    milestones: Milestones
    impact_assessed_at: datetime | None
    version: int
    opened_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, incident: Incident) -> IncidentRecord:
        """Return what staff see of an incident."""
        values: dict[str, object] = {name: getattr(incident, name) for name in _OWN}
        values["opened_at"] = incident.created_at
        values["roles"] = {role: getattr(incident, role) for role in ROLES}
        values["milestones"] = {name: getattr(incident, name) for name in _MOMENTS}
        return cls.model_validate(values)

    def for_customers(self, customers: Collection[UUID]) -> IncidentRecord:
        """Return what the users of some customers see of it."""
        theirs = [one for one in self.customer_ids if one in customers]
        alone = bool(theirs) and len(theirs) == len(self.customer_ids)
        hidden: dict[str, Any] = dict.fromkeys(
            (
                "description_technical",
                "resolution_technical",
                "assignee",
                "commander",
                "dedup_key",
                "priority_reason",
                "major_reason",
                "duplicate_of",
                "parent_id",
                "problem_id",
            )
        )
        hidden["roles"] = RolesRecord.model_validate(dict.fromkeys(ROLES))
        hidden["ci_ids"] = []
        caller = self.caller if alone else None
        return self.model_copy(update={**hidden, "customer_ids": theirs, "caller": caller})


# Asked for with every answer, so not asked of the models each time.
_MOMENTS: Final = tuple(Milestones.model_fields)
_OWN: Final = tuple(IncidentRecord.model_fields.keys() - {"milestones", "opened_at", "roles"})


class TimelineRecord(ResponseModel):
    """An entry of a timeline; ``incident_id`` may be one that was merged into this incident."""

    id: UUID
    incident_id: UUID
    sequence: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    visibility: Visibility
    text: str

    @classmethod
    def of(cls, entry: TimelineEntry) -> TimelineRecord:
        """Return what its author sees of an entry."""
        return of_record(cls, entry)


class ReachedServiceRecord(ResponseModel):
    """A service in reach; the disturbed one has distance 0."""

    service_id: UUID
    name_business: str
    distance: int


class ReachedCustomerRecord(ResponseModel):
    """A customer in reach, and which services in reach it uses."""

    customer_id: UUID
    service_ids: list[UUID]


class ImpactRecord(ResponseModel):
    """Who and what an incident reaches; until it is computed there is no ``assessed_at``."""

    incident_id: UUID
    assessed_at: datetime | None
    map_version: int | None
    services: list[ReachedServiceRecord]
    customers: list[ReachedCustomerRecord]
