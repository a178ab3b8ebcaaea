"""What the world learns about changes.

Every payload begins with the same state of the change as it is after the event; ``requested`` and
``updated`` carry the whole content as well, so that the record can be rebuilt from its events.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

ChangeType: TypeAlias = Literal["normal", "standard", "emergency"]
State: TypeAlias = Literal[
    "draft",
    "assess",
    "authorize",
    "scheduled",
    "rejected",
    "implement",
    "review",
    "closed",
    "cancelled",
]
RiskLevel: TypeAlias = Literal["low", "medium", "high", "very_high"]
Outcome: TypeAlias = Literal["successful", "successful_with_issues", "failed", "backed_out"]
CloseCode: TypeAlias = Literal[
    "successful", "successful_with_issues", "failed", "backed_out", "cancelled"
]
_SERVICE: Final = "01997e0a-6c00-7000-8000-000000000001"


def _example(state: State, previous: State | None, **more: object) -> ConfigDict:
    example: dict[str, Any] = {
        "change_id": "01997e0a-6c00-7000-8000-0000000000c1",
        "number": "CHG0000007",
        "type": "normal",
        "title": "Replace the order database's storage",
        "state": state,
        "previous_state": previous,
        "service_ids": [_SERVICE],
        "planned_start": "2026-03-08T02:00:00Z",
        "planned_end": "2026-03-08T04:00:00Z",
    }
    return ConfigDict(json_schema_extra={"examples": [example | more]})


_CONTENT: Final[dict[str, object]] = {
    "reason": "The disks are at the end of their warranty.",
    "requester": "m.keller",
    "description_technical": "Move the volumes of order-db-1 and order-db-2 to the new array.",
    "description_business": "Orders cannot be placed for a quarter of an hour during the night.",
    "planned_outages": [{"service_id": _SERVICE, "minutes": 15}],
    "implementation_plan": "Fail over to the second node, move the first, and the reverse.",
    "test_plan": "Place an order in each shop.",
    "communication_plan": "Banner in the shop from Friday on.",
    "backout_plan": "Fail back to the old array, which stays attached.",
}


class ChangeEvent(BaseModel, frozen=True, extra="forbid"):
    """What every event of a change begins with; times are UTC."""

    TYPE: ClassVar[str]

    change_id: UUID
    number: str
    type: ChangeType
    title: str
    state: State
    previous_state: State | None
    service_ids: list[UUID]
    planned_start: datetime | None
    planned_end: datetime | None


class PlannedOutageFact(BaseModel, frozen=True, extra="forbid"):
    """For how many minutes a service is expected to be out."""

    service_id: UUID
    minutes: int


class ChangeContent(ChangeEvent, frozen=True, extra="forbid"):
    """The state of a change with its whole content."""

    reason: str
    requester: str
    description_technical: str
    description_business: str
    planned_outages: list[PlannedOutageFact]
    implementation_plan: str
    test_plan: str
    communication_plan: str
    backout_plan: str


class ChangeRequested(ChangeContent):
    """Somebody asked for a change; it is a draft."""

    TYPE: ClassVar[str] = "itsm.change.requested.v1"
    model_config = _example("draft", None, **_CONTENT)


class ChangeUpdated(ChangeContent):
    """The content of a change was altered; ``changed`` names the fields."""

    TYPE: ClassVar[str] = "itsm.change.updated.v1"
    model_config = _example("draft", "draft", **_CONTENT, changed=["title", "planned_end"])

    changed: list[str]


class ChangeSubmitted(ChangeEvent):
    """The draft was handed in to be assessed."""

    TYPE: ClassVar[str] = "itsm.change.submitted.v1"
    model_config = _example("assess", "draft")


class ChangeAssessed(ChangeEvent):
    """The risk was assessed, and the change waits for an authority."""

    TYPE: ClassVar[str] = "itsm.change.assessed.v1"
    model_config = _example(
        "authorize", "assess", risk_level="medium", assessment="Both nodes are moved, one by one."
    )

    risk_level: RiskLevel
    assessment: str


class ChangeAuthorised(ChangeEvent):
    """An authority agreed to the change as it stands."""

    TYPE: ClassVar[str] = "itsm.change.authorised.v1"
    model_config = _example("authorize", "authorize", authorised_by="a.brandt")

    authorised_by: str


class ChangeScheduled(ChangeEvent):
    """The change has its place in the schedule: its planned window."""

    TYPE: ClassVar[str] = "itsm.change.scheduled.v1"
    model_config = _example("scheduled", "authorize", authorised_by="a.brandt")

    authorised_by: str


class ChangeRejected(ChangeEvent):
    """An authority refused the change."""

    TYPE: ClassVar[str] = "itsm.change.rejected.v1"
    model_config = _example(
        "rejected", "authorize", rejected_by="a.brandt", reason="Not in the last week of a quarter."
    )

    rejected_by: str
    reason: str


class ChangeReverted(ChangeEvent):
    """The change is a draft again; its assessment, and an authorisation it had, are void."""

    TYPE: ClassVar[str] = "itsm.change.reverted.v1"
    model_config = _example(
        "draft", "scheduled", reason="The window moves by a week.", authorisation_voided=True
    )

    reason: str
    authorisation_voided: bool


class ChangeCancelled(ChangeEvent):
    """The change will not be carried out."""

    TYPE: ClassVar[str] = "itsm.change.cancelled.v1"
    model_config = _example(
        "cancelled", "draft", reason="The vendor extends the warranty.", close_code="cancelled"
    )

    reason: str
    close_code: Literal["cancelled"]


class ChangeImplementationStarted(ChangeEvent):
    """Somebody began to carry the change out."""

    TYPE: ClassVar[str] = "itsm.change.implementation_started.v1"
    model_config = _example("implement", "scheduled", actual_start="2026-03-08T02:05:00Z")

    actual_start: datetime


class ChangeOverran(ChangeEvent):
    """The planned window ended and the change is still being carried out."""

    TYPE: ClassVar[str] = "itsm.change.overran.v1"
    model_config = _example("implement", "implement", actual_start="2026-03-08T02:05:00Z")

    actual_start: datetime


class _ChangeDone(ChangeEvent, frozen=True, extra="forbid"):
    actual_start: datetime
    actual_end: datetime
    outcome: Outcome
    outcome_text: str


class ChangeImplemented(_ChangeDone):
    """The work has ended with this outcome, and the review is due."""

    TYPE: ClassVar[str] = "itsm.change.implemented.v1"
    model_config = _example(
        "review",
        "implement",
        actual_start="2026-03-08T02:05:00Z",
        actual_end="2026-03-08T03:10:00Z",
        outcome="successful",
        outcome_text="Both volumes run on the new array.",
    )


class ChangeBackedOut(_ChangeDone):
    """The work was undone by the backout plan, and the review is due."""

    TYPE: ClassVar[str] = "itsm.change.backed_out.v1"
    model_config = _example(
        "review",
        "implement",
        actual_start="2026-03-08T02:05:00Z",
        actual_end="2026-03-08T03:10:00Z",
        outcome="backed_out",
        outcome_text="The second node did not come up; the old array is in use again.",
    )


class ChangeReviewed(ChangeEvent):
    """What came of the change was judged."""

    TYPE: ClassVar[str] = "itsm.change.reviewed.v1"
    model_config = _example(
        "review", "review", close_code="successful", review_text="As planned, with time to spare."
    )

    close_code: Outcome
    review_text: str


class ChangeClosed(ChangeEvent):
    """The change is over."""

    TYPE: ClassVar[str] = "itsm.change.closed.v1"
    model_config = _example(
        "closed",
        "review",
        close_code="successful",
        actual_start="2026-03-08T02:05:00Z",
        actual_end="2026-03-08T03:10:00Z",
    )

    close_code: Outcome
    actual_start: datetime
    actual_end: datetime


PUBLISHED = (
    ChangeRequested,
    ChangeUpdated,
    ChangeSubmitted,
    ChangeAssessed,
    ChangeAuthorised,
    ChangeScheduled,
    ChangeRejected,
    ChangeReverted,
    ChangeCancelled,
    ChangeImplementationStarted,
    ChangeOverran,
    ChangeImplemented,
    ChangeBackedOut,
    ChangeReviewed,
    ChangeClosed,
)
