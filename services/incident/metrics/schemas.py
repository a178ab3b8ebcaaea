"""Figures as HTTP shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.incident.metrics.domain import (
    DURATIONS,
    FAILURES,
    RATES,
    Durations,
    Figures,
    GroupBy,
    Rate,
)
from shared.schemas import ResponseModel


class DurationFigure(ResponseModel):
    """A mean time in whole seconds; null where ``count`` is 0. Percentiles are nearest ranks."""

    formula: str
    count: int
    mean_seconds: int | None
    median_seconds: int | None
    p90_seconds: int | None

    @classmethod
    def of(cls, formula: str, found: Durations) -> DurationFigure:
        """Return what HTTP shows of one mean time."""
        return cls(
            formula=formula,
            count=found.count,
            mean_seconds=found.mean_seconds,
            median_seconds=found.median_seconds,
            p90_seconds=found.p90_seconds,
        )


class RateFigure(ResponseModel):
    """A share: ``part`` of ``count``, in percent as decimal text; null where ``count`` is 0."""

    formula: str
    part: int
    count: int
    percent: str | None

    @classmethod
    def of(cls, name: str, found: Rate) -> RateFigure:
        """Return what HTTP shows of one rate."""
        return cls(formula=RATES[name], part=found.part, count=found.count, percent=found.percent)


class GroupFigures(ResponseModel):
    """The figures of one customer, service or team; ``key`` is null for what has none."""

    key: UUID | None
    name: str | None
    mean_time_to_detect: DurationFigure
    mean_time_to_acknowledge: DurationFigure
    time_to_resolve: DurationFigure
    time_to_repair: DurationFigure
    mean_time_to_restore_service: DurationFigure
    mean_time_between_failures: DurationFigure
    mean_time_between_service_incidents: DurationFigure
    reopen_rate: RateFigure
    first_contact_resolution: RateFigure
    sla_attainment: RateFigure

    @classmethod
    def of(cls, found: Figures) -> GroupFigures:
        """Return what HTTP shows of one group."""
        times = {
            name: DurationFigure.of(DURATIONS[name].words, one)
            for name, one in found.durations.items()
        }
        failures = {
            name: DurationFigure.of(FAILURES[name], one) for name, one in found.failures.items()
        }
        rates = {name: RateFigure.of(name, one) for name, one in found.rates.items()}
        return cls.model_validate(
            {"key": found.key, "name": found.name, **times, **failures, **rates}
        )


class MetricsRecord(ResponseModel):
    """The figures of a period, by the times at which things happened.

    ``next`` is the key to continue after, null at the end.
    """

    period_start: datetime
    period_end: datetime
    group_by: GroupBy
    items: list[GroupFigures]
    next: UUID | None

    @classmethod
    def of(
        cls,
        found: Iterable[Figures],
        *,
        period_start: datetime,
        period_end: datetime,
        group_by: GroupBy,
        following: UUID | None,
    ) -> MetricsRecord:
        """Return a page of groups."""
        return cls(
            period_start=period_start,
            period_end=period_end,
            group_by=group_by,
            items=[GroupFigures.of(one) for one in found],
            next=following,
        )
