"""Clocks as HTTP shows them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import Field

from services.incident.clocks.domain import MICROSECONDS, Clock
from services.incident.clocks.engine.account import Step, duration
from services.incident.clocks.events import AgreementType, ClockState, Metric, RecordType
from shared.db import columns
from shared.schemas import ResponseModel


class Place(NamedTuple):
    """The record that a clock belongs to, as people name it."""

    record_number: str
    record_type: RecordType


class ShareRecord(ResponseModel):
    """Seconds of a clock that a team or supplier had; ``reason`` is the hold it ran on."""

    team_id: UUID | None
    supplier_id: UUID | None
    reason: str | None
    seconds: int


class ClockRecord(ResponseModel):
    """A clock as it stands when asked; seconds are of its calendar, null is real time."""

    id: UUID
    record_type: RecordType
    record_id: UUID
    record_number: str
    service_id: UUID
    customer_id: UUID | None
    team_id: UUID | None
    supplier_id: UUID | None
    agreement_id: UUID
    agreement_version: int
    agreement_type: AgreementType
    target_id: UUID
    metric: Metric
    target_seconds: int
    calendar_id: UUID | None
    calendar_version: int | None
    state: ClockState
    running: bool = Field(description="Whether time counts; a breached clock runs on till the end.")
    started_at: datetime
    stopped_at: datetime | None
    breached_at: datetime | None
    deadline: datetime | None = Field(description="Null while nothing is due.")
    elapsed_seconds: int
    remaining_seconds: int = Field(description="Negative once more is used up than was promised.")
    attribution: list[ShareRecord] = Field(
        description="Who had the time up to the last event; staff only."
    )
    measured_at: datetime = Field(description="The instant that the seconds are for.")
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, clock: Clock, place: Place) -> ClockRecord:
        """Return what HTTP shows of a clock of a record."""
        shown = clock.reading
        seconds = shown.elapsed // MICROSECONDS
        return cls(
            id=clock.id,
            record_type=place.record_type,
            record_id=clock.record_id,
            record_number=place.record_number,
            service_id=clock.service_id,
            customer_id=clock.customer_id,
            team_id=clock.rules.team_id,
            supplier_id=clock.rules.supplier_id,
            agreement_id=clock.agreement_id,
            agreement_version=shown.target.agreement_version,
            agreement_type=clock.agreement_type,
            target_id=shown.target.target_id,
            metric=clock.rules.metric,
            target_seconds=shown.target.seconds,
            calendar_id=shown.target.calendar_id,
            calendar_version=clock.calendar_version,
            state=shown.state,
            running=shown.running,
            started_at=shown.started_at,
            stopped_at=shown.stopped_at,
            breached_at=shown.breached_at,
            deadline=shown.deadline,
            elapsed_seconds=seconds,
            remaining_seconds=shown.target.seconds - seconds,
            attribution=[ShareRecord(**columns(one)) for one in shown.attribution],
            measured_at=shown.at,
            version=clock.version,
            created_at=clock.created_at,
            updated_at=clock.updated_at,
        )

    def for_customers(self) -> ClockRecord:
        """Return what customers see of it: not which of the provider's people had it."""
        return self.model_copy(update={"attribution": []})


class ClockAsOf(ResponseModel):
    """Which state of a calendar a clock counts by."""

    id: UUID | None = Field(description="Null for real time.")
    version: int | None
    time_zone: str


class Stretch(ResponseModel):
    """An open stretch of a calendar."""

    start: datetime
    end: datetime


class StepRecord(ResponseModel):
    """A stretch of a clock: whether it counted, why, and what it added."""

    start: datetime
    end: datetime | None
    counts: bool
    why: str
    priority: int
    target_seconds: int | None
    calendar: str
    open_time: str
    total: str
    open_microseconds: int
    total_microseconds: int
    stretches: list[Stretch] = Field(description="The first open stretches in it.")
    complete: bool = Field(description="Whether these are all of them.")
    period: int | None = Field(description="Of an update clock, from 1; the total is of it.")

    @classmethod
    def of(cls, step: Step) -> StepRecord:
        """Return what HTTP shows of a step of the working."""
        return cls(
            start=step.start,
            end=step.end,
            counts=step.counts,
            why=step.why,
            priority=step.priority,
            target_seconds=step.target_seconds,
            calendar=step.calendar,
            open_time=duration(step.opened),
            total=duration(step.total),
            open_microseconds=step.opened,
            total_microseconds=step.total,
            stretches=[Stretch(start=start, end=end) for start, end in step.stretches],
            complete=step.complete,
            period=step.period,
        )


class FactRecord(ResponseModel):
    """What happened to the record, as it is known now and in its order."""

    sequence: int
    kind: str
    at: datetime
    reason: str | None
    priority: int | None
    corrected: bool


class HitRecord(ResponseModel):
    """When so much of the target was used up."""

    percent: int
    at: datetime


class Explanation(ResponseModel):
    """How a clock comes to what it shows, step by step."""

    clock: ClockRecord
    measured_at: datetime
    calendar: ClockAsOf
    pauses_on: list[str]
    runs_only_on: list[str]
    facts: list[FactRecord]
    steps: list[StepRecord]
    thresholds: list[HitRecord]
    arithmetic: list[str]
