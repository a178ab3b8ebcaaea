"""A bus whose far end is the test: it keeps what was published, and fails or waits when told to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from shared.bus import BusUnavailableError, Group, Progress, RecordRefusedError
from shared.envelope import Event, Record, from_record


@dataclass
class RecordingBus:
    """``EventBus`` for relays alone: nobody subscribes."""

    failures: int = 0
    """How many calls still fail, each after it kept the first half of its records."""
    refused: set[bytes] = field(default_factory=set)
    """Keys whose records can never be taken."""
    before: Callable[[], Awaitable[None]] | None = None
    """Runs at the beginning of each call."""
    batches: list[list[Event]] = field(default_factory=list)
    copies: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    @property
    def events(self) -> list[Event]:
        """Return everything that arrived, copies included."""
        return [event for batch in self.batches for event in batch]

    @property
    def first_copies(self) -> list[Event]:
        """Return what arrived, each event where it came first."""
        return list({event.id: event for event in reversed(self.events)}.values())[::-1]

    async def publish(self, records: Sequence[Record]) -> None:
        """Keep the records, or fail as told."""
        if self.before is not None:
            await self.before()
        await asyncio.sleep(0)
        for index, record in enumerate(records):
            if record.key in self.refused:
                self._keep(records[:index])
                raise RecordRefusedError(index, "too large")
        if self.failures > 0:
            self.failures -= 1
            self._keep(records[: len(records) // 2])
            raise BusUnavailableError("the far end went away")
        self._keep(records)

    def _keep(self, records: Sequence[Record]) -> None:
        self.batches.append([from_record(record) for record in records])
        for record in records:
            self.copies[dict(record.headers)["ce_id"].decode()].append(record)

    async def start(self, topics: Sequence[str]) -> None:
        """Do nothing."""

    def subscribe(self, group: Group) -> None:
        """Refuse: this bus has no readers."""
        raise NotImplementedError(group.name)

    async def consume(self, name: str) -> None:
        """Refuse: this bus has no readers."""
        raise NotImplementedError(name)

    def progress(self, name: str) -> Progress:
        """Refuse: this bus has no readers."""
        raise NotImplementedError(name)

    async def stop(self) -> None:
        """Do nothing."""
