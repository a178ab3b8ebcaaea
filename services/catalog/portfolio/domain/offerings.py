"""Rules of offerings: as what a service is to be had, what that promises and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NewType
from uuid import UUID

from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.events.offerings import (
    CommitmentState,
    OfferingChanged,
    OfferingDrafted,
    OfferingPublished,
    OfferingState,
    OfferingStatus,
    OfferingWithdrawn,
    PriceModel,
    PricePeriod,
    PriceState,
)
from shared.errors import DomainError, Kind
from shared.money import Money

OfferingId = NewType("OfferingId", UUID)
TRANSITIONS: Final[Mapping[OfferingStatus, tuple[OfferingStatus, ...]]] = {
    "draft": ("published", "withdrawn"),
    "published": ("withdrawn",),
    "withdrawn": (),
}
MAX_COMMITMENTS: Final = 50
MAX_PRESENT_PER_SERVICE: Final = 20
"""Offerings of a service that are not withdrawn: what ends with it fits one transaction."""


class OfferingNotFoundError(DomainError):
    """No such offering, or none that the caller may see."""

    code = "offering-not-found"
    kind = Kind.NOT_FOUND
    title = "No such offering"


class OfferingNameTakenError(DomainError):
    """Another offering of the service has this name and is not withdrawn."""

    code = "offering-name-taken"
    kind = Kind.CONFLICT
    title = "Another offering of the service has this name"


class OfferingTransitionError(DomainError):
    """The offering's status does not allow this."""

    code = "offering-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The offering's status does not allow this"


class OfferingWithdrawnError(DomainError):
    """The offering is withdrawn: it changes no more, and nobody begins to use it."""

    code = "offering-withdrawn"
    kind = Kind.CONFLICT
    title = "The offering is withdrawn"


class TooManyOfferingsError(DomainError):
    """The service has as many offerings as one can have."""

    code = "too-many-offerings"
    kind = Kind.CONFLICT
    title = "The service has too many offerings"


class CommitmentRepeatedError(DomainError):
    """An offering says one thing about a metric, not two."""

    code = "commitment-repeated"
    kind = Kind.INVALID
    title = "Two commitments are about the same metric"


@dataclass(frozen=True, slots=True)
class Commitment:
    """What an offering promises about a metric, in the words of whoever offers it."""

    metric: str
    value: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Price:
    """What an offering costs: how much, how often, and for what."""

    money: Money
    period: PricePeriod
    model: PriceModel


@dataclass(frozen=True, slots=True)
class Offering:
    """A service as it is to be had; ``version`` counts its events."""

    id: OfferingId
    service_id: ServiceId
    name: str
    tier: str
    status: OfferingStatus
    commitments: tuple[Commitment, ...]
    price: Price | None
    description: str
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def drafted(self) -> tuple[Offering, list[OfferingState]]:
        """Return the new offering with its first event.

        Raises:
            CommitmentRepeatedError: two commitments are about one metric.
        """
        _require_one_each(self.commitments)
        return self, [OfferingDrafted(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Offering, list[OfferingState]]:
        """Change what describes it; without a change no event.

        Raises:
            OfferingWithdrawnError: it is withdrawn.
            CommitmentRepeatedError: two commitments are about one metric.
        """
        self.require_present()
        after = replace(self, **changes)
        if after == self:
            return self, []
        _require_one_each(after.commitments)
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [OfferingChanged(**_state(after))]

    def move(self, to: OfferingStatus, *, now: datetime) -> tuple[Offering, list[OfferingState]]:
        """Publish or withdraw the offering.

        Raises:
            OfferingTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise OfferingTransitionError(
                f"An offering that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        after = replace(self, status=to, version=self.version + 1, updated_at=now)
        event = OfferingPublished if to == "published" else OfferingWithdrawn
        return after, [event(**_state(after))]

    def require_present(self) -> None:
        """Check that the offering is a draft or published.

        Raises:
            OfferingWithdrawnError: it is withdrawn.
        """
        if self.status == "withdrawn":
            raise OfferingWithdrawnError(f"“{self.name}” is withdrawn; it changes no more.")


def price_state(price: Price | None) -> PriceState | None:
    """Return a price as it is told: decimal text, never minor units."""
    if price is None:
        return None
    return PriceState(
        amount=price.money.amount,
        currency=price.money.currency,
        period=price.period,
        model=price.model,
    )


def _require_one_each(commitments: tuple[Commitment, ...]) -> None:
    seen: set[str] = set()
    for place, one in enumerate(commitments):
        metric = one.metric.casefold()
        if metric in seen:
            raise CommitmentRepeatedError(
                f"There is a commitment about {one.metric} already.",
                pointer=f"/commitments/{place}/metric",
            )
        seen.add(metric)


def _state(offering: Offering) -> dict[str, Any]:
    return {
        "offering_id": offering.id,
        "service_id": offering.service_id,
        "name": offering.name,
        "tier": offering.tier,
        "status": offering.status,
        "commitments": tuple(
            CommitmentState(metric=one.metric, value=one.value, unit=one.unit)
            for one in offering.commitments
        ),
        "price": price_state(offering.price),
        "description": offering.description,
    }
