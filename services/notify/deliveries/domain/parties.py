"""Because of which event somebody is told, on whose behalf, and how they are reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from services.notify.rules.domain import ChannelName

RecipientKind: TypeAlias = Literal[
    "contact", "webhook_endpoint", "team", "customer", "service", "record"
]
SuppressedReason: TypeAlias = Literal["no_recipient", "no_address", "superseded"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that a notification is about; the record is the event's own aggregate.

    Of a clock it is the record that the clock belongs to. ``reason`` is what the event gives as
    its reason, ``successor_number`` the number of the record that goes on instead of this one,
    ``promise`` what was not kept; only a few kinds of events have them.
    """

    event_id: UUID
    event_type: str
    event_sequence: int
    record_kind: str
    record_id: UUID
    record_number: str | None
    origin: str | None
    correlation_id: str | None
    reason: str | None = None
    successor_number: str | None = None
    promise: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """On whose behalf somebody is told: a team, a customer, an endpoint; of a customer, which."""

    kind: RecipientKind
    id: UUID
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told and how. Without a channel: an obstacle, or nothing known of them yet."""

    kind: RecipientKind
    id: UUID
    channel: ChannelName | None = None
    obstacle: SuppressedReason | None = None

    @property
    def target(self) -> str | None:
        """Return what shares one fate in sending: the mail server, the log, or one endpoint."""
        return f"webhook:{self.id}" if self.channel == "webhook" else self.channel
