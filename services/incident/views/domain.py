"""The catalog as incidents need to know it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.calendar import Calendar
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


class ItemUnknownError(DomainError):
    """The catalog has told of no such configuration item, or the caller may not name any."""

    code = "configuration-item-unknown"
    kind = Kind.INVALID
    title = "No such configuration item is known here"


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


@dataclass(frozen=True, slots=True)
class Promise:
    """A timed target of one line of an agreement, for one customer of it if it is an SLA.

    ``priority`` None is any. ``calendar_sequence`` is None where the calendar is not known yet, or
    where the target counts real time and names none.
    """

    agreement_id: UUID
    agreement_type: str
    agreement_sequence: int
    team_id: UUID | None
    supplier_id: UUID | None
    customer_id: UUID | None
    service_id: UUID
    offering_id: UUID | None
    priority: int | None
    target_id: UUID
    agreement_version: int
    metric: str
    seconds: int
    calendar_id: UUID | None
    calendar_version: int | None
    calendar_sequence: int | None
    pause_on: tuple[str, ...]
    runs_only_on: tuple[str, ...]
    thresholds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnownCalendar:
    """A state of a calendar: the version of its hours, and the event that told of it."""

    calendar: Calendar
    sequence: int

    @property
    def version(self) -> int:
        """Return the version of its hours."""
        return self.calendar.version


@dataclass(frozen=True, slots=True)
class AvailabilityLine:
    """A promise of availability to one customer, and the hours it is measured in.

    ``percent`` is decimal text over a ``period``; ``calendar_id`` None is around the clock.
    """

    agreement_id: UUID
    number: str
    target_id: UUID
    agreement_version: int
    percent: str | None
    period: str | None
    calendar_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None
