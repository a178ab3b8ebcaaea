"""Incidents as HTTP shows and takes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import ConfigDict, Field

from services.incident.incidents.commands.handling import Weight
from services.incident.incidents.domain.incident import Declaration, Incident
from services.incident.incidents.domain.timeline import TimelineEntry
from services.incident.incidents.events.vocabulary import (
    Channel,
    HoldReason,
    MajorState,
    Milestone,
    PrioritySource,
    State,
    Visibility,
)
from services.incident.incidents.schemas.fields import Ids, NamedLevel, Reference
from shared.schemas import Instant, Level, Line, Paragraph, RequestModel, ResponseModel, absent


class DeclareIncident(RequestModel):
    """An incident to declare."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Orders cannot be placed",
                    "service_id": "SVC0000007",
                    "impact": "high",
                    "urgency": 1,
                    "channel": "phone",
                }
            ]
        }
    )

    title: Line
    description_technical: Paragraph = Field(default="", description="For those who repair it.")
    description_business: Paragraph = Field(default="", description="For those who need it.")
    channel: Channel = "api"
    caller: Line | None = Field(default=None, description="Who called, as their own system says.")
    service_id: Reference | None = Field(default=None, description="Id or number (SVC…).")
    affected_service_ids: Ids = ()
    customer_ids: Ids = Field(default=(), description="Whom it is declared for.")
    impact: NamedLevel = 2
    urgency: NamedLevel = 2
    occurred_at: Instant | None = Field(
        default=None, description="When it was reported, if that was before now."
    )
    started_at: Instant | None = Field(default=None, description="When it began.")
    detected_at: Instant | None = Field(default=None, description="When it was noticed.")

    def declaration(self) -> Declaration:
        """Return what the domain takes."""
        return Declaration(
            title=self.title,
            description_technical=self.description_technical,
            description_business=self.description_business,
            channel=self.channel,
            caller=self.caller,
            customer_ids=self.customer_ids,
            affected_service_ids=self.affected_service_ids,
            impact=self.impact,
            urgency=self.urgency,
            started_at=self.started_at,
            detected_at=self.detected_at,
            reported_at=self.occurred_at,
        )


class ChangeIncident(RequestModel):
    """A merge patch; a ``priority`` goes against the matrix, null gives it back to the matrix."""

    title: Line = absent()
    description_technical: Paragraph = absent()
    description_business: Paragraph = absent()
    caller: Line | None = absent()
    service_id: Reference | None = absent()
    affected_service_ids: Ids = absent()
    customer_ids: Ids = absent()
    impact: NamedLevel = absent()
    urgency: NamedLevel = absent()
    priority: Level | None = absent()
    priority_reason: Line = absent()

    def changes(self) -> dict[str, Any]:
        """Return the new values of what describes the incident."""
        weight = {"impact", "urgency", "priority", "priority_reason"}
        return self.model_dump(exclude_unset=True, exclude=weight)

    def weight(self) -> Weight:
        """Return what was said of its weight."""
        sent = self.model_fields_set
        return Weight(
            impact=self.impact if "impact" in sent else None,
            urgency=self.urgency if "urgency" in sent else None,
            override=self.priority if "priority" in sent else None,
            reason=self.priority_reason if "priority_reason" in sent else None,
            lift="priority" in sent and self.priority is None,
        )


class RecordMilestone(RequestModel):
    """A milestone that was reached; without a time it is now."""

    milestone: Milestone
    occurred_at: Instant | None = None


class CommentIncident(RequestModel):
    """An entry for the timeline, and for whose eyes."""

    text: Annotated[Paragraph, Field(min_length=1)]
    visibility: Visibility = "internal"


class ReplaceMatrix(RequestModel):
    """Rows by impact, columns by urgency, high to low; each cell a priority from 1 to 5."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cells": [[1, 2, 3], [2, 3, 4], [3, 4, 5]]}]}
    )

    cells: Annotated[
        tuple[tuple[Level, Level, Level], ...],
        Field(min_length=3, max_length=3),
    ]


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


class IncidentRecord(ResponseModel):
    """An incident; customers' users get it without technical texts, names of staff and others."""

    id: UUID
    number: str
    title: str
    description_technical: str | None
    description_business: str
    channel: Channel
    caller: str | None
    customer_ids: list[UUID]
    service_id: UUID | None
    affected_service_ids: list[UUID]
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
        caller = self.caller if alone else None
        return self.model_copy(update={**hidden, "customer_ids": theirs, "caller": caller})


# Asked for with every answer, so not asked of the models each time.
_MOMENTS: Final = tuple(Milestones.model_fields)
_OWN: Final = tuple(IncidentRecord.model_fields.keys() - {"milestones", "opened_at"})


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
        return cls.model_validate({name: getattr(entry, name) for name in cls.model_fields})


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
