"""Rules of customers and of contacts."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.customers.events import (
    ContactChanged,
    CustomerDeactivated,
    CustomerRegistered,
    CustomerState,
    CustomerUpdated,
)
from shared.errors import DomainError, Kind

CustomerId = NewType("CustomerId", UUID)
ContactId = NewType("ContactId", UUID)
CustomerRef: TypeAlias = UUID | str
"""A customer's id, or its number."""
CustomerKind: TypeAlias = Literal["internal", "external"]
CustomerStatus: TypeAlias = Literal["active", "inactive"]
ContactStatus: TypeAlias = Literal["active", "retired"]
CUSTOMER_TRANSITIONS: Final[Mapping[CustomerStatus, tuple[CustomerStatus, ...]]] = {
    "active": ("inactive",),
    "inactive": ("active",),
}
CONTACT_TRANSITIONS: Final[Mapping[ContactStatus, tuple[ContactStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}
REPRESENTATIVE: Final = "representative"
CURRENCIES: Final = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD"
    " CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS"
    " GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW"
    " KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR"
    " MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR"
    " SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX"
    " USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)
"""ISO 4217 codes of money in circulation; no funds, metals, test or historic codes."""
_NO_ZONES: Final = frozenset({"Factory", "localtime"})
"""Entries of a zone database that name no zone."""


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


class CustomerTransitionError(DomainError):
    """The customer's status does not allow this."""

    code = "customer-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The customer's status does not allow this"


class ContactTransitionError(DomainError):
    """The contact's status does not allow this."""

    code = "contact-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The contact's status does not allow this"


class ContactUnreachableError(DomainError):
    """An active contact needs an address."""

    code = "contact-unreachable"
    kind = Kind.INVALID
    title = "An active contact needs an e-mail address or a phone number"


class ContactRoleError(DomainError):
    """Only a customer's contact can represent it."""

    code = "contact-role-invalid"
    kind = Kind.INVALID
    title = "The role does not fit this contact"


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
    status: CustomerStatus
    time_zone: str
    language: str
    currency: str
    representative_ids: tuple[ContactId, ...]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls,
        *,
        customer_id: CustomerId,
        number: str,
        name: str,
        parent_id: CustomerId | None,
        kind: CustomerKind,
        time_zone: str,
        language: str,
        currency: str,
        now: datetime,
    ) -> tuple[Customer, list[CustomerState]]:
        """Make an active customer without representatives.

        Raises:
            TimeZoneUnknownError: the zone is none.
            CurrencyUnknownError: the currency is none.
        """
        customer = cls(
            id=customer_id,
            number=number,
            name=name,
            parent_id=parent_id,
            kind=kind,
            status="active",
            time_zone=time_zone,
            language=language,
            currency=currency,
            representative_ids=(),
            version=1,
            created_at=now,
            updated_at=now,
        )
        _require_known(customer)
        return customer, [CustomerRegistered(**_state(customer))]

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

    def move(
        self, to: CustomerStatus, *, now: datetime
    ) -> tuple[Customer, list[CustomerState]]:
        """Deactivate the customer, or make it active again.

        Raises:
            CustomerTransitionError: from its present status it cannot go there.
        """
        allowed = CUSTOMER_TRANSITIONS[self.status]
        if to not in allowed:
            raise CustomerTransitionError(
                f"A customer that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def note_representative(
        self, contact_id: ContactId, *, represents: bool, now: datetime
    ) -> tuple[Customer, list[CustomerState]]:
        """Count a contact among the representatives, or no longer; no event if it was so before."""
        others = {one for one in self.representative_ids if one != contact_id}
        ids = tuple(sorted(others | {contact_id} if represents else others))
        return self._become(replace(self, representative_ids=ids), now=now)

    def _become(
        self, after: Customer, *, now: datetime
    ) -> tuple[Customer, list[CustomerState]]:
        if after == self:
            return self, []
        left = after.status == "inactive" and self.status == "active"
        after = replace(after, version=self.version + 1, updated_at=now)
        event = CustomerDeactivated if left else CustomerUpdated
        return after, [event(**_state(after))]


@dataclass(frozen=True, slots=True)
class Contact:
    """A person, or a shared mailbox, of one customer or one team; ``version`` counts its events."""

    id: ContactId
    name: str
    email: str | None
    phone: str | None
    language: str
    customer_id: CustomerId | None
    team_id: UUID | None
    roles: tuple[str, ...]
    status: ContactStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def represents(self) -> bool:
        """Tell whether the contact speaks for its customer now."""
        return self.status == "active" and REPRESENTATIVE in self.roles

    def registered(self) -> tuple[Contact, list[ContactChanged]]:
        """Return the new contact with its first event.

        Raises:
            ContactUnreachableError: it has neither e-mail address nor phone number.
            ContactRoleError: a team's contact would represent a customer.
        """
        _require_sound(self)
        return self, [_changed(self)]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Contact, list[ContactChanged]]:
        """Change what may be changed; a change that changes nothing makes no event.

        Raises:
            ContactUnreachableError: active, it would have neither e-mail address nor phone number.
            ContactRoleError: a team's contact would represent a customer.
        """
        return self._become(replace(self, **changes), now=now)

    def move(self, to: ContactStatus, *, now: datetime) -> tuple[Contact, list[ContactChanged]]:
        """Retire the contact, or make it active again.

        Raises:
            ContactTransitionError: from its present status it cannot go there.
            ContactUnreachableError: active, it would have neither e-mail address nor phone number.
        """
        allowed = CONTACT_TRANSITIONS[self.status]
        if to not in allowed:
            raise ContactTransitionError(
                f"A contact that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def _become(self, after: Contact, *, now: datetime) -> tuple[Contact, list[ContactChanged]]:
        if after == self:
            return self, []
        _require_sound(after)
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [_changed(after)]


def _require_known(customer: Customer) -> None:
    if customer.time_zone not in time_zones():
        detail = f"{customer.time_zone} is not a name of the IANA time zone database."
        raise TimeZoneUnknownError(detail, pointer="/time_zone")
    if customer.currency not in CURRENCIES:
        detail = f"{customer.currency} is not a currency of ISO 4217."
        raise CurrencyUnknownError(detail, pointer="/currency")


def _require_sound(contact: Contact) -> None:
    if contact.status == "active" and contact.email is None and contact.phone is None:
        raise ContactUnreachableError("Give an e-mail address or a phone number.", pointer="/email")
    if contact.customer_id is None and REPRESENTATIVE in contact.roles:
        detail = "Only a contact of a customer can represent it."
        raise ContactRoleError(detail, pointer="/roles")


def _state(customer: Customer) -> dict[str, Any]:
    names = CustomerState.model_fields.keys() - {"customer_id"}
    return {"customer_id": customer.id, **{name: getattr(customer, name) for name in names}}


def _changed(contact: Contact) -> ContactChanged:
    names = ContactChanged.model_fields.keys() - {"contact_id"}
    return ContactChanged(
        contact_id=contact.id, **{name: getattr(contact, name) for name in names}
    )
