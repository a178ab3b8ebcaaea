"""What a bus on a broker promises while the broker dies, freezes or refuses."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.bus import BusUnavailableError, RecordRefusedError
from shared.bus_kafka import KafkaBus
from tests.contract.bus.conftest import kafka_settings
from tests.contract.bus.harness import (
    KAFKA,
    SERVED_WITHIN,
    EffectStore,
    Harness,
    Reader,
    identity,
    relay,
    serving,
)
from tests.support.eventually import eventually
from tests.support.kafka_cluster import Cluster

KEYS = [f"key-{number}" for number in range(6)]
RECOVERED_WITHIN = 30.0


@asynccontextmanager
async def flowing(
    bootstrap: str, store: EffectStore, **changes: object
) -> AsyncIterator[tuple[Reader, list[str], list[float]]]:
    """Have one process publish without end and another handle.

    Yield the handler, the ids that were confirmed, and the times at which a publish failed.
    """
    settings = kafka_settings(bootstrap, **changes)
    harness = Harness(KAFKA, lambda: KafkaBus(settings, "suite"))
    reader = Reader(store)
    group = harness.group(reader)
    publisher, consumer = await harness.open(), await harness.open(group)
    confirmed: list[str] = []
    failed: list[float] = []

    async def publish() -> None:
        for number in itertools.count(1):
            records = harness.records(KEYS, 1, first=number)
            await relay(publisher, records, within=60, failed=failed)
            confirmed.extend(map(identity, records))
            await asyncio.sleep(0.01)

    async with serving(consumer, group.name):
        publishing = asyncio.create_task(publish())
        await eventually(lambda: len(store.effects()) > 60, within=SERVED_WITHIN)
        yield reader, confirmed, failed
        publishing.cancel()
        await asyncio.wait({publishing})
        await eventually(lambda: not set(confirmed) - set(store.effects()), within=RECOVERED_WITHIN)
    for bus in harness.opened:
        await bus.stop()


async def test_a_killed_or_frozen_broker_loses_nothing(
    cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    brokers = cluster()
    store = EffectStore(tmp_path / "effects")
    async with flowing(brokers.bootstrap, store) as (reader, confirmed, failed):
        for _ in range(2):
            brokers.kill()
            brokers.launch()
            before = len(store.effects())
            await eventually(
                lambda before=before: len(store.effects()) > before + 60,  # type: ignore[misc]
                within=RECOVERED_WITHIN,
            )
        brokers.freeze()
        began = time.monotonic()
        await eventually(lambda: failed and failed[-1] > began + 4, within=15)
        brokers.thaw()
        before = len(store.effects())
        await eventually(lambda: len(store.effects()) > before + 60, within=RECOVERED_WITHIN)
    assert len(confirmed) > 240
    for key in KEYS:
        numbers = reader.first_numbers(key)
        assert numbers == list(range(1, len(numbers) + 1))
    store.close()


async def test_one_broker_of_three_may_die_at_any_time(
    cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    brokers = cluster(nodes=3)
    store = EffectStore(tmp_path / "effects")
    safe = {"kafka_replication": 3, "kafka_min_isr": 2}
    async with flowing(brokers.bootstrap, store, **safe) as (reader, confirmed, _):
        for node in (1, 2):
            brokers.kill(node)
            before = len(confirmed)
            await eventually(
                lambda before=before: len(confirmed) > before + 60,  # type: ignore[misc]
                within=RECOVERED_WITHIN,
            )
            brokers.launch(node)
            await asyncio.to_thread(brokers.wait)
            before = len(store.effects())
            await eventually(
                lambda before=before: len(store.effects()) > before + 60,  # type: ignore[misc]
                within=RECOVERED_WITHIN,
            )
    for key in KEYS:
        numbers = reader.first_numbers(key)
        assert numbers == list(range(1, len(numbers) + 1))
    store.close()


async def test_a_publish_without_a_broker_fails_within_its_deadline(
    cluster: Callable[..., Cluster],
) -> None:
    brokers = cluster()
    settings = kafka_settings(brokers.bootstrap, kafka_send_deadline_seconds=1)
    harness = Harness(KAFKA, lambda: KafkaBus(settings, "suite"))
    bus = await harness.open()
    await relay(bus, [harness.record("k", 1)])
    brokers.freeze()
    for number in (2, 3):
        began = time.monotonic()
        with pytest.raises(BusUnavailableError):
            await bus.publish([harness.record("k", number)])
        assert time.monotonic() - began < 2
    brokers.thaw()
    await relay(bus, harness.records(["k"], 3))
    await bus.stop()


async def test_a_record_too_large_is_named_and_the_others_go_on(broker: str) -> None:
    harness = Harness(KAFKA, lambda: KafkaBus(kafka_settings(broker), "suite"))
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    small = NewTopic(harness.topic, 3, 1, topic_configs={"max.message.bytes": "5000"})
    await admin.create_topics([small])
    await admin.close()
    bus = await harness.open()
    records = harness.records(["a", "b"], 3)
    # One that the broker refuses, one that is not even sent.
    for size in (9_000, 2_000_000):
        batch = [*records[:3], harness.record("c", 1, size=size), *records[3:]]
        with pytest.raises(RecordRefusedError) as refused:
            await bus.publish(batch)
        assert refused.value.index == 3
        batch.pop(refused.value.index)
        await bus.publish(batch)
    # Many that only together are too large: sent one by one, all are taken.
    many = harness.records([f"k{number}" for number in range(40)], 1)
    await bus.publish([harness.record(identity(one), 1, size=600) for one in many])
    await bus.stop()
