"""What carries events between services, as a promise that both implementations keep.

``publish`` returns once the records are durably someone else's responsibility; delivery is at
least once; records of one key reach a group in order. Nothing else is promised: a record may come
twice, and records of different keys may overtake each other.

A *group* is one subscription: every group gets every record of its topics, and the members of a
group (replicas) share them. A group's handler receives a batch of one partition, in order, and
returns once each record is committed or parked in the group's own database; only then does the
bus forget that the group still needs them. A handler that raises gets the same batch again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.envelope import Record


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record as it reached a group, with the place it came from."""

    record: Record
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Group:
    """One subscription: its stable name, what it reads and what it does with a batch."""

    name: str
    topics: tuple[str, ...]
    handle: Callable[[Sequence[Delivery]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a group is: records still to handle, and whether it saw the end once since its start.

    ``seconds_since_progress`` counts from the last batch handled, or from the last moment without
    lag: it grows only while there is something to do and nothing gets done.
    """

    lag: int
    bootstrapped: bool
    seconds_since_progress: float


class BusUnavailableError(Exception):
    """The records may or may not have been taken; publish them again, with the same ids."""


class RecordRefusedError(Exception):
    """One record of those published will never be taken as it is; ``index`` says which.

    Those before it may have been taken. Publish the others again without it, and without the later
    ones of its key where their order matters.
    """

    def __init__(self, index: int, reason: str) -> None:
        """Keep the record's place among those published, and the reason as one sentence."""
        super().__init__(f"record {index}: {reason}")
        self.index = index
        self.reason = reason


class EventBus(Protocol):
    """Publish and subscribe; one object per process."""

    async def start(self, topics: Sequence[str]) -> None:
        """Connect, then create the topics or verify those that exist.

        Raises:
            ConfigurationError: the broker cannot be reached within its deadline, or a topic is
                less safe than the settings ask for; one line that names the setting.
        """

    async def publish(self, records: Sequence[Record]) -> None:
        """Hand over records, in order per key, and return once that is durable.

        Raises:
            BusUnavailableError: the outcome is unknown.
            RecordRefusedError: one record can never be taken, too large for instance.
        """

    def subscribe(self, group: Group) -> None:
        """Register a group; call before ``consume`` and before anything is published."""

    async def consume(self, name: str) -> None:
        """Serve one registered group until ``stop``; a normal return means stopped on request.

        A batch in hand is finished first. Raises whatever the connection could not recover from.
        """

    def progress(self, name: str) -> Progress:
        """Return how far a group is, without input or output."""

    async def stop(self) -> None:
        """Let each ``consume`` finish what it has in hand, leave and close, all in bounded time."""
