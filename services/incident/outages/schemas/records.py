"""Outages as HTTP shows and takes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, RootModel, StringConstraints, model_validator

from services.incident.outages.commands.people import Opening
from services.incident.outages.domain.affected import MAX_AFFECTED, Affected, decimal_text
from services.incident.outages.domain.outage import Outage
from services.incident.outages.events import OutageKind, OutageState
from shared.schemas import Instant, Line, Paragraph, RequestModel, ResponseModel, absent

Share: TypeAlias = Annotated[
    str, StringConstraints(max_length=6, pattern=r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$")
]
"""From 0 to 1 as decimal text, four places at most."""
Reference: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Description: TypeAlias = Annotated[Paragraph, Field(max_length=2000)]


class AffectedEntry(RequestModel):
    """A customer and which share of it feels the outage."""

    customer_id: UUID
    share: Share = "1"


Entries: TypeAlias = Annotated[tuple[AffectedEntry, ...], Field(max_length=MAX_AFFECTED)]


def _affected(entries: Collection[AffectedEntry]) -> tuple[Affected, ...]:
    return tuple(Affected(one.customer_id, Decimal(one.share)) for one in entries)


def _refuse_twice(entries: Collection[AffectedEntry] | None) -> None:
    if entries and len({one.customer_id for one in entries}) < len(entries):
        message = "a customer is named twice"
        raise ValueError(message)


class OpenOutage(RequestModel):
    """An outage to record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "service_id": "SVC0000007",
                    "kind": "degradation",
                    "severity_factor": "0.3",
                    "description": "Orders take a minute each.",
                }
            ]
        }
    )

    service_id: Reference = Field(description="Id or number (SVC…).")
    kind: OutageKind = "outage"
    severity_factor: Share | None = Field(
        default=None, description="How much is lost; by default 1, of a degradation 0.5."
    )
    started_at: Instant | None = Field(default=None, description="By default now.")
    ended_at: Instant | None = Field(default=None, description="If it is over already.")
    incident_id: UUID | None = None
    change_id: UUID | None = None
    cause_ci_id: UUID | None = None
    description: Description = ""
    affected: Entries | None = Field(
        default=None, description="By default whoever uses the service when it begins, in full."
    )
    others_share: Share | None = Field(
        default=None, description="Share of customers that use the service and are not named."
    )

    @model_validator(mode="after")
    def _each_once(self) -> OpenOutage:
        _refuse_twice(self.affected)
        return self

    def opening(self) -> Opening:
        """Return what the command takes."""
        return Opening(
            service=self.service_id,
            kind=self.kind,
            severity_factor=_number(self.severity_factor),
            started_at=self.started_at,
            ended_at=self.ended_at,
            incident_id=self.incident_id,
            change_id=self.change_id,
            cause_ci_id=self.cause_ci_id,
            description=self.description,
            affected=None if self.affected is None else _affected(self.affected),
            others_share=_number(self.others_share),
        )


class ChangeOutage(RequestModel):
    """A merge patch of an outage; its times are changed by other operations."""

    description: Description = absent()
    change_id: UUID | None = absent()
    cause_ci_id: UUID | None = absent()
    affected: Entries = absent()
    others_share: Share | None = absent()

    @model_validator(mode="after")
    def _each_once(self) -> ChangeOutage:
        _refuse_twice(self.affected)
        return self

    def changes(self) -> dict[str, object]:
        """Return the new values of what was sent."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        if "affected" in values:
            values["affected"] = _affected(self.affected)
        if "others_share" in values:
            values["others_share"] = _number(self.others_share)
        return values


class VaryOutage(RequestModel):
    """How it is from now on, or since an earlier time."""

    kind: OutageKind
    severity_factor: Share | None = Field(
        default=None, description="By default 1, of a degradation 0.5."
    )
    occurred_at: Instant | None = None

    @property
    def factor(self) -> Decimal | None:
        """Return the factor as a number."""
        return _number(self.severity_factor)


class ToEnded(RequestModel):
    """The service is what was agreed again."""

    to: Literal["ended"]
    occurred_at: Instant | None = None


class ToMerged(RequestModel):
    """It is the same as another outage of the service, which lives on."""

    to: Literal["merged"]
    into: UUID


class MoveOutage(RootModel[Annotated[ToEnded | ToMerged, Field(discriminator="to")]]):
    """The state an outage should have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "ended"}]})


class CorrectOutage(RequestModel):
    """When it began or ended in truth, and how that is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"started_at": "2026-03-02T08:48:00Z", "reason": "The log says so."}]
        }
    )

    started_at: Instant | None = None
    ended_at: Instant | None = Field(default=None, description="Only if it has ended.")
    reason: Line

    @model_validator(mode="after")
    def _says_something(self) -> CorrectOutage:
        if self.started_at is None and self.ended_at is None:
            message = "give started_at, ended_at or both"
            raise ValueError(message)
        return self


class SegmentRecord(ResponseModel):
    """A part of an outage; null ends are open."""

    start: datetime
    end: datetime | None
    kind: OutageKind
    severity_factor: str


class AffectedRecord(ResponseModel):
    """A customer and which share of it feels the outage."""

    customer_id: UUID
    share: str


class OutageRecord(ResponseModel):
    """An outage; customers see themselves alone among the affected."""

    id: UUID
    service_id: UUID
    kind: OutageKind = Field(description="Of the last segment.")
    state: OutageState
    incident_id: UUID | None
    change_id: UUID | None
    cause_ci_id: UUID | None
    description: str
    segments: list[SegmentRecord]
    affected: list[AffectedRecord]
    others_share: str | None
    started_at: datetime
    ended_at: datetime | None
    automatic: bool = Field(description="Whether it opened by itself.")
    merged_into: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, outage: Outage) -> OutageRecord:
        """Return what HTTP shows of an outage."""
        return cls(
            id=outage.id,
            service_id=outage.service_id,
            kind=outage.kind,
            state=outage.state,
            incident_id=outage.incident_id,
            change_id=outage.change_id,
            cause_ci_id=outage.cause_ci_id,
            description=outage.description,
            segments=[
                SegmentRecord(
                    start=one.start,
                    end=one.end,
                    kind=one.kind,
                    severity_factor=decimal_text(one.severity_factor),
                )
                for one in outage.segments
            ],
            affected=[
                AffectedRecord(customer_id=one.customer_id, share=decimal_text(one.share))
                for one in outage.affected
            ],
            others_share=None if outage.others_share is None else decimal_text(outage.others_share),
            started_at=outage.started_at,
            ended_at=outage.ended_at,
            automatic=outage.automatic,
            merged_into=outage.merged_into,
            version=outage.version,
            created_at=outage.created_at,
            updated_at=outage.updated_at,
        )

    def for_customers(self, customers: Collection[UUID]) -> OutageRecord:
        """Return what customers see of it: nobody else's share, not which component failed."""
        own = [one for one in self.affected if one.customer_id in customers]
        return self.model_copy(update={"affected": own, "cause_ci_id": None})


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
