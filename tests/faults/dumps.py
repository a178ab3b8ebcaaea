"""What a campaign leaves behind, as plain records: all that the checker looks at.

Client history, tables, topics from their first offset with every copy, what the sinks received,
and when which service was down. Nothing here reads or connects to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["ok", "refused", "unknown", "later"]
"""``refused`` promises that nothing was done; ``unknown`` may be either; ``later`` asks to come
again while another request with the key is running."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request on the wire, and what the client learned from it."""

    number: int
    outcome: Outcome
    status: int | None = None
    code: str | None = None
    record: str | None = None
    version: int | None = None
    answer: str | None = None
    """SHA-256 of the body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client wanted once, under one idempotency key; its id is also the correlation id."""

    id: str
    trial: str
    service: str
    what: str
    attempts: Sequence[Attempt]

    @property
    def outcome(self) -> Outcome:
        """Return what is known in the end: the key makes all attempts one."""
        known = {attempt.outcome for attempt in self.attempts}
        if "ok" in known:
            return "ok"
        return "refused" if self.attempts and self.attempts[-1].outcome == "refused" else "unknown"


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of an event log."""

    service: str
    log_id: int
    event_id: str
    topic: str
    key: str
    sequence: int
    type: str
    recorded_at: datetime
    actor: str
    correlation_id: str | None
    causation_id: str | None
    digest: str
    """SHA-256 of the record as it must be on the wire: key, headers, value."""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of a feed."""

    service: str
    position: int
    log_id: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A row with a version."""

    service: str
    table: str
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class Published:
    """A record in a topic; each copy is one of its own."""

    topic: str
    partition: int
    offset: int
    key: str
    event_id: str
    sequence: int
    type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscription: which types of which topics its handlers take."""

    service: str
    subscription: str
    topics: frozenset[str]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Effect:
    """A handler's run that was committed; ``order`` ascends."""

    order: int
    subscription: str
    event_id: str
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that was set aside."""

    service: str
    subscription: str
    key: str
    event_id: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer's row: what is armed now."""

    service: str
    kind: str
    subject: str
    generation: int
    armed: bool
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Firing:
    """A timer handler's run that was committed."""

    service: str
    kind: str
    subject: str
    generation: int
    due_at: datetime
    fired_at: datetime


@dataclass(frozen=True, slots=True)
class Wakeup:
    """What the reference model expects of a timer: between these instants, or not at all.

    ``happened`` are the effects that were recorded; ``wanted`` says whether there must be one.
    """

    subject: str
    due_at: datetime
    wanted: bool
    happened: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification as the service keeps it; ``stable_id`` is what the outside sees."""

    stable_id: str
    event_id: str
    recipient: str
    channel: str
    state: str


@dataclass(frozen=True, slots=True)
class Expected:
    """A notification that must exist: of an event, to a recipient."""

    event_id: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sink took: a mail or a webhook request, raw bytes as a digest."""

    sink: str
    stable_id: str
    recipient: str
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """From when to when a service was down, or could not be relied on, by our own doing."""

    service: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class Dumps:
    """Everything, taken when the platform had come to rest."""

    taken_at: datetime
    operations: Sequence[Operation] = ()
    logged: Sequence[Logged] = ()
    queued: frozenset[tuple[str, int]] = frozenset()
    feed: Sequence[Sent] = ()
    aggregates: Sequence[Aggregate] = ()
    published: Sequence[Published] = ()
    readers: Sequence[Reader] = ()
    effects: Sequence[Effect] = ()
    parked: Sequence[Parked] = ()
    committed: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    timers: Sequence[Timer] = ()
    firings: Sequence[Firing] = ()
    wakeups: Sequence[Wakeup] = ()
    notices: Sequence[Notice] = ()
    expected: Sequence[Expected] = ()
    receipts: Sequence[Receipt] = ()
    outages: Sequence[Outage] = ()
