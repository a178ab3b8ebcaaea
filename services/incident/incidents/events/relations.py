"""What the world learns of an incident's links, of corrected times, and of follow-ups."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.incident.incidents.events.vocabulary import (
    HoldReason,
    IncidentEvent,
    Relation,
    Visibility,
    example,
)

_OTHER = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e06"


class IncidentLinked(IncidentEvent):
    """It belongs to another record now: a parent incident, a problem, a change."""

    TYPE = "itsm.incident.linked.v1"
    model_config = example(
        parent_id=_OTHER, relation="parent", target_id=_OTHER, target_number="INC0000041"
    )

    relation: Relation
    target_id: UUID
    target_number: str | None


class IncidentUnlinked(IncidentEvent):
    """It no longer belongs to the other record."""

    TYPE = "itsm.incident.unlinked.v1"
    model_config = example(relation="parent", target_id=_OTHER)

    relation: Relation
    target_id: UUID


class CorrectedMoment(BaseModel, frozen=True, extra="forbid"):
    """A milestone, when it was said to have been, and when it was."""

    milestone: str
    old: datetime | None
    new: datetime


class CorrectedEntry(BaseModel, frozen=True, extra="forbid"):
    """What an entry of the timeline tells of: when that was said to have been, and when it was."""

    sequence: int
    kind: str
    old: datetime
    new: datetime
    visibility: Visibility


class IncidentTimestampsCorrected(IncidentEvent):
    """Milestones, or what ``entry`` tells of, were at other times than had been said.

    Clocks were counted anew.
    """

    TYPE = "itsm.incident.timestamps_corrected.v1"
    model_config = example(
        corrections=[
            {
                "milestone": "acknowledged_at",
                "old": "2026-03-02T09:04:00Z",
                "new": "2026-03-02T09:02:00Z",
            }
        ],
        entry=None,
        reason="The call was taken before it was written down.",
    )

    corrections: tuple[CorrectedMoment, ...]
    reason: str
    entry: CorrectedEntry | None = None


class IncidentFollowUpDue(IncidentEvent):
    """It is on hold, and the time has come at which somebody wanted to look again."""

    TYPE = "itsm.incident.follow_up_due.v1"
    model_config = example(
        state="on_hold", reason="awaiting_supplier", follow_up_at="2026-03-03T09:00:00Z"
    )

    reason: HoldReason
    follow_up_at: datetime
