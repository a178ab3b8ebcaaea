"""The catalog as incidents need to know it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.errors import DomainError, Kind


class ServiceUnknownError(DomainError):
    """The catalog has told of no such service."""

    code = "service-unknown"
    kind = Kind.INVALID
    title = "No such service is known here"


class TeamUnknownError(DomainError):
    """The catalog has told of no such active team."""

    code = "team-unknown"
    kind = Kind.INVALID
    title = "No such active team is known here"


class CustomerUnknownError(DomainError):
    """The catalog has told of no such customer, or the caller may not act for it."""

    code = "customer-unknown"
    kind = Kind.INVALID
    title = "No such customer is known here"


@dataclass(frozen=True, slots=True)
class KnownService:
    """A service; ``routing_team_id`` is its owner team unless that is known to be retired."""

    service_id: UUID
    number: str
    name_business: str
    routing_team_id: UUID | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may see: everything, or what concerns some customers (maybe none)."""

    customers: frozenset[UUID] | None

    @property
    def unbounded(self) -> bool:
        """Tell whether every customer's records are visible."""
        return self.customers is None

    def covers(self, customer_id: UUID) -> bool:
        """Tell whether a customer's own records are visible."""
        return self.customers is None or customer_id in self.customers


_NUMBER: Final = re.compile(r"[A-Za-z]{2,5}[0-9]{1,18}")


def recognise(reference: str) -> tuple[UUID | None, str | None]:
    """Return a reference as an id or as a number in upper case; the other is None.

    What is neither becomes an empty number, which nothing has.
    """
    try:
        return UUID(reference), None
    except ValueError:
        return None, reference.upper() if _NUMBER.fullmatch(reference) else ""
