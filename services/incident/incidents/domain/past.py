"""What another system says of an incident: how it stood when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.incident.incidents.events.vocabulary import Channel, HoldReason, State

UNKNOWN: Final = "unknown"
ORIGIN: Final = "import"
"""The origin of events that tell of the past: nobody is notified, nothing is started for them."""


@dataclass(frozen=True, slots=True)
class PastFact:
    """How an incident stood from an instant on; ``noticed`` tells whether somebody had seen it."""

    at: datetime
    state: State
    hold_reason: HoldReason | None
    impact: int
    urgency: int
    priority: int
    group: str | None
    assignee: str | None
    reopen_count: int
    noticed: bool


@dataclass(frozen=True, slots=True)
class Past:
    """An incident of another system: what it was about, its facts in order, and how it ended.

    ``by_matrix`` tells whether its last priority is the one that the source's matrix gives.
    """

    source: str
    source_number: str
    title: str
    description: str
    channel: Channel
    category: str | None
    caller: str | None
    reported_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    resolution_code: str
    by_matrix: bool
    facts: tuple[PastFact, ...]
