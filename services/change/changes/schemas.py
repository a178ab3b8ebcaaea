"""Changes as HTTP shows and takes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.change.changes.content import Content, PlannedOutage
from services.change.changes.domain import Change, Moved
from services.change.changes.events import ChangeType, CloseCode, Outcome, RiskLevel, State
from services.change.changes.lifecycle import AHEAD, Act
from services.change.views.domain import OpenIncident
from services.change.views.schemas import ChangeWarning, warnings_about
from shared.schemas import Instant, Line, Paragraph, RequestModel, ResponseModel, absent

MAX_SERVICES: Final = 200
# A payload holds all of these at once and has to stay far below what a broker takes.
Text: TypeAlias = Annotated[Paragraph, StringConstraints(max_length=5_000)]
Plan: TypeAlias = Annotated[Paragraph, StringConstraints(max_length=10_000)]
Said: TypeAlias = Annotated[Text, StringConstraints(min_length=1, pattern=r"\S")]
Services: TypeAlias = Annotated[list[UUID], Field(max_length=MAX_SERVICES)]
INTERNAL: Final = (
    "requester",
    "reason",
    "description_technical",
    "implementation_plan",
    "test_plan",
    "communication_plan",
    "backout_plan",
    "state_reason",
    "risk_level",
    "assessment",
    "authorised_by",
    "outcome_text",
    "review_text",
)
"""Fields that a customer's user gets as null: how the provider works, and who does it."""


class PlannedOutageEntry(RequestModel):
    """For how many minutes a service is expected to be out; one entry per service."""

    service_id: UUID
    minutes: Annotated[int, Field(strict=True, ge=1, le=366 * 24 * 60)]


Outages: TypeAlias = Annotated[list[PlannedOutageEntry], Field(max_length=MAX_SERVICES)]


class RequestChange(RequestModel):
    """A change to request; it begins as a draft and may be completed until it is assessed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Replace the order database's storage",
                    "planned_start": "2026-03-08T02:00:00Z",
                    "planned_end": "2026-03-08T04:00:00Z",
                    "implementation_plan": "Move one node after the other.",
                    "backout_plan": "Fail back to the old array.",
                }
            ]
        }
    )

    type: ChangeType = Field(default="normal", description="Only normal ones are available now.")
    title: Line
    reason: Text = ""
    description_technical: Text = ""
    description_business: Text = ""
    service_ids: Services = Field(default=[], description="What the change touches.")
    planned_start: Instant | None = None
    planned_end: Instant | None = None
    planned_outages: Outages = Field(default=[], description="Expected downtime.")
    implementation_plan: Plan = ""
    test_plan: Text = ""
    communication_plan: Text = ""
    backout_plan: Plan = ""

    def content(self) -> Content:
        """Return what the change says."""
        return Content(**_as_content(self.model_dump(exclude={"type"})))


class ReviseChange(RequestModel):
    """A merge patch of a change's content; a list is replaced as a whole."""

    title: Line = absent()
    reason: Text = absent()
    description_technical: Text = absent()
    description_business: Text = absent()
    service_ids: Services = absent()
    planned_start: Instant | None = absent()
    planned_end: Instant | None = absent()
    planned_outages: Outages = absent()
    implementation_plan: Plan = absent()
    test_plan: Text = absent()
    communication_plan: Text = absent()
    backout_plan: Plan = absent()

    def changes(self) -> dict[str, Any]:
        """Return the new values of the fields that were sent."""
        return _as_content(self.model_dump(exclude_unset=True))


class _Transition(RequestModel):
    occurred_at: Instant | None = Field(default=None, description="When it was, if not now.")


class ToAssess(_Transition):
    """Hand the draft in."""

    to: Literal["assess"]

    def step(self, change: Change, act: Act) -> Moved:
        return change.submit(act)


class ToAuthorize(_Transition):
    """End the assessment and ask for authorisation."""

    to: Literal["authorize"]
    risk_level: RiskLevel
    assessment: Text = ""

    def step(self, change: Change, act: Act) -> Moved:
        return change.assess(act, risk_level=self.risk_level, assessment=self.assessment)


class ToScheduled(_Transition):
    """Authorise the change as it stands; for change authorities other than its requester."""

    to: Literal["scheduled"]

    def step(self, change: Change, act: Act) -> Moved:
        return change.authorise(act)


class ToRejected(_Transition):
    """Refuse the change; for change authorities."""

    to: Literal["rejected"]
    reason: Said

    def step(self, change: Change, act: Act) -> Moved:
        return change.reject(act, reason=self.reason)


class ToDraft(_Transition):
    """Make it a draft again, which voids its assessment and its authorisation."""

    to: Literal["draft"]
    reason: Said

    def step(self, change: Change, act: Act) -> Moved:
        return change.revert(act, reason=self.reason)


class ToCancelled(_Transition):
    """Give the change up before it is carried out."""

    to: Literal["cancelled"]
    reason: Said

    def step(self, change: Change, act: Act) -> Moved:
        return change.cancel(act, reason=self.reason)


class ToImplement(_Transition):
    """Begin the work, inside the planned window or shortly before."""

    to: Literal["implement"]

    def step(self, change: Change, act: Act) -> Moved:
        return change.start(act)


class ToReview(_Transition):
    """Say how the work ended."""

    to: Literal["review"]
    outcome: Outcome
    outcome_text: Text = ""

    def step(self, change: Change, act: Act) -> Moved:
        return change.finish(act, outcome=self.outcome, outcome_text=self.outcome_text)


class ToClosed(_Transition):
    """Judge what came of the change and end it."""

    to: Literal["closed"]
    close_code: Outcome
    review_text: Said

    def step(self, change: Change, act: Act) -> Moved:
        return change.close(act, close_code=self.close_code, review_text=self.review_text)


Transition: TypeAlias = Annotated[
    ToAssess
    | ToAuthorize
    | ToScheduled
    | ToRejected
    | ToDraft
    | ToCancelled
    | ToImplement
    | ToReview
    | ToClosed,
    Field(discriminator="to"),
]


class ChangeRecord(ResponseModel):
    """A change; to a customer's user it shows their services and none of the internal fields."""

    id: UUID
    number: str
    type: ChangeType
    state: State
    state_since: datetime
    state_reason: str | None
    requester: str | None
    title: str
    reason: str | None
    description_technical: str | None
    description_business: str
    service_ids: list[UUID]
    planned_start: datetime | None
    planned_end: datetime | None
    planned_outages: list[PlannedOutageEntry]
    implementation_plan: str | None
    test_plan: str | None
    communication_plan: str | None
    backout_plan: str | None
    risk_level: RiskLevel | None
    assessment: str | None
    authorised_by: str | None
    authorised_at: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    overran_at: datetime | None
    outcome: Outcome | None
    outcome_text: str | None
    close_code: CloseCode | None
    review_text: str | None
    warnings: list[ChangeWarning]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(
        cls,
        change: Change,
        incidents: Collection[OpenIncident],
        *,
        shown: frozenset[UUID] | None = None,
    ) -> ChangeRecord:
        """Return what HTTP shows: to a customer's user of the services ``shown``, or to staff."""
        values = {**asdict(change.content), **asdict(change)}
        del values["content"]
        services = [one for one in change.content.service_ids if shown is None or one in shown]
        values["service_ids"] = services
        values["planned_outages"] = [
            one for one in values["planned_outages"] if one["service_id"] in services
        ]
        ahead = change.state in AHEAD
        values["warnings"] = warnings_about(services, incidents) if ahead else []
        if shown is not None:
            values |= dict.fromkeys(INTERNAL)
        return cls.model_validate(values)


def _as_content(values: dict[str, Any]) -> dict[str, Any]:
    if "service_ids" in values:
        values["service_ids"] = tuple(values["service_ids"])
    if "planned_outages" in values:
        values["planned_outages"] = tuple(PlannedOutage(**one) for one in values["planned_outages"])
    return values
