"""What the read models mean to a change."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.errors import DomainError, Kind


class UnknownServiceError(DomainError):
    """A service that this service has not heard of."""

    code = "unknown-service"
    kind = Kind.INVALID
    title = "There is no such service"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An open incident, and every service it touches: its own and those in its reach."""

    id: UUID
    number: str
    service_ids: frozenset[UUID]
