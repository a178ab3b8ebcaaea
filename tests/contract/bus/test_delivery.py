"""What both buses promise while nothing breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from shared.bus import BusUnavailableError, Delivery
from shared.bus_local import LocalBus
from shared.envelope import Record
from tests.contract.bus.harness import (
    LOCAL,
    SERVED_WITHIN,
    Harness,
    Reader,
    identity,
    relay,
    serving,
)
from tests.support.eventually import eventually


async def test_every_group_gets_every_record(harness: Harness) -> None:
    first, second = Reader(), Reader()
    groups = [harness.group(first, "first"), harness.group(second, "second")]
    bus = await harness.open(*groups)
    records = harness.records(["a", "b", "c"], 10)
    async with serving(bus, *[group.name for group in groups]):
        await relay(bus, records)
        wanted = sorted(identity(one) for one in records)
        await eventually(lambda: sorted(set(first.ids)) == wanted, within=SERVED_WITHIN)
        await eventually(lambda: sorted(set(second.ids)) == wanted, within=SERVED_WITHIN)


async def test_records_of_a_key_arrive_in_order_while_two_publish(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    async with serving(bus, group.name):
        await relay(bus, [harness.record("warm", 1)])

        async def publish(keys: list[str]) -> None:
            for first in range(1, 61, 20):
                await relay(bus, harness.records(keys, 20, first=first))

        await asyncio.gather(publish(["a", "b", "c"]), publish(["d", "e"]))
        await eventually(lambda: len(set(reader.ids)) == 301, within=SERVED_WITHIN)
    for key in "abcde":
        assert reader.first_numbers(key) == list(range(1, 61))


async def test_batches_of_one_topic_are_handled_one_at_a_time_per_partition(
    harness: Harness,
) -> None:
    inside: dict[int, int] = {}
    most = 0
    total = 0

    class Counting(Reader):
        async def handle(self, batch: Sequence[Delivery]) -> None:
            nonlocal most, total
            partition = batch[0].partition
            inside[partition] = inside.get(partition, 0) + 1
            most = max(most, inside[partition])
            await asyncio.sleep(0.005)
            inside[partition] -= 1
            total += len(batch)

    group = harness.group(Counting())
    bus = await harness.open(group)
    async with serving(bus, group.name):
        await relay(bus, [harness.record("k", 1)])
        await asyncio.gather(*(bus.publish([harness.record("k", n)]) for n in range(2, 12)))
        await eventually(lambda: total >= 11, within=SERVED_WITHIN)
    assert most == 1


async def test_bytes_and_headers_survive(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    sent = Record(
        topic=harness.topic,
        key=b"\x00key\xff",
        value=bytes(range(256)) * 4,
        headers=(
            ("ce_id", b"1"),
            ("twice", b"first"),
            ("twice", b"second"),
            ("empty", b""),
            ("bytes", b"\x00\xff\r\n"),
            ("größe", "Straße".encode()),
        ),
    )
    empty = Record(harness.topic, b"k", b"", (("ce_id", b"2"),))
    async with serving(bus, group.name):
        await relay(bus, [sent, empty])
        await eventually(lambda: len(set(reader.ids)) == 2, within=SERVED_WITHIN)
    received = {identity(one.record): one.record for one in reader.seen}
    assert received == {"1": sent, "2": empty}


async def test_publish_returns_only_once_the_records_are_somebody_elses(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    async with serving(bus, group.name):
        await relay(bus, [harness.record("k", 1)])
        reader.gate.clear()
        publishing = asyncio.create_task(bus.publish([harness.record("k", 2)]))
        if harness.features.keeps_records:
            # The bus itself is that somebody: a process that comes later finds the record.
            await asyncio.wait_for(publishing, SERVED_WITHIN)
            late = Reader()
            later = await harness.open(harness.group(late, "late"))
            async with serving(later, harness.group(late, "late").name):
                await eventually(lambda: "k/2" in late.ids, within=SERVED_WITHIN)
            reader.gate.set()
        else:
            reader.entered.clear()
            await asyncio.wait_for(reader.entered.wait(), 2)
            assert not publishing.done()
            reader.gate.set()
            await asyncio.wait_for(publishing, 2)
            assert reader.ids[-1] == "k/2"


async def test_progress_counts_what_is_left_and_stands_still_with_it(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    async with serving(bus, group.name):
        await relay(bus, harness.records(["a", "b"], 5))
        await eventually(lambda: bus.progress(group.name).bootstrapped, within=SERVED_WITHIN)
        await eventually(lambda: bus.progress(group.name).lag == 0, within=SERVED_WITHIN)
        assert bus.progress(group.name).seconds_since_progress == 0
        reader.gate.clear()
        publishing = asyncio.create_task(relay(bus, harness.records(["a"], 3, first=6)))
        await eventually(lambda: bus.progress(group.name).lag == 3, within=SERVED_WITHIN)
        standing = bus.progress(group.name).seconds_since_progress
        await eventually(
            lambda: bus.progress(group.name).seconds_since_progress > standing + 0.1, within=5
        )
        reader.gate.set()
        await publishing
        await eventually(lambda: bus.progress(group.name).lag == 0, within=5)
        assert bus.progress(group.name).bootstrapped


async def test_a_group_name_is_taken_once(harness: Harness) -> None:
    group = harness.group(Reader())
    bus = await harness.open(group)
    with pytest.raises(ValueError, match=group.name):
        bus.subscribe(group)


async def test_without_a_broker_a_group_that_is_not_served_makes_publish_fail() -> None:
    harness = Harness(LOCAL, LocalBus)
    served, absent = Reader(), Reader()
    bus = await harness.open(harness.group(served, "served"), harness.group(absent, "absent"))
    async with serving(bus, harness.group(served, "served").name):
        await asyncio.sleep(0)
        with pytest.raises(BusUnavailableError, match="absent"):
            await bus.publish([harness.record("k", 1)])
        await bus.publish([Record("nobody-reads-this", b"k", b"v", ())])
    assert served.ids == []
