"""What HTTP takes about agreements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from services.catalog.agreements.domain.agreement import (
    MAX_CUSTOMERS,
    MAX_PARENTS,
    AgreementId,
)
from services.catalog.agreements.domain.terms import (
    DEFAULT_THRESHOLDS,
    MAX_COVERS,
    MAX_PENALTIES,
    MAX_SECONDS,
    MAX_SERVICES,
    MAX_THRESHOLDS,
    Cover,
    Penalty,
    Target,
)
from services.catalog.agreements.events.vocabulary import (
    AgreementType,
    HoldReason,
    Metric,
    PenaltyBasis,
    Period,
    RecordType,
)
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import OfferingId, ServiceId
from shared.money import Money
from shared.schemas import (
    AmountText,
    CurrencyCode,
    Instant,
    Level,
    Line,
    Paragraph,
    PlainDate,
    RequestModel,
    absent,
)

PercentText = Annotated[str, StringConstraints(max_length=10, pattern=r"^[0-9]+(\.[0-9]+)?$")]
"""A percentage as decimal text."""
Reason = Annotated[Paragraph, StringConstraints(min_length=1, max_length=2000)]
Seconds = Annotated[int, Field(strict=True, ge=1, le=MAX_SECONDS)]
Threshold = Annotated[int, Field(strict=True, ge=1, le=1000)]
Date = Annotated[PlainDate, Field(ge=date(1900, 1, 1))]


class TargetBody(RequestModel):
    """A service level target: seconds, or for availability a percentage of a period."""

    metric: Metric
    seconds: Seconds | None = None
    percent: PercentText | None = Field(default=None, description="Above 0, at most 100.")
    period: Period | None = None
    calendar_id: UUID | None = Field(default=None, description="Real time if absent.")
    pause_on: Annotated[list[HoldReason], Field(max_length=5)] = Field(
        default=[], description="Holds during which its clock stands still."
    )
    runs_only_on: Annotated[list[HoldReason], Field(max_length=5)] = Field(
        default=[], description="Holds during which alone its clock runs; always if empty."
    )
    thresholds: Annotated[list[Threshold], Field(max_length=MAX_THRESHOLDS)] = Field(
        default=list(DEFAULT_THRESHOLDS), description="Percents of the target to tell of."
    )

    def target(self) -> Target:
        """Return what the domain takes."""
        return Target(
            metric=self.metric,
            seconds=self.seconds,
            percent=self.percent,
            period=self.period,
            calendar_id=self.calendar_id,
            pause_on=tuple(self.pause_on),
            runs_only_on=tuple(self.runs_only_on),
            thresholds=tuple(self.thresholds),
        )


class CoverBody(RequestModel):
    """Which targets hold for records of these types and priorities about these services."""

    service_ids: Annotated[list[ServiceId], Field(max_length=MAX_SERVICES)] = Field(
        default=[], description="Services as a whole."
    )
    offering_ids: Annotated[list[OfferingId], Field(max_length=MAX_SERVICES)] = Field(
        default=[], description="Offerings; they go before their services as a whole."
    )
    record_types: Annotated[list[RecordType], Field(min_length=1, max_length=4)]
    priorities: Annotated[list[Level], Field(max_length=5)] = Field(
        default=[], description="Any if empty; 1 is the most urgent."
    )
    calendar_id: UUID | None = Field(
        default=None, description="The agreed service time; always if absent."
    )
    targets: Annotated[list[TargetBody], Field(min_length=1, max_length=8)]

    def cover(self) -> Cover:
        """Return what the domain takes."""
        return Cover(
            service_ids=tuple(self.service_ids),
            offering_ids=tuple(self.offering_ids),
            record_types=tuple(self.record_types),
            priorities=tuple(self.priorities),
            calendar_id=self.calendar_id,
            targets=tuple(target.target() for target in self.targets),
        )


class MoneyBody(RequestModel):
    """An amount of decimal text with no more digits than its currency has."""

    amount: AmountText
    currency: CurrencyCode


class PenaltyBody(RequestModel):
    """What a missed target costs the provider."""

    metric: Metric
    basis: PenaltyBasis
    threshold: PercentText | None = Field(
        default=None, description="The percentage of below_percent; nothing else has one."
    )
    price: MoneyBody
    cap_per_period: MoneyBody | None = None

    def penalty(self, at: str) -> Penalty:
        """Return what the domain takes; ``at`` is the pointer to it.

        Raises:
            UnknownCurrencyError: a currency is none.
            AmountInvalidError: a currency cannot have its amount.
        """
        price, cap = self.price, self.cap_per_period
        paid = Money.parse(price.amount, price.currency, pointer=f"{at}/price")
        most = None
        if cap is not None:
            most = Money.parse(cap.amount, cap.currency, pointer=f"{at}/cap_per_period")
        return Penalty(self.metric, self.basis, self.threshold, paid, most)


Customers: TypeAlias = Annotated[list[CustomerId], Field(max_length=MAX_CUSTOMERS)]
Parents: TypeAlias = Annotated[list[AgreementId], Field(max_length=MAX_PARENTS)]
Covers: TypeAlias = Annotated[list[CoverBody], Field(min_length=1, max_length=MAX_COVERS)]
Penalties: TypeAlias = Annotated[list[PenaltyBody], Field(max_length=MAX_PENALTIES)]
_COVERS_EXAMPLE: Final[list[JsonValue]] = [
    {
        "service_ids": ["01970000-0000-7000-8000-000000005001"],
        "record_types": ["incident"],
        "priorities": [1, 2],
        "targets": [
            {"metric": "response", "seconds": 900},
            {"metric": "resolution", "seconds": 14400, "pause_on": ["awaiting_caller"]},
            {"metric": "availability", "percent": "99.9", "period": "month"},
        ],
    }
]


class DraftAgreement(RequestModel):
    """An agreement to write: with customers (sla), a team (ola) or a supplier (uc)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "sla",
                    "name": "Online shop for Nordwind, gold",
                    "customer_ids": ["01970000-0000-7000-8000-00000000c001"],
                    "valid_from": "2026-03-02T09:00:00Z",
                    "valid_to": "2028-03-02T09:00:00Z",
                    "covers": _COVERS_EXAMPLE,
                    "penalties": [
                        {
                            "metric": "availability",
                            "basis": "below_percent",
                            "threshold": "99.9",
                            "price": {"amount": "500.00", "currency": "EUR"},
                        }
                    ],
                }
            ]
        }
    )

    type: AgreementType
    name: Line
    customer_ids: Customers = Field(default=[], description="Exactly these, none below them.")
    team_id: UUID | None = None
    supplier_id: UUID | None = None
    valid_from: Instant | None = Field(default=None, description="Now if absent.")
    valid_to: Instant | None = Field(default=None, description="The planned end, if there is one.")
    review_date: Date | None = None
    parent_agreement_ids: Parents = Field(
        default=[], description="Agreements that it supports or rests on."
    )
    covers: Covers
    penalties: Penalties = Field(default=[], description="None if absent.")


class ChangeAgreement(RequestModel):
    """A merge patch of an agreement that is a draft or proposed."""

    name: Line = absent()
    customer_ids: Customers = absent()
    team_id: UUID | None = absent()
    supplier_id: UUID | None = absent()
    valid_from: Instant = absent()
    valid_to: Instant | None = absent()
    review_date: Date | None = absent()
    parent_agreement_ids: Parents = absent()
    covers: Covers = absent()
    penalties: Penalties = absent()


class AmendAgreement(RequestModel):
    """The next version of an agreement: what is left out stays as it is in the newest."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid_from": "2026-07-01T00:00:00Z",
                    "reason": "The shop is open at weekends now.",
                    "covers": _COVERS_EXAMPLE,
                }
            ]
        }
    )

    valid_from: Instant = Field(description="From when on it holds, within the agreement.")
    reason: Reason | None = Field(default=None, description="Why; shown with the agreement.")
    customer_ids: Customers = absent()
    valid_to: Instant | None = absent()
    review_date: Date | None = absent()
    covers: Covers = absent()
    penalties: Penalties = absent()


def changes_of(body: ChangeAgreement | AmendAgreement) -> dict[str, Any]:
    """Return the fields that were sent as the domain takes them.

    Raises:
        UnknownCurrencyError: a currency is none.
        AmountInvalidError: a currency cannot have its amount.
    """
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    for name in ("customer_ids", "parent_agreement_ids"):
        if name in sent:
            sent[name] = tuple(sent[name])
    if "covers" in sent:
        sent["covers"] = covers_of(body.covers)
    if "penalties" in sent:
        sent["penalties"] = penalties_of(body.penalties)
    return sent


def covers_of(bodies: Sequence[CoverBody]) -> tuple[Cover, ...]:
    """Return covers as the domain takes them."""
    return tuple(body.cover() for body in bodies)


def penalties_of(bodies: Sequence[PenaltyBody]) -> tuple[Penalty, ...]:
    """Return penalties as the domain takes them.

    Raises:
        UnknownCurrencyError: a currency is none.
        AmountInvalidError: a currency cannot have its amount.
    """
    return tuple(body.penalty(f"/penalties/{number}") for number, body in enumerate(bodies))
