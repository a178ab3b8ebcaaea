"""What the world learns about offerings: as what, and for how much, a service is to be had."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

OfferingStatus: TypeAlias = Literal["draft", "published", "withdrawn"]
PricePeriod: TypeAlias = Literal["one_time", "month", "quarter", "year"]
PriceModel: TypeAlias = Literal["flat", "per_user", "per_device"]


class CommitmentState(BaseModel):
    """One thing that an offering promises, in words: ``availability``, ``99.9``, ``percent``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    value: str
    unit: str | None


class PriceState(BaseModel):
    """A price: decimal text of an ISO 4217 currency, what it is paid for and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: str
    currency: str
    period: PricePeriod
    model: PriceModel


class OfferingState(BaseModel):
    """An offering as it is after an event."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "offering_id": "01970000-0000-7000-8000-00000000f001",
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "name": "Online shop, gold",
                    "tier": "gold",
                    "status": "published",
                    "commitments": [
                        {"metric": "availability", "value": "99.9", "unit": "percent per month"},
                        {"metric": "support", "value": "around the clock", "unit": None},
                    ],
                    "price": {
                        "amount": "1890.00",
                        "currency": "EUR",
                        "period": "month",
                        "model": "flat",
                    },
                    "description": "For shops that sell at night.",
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    offering_id: UUID
    service_id: UUID
    name: str
    tier: str
    status: OfferingStatus
    commitments: tuple[CommitmentState, ...]
    price: PriceState | None
    description: str


class OfferingDrafted(OfferingState):
    """Somebody began to write an offering; nobody can have it yet."""

    TYPE: ClassVar[str] = "itsm.offering.drafted.v1"


class OfferingPublished(OfferingState):
    """An offering is to be had now."""

    TYPE: ClassVar[str] = "itsm.offering.published.v1"


class OfferingChanged(OfferingState):
    """An offering was described anew; its status is the same."""

    TYPE: ClassVar[str] = "itsm.offering.changed.v1"


class OfferingWithdrawn(OfferingState):
    """An offering is to be had no more; whoever has it keeps it."""

    TYPE: ClassVar[str] = "itsm.offering.withdrawn.v1"
