"""What was committed goes out, in order per aggregate, whoever dies; the feed says how."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from shared import failpoints
from shared.db import Database
from shared.failpoints import FailPointError
from shared.relay import BATCH, Relay
from tests.support.eventually import eventually
from tests.support.recording_bus import RecordingBus
from tests.support.relaying import (
    assert_copies_are_identical,
    assert_feed_is_whole,
    assert_ordered_per_key,
    drained,
    relaying,
    running,
    write,
)
from tests.support.sample import SampleHome, fetch


@pytest.fixture
async def database(sample_environment: SampleHome) -> AsyncIterator[Database]:
    database = await Database.open(
        sample_environment.url, service="sample", size=6, wait_seconds=5, statement_seconds=10
    )
    yield database
    await database.close()


async def test_everything_goes_out_in_batches_and_in_order(
    sample_environment: SampleHome, database: Database
) -> None:
    keys = [uuid4() for _ in range(6)]
    for first in range(1, 200, 20):
        await write(database, keys, first, 20)
    bus = RecordingBus()
    async with relaying(sample_environment, bus):
        await drained(sample_environment)
    assert [len(batch) for batch in bus.batches] == [BATCH, BATCH, 1200 - 2 * BATCH]
    assert_ordered_per_key(bus.events)
    await assert_feed_is_whole(sample_environment, database)


async def test_positions_have_no_gaps_under_writers_that_commit_late(
    sample_environment: SampleHome, database: Database
) -> None:
    async def writer(number: int) -> None:
        keys = [uuid4() for _ in range(2)]
        for version in range(1, 16):
            async with database.transaction() as slow:
                await slow.begin()
                await write(database, keys, version)
                await asyncio.sleep(0.001 * (number % 3))

    bus = RecordingBus()
    async with relaying(sample_environment, bus):
        await asyncio.gather(*(writer(number) for number in range(3)))
        await drained(sample_environment)
    assert len(bus.events) == 90
    assert_ordered_per_key(bus.events)
    await assert_feed_is_whole(sample_environment, database)


async def test_nothing_is_lost_when_the_bus_fails(
    sample_environment: SampleHome, database: Database
) -> None:
    keys = [uuid4() for _ in range(4)]
    await write(database, keys, 1, 5)
    failed = REGISTRY.get_sample_value("outbox_publish_failures_total", {"service": "sample"}) or 0
    bus = RecordingBus(failures=4)
    async with relaying(sample_environment, bus):
        await drained(sample_environment)
    assert bus.failures == 0
    assert_ordered_per_key(bus.first_copies)
    assert_copies_are_identical(bus)
    assert max(Counter(event.id for event in bus.events).values()) == 5
    await assert_feed_is_whole(sample_environment, database)
    now_failed = REGISTRY.get_sample_value("outbox_publish_failures_total", {"service": "sample"})
    assert now_failed == failed + 4


async def test_no_transaction_is_open_while_the_bus_takes_its_time(
    sample_environment: SampleHome, database: Database
) -> None:
    states: list[str] = []

    async def look() -> None:
        rows = await fetch(
            sample_environment.database,
            "select state from pg_stat_activity where application_name = 'itsm-sample-relay'"
            " and datname = current_database()",
        )
        states.extend(row["state"] for row in rows)

    await write(database, [uuid4()], 1)
    async with relaying(sample_environment, RecordingBus(before=look)):
        await drained(sample_environment)
    assert states == ["idle"]


async def test_a_relay_that_dies_before_the_write_off_only_makes_copies(
    sample_environment: SampleHome, database: Database
) -> None:
    keys = [uuid4() for _ in range(3)]
    await write(database, keys, 1, 4)
    bus = RecordingBus()
    for place in ("R1", "R3", "R6"):
        failpoints.arm(f"{place}:1:raise", environment="test")
        relay = Relay(url=sample_environment.url, service="sample", bus=bus)
        with pytest.raises(FailPointError):
            await relay.run()
    async with relaying(sample_environment, bus):
        await drained(sample_environment)
    assert_ordered_per_key(bus.first_copies)
    assert_copies_are_identical(bus)
    assert set(Counter(event.id for event in bus.events).values()) == {3}
    await assert_feed_is_whole(sample_environment, database)


async def test_a_relay_that_dies_after_the_write_off_sends_nothing_again(
    sample_environment: SampleHome, database: Database
) -> None:
    await write(database, [uuid4()], 1, 3)
    bus = RecordingBus()
    failpoints.arm("R4:1:raise", environment="test")
    with pytest.raises(FailPointError):
        await Relay(url=sample_environment.url, service="sample", bus=bus).run()
    await write(database, [uuid4()], 1)
    async with relaying(sample_environment, bus):
        await drained(sample_environment)
    assert len(bus.events) == 4
    await assert_feed_is_whole(sample_environment, database)


async def test_a_relay_that_lost_its_lock_unknowingly_only_makes_copies(
    sample_environment: SampleHome, database: Database
) -> None:
    keys = [uuid4() for _ in range(3)]
    await write(database, keys, 1, 2)
    inside, gate = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        inside.set()
        await gate.wait()

    slow, fresh = RecordingBus(before=wait), RecordingBus()
    async with relaying(sample_environment, slow) as zombie:
        await inside.wait()
        await fetch(
            sample_environment.database,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'itsm-sample-relay' and datname = current_database()",
        )
        async with relaying(sample_environment, fresh) as leader:
            await drained(sample_environment)
            await write(database, keys, 3, 2)
            await drained(sample_environment)
            assert leader.leading
            slow.before = None
            gate.set()
            await eventually(lambda: not zombie.leading, within=5)
            await assert_feed_is_whole(sample_environment, database)
    assert {event.id for event in slow.events} < {event.id for event in fresh.events}
    for event_id, copies in slow.copies.items():
        assert set(copies) == set(fresh.copies[event_id])
    assert_ordered_per_key(fresh.events)
    await assert_feed_is_whole(sample_environment, database)


async def test_two_relays_that_both_believe_to_lead_keep_the_feed_whole(
    sample_environment: SampleHome, database: Database
) -> None:
    keys = [uuid4() for _ in range(4)]

    async def take_time() -> None:
        await asyncio.sleep(0.02)

    buses = [RecordingBus(before=take_time), RecordingBus(before=take_time)]
    async with contextlib.AsyncExitStack() as stack:
        for bus in buses:
            relay = Relay(url=sample_environment.url, service="sample", bus=bus)
            # Whatever gave both the lock, the write-off must not depend on it.
            relay._sql = replace(relay._sql, lock="select true")  # noqa: SLF001
            await stack.enter_async_context(running(relay))
        version = 0
        while version < 30 or not all(bus.events for bus in buses):
            version += 1
            await write(database, keys, version)
        await drained(sample_environment, within=20)
    for event_id in {*buses[0].copies, *buses[1].copies}:
        assert len({*buses[0].copies[event_id], *buses[1].copies[event_id]}) == 1
    await assert_feed_is_whole(sample_environment, database)


async def test_a_refused_record_holds_back_its_own_aggregate_alone(
    sample_environment: SampleHome, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.relay.BACKOFF_SECONDS", 0.5)
    bad, good = uuid4(), uuid4()
    bus = RecordingBus(refused={str(bad).encode()})
    async with relaying(sample_environment, bus):
        for version in range(1, 4):
            await write(database, [bad, good], version)
        await eventually(lambda: len(bus.first_copies) == 3, within=5)
        assert {event.key for event in bus.events} == {good}
        (queued,) = await fetch(sample_environment.database, "select count(*) from sample.outbox")
        assert queued[0] == 3
        bus.refused.clear()
        await drained(sample_environment)
    assert_ordered_per_key(bus.first_copies)
    await assert_feed_is_whole(sample_environment, database)


async def test_another_relay_takes_over_when_the_leader_is_killed(
    sample_environment: SampleHome, database: Database
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.sample_service", "relay"),
        str(sample_environment.folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": "."},
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), timeout=20) == b"leading\n"
        bus = RecordingBus()
        async with relaying(sample_environment, bus) as standby:
            await write(database, [uuid4()], 1, 3)
            await drained(sample_environment)
            assert not standby.leading
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await write(database, [uuid4()], 1, 3)
            await drained(sample_environment, within=5)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert len(bus.events) == 3
    await assert_feed_is_whole(sample_environment, database)


async def test_the_age_of_what_waits_can_be_seen(
    sample_environment: SampleHome, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.relay.MEASURE_EVERY_SECONDS", 0.05)

    def depth() -> float | None:
        return REGISTRY.get_sample_value("outbox_depth", {"service": "sample"})

    def age() -> float | None:
        return REGISTRY.get_sample_value("outbox_oldest_seconds", {"service": "sample"})

    await write(database, [uuid4()], 1, 3)
    bus = RecordingBus(failures=10**6)
    async with relaying(sample_environment, bus):
        await eventually(lambda: depth() == 3 and (age() or 0) > 0.1, within=5)
        bus.failures = 0
        await drained(sample_environment)
        await eventually(lambda: (depth(), age()) == (0, 0), within=5)
    assert REGISTRY.get_sample_value("outbox_relay_leader", {"service": "sample"}) == 0


async def test_a_bus_that_does_not_confirm_is_named_while_it_lasts(
    sample_environment: SampleHome, database: Database
) -> None:
    await write(database, [uuid4()], 1)
    bus = RecordingBus(failures=10**6)
    async with relaying(sample_environment, bus) as relay:
        await eventually(lambda: relay.trouble, within=5)
        assert "the far end went away" in (relay.trouble or "")
        bus.failures = 0
        await drained(sample_environment)
        await eventually(lambda: relay.trouble is None, within=5)
