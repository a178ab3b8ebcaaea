"""What HTTP takes about incidents: bodies that declare, change and comment them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from services.incident.incidents.commands.handling import Weight
from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.roles import ROLES
from services.incident.incidents.events.vocabulary import Channel, Milestone, Role, Visibility
from services.incident.incidents.schemas.fields import Ids, NamedLevel, Reference
from services.incident.routing.schemas import Category
from shared.schemas import Instant, Level, Line, Paragraph, RequestModel, absent


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
                    "category": "database/locks",
                }
            ]
        }
    )

    title: Line
    description_technical: Paragraph = Field(default="", description="For those who repair it.")
    description_business: Paragraph = Field(default="", description="For those who need it.")
    channel: Channel = "api"
    category: Category | None = Field(
        default=None,
        description="What sort of thing is disturbed, as `network` or `database/locks`.",
    )
    caller: Line | None = Field(default=None, description="Who called, as their own system says.")
    service_id: Reference | None = Field(default=None, description="Id or number (SVC…).")
    affected_service_ids: Ids = ()
    ci_ids: Ids = Field(
        default=(), description="Configuration items that are disturbed; not for customers."
    )
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
            category=self.category,
            caller=self.caller,
            customer_ids=self.customer_ids,
            affected_service_ids=self.affected_service_ids,
            ci_ids=self.ci_ids,
            impact=self.impact,
            urgency=self.urgency,
            started_at=self.started_at,
            detected_at=self.detected_at,
            reported_at=self.occurred_at,
        )


class ChangeRoles(RequestModel):
    """Who has which part in the response, as their own system says; null: nobody."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"communications": "jon.berg", "scribe": None}]}
    )

    commander: Line | None = absent()
    communications: Line | None = absent()
    scribe: Line | None = absent()
    liaison: Line | None = absent()

    def wanted(self) -> dict[Role, str | None]:
        """Return the roles that were named."""
        return {role: getattr(self, role) for role in ROLES if role in self.model_fields_set}


class ChangeIncident(RequestModel):
    """A merge patch; a ``priority`` goes against the matrix, null gives it back to the matrix."""

    title: Line = absent()
    description_technical: Paragraph = absent()
    description_business: Paragraph = absent()
    category: Category | None = absent()
    caller: Line | None = absent()
    service_id: Reference | None = absent()
    affected_service_ids: Ids = absent()
    ci_ids: Ids = absent()
    customer_ids: Ids = absent()
    impact: NamedLevel = absent()
    urgency: NamedLevel = absent()
    priority: Level | None = absent()
    priority_reason: Line = absent()
    roles: ChangeRoles = absent()

    def changes(self) -> dict[str, Any]:
        """Return the new values of what describes the incident."""
        others = {"impact", "urgency", "priority", "priority_reason", "roles"}
        return self.model_dump(exclude_unset=True, exclude=others)

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

    def wanted_roles(self) -> dict[Role, str | None]:
        """Return who should have which part in the response."""
        return self.roles.wanted() if "roles" in self.model_fields_set else {}


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
