"""Whom an outage affects, and how much of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.incident.outages import events as said

MAX_AFFECTED: Final = 2000
"""So many customers fit an event; where more use a service, ``others_share`` stands for them."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A customer and which share of it feels the outage, from 0 to 1."""

    customer_id: UUID
    share: Decimal

    def told(self) -> said.Affected:
        """Return what events say of it."""
        return said.Affected(customer_id=self.customer_id, share=decimal_text(self.share))


def decimal_text(number: Decimal) -> str:
    """Return a number as decimal text without needless zeros."""
    return format(number.normalize(), "f")


def most_affected(*lists: Iterable[Affected]) -> tuple[Affected, ...]:
    """Return the customers of several outages, each with the largest of its shares."""
    shares: dict[UUID, Decimal] = {}
    for affected in lists:
        for one in affected:
            shares[one.customer_id] = max(shares.get(one.customer_id, Decimal(0)), one.share)
    return in_order(Affected(customer, share) for customer, share in shares.items())


def in_order(affected: Iterable[Affected]) -> tuple[Affected, ...]:
    """Return affected customers in the order that they are kept in."""
    return tuple(sorted(affected, key=lambda one: one.customer_id))


def everyone(
    customers: Sequence[UUID],
) -> tuple[tuple[Affected, ...], Decimal | None]:
    """Return whom an outage affects by default: all of each user, or all whatever they are."""
    if len(customers) > MAX_AFFECTED:
        return (), Decimal(1)
    return in_order(Affected(one, Decimal(1)) for one in customers), None
