"""Rules of customers."""

from __future__ import annotations

import functools
import zoneinfo
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
from shared.errors import DomainError, Kind

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
_CODES: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN",
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP",
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS",
    "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR",
    "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD",
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP",
    "TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER",
    "ZAR ZMW ZWG",  # codespell:ignore zar
)
CURRENCIES: Final = frozenset(code for row in _CODES for code in row.split())
"""ISO 4217 codes of money in circulation; no funds, metals, test or historic codes."""
_NO_ZONES: Final = frozenset({"Factory", "localtime"})
"""Entries of a zone database that name no zone."""


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


class TimeZoneUnknownError(DomainError):
    """Not a name of the IANA time zone database."""

    code = "time-zone-unknown"
    kind = Kind.INVALID
    title = "No such time zone"


class CurrencyUnknownError(DomainError):
    """Not a currency of ISO 4217."""

    code = "currency-unknown"
    kind = Kind.INVALID
    title = "No such currency"


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


@functools.cache
def time_zones() -> frozenset[str]:
    """Return the names of the IANA zones that this machine knows."""
    return frozenset(zoneinfo.available_timezones()) - _NO_ZONES


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who is served; ``version`` counts its events.

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
    status: CustomerStatus = "active"
    representative_ids: tuple[UUID, ...] = ()
    version: int = 1

    def registered(self) -> tuple[Customer, list[CustomerState]]:
        """Return the new customer with its first event.

        Raises:
            TimeZoneUnknownError: the zone is none.
            CurrencyUnknownError: the currency is none.
        """
        _require_known(self)
        return self, [CustomerRegistered(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Customer, list[CustomerState]]:
        """Change what may be changed; a change that changes nothing makes no event.

        Raises:
            TimeZoneUnknownError: the zone is none.
            CurrencyUnknownError: the currency is none.
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
    if customer.time_zone not in time_zones():
        detail = f"{customer.time_zone} is not a name of the IANA time zone database."
        raise TimeZoneUnknownError(detail, pointer="/time_zone")
    if customer.currency not in CURRENCIES:
        detail = f"{customer.currency} is not a currency of ISO 4217."
        raise CurrencyUnknownError(detail, pointer="/currency")


def _state(customer: Customer) -> dict[str, Any]:
    names = CustomerState.model_fields.keys() - {"customer_id"}
    return {"customer_id": customer.id, **{name: getattr(customer, name) for name in names}}
