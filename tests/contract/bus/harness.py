"""What the suite needs of a bus: ways to open it, to serve groups on it, to publish as a relay."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.bus import BusUnavailableError, Delivery, EventBus, Group
from shared.envelope import Record
from shared.failpoints import FailPointError
from tests.support.eventually import eventually

SERVED_WITHIN = 15.0
"""Joining a group, creating its offsets topic included, on a busy machine."""


@dataclass(frozen=True)
class Features:
    """What one bus can do beyond the common promise."""

    name: str
    keeps_records: bool
    """Records wait in the bus for groups that are not served right now."""
    shared_groups: bool
    """Several processes may be members of one group."""


LOCAL = Features("local", keeps_records=False, shared_groups=False)
KAFKA = Features("kafka", keeps_records=True, shared_groups=True)


@dataclass
class Harness:
    """One bus under test; each ``open`` stands for one process."""

    features: Features
    make: Callable[[], EventBus]
    topic: str = field(default_factory=lambda: f"t-{uuid.uuid4().hex[:12]}")
    opened: list[EventBus] = field(default_factory=list)

    def group(self, reader: Reader, name: str = "g") -> Group:
        """Return a group of this test alone."""
        return Group(f"{name}-{self.topic}", (self.topic,), reader.handle)

    async def open(self, *groups: Group) -> EventBus:
        """Return a started bus with groups registered."""
        bus = self.make()
        self.opened.append(bus)
        await bus.start([self.topic])
        for group in groups:
            bus.subscribe(group)
        return bus

    def record(self, key: str, number: int, *, size: int = 0) -> Record:
        """Return a record that knows its key and its number, with an id of its own."""
        return Record(
            topic=self.topic,
            key=key.encode(),
            value=f"{number}".encode() + b"." * size,
            headers=(("ce_id", f"{key}/{number}".encode()),),
        )

    def records(self, keys: Sequence[str], count: int, *, first: int = 1) -> list[Record]:
        """Return ``count`` records per key, keys interleaved, numbers ascending."""
        return [self.record(key, number) for number in range(first, first + count) for key in keys]


class Reader:
    """A group's handler that remembers what it saw, and can be made to fail or to wait."""

    def __init__(self, store: EffectStore | None = None) -> None:
        self.seen: list[Delivery] = []
        self.failures = 0
        self.fail_next = 0
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._store = store

    async def handle(self, batch: Sequence[Delivery]) -> None:
        self.entered.set()
        if self.fail_next:
            self.fail_next -= 1
            self.failures += 1
            raise ValueError("asked to fail")
        await self.gate.wait()
        self.seen += batch
        if self._store is not None:
            self._store.apply([identity(one.record) for one in batch])

    @property
    def ids(self) -> list[str]:
        return [identity(one.record) for one in self.seen]

    def first_numbers(self, key: str) -> list[int]:
        """Return a key's numbers in the order in which each was first seen."""
        numbers = [
            int(one.record.value.partition(b".")[0])
            for one in self.seen
            if one.record.key == key.encode()
        ]
        return list(dict.fromkeys(numbers))


class EffectStore:
    """A tiny inbox in a file: an id has its effect once, whichever process comes first."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None)
        self._db.execute("create table if not exists effect (place integer primary key, id unique)")
        self._db.execute("create table if not exists tried (id text)")

    def apply(self, ids: Sequence[str]) -> None:
        self._db.execute("begin immediate")
        self._db.executemany("insert into tried values (?)", [(one,) for one in ids])
        self._db.executemany(
            "insert or ignore into effect (id) values (?)", [(one,) for one in ids]
        )
        self._db.execute("commit")

    def effects(self) -> list[str]:
        return [row[0] for row in self._db.execute("select id from effect order by place")]

    def tries(self) -> list[str]:
        return [row[0] for row in self._db.execute("select id from tried order by rowid")]

    def close(self) -> None:
        self._db.close()


def identity(record: Record) -> str:
    return dict(record.headers)["ce_id"].decode()


async def relay(
    bus: EventBus,
    records: Sequence[Record],
    *,
    within: float = 20.0,
    failed: list[float] | None = None,
) -> int:
    """Publish as a relay does: the same batch until it is confirmed. Return how often it failed.

    ``failed`` collects the monotonic times of the failures.
    """
    times: list[float] = [] if failed is None else failed
    before = len(times)

    async def attempt() -> bool:
        try:
            await bus.publish(records)
        except (BusUnavailableError, FailPointError):
            times.append(time.monotonic())
            return False
        return True

    await eventually(attempt, within=within, every=0.05)
    return len(times) - before


@contextlib.asynccontextmanager
async def serving(bus: EventBus, *names: str, stop: bool = True) -> AsyncIterator[list[str]]:
    """Serve groups as a supervisor does: after an unexpected error, again. Yield the errors."""
    crashes: list[str] = []

    async def supervise(name: str) -> None:
        while True:
            try:
                await bus.consume(name)
            except FailPointError as error:
                crashes.append(str(error))
            else:
                return

    tasks = [asyncio.create_task(supervise(name)) for name in names]
    try:
        yield crashes
    finally:
        if stop:
            await bus.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
