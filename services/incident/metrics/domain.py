"""What is measured: each figure's formula, the facts it counts, and how averages are rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal, TypeAlias
from uuid import UUID

from shared.errors import DomainError, Kind

GroupBy: TypeAlias = Literal["customer", "service", "team"]
LONGEST: Final = timedelta(days=400)


class PeriodInvalidError(DomainError):
    """The period has no length, or is too long to be measured at once."""

    code = "period-invalid"
    kind = Kind.INVALID
    title = "The period is not valid"


class MetricsNotForCustomersError(DomainError):
    """A customer's user asked for more than its own customers' figures."""

    code = "not-for-customers"
    kind = Kind.FORBIDDEN
    title = "This is for the provider's staff"


@dataclass(frozen=True, slots=True)
class DurationFormula:
    """A mean time: from one milestone to another, counted where the later one lies in the period.

    ``since`` and ``until`` are expressions over the columns of an incident ``i``.
    """

    since: str
    until: str
    words: str


DURATIONS: Final[Mapping[str, DurationFormula]] = {
    "mean_time_to_detect": DurationFormula(
        "i.started_at", "i.detected_at", "detected_at - started_at (MTTD)"
    ),
    "mean_time_to_acknowledge": DurationFormula(
        "i.reported_at", "i.acknowledged_at", "acknowledged_at - reported_at (MTTA)"
    ),
    "time_to_resolve": DurationFormula(
        "i.reported_at", "i.resolved_at", "resolved_at - reported_at"
    ),
    "time_to_repair": DurationFormula(
        "i.detected_at",
        "coalesce(i.mitigated_at, i.resolved_at)",
        "mitigated_at, or else resolved_at, - detected_at",
    ),
}
"""Cancelled and merged incidents are left out; so are those that lack one of the two times."""

FAILURES: Final[Mapping[str, str]] = {
    "mean_time_to_restore_service": "D / number of failures (MTRS)",
    "mean_time_between_failures": "(T - D) / number of failures (MTBF)",
    "mean_time_between_service_incidents": "T / number of failures (MTBSI = MTBF + MTRS)",
}
"""A failure is an uninterrupted time in the period with an outage of a service, whatever overlaps.

D is the time of the failures in the period, T the period until now for each service that failed,
around the clock. Degradations and planned outages are no failures. Median and percentile are of
how long failures lasted, so MTRS alone has them.
"""

RATES: Final[Mapping[str, str]] = {
    "reopen_rate": "reopenings / resolutions, by when each happened",
    "first_contact_resolution": (
        "resolved without reassignment and without hold"
        " / resolved of those that came by phone, mail, portal or chat (FCR)"
    ),
    "sla_attainment": (
        "met / (met + breached) over clocks of SLAs that were met or breached in the period;"
        " cancelled ones are left out, open ones that are breached count"
    ),
}


@dataclass(frozen=True, slots=True)
class Durations:
    """What was measured of one mean time: whole seconds, each measurement cut to the second.

    The mean is rounded half to even; median and 90th percentile are the nearest rank, so both are
    times that were measured.
    """

    count: int
    mean_seconds: int | None = None
    median_seconds: int | None = None
    p90_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Part of a count; ``percent`` is decimal text with two places, None of nothing."""

    part: int
    count: int

    @property
    def percent(self) -> str | None:
        """Return the part in percent, rounded half to even."""
        if not self.count:
            return None
        exact = Decimal(self.part) * 100 / Decimal(self.count)
        return str(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one group; ``key`` is None for what belongs to no group."""

    key: UUID | None
    name: str | None
    durations: Mapping[str, Durations]
    rates: Mapping[str, Rate]
    failures: Mapping[str, Durations]


def mean_of(total: int, count: int) -> int:
    """Return a mean of whole seconds, rounded half to even; ``count`` is positive."""
    return int((Decimal(total) / count).to_integral_value(rounding=ROUND_HALF_EVEN))


def require_period(start: datetime, end: datetime) -> None:
    """Check a period, from ``start`` until just before ``end``.

    Raises:
        PeriodInvalidError: it has no length or is longer than 400 days.
    """
    if end <= start:
        raise PeriodInvalidError("The end must lie after the start.", pointer="period_end")
    if end - start > LONGEST:
        raise PeriodInvalidError(
            f"A period may have {LONGEST.days} days at most.", pointer="period_end"
        )
