"""Amounts as they are kept, so that 500 and 500.00 are no difference."""

from __future__ import annotations

from typing import Any

from shared.errors import DomainError
from shared.money import Money


def canonical_money(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return an amount and whatever else is said with it, the amount as its currency has it.

    What is no amount is returned as it is: the area whose it is refuses it.
    """
    if not isinstance(value, dict):
        return value
    try:
        money = Money.parse(value["amount"], value["currency"], pointer="")
    except DomainError:
        return value
    return {**value, "amount": money.amount}
