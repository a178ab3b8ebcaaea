"""Amounts of money: whole minor units of a currency of ISO 4217 inside, decimal text outside.

Binary fractions never come near it: text is read digit by digit and written back the same way. A
currency has as many digits behind the point as ISO 4217 says (EUR 2, JPY 0, KWD 3), and an amount
never has more. There are no negative amounts: a price, a penalty and a cap are never below nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from shared.errors import DomainError, Kind

MAX_MINOR_UNITS: Final = 10**15 - 1
"""The largest amount, in minor units; sums of thousands of them still fit a 64-bit integer."""
_TWO: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF",
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD",
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA",
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN",
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP",
    "TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER",
    "ZAR ZMW ZWG",  # codespell:ignore zar
)
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys(" ".join(_TWO).split(), 2)
    | dict.fromkeys(_NONE.split(), 0)
    | dict.fromkeys(_THREE.split(), 3)
)
"""Digits behind the point by ISO 4217 code: money in circulation, no funds or test codes."""
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,3}))?")


class UnknownCurrencyError(DomainError):
    """Not a currency of ISO 4217 that is in circulation."""

    code = "currency-unknown"
    kind = Kind.INVALID
    title = "No such currency"


class AmountInvalidError(DomainError):
    """Not an amount that this currency can have."""

    code = "amount-invalid"
    kind = Kind.INVALID
    title = "Not an amount of this currency"


def check_currency(currency: str, *, pointer: str = "") -> None:
    """Refuse a code that no money in circulation has.

    Raises:
        UnknownCurrencyError: it is none.
    """
    if currency not in EXPONENTS:
        detail = f"{currency[:20]} is not a currency of ISO 4217."
        raise UnknownCurrencyError(detail, pointer=pointer)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, zero or more; ``minor_units`` are its cents, or what it has."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what no record may hold.

        Raises:
            UnknownCurrencyError: the currency is none.
            AmountInvalidError: it is negative or above ``MAX_MINOR_UNITS``.
        """
        check_currency(self.currency)
        if not 0 <= self.minor_units <= MAX_MINOR_UNITS:
            detail = f"An amount lies between 0 and {MAX_MINOR_UNITS} minor units."
            raise AmountInvalidError(detail)

    @classmethod
    def parse(cls, amount: str, currency: str, *, pointer: str = "") -> Money:
        """Read an amount as people and other programs write it, like ``12.34``.

        ``pointer`` is where ``amount`` and ``currency`` stand in a request.

        Raises:
            UnknownCurrencyError: the currency is none.
            AmountInvalidError: not plain digits (so no sign, exponent or NaN), more digits behind
                the point than the currency has, or too large.
        """
        check_currency(currency, pointer=f"{pointer}/currency")
        digits = EXPONENTS[currency]
        found = _AMOUNT.fullmatch(amount)
        if found is None:
            detail = "An amount is written in plain digits, like 12.34, and is not negative."
            raise AmountInvalidError(detail, pointer=f"{pointer}/amount")
        whole, fraction = found.group(1), found.group(2) or ""
        if len(fraction) > digits:
            detail = f"{currency} has {digits} digits behind the point."
            raise AmountInvalidError(detail, pointer=f"{pointer}/amount")
        minor_units = int(whole + fraction.ljust(digits, "0"))
        if minor_units > MAX_MINOR_UNITS:
            detail = f"An amount of {currency} is at most {cls(MAX_MINOR_UNITS, currency).amount}."
            raise AmountInvalidError(detail, pointer=f"{pointer}/amount")
        return cls(minor_units, currency)

    @property
    def amount(self) -> str:
        """Return the amount as decimal text with all digits that the currency has."""
        digits = EXPONENTS[self.currency]
        if digits == 0:
            return str(self.minor_units)
        text = str(self.minor_units).rjust(digits + 1, "0")
        return f"{text[:-digits]}.{text[-digits:]}"
