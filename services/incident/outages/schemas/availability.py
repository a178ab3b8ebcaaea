"""Availability as HTTP shows it: the figures, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from services.incident.outages.domain.affected import decimal_text
from services.incident.outages.engine.availability import (
    FORMULAS,
    Downtime,
    Piece,
    percent_text,
    whole_seconds,
)
from services.incident.outages.engine.service_time import ServiceTime
from services.incident.outages.events import OutageKind
from shared.schemas import ResponseModel

Basis: TypeAlias = Literal["calendar", "calendar_unknown", "around_the_clock", "no_agreement"]


class ServiceTimeRecord(ResponseModel):
    """A part of the period, and in which hours the service is measured in it.

    ``basis``: the calendar of an agreement's line; a calendar that is not known here yet, so that
    all time counts; a line without a calendar; no line with a target of availability. The last
    three count around the clock.
    """

    start: datetime
    end: datetime
    basis: Basis
    agreement_id: UUID | None
    agreement_number: str | None
    agreement_version: int | None
    target_id: UUID | None
    target_percent: str | None
    target_period: str | None
    calendar_id: UUID | None
    calendar_version: int | None
    time_zone: str
    seconds: int

    @classmethod
    def of(cls, part: ServiceTime) -> ServiceTimeRecord:
        """Return what HTTP shows of a part."""
        line, known = part.line, part.known
        basis: Basis = "calendar"
        if line is None:
            basis = "no_agreement"
        elif line.calendar_id is None:
            basis = "around_the_clock"
        elif known is None:
            basis = "calendar_unknown"
        return cls(
            start=part.start,
            end=part.end,
            basis=basis,
            agreement_id=None if line is None else line.agreement_id,
            agreement_number=None if line is None else line.number,
            agreement_version=None if line is None else line.agreement_version,
            target_id=None if line is None else line.target_id,
            target_percent=None if line is None else line.percent,
            target_period=None if line is None else line.period,
            calendar_id=None if line is None else line.calendar_id,
            calendar_version=None if known is None else known.version,
            time_zone=part.calendar.zone,
            seconds=whole_seconds(part.calendar.open_microseconds(part.start, part.end)),
        )


class AvailabilityFigure(ResponseModel):
    """One of the figures; ``percent`` is decimal text, null where no time was agreed."""

    formula: str
    downtime_seconds: int
    percent: str | None

    @classmethod
    def of(cls, name: str, lost: Fraction | int, agreed: int) -> AvailabilityFigure:
        """Return what HTTP shows of a figure, from microseconds."""
        return cls(
            formula=FORMULAS[name],
            downtime_seconds=whole_seconds(lost),
            percent=percent_text(lost, agreed),
        )


class CountedSegment(ResponseModel):
    """A segment within the period; ``agreed_seconds`` is its time within the agreed hours."""

    start: datetime
    end: datetime
    kind: OutageKind
    severity_factor: str
    agreed_seconds: int


class CountedOutage(ResponseModel):
    """An outage, or a change's planned outage, and what it adds to each figure.

    Time in which it overlaps with others is counted once: with the worst of them, then with the
    one that began first. Fractions of seconds are cut.
    """

    source: Literal["outage", "change"]
    id: UUID
    incident_id: UUID | None
    change_id: UUID | None
    share: str
    segments: list[CountedSegment]
    strict_seconds: int
    weighted_seconds: int
    experienced_seconds: int

    @classmethod
    def of(
        cls,
        pieces: list[Piece],
        parts: list[ServiceTime],
        added: Downtime,
        *,
        source: Literal["outage", "change"],
        incident_id: UUID | None,
        change_id: UUID | None,
    ) -> CountedOutage:
        """Return what HTTP shows of the pieces of one source."""
        low, high = parts[0].start, parts[-1].end
        return cls(
            source=source,
            id=pieces[0].source,
            incident_id=incident_id,
            change_id=change_id,
            share=decimal_text(pieces[0].share),
            segments=[
                CountedSegment(
                    start=start,
                    end=end,
                    kind=one.kind,
                    severity_factor=decimal_text(one.severity_factor),
                    agreed_seconds=_agreed(parts, start, end),
                )
                for one in pieces
                for start, end in [(max(one.start, low), min(one.end or high, high))]
            ],
            strict_seconds=whole_seconds(added.strict),
            weighted_seconds=whole_seconds(added.weighted),
            experienced_seconds=whole_seconds(added.experienced),
        )


class AvailabilityRecord(ResponseModel):
    """How available a service was for a customer in a period, in three figures.

    Seconds are whole, cut; percents come from the exact times.
    """

    customer_id: UUID
    service_id: UUID
    period_start: datetime
    period_end: datetime
    measured_until: datetime = Field(description="The end of the period, or now if that is before.")
    agreed_service_time: list[ServiceTimeRecord]
    agreed_seconds: int
    strict: AvailabilityFigure
    weighted: AvailabilityFigure
    experienced: AvailabilityFigure
    failures: int = Field(description="Uninterrupted times with an outage, begun in the period.")
    outages: list[CountedOutage]


def _agreed(parts: Iterable[ServiceTime], start: datetime, end: datetime) -> int:
    return whole_seconds(
        sum(
            part.calendar.open_microseconds(max(start, part.start), min(end, part.end))
            for part in parts
            if part.start < end and start < part.end
        )
    )
