"""Offerings as HTTP shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.catalog.portfolio.domain import Offering, ServiceId
from services.catalog.portfolio.domain.offerings import (
    MAX_COMMITMENTS,
    Commitment,
    Price,
    price_state,
)
from services.catalog.portfolio.events import OfferingStatus, PriceModel, PricePeriod
from shared.db import columns
from shared.money import Money
from shared.schemas import (
    AmountText,
    CurrencyCode,
    Line,
    Paragraph,
    RequestModel,
    ResponseModel,
    absent,
)

ShortLine: TypeAlias = Annotated[Line, StringConstraints(max_length=100)]


class CommitmentBody(RequestModel):
    """What is promised about a metric."""

    metric: ShortLine = Field(description="For instance availability or support.")
    value: Line = Field(description="For instance 99.9.")
    unit: ShortLine | None = Field(default=None, description="For instance percent per month.")


class PriceBody(RequestModel):
    """A price, whole: an amount of decimal text with no more digits than its currency has."""

    amount: AmountText
    currency: CurrencyCode
    period: PricePeriod
    model: PriceModel = "flat"

    def price(self) -> Price:
        """Return what the domain takes.

        Raises:
            UnknownCurrencyError: the currency is none.
            AmountInvalidError: the currency cannot have this amount.
        """
        money = Money.parse(self.amount, self.currency, pointer="/price")
        return Price(money=money, period=self.period, model=self.model)


Commitments: TypeAlias = Annotated[tuple[CommitmentBody, ...], Field(max_length=MAX_COMMITMENTS)]


def commitments_of(bodies: tuple[CommitmentBody, ...]) -> tuple[Commitment, ...]:
    """Return what the domain takes."""
    return tuple(Commitment(metric=one.metric, value=one.value, unit=one.unit) for one in bodies)


class DraftOffering(RequestModel):
    """An offering to draft."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "name": "Online shop, gold",
                    "tier": "gold",
                    "commitments": [
                        {"metric": "availability", "value": "99.9", "unit": "percent per month"}
                    ],
                    "price": {
                        "amount": "1890.00",
                        "currency": "EUR",
                        "period": "month",
                        "model": "flat",
                    },
                }
            ]
        }
    )

    service_id: ServiceId
    name: Line = Field(description="Unique among the offerings of the service.")
    tier: ShortLine = Field(default="standard", description="For instance gold.")
    commitments: Commitments = ()
    price: PriceBody | None = None
    description: Paragraph = ""


class ChangeOffering(RequestModel):
    """A merge patch of an offering; a price is sent whole, or null for none."""

    name: Line = absent()
    tier: ShortLine = absent()
    commitments: Commitments = absent()
    price: PriceBody | None = absent()
    description: Paragraph = absent()

    def changes(self) -> dict[str, Any]:
        """Return the new values as the domain takes them.

        Raises:
            UnknownCurrencyError: the currency of the price is none.
            AmountInvalidError: that currency cannot have this amount.
        """
        found = {name: getattr(self, name) for name in self.model_fields_set}
        if "commitments" in found:
            found["commitments"] = commitments_of(self.commitments)
        if self.price is not None:
            found["price"] = self.price.price()
        return found


class MoveOffering(RequestModel):
    """The status an offering should have."""

    to: OfferingStatus


class CommitmentRecord(ResponseModel):
    """What an offering promises about a metric."""

    metric: str
    value: str
    unit: str | None


class PriceRecord(ResponseModel):
    """What an offering costs."""

    amount: str
    currency: str
    period: PricePeriod
    model: PriceModel

    @classmethod
    def of(cls, price: Price | None) -> PriceRecord | None:
        """Return what HTTP shows of a price."""
        told = price_state(price)
        return None if told is None else cls(**told.model_dump())


class OfferingRecord(ResponseModel):
    """An offering."""

    id: UUID
    service_id: UUID
    name: str
    tier: str
    status: OfferingStatus
    commitments: list[CommitmentRecord]
    price: PriceRecord | None
    description: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, offering: Offering) -> OfferingRecord:
        """Return what HTTP shows of an offering."""
        shown = {
            **columns(offering),
            "commitments": [CommitmentRecord(**columns(one)) for one in offering.commitments],
            "price": PriceRecord.of(offering.price),
        }
        return cls(**shown)
