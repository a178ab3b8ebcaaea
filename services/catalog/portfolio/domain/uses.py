"""Rules of who uses which service, since when and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain.offerings import OfferingId
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.events.uses import (
    ServiceUseEnded,
    ServiceUseStarted,
    ServiceUseState,
)
from shared.errors import DomainError, Kind

ServiceUseId = NewType("ServiceUseId", UUID)


class ServiceUseNotFoundError(DomainError):
    """No such use of a service, or none that the caller may see."""

    code = "service-use-not-found"
    kind = Kind.NOT_FOUND
    title = "No such use of a service"


class ServiceUsePeriodError(DomainError):
    """The use would end before it begins, or later than was agreed."""

    code = "service-use-period-invalid"
    kind = Kind.INVALID
    title = "The period of the use is not valid"


class ServiceUseEndedError(DomainError):
    """The use is over."""

    code = "service-use-ended"
    kind = Kind.CONFLICT
    title = "The use is over"


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """A customer uses a service, perhaps as a certain offering; ``version`` counts its events.

    From ``valid_from`` until just before ``valid_to``, with no end in sight where that is None.
    """

    id: ServiceUseId
    customer_id: CustomerId
    service_id: ServiceId
    offering_id: OfferingId | None
    valid_from: datetime
    valid_to: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def started(self) -> tuple[ServiceUse, list[ServiceUseState]]:
        """Return the new use with its first event.

        Raises:
            ServiceUsePeriodError: it would not last.
        """
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ServiceUsePeriodError(
                "The end must lie after the beginning.", pointer="/valid_to"
            )
        return self, [ServiceUseStarted(**_state(self))]

    def end(
        self, at: datetime | None, *, now: datetime
    ) -> tuple[ServiceUse, list[ServiceUseState]]:
        """End the use at an instant, by default now; no event if that was its end before.

        A use that has not begun and is ended now never begins.

        Raises:
            ServiceUseEndedError: it is over.
            ServiceUsePeriodError: the end lies before the beginning, or after the end agreed on.
        """
        if self.valid_to is not None and self.valid_to <= now:
            raise ServiceUseEndedError("The use is over; start another one.")
        end = max(now, self.valid_from) if at is None else at
        if end < self.valid_from:
            raise ServiceUsePeriodError("It ends before it begins.", pointer="/valid_to")
        if self.valid_to is not None and end > self.valid_to:
            detail = "It ends earlier already; start another use after it."
            raise ServiceUsePeriodError(detail, pointer="/valid_to")
        if end == self.valid_to:
            return self, []
        after = replace(self, valid_to=end, version=self.version + 1, updated_at=now)
        return after, [ServiceUseEnded(**_state(after))]


def _state(use: ServiceUse) -> dict[str, Any]:
    names = ServiceUseState.model_fields.keys() - {"service_use_id"}
    return {"service_use_id": use.id, **{name: getattr(use, name) for name in names}}
