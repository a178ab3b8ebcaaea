"""What is said when an incident is declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.incident.incidents.events.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody, or a monitoring tool, says when an incident is declared."""

    title: str
    description_technical: str
    description_business: str
    channel: Channel
    caller: str | None
    customer_ids: tuple[UUID, ...]
    affected_service_ids: tuple[UUID, ...]
    impact: int
    urgency: int
    started_at: datetime | None
    detected_at: datetime | None
    reported_at: datetime | None
    dedup_key: str | None = None
    signal_ids: tuple[UUID, ...] = ()
    category: str | None = None
    ci_ids: tuple[UUID, ...] = ()
