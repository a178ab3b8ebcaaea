"""The transitions of incidents as HTTP takes them: one shape per target state."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, RootModel, StringConstraints

from services.incident.incidents.domain import major, transitions
from services.incident.incidents.domain.major import MajorMove
from services.incident.incidents.domain.transitions import Move
from services.incident.incidents.events.vocabulary import HoldReason
from services.incident.incidents.schemas.fields import Reference
from shared.schemas import Instant, Line, Paragraph, RequestModel

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,49}$")]
"""A resolution code, for instance permanent_fix, workaround, no_fault_found."""
Said = Annotated[Paragraph, Field(min_length=1)]


class _Step(RequestModel):
    occurred_at: Instant | None = Field(default=None, description="If it was before now.")


class ToAssigned(_Step):
    """Give it to a team, and to a person in it if one is named."""

    to: Literal["assigned"]
    team_id: UUID | None = None
    assignee: Line | None = None

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Assign(team_id=self.team_id, assignee=self.assignee)


class ToInProgress(_Step):
    """Work on it, go on after a hold, or reopen it (then ``reason`` is needed)."""

    to: Literal["in_progress"]
    assignee: Line | None = None
    reason: Line | None = None

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Start(assignee=self.assignee, reason=self.reason)


class ToOnHold(_Step):
    """Let it wait for something; ``follow_up_at`` says when somebody looks again."""

    to: Literal["on_hold"]
    reason: HoldReason
    follow_up_at: Instant

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Hold(reason=self.reason, follow_up_at=self.follow_up_at)


class ToResolved(_Step):
    """Service is restored, or a workaround in place; said for both audiences."""

    to: Literal["resolved"]
    resolution_code: Code
    resolution_technical: Said
    resolution_business: Said
    workaround: Annotated[Paragraph, Field(min_length=1, max_length=10_000)] | None = None

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Resolve(
            code=self.resolution_code,
            technical=self.resolution_technical,
            business=self.resolution_business,
            workaround=self.workaround,
        )


class ToClosed(_Step):
    """The caller confirms the resolution."""

    to: Literal["closed"]

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Close()


class ToCancelled(_Step):
    """It was no incident."""

    to: Literal["cancelled"]
    reason: Line

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Cancel(reason=self.reason)


class ToMerged(_Step):
    """It is the same as another incident, named by id or number, which lives on."""

    to: Literal["merged"]
    duplicate_of: Reference

    def move(self) -> Move:
        """Return what the domain takes."""
        return transitions.Merge(duplicate_of=self.duplicate_of)


class MoveIncident(
    RootModel[
        Annotated[
            ToAssigned | ToInProgress | ToOnHold | ToResolved | ToClosed | ToCancelled | ToMerged,
            Field(discriminator="to"),
        ]
    ]
):
    """The state an incident should have, and what that step asks for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "in_progress", "assignee": "nora.okafor"}]}
    )


class ToProposed(RequestModel):
    """Hold it to be a major incident."""

    to: Literal["proposed"]
    reason: Line

    def step(self) -> MajorMove:
        """Return what the domain takes."""
        return major.Propose(reason=self.reason)


class ToAccepted(RequestModel):
    """Handle it as a major incident."""

    to: Literal["accepted"]
    commander: Line
    business_impact: Said
    next_update_at: Instant

    def step(self) -> MajorMove:
        """Return what the domain takes."""
        return major.Accept(
            commander=self.commander,
            business_impact=self.business_impact,
            next_update_at=self.next_update_at,
        )


class ToRejected(RequestModel):
    """Decide that it is none."""

    to: Literal["rejected"]
    reason: Line

    def step(self) -> MajorMove:
        """Return what the domain takes."""
        return major.Reject(reason=self.reason)


class ToStoodDown(RequestModel):
    """Stop handling it as one."""

    to: Literal["stood_down"]
    reason: Line

    def step(self) -> MajorMove:
        """Return what the domain takes."""
        return major.StandDown(reason=self.reason)


class MoveMajorIncident(
    RootModel[
        Annotated[
            ToProposed | ToAccepted | ToRejected | ToStoodDown,
            Field(discriminator="to"),
        ]
    ]
):
    """The major state an incident should have, and what that step asks for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "proposed", "reason": "All branches are down."}]}
    )
