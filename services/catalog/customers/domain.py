"""Rules of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.customers.events import (
    CustomerDeactivated,
    CustomerRegistered,
    CustomerState,
    CustomerUpdated,
)
from shared.calendar import find_zone
from shared.errors import DomainError, Kind
from shared.money import check_currency

CustomerId = NewType("CustomerId", UUID)
CustomerRef: TypeAlias = UUID | str
"""A customer's id, or its number."""
CustomerKind: TypeAlias = Literal["internal", "external"]
CustomerStatus: TypeAlias = Literal["active", "inactive"]
TRANSITIONS: Final[Mapping[CustomerStatus, tuple[CustomerStatus, ...]]] = {
    "active": ("inactive",),
    "inactive": ("active",),
}
MAX_REPRESENTATIVES: Final = 100
USUAL_CRITICALITY: Final = 3


class CustomerNotFoundError(DomainError):
    """No such customer, or none that the caller may see."""

    code = "customer-not-found"
    kind = Kind.NOT_FOUND
    title = "No such customer"


class ParentUnknownError(DomainError):
    """The customer named as parent does not exist."""

    code = "parent-unknown"
    kind = Kind.INVALID
    title = "The parent is no customer"


class CustomerCycleError(DomainError):
    """A customer would come to lie below itself."""

    code = "customer-cycle"
    kind = Kind.CONFLICT
    title = "A customer cannot lie below itself"


class CustomerInactiveError(DomainError):
    """The customer is inactive, so nobody below it is active."""

    code = "customer-inactive"
    kind = Kind.CONFLICT
    title = "The customer is inactive"


class CustomerHasActiveChildrenError(DomainError):
    """Customers right below this one are active still."""

    code = "customer-has-active-children"
    kind = Kind.CONFLICT
    title = "Customers below this one are active"


class TooManyRepresentativesError(DomainError):
    """The customer has as many representatives as one can have."""

    code = "too-many-representatives"
    kind = Kind.CONFLICT
    title = "The customer has too many representatives"


class CustomerTransitionError(DomainError):
    """The customer's status does not allow this."""

    code = "customer-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The customer's status does not allow this"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who is served; ``version`` counts its events.

    ``criticality`` is 1 to 5, 5 the most critical: how much it matters that they are served.
    ``representative_ids`` are its active contacts with the role ``representative``, ascending.
    """

    id: CustomerId
    number: str
    name: str
    parent_id: CustomerId | None
    kind: CustomerKind
    time_zone: str
    language: str
    currency: str
    created_at: datetime
    updated_at: datetime
    criticality: int = USUAL_CRITICALITY
    status: CustomerStatus = "active"
    representative_ids: tuple[UUID, ...] = ()
    version: int = 1

    def registered(self) -> tuple[Customer, list[CustomerState]]:
        """Return the new customer with its first event.

        Raises:
            UnknownZoneError: the zone is none.
            UnknownCurrencyError: the currency is none.
        """
        _require_known(self)
        return self, [CustomerRegistered(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Customer, list[CustomerState]]:
        """Change what may be changed; a change that changes nothing makes no event.

        Raises:
            UnknownZoneError: the zone is none.
            UnknownCurrencyError: the currency is none.
        """
        after = replace(self, **changes)
        _require_known(after)
        return self._become(after, now=now)

    def move(self, to: CustomerStatus, *, now: datetime) -> tuple[Customer, list[CustomerState]]:
        """Deactivate the customer, or make it active again.

        Raises:
            CustomerTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise CustomerTransitionError(
                f"A customer that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def note_representative(
        self, contact_id: UUID, *, represents: bool, now: datetime
    ) -> tuple[Customer, list[CustomerState]]:
        """Count a contact among the representatives, or no longer; no event if it was so before.

        Raises:
            TooManyRepresentativesError: there would be more than 100.
        """
        others = {one for one in self.representative_ids if one != contact_id}
        ids = tuple(sorted(others | {contact_id} if represents else others))
        if len(ids) > MAX_REPRESENTATIVES:
            detail = f"A customer has at most {MAX_REPRESENTATIVES} representatives."
            raise TooManyRepresentativesError(detail, pointer="/roles")
        return self._become(replace(self, representative_ids=ids), now=now)

    def _become(self, after: Customer, *, now: datetime) -> tuple[Customer, list[CustomerState]]:
        if after == self:
            return self, []
        left = after.status == "inactive" and self.status == "active"
        after = replace(after, version=self.version + 1, updated_at=now)
        event = CustomerDeactivated if left else CustomerUpdated
        return after, [event(**_state(after))]


def _require_known(customer: Customer) -> None:
    find_zone(customer.time_zone, pointer="/time_zone")
    check_currency(customer.currency, pointer="/currency")


def _state(customer: Customer) -> dict[str, Any]:
    names = CustomerState.model_fields.keys() - {"customer_id"}
    return {"customer_id": customer.id, **{name: getattr(customer, name) for name in names}}
