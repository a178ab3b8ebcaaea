"""Amounts of money: read and written without loss, refused where no currency has them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import DomainError
from shared.money import (
    EXPONENTS,
    MAX_MINOR_UNITS,
    AmountInvalidError,
    Money,
    UnknownCurrencyError,
)

currencies = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize(
    ("amount", "currency", "minor_units", "shown"),
    [
        ("12.34", "EUR", 1234, "12.34"),
        ("12.3", "EUR", 1230, "12.30"),
        ("12", "EUR", 1200, "12.00"),
        ("0.05", "EUR", 5, "0.05"),
        ("0", "EUR", 0, "0.00"),
        ("1234", "JPY", 1234, "1234"),
        ("1.234", "KWD", 1234, "1.234"),
        ("0.001", "KWD", 1, "0.001"),
        ("9999999999999.99", "USD", MAX_MINOR_UNITS, "9999999999999.99"),
    ],
)
def test_an_amount_is_kept_in_minor_units_and_shown_in_full(
    amount: str, currency: str, minor_units: int, shown: str
) -> None:
    money = Money.parse(amount, currency)
    assert money == Money(minor_units, currency)
    assert money.amount == shown


@given(st.integers(0, MAX_MINOR_UNITS), currencies)
def test_what_is_written_is_read_back_and_has_its_decimal_value(units: int, currency: str) -> None:
    money = Money(units, currency)
    assert Money.parse(money.amount, currency) == money
    assert Decimal(money.amount) == Decimal(units).scaleb(-EXPONENTS[currency])


@given(st.text(max_size=20) | st.from_regex(r"[-+]?[0-9]{0,3}[.,]?[0-9e]{0,4}"), currencies)
def test_text_is_either_refused_or_worth_what_it_says(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency)
    except AmountInvalidError:
        return
    assert Decimal(money.amount) == Decimal(text)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("-1", "EUR"),
        ("-0", "EUR"),
        ("+1", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1e3", "EUR"),
        ("1.234", "EUR"),
        ("1.0", "JPY"),
        ("1.2345", "KWD"),
        ("1,50", "EUR"),
        ("1.", "EUR"),
        (".5", "EUR"),
        ("01", "EUR"),
        ("", "EUR"),
        (" 1", "EUR"),
        ("1\n", "EUR"),
        ("\u0661", "EUR"),
        ("10000000000000.00", "EUR"),
        ("9" * 400, "EUR"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(AmountInvalidError) as refused:
        Money.parse(amount, currency, pointer="/price")
    assert refused.value.pointer == "/price/amount"


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XXX", "XTS", "XAU", "DEM", "CLF"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrencyError) as refused:
        Money.parse("1", currency, pointer="/price")
    assert refused.value.pointer == "/price/currency"


@pytest.mark.parametrize(
    ("units", "currency"), [(-1, "EUR"), (MAX_MINOR_UNITS + 1, "EUR"), (1, "XXX")]
)
def test_no_money_is_made_that_no_record_may_hold(units: int, currency: str) -> None:
    with pytest.raises(DomainError):
        Money(units, currency)
