"""Relays at work on the sample service's event store, and what must be true of it afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from shared import clock
from shared.audit import verify_chain
from shared.auth import platform_actor
from shared.bus import EventBus
from shared.db import Database
from shared.envelope import Event
from shared.failpoints import FailPointError
from shared.outbox import append
from shared.relay import Relay
from tests.support.eventually import eventually
from tests.support.recording_bus import RecordingBus
from tests.support.sample import SampleHome, fetch
from tests.support.sample_things import ThingChanged


@contextlib.asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    """Run a relay for the block."""
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        with contextlib.suppress(FailPointError):
            await asyncio.wait_for(task, timeout=10)


@contextlib.asynccontextmanager
async def relaying(home: SampleHome, bus: EventBus) -> AsyncIterator[Relay]:
    """Run a relay of the sample service for the block."""
    async with running(Relay(url=home.url, service="sample", bus=bus)) as relay:
        yield relay


async def write(database: Database, keys: Sequence[UUID], first: int, count: int = 1) -> None:
    """Commit some versions of each aggregate in one transaction."""
    async with database.transaction() as tx:
        for key in keys:
            events = [
                ThingChanged(thing_id=key, name=f"v{first + number}", size=1, state="open")
                for number in range(count)
            ]
            now = clock.now()
            append(
                tx,
                key=key,
                version=first + count - 1,
                events=events,
                actor=platform_actor("sample"),
                occurred_at=now,
                now=now,
            )


async def drained(home: SampleHome, within: float = 10) -> None:
    async def empty() -> bool:
        (row,) = await fetch(home.database, "select count(*) from sample.outbox")
        return bool(row[0] == 0)

    await eventually(empty, within=within)


async def assert_feed_is_whole(home: SampleHome, database: Database) -> None:
    """Check that every logged event is in the feed once, positions without gaps, chain right."""
    rows = await fetch(home.database, "select position, log_id from sample.feed order by position")
    (logged,) = await fetch(home.database, "select count(*) from sample.event_log")
    assert [row["position"] for row in rows] == list(range(1, logged[0] + 1))
    assert len({row["log_id"] for row in rows}) == logged[0]
    assert [finding async for _, found in verify_chain(database) for finding in found] == []


def assert_ordered_per_key(events: Sequence[Event]) -> None:
    seen: defaultdict[UUID, list[int]] = defaultdict(list)
    for event in events:
        seen[event.key].append(event.sequence)
    for sequences in seen.values():
        assert sequences == list(range(1, len(sequences) + 1))


def assert_copies_are_identical(bus: RecordingBus) -> None:
    for copies in bus.copies.values():
        assert len(set(copies)) == 1


async def relay_all(home: SampleHome) -> RecordingBus:
    """Send out what waits; return the bus it went to."""
    bus = RecordingBus()
    async with relaying(home, bus):
        await drained(home)
    return bus
