"""What a bus promises to several processes that share a group."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.contract.bus.harness import (
    SERVED_WITHIN,
    EffectStore,
    Harness,
    Reader,
    identity,
    relay,
    serving,
)
from tests.support.eventually import eventually
from tests.support.kafka_cluster import ROOT

pytestmark = pytest.mark.needs("shared_groups")
KEYS = [f"key-{number}" for number in range(12)]


async def test_two_members_share_a_group_and_one_takes_over(
    harness: Harness, tmp_path: Path
) -> None:
    store = EffectStore(tmp_path / "effects")
    readers = [Reader(store), Reader(store)]
    publisher = await harness.open()
    first, second = [await harness.open(harness.group(reader)) for reader in readers]
    name = harness.group(readers[0]).name
    numbers = iter(range(1, 10_000))
    sent: list[str] = []

    async def both_have_something() -> bool:
        records = harness.records(KEYS, 1, first=next(numbers))
        sent.extend(map(identity, records))
        await publisher.publish(records)
        return all(reader.seen for reader in readers)

    async with serving(first, name):
        await eventually(lambda: first.progress(name).bootstrapped, within=SERVED_WITHIN)
        async with serving(second, name):
            await eventually(both_have_something, within=SERVED_WITHIN, every=0.1)
            # Each partition belongs to one of them.
            await eventually(lambda: len(store.effects()) == len(sent), within=SERVED_WITHIN)
        left = len(readers[0].seen)
        more = harness.records(KEYS, 5, first=next(numbers))
        sent.extend(map(identity, more))
        await publisher.publish(more)
        await eventually(lambda: len(store.effects()) == len(sent), within=SERVED_WITHIN)
        assert len(readers[0].seen) - left >= len(more)
    assert sorted(store.effects()) == sorted(sent)
    store.close()


async def test_a_member_without_partitions_is_as_far_as_it_can_be(harness: Harness) -> None:
    name = harness.group(Reader()).name
    members = [await harness.open(harness.group(Reader())) for _ in range(4)]
    await members[0].publish(harness.records(KEYS, 2))
    async with (
        serving(members[0], name),
        serving(members[1], name),
        serving(members[2], name),
        serving(members[3], name),
    ):
        # Three partitions, four members.
        await eventually(
            lambda: all(bus.progress(name).bootstrapped for bus in members), within=SERVED_WITHIN
        )
        await eventually(
            lambda: all(bus.progress(name).lag == 0 for bus in members), within=SERVED_WITHIN
        )


async def test_a_rebalance_waits_for_the_batch_in_hand(harness: Harness, tmp_path: Path) -> None:
    store = EffectStore(tmp_path / "effects")
    slow, quick = Reader(store), Reader(store)
    name = harness.group(slow).name
    first, second = [await harness.open(harness.group(reader)) for reader in (slow, quick)]
    async with serving(first, name):
        await eventually(lambda: first.progress(name).bootstrapped, within=SERVED_WITHIN)
        slow.gate.clear()
        await first.publish(harness.records(KEYS, 1))
        await asyncio.wait_for(slow.entered.wait(), SERVED_WITHIN)
        async with serving(second, name):
            # The new member asks for its share and gets none while the old one has a batch in
            # hand; on its own it would join in a fraction of this time.
            with pytest.raises(AssertionError):
                await eventually(lambda: second.progress(name).bootstrapped, within=1)
            assert not store.effects()
            slow.gate.set()
            await eventually(lambda: second.progress(name).bootstrapped, within=SERVED_WITHIN)
            await eventually(lambda: len(store.effects()) == len(KEYS), within=SERVED_WITHIN)
    # What was in hand was committed before the partitions moved: no record was handled twice.
    assert sorted(store.tries()) == sorted(store.effects())
    store.close()


async def test_a_frozen_member_that_thaws_cannot_apply_its_batch_twice(
    harness: Harness, broker: str, tmp_path: Path
) -> None:
    store = EffectStore(tmp_path / "effects")
    group = harness.group(Reader(store))
    publisher = await harness.open()
    await publisher.publish(harness.records(KEYS, 3))
    frozen = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.contract.bus.frozen_member",
        broker,
        harness.topic,
        group.name,
        str(tmp_path),
        cwd=ROOT,
    )
    try:
        await eventually((tmp_path / "in-hand").exists, within=SERVED_WITHIN)
        frozen.send_signal(signal.SIGSTOP)
        healthy = await harness.open(group)
        async with serving(healthy, group.name):
            await eventually(lambda: len(store.effects()) == 36, within=SERVED_WITHIN)
            (tmp_path / "go-on").touch()
            frozen.send_signal(signal.SIGCONT)
            # It applies its stale batch, is refused the offset, and joins again.
            await eventually(lambda: len(store.tries()) > 36, within=SERVED_WITHIN)
            more = harness.records(KEYS, 3, first=4)
            await publisher.publish(more)
            await eventually(lambda: len(store.effects()) == 72, within=SERVED_WITHIN)
        # The healthy one has left; the thawed one serves the group alone.
        last = harness.records(KEYS, 1, first=7)
        await publisher.publish(last)
        await eventually(lambda: len(store.effects()) == 84, within=SERVED_WITHIN)
        assert frozen.returncode is None
        frozen.terminate()
        assert await asyncio.wait_for(frozen.wait(), SERVED_WITHIN) == 0
    finally:
        if frozen.returncode is None:
            frozen.kill()
            await frozen.wait()
    effects = store.effects()
    assert len(effects) == len(set(effects)) == 84
    for key in KEYS:
        of_key = [one for one in effects if one.startswith(f"{key}/")]
        assert of_key == [f"{key}/{number}" for number in range(1, 8)]
    store.close()


async def test_a_late_publisher_finds_its_group_waiting(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    async with serving(bus, group.name):
        await eventually(lambda: bus.progress(group.name).bootstrapped, within=SERVED_WITHIN)
        await relay(bus, [harness.record("k", 1)])
        await eventually(lambda: reader.ids == ["k/1"], within=2)
