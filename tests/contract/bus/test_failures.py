"""What both buses promise when a handler fails, or the process between two steps."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from shared import failpoints
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


async def test_a_handler_that_raises_gets_the_same_records_again(harness: Harness) -> None:
    failing, other = Reader(), Reader()
    groups = [harness.group(failing, "failing"), harness.group(other, "other")]
    bus = await harness.open(*groups)
    records = harness.records(["a", "b"], 5)
    async with serving(bus, *[group.name for group in groups]):
        await relay(bus, [harness.record("warm", 1)])
        failing.fail_next = 3
        await relay(bus, records)
        wanted = {"warm/1", *map(identity, records)}
        await eventually(lambda: set(failing.ids) == wanted, within=SERVED_WITHIN)
        await eventually(lambda: set(other.ids) == wanted, within=SERVED_WITHIN)
    assert failing.failures == 3
    assert failing.first_numbers("a") == failing.first_numbers("b") == [1, 2, 3, 4, 5]


async def test_a_crash_between_the_groups_commit_and_the_buss_has_one_effect(
    harness: Harness, tmp_path: Path
) -> None:
    store = EffectStore(tmp_path / "effects")
    reader = Reader(store)
    group = harness.group(reader)
    bus = await harness.open(group)
    failpoints.arm("C4:2:raise", environment="test")
    async with serving(bus, group.name) as crashes:
        for number in range(1, 6):
            await relay(bus, [harness.record("k", number)])
            await eventually(partial(_has, reader, f"k/{number}"), within=SERVED_WITHIN)
        await eventually(lambda: len(store.tries()) > 5, within=SERVED_WITHIN)
    assert store.effects() == [f"k/{number}" for number in range(1, 6)]
    # Without a broker the publisher hears of it; with one the process is what crashes.
    assert bool(crashes) == harness.features.keeps_records
    store.close()


async def test_a_publisher_that_heard_no_answer_publishes_again(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    failpoints.arm("R2:2:raise", environment="test")
    async with serving(bus, group.name):
        await relay(bus, [harness.record("k", 1)])
        failures = await relay(bus, harness.records(["k"], 3, first=2))
        await eventually(lambda: len(set(reader.ids)) == 4, within=SERVED_WITHIN)
    if harness.features.keeps_records:
        assert failures == 1
    assert reader.first_numbers("k") == [1, 2, 3, 4]


async def test_a_graceful_stop_finishes_what_is_in_hand(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    async with serving(bus, group.name, stop=False):
        await relay(bus, [harness.record("k", 1)])
        await eventually(lambda: reader.ids, within=SERVED_WITHIN)
        reader.gate.clear()
        reader.entered.clear()
        publishing = asyncio.create_task(bus.publish([harness.record("k", 2)]))
        await asyncio.wait_for(reader.entered.wait(), SERVED_WITHIN)
        stopping = asyncio.create_task(bus.stop())
        done, _ = await asyncio.wait({stopping}, timeout=0.2)
        assert not done, "stop did not wait for the batch in hand"
        reader.gate.set()
        await asyncio.wait_for(stopping, SERVED_WITHIN)
        await asyncio.wait_for(publishing, 1)
    assert reader.ids == ["k/1", "k/2"]


async def test_a_handler_that_never_returns_does_not_hold_up_a_stop(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    async with serving(bus, group.name, stop=False):
        reader.gate.clear()
        publishing = asyncio.create_task(relay(bus, [harness.record("k", 1)], within=60))
        await asyncio.wait_for(reader.entered.wait(), SERVED_WITHIN)
        await asyncio.wait_for(bus.stop(), 12)
        publishing.cancel()
        await asyncio.wait({publishing})
    assert reader.ids == []


@pytest.mark.needs("keeps_records")
async def test_a_restart_resumes_behind_what_was_committed(harness: Harness) -> None:
    before, after = Reader(), Reader()
    bus = await harness.open(harness.group(before))
    first = harness.records(["a", "b", "c"], 5)
    async with serving(bus, harness.group(before).name):
        await relay(bus, first)
        await eventually(lambda: len(before.ids) == len(first), within=SERVED_WITHIN)
    publisher = await harness.open()
    second = harness.records(["a", "b", "c"], 5, first=6)
    await relay(publisher, second)
    again = await harness.open(harness.group(after))
    async with serving(again, harness.group(after).name):
        await eventually(lambda: len(after.ids) == len(second), within=SERVED_WITHIN)
    assert sorted(after.ids) == sorted(map(identity, second))


@pytest.mark.needs("keeps_records")
async def test_half_of_a_batch_confirmed_is_published_again_as_a_whole(harness: Harness) -> None:
    reader = Reader()
    group = harness.group(reader)
    bus = await harness.open(group)
    failpoints.arm("R5:1:raise", environment="test")
    records = harness.records(["k"], 10)
    assert await relay(bus, records) == 1
    async with serving(bus, group.name):
        await eventually(lambda: set(reader.ids) == set(map(identity, records)), within=15)
    assert reader.first_numbers("k") == list(range(1, 11))
    assert len(reader.ids) == 15


def _has(reader: Reader, wanted: str) -> bool:
    return wanted in reader.ids
