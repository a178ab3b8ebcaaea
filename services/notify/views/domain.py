"""What the read models say, as values that others work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

REPRESENTATIVE: Final = "representative"
"""The role of a contact who speaks for a customer."""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A person who can be told something."""

    contact_id: UUID
    name: str
    email: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident as its last event left it.

    ``occurred_at`` is when it was declared to have begun. ``reached_services`` are the business
    names of the services in its reach by id, ``reached_customers`` the services each customer
    uses of them.
    """

    incident_id: UUID
    number: str
    title: str
    state: str
    priority: int
    service_id: UUID | None
    assignment_team_id: UUID | None
    description_technical: str
    description_business: str
    resolution_technical: str
    resolution_business: str
    occurred_at: datetime
    reached_services: Mapping[UUID, str]
    reached_customers: Mapping[UUID, tuple[UUID, ...]]


def known_incident(row: Mapping[str, Any]) -> KnownIncident:
    """Return the incident that a row of the read model holds."""
    kept = {
        name: row[name]
        for name in KnownIncident.__slots__
        if name not in ("reached_services", "reached_customers")
    }
    return KnownIncident(
        **kept,
        reached_services={UUID(key): name for key, name in row["reached_services"].items()},
        reached_customers={
            UUID(key): tuple(UUID(one) for one in services)
            for key, services in row["reached_customers"].items()
        },
    )
