"""Links and corrections as HTTP takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.incident.incidents.events.vocabulary import Relation
from shared.schemas import Instant, Line, RequestModel, absent

MAX_SEQUENCE: Final = 2**63 - 1


class LinkIncident(RequestModel):
    """Another record, and what it is to the incident."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"relation": "problem", "target_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e09"}
            ]
        }
    )

    relation: Relation
    target_id: UUID = Field(description="Id of the parent incident, the problem or the change.")


class CorrectedMilestones(RequestModel):
    """When milestones really were; what is left out stays."""

    started_at: Instant = absent()
    detected_at: Instant = absent()
    reported_at: Instant = absent()
    acknowledged_at: Instant = absent()
    identified_at: Instant = absent()
    mitigated_at: Instant = absent()
    resolved_at: Instant = absent()
    closed_at: Instant = absent()

    @model_validator(mode="after")
    def _some(self) -> CorrectedMilestones:
        if not self.model_fields_set:
            message = "name at least one milestone"
            raise ValueError(message)
        return self


class CorrectMilestones(RequestModel):
    """A correction of milestones, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "milestones": {"started_at": "2020-03-02T08:55:00Z"},
                    "reason": "The logs show that it began earlier.",
                }
            ]
        }
    )

    milestones: CorrectedMilestones
    reason: Line

    def moments(self) -> dict[str, datetime]:
        """Return the times by milestone."""
        return self.milestones.model_dump(exclude_unset=True)


class CorrectTime(RequestModel):
    """When something in the timeline really happened, and why that is known now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sequence": 4,
                    "occurred_at": "2026-03-02T09:20:00Z",
                    "reason": "The caller was asked by phone before it was written down.",
                }
            ]
        }
    )

    sequence: Annotated[int, Field(strict=True, ge=1, le=MAX_SEQUENCE)] = Field(
        description="Of the entry: put_on_hold, resumed, started, reopened, assigned, reassigned,"
        " priority_changed, cancelled, merged, an update (commented), or a resolution that was"
        " taken back."
    )
    occurred_at: Instant
    reason: Line = Field(
        description="Seen by whoever sees the entry; of what a customer's user did, by staff alone."
    )
