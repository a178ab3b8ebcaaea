"""The relay against a bare producer: how many events a second leave a full queue."""

from __future__ import annotations

import asyncio
import time
import uuid

import asyncpg
from aiokafka import AIOKafkaProducer
from rich.progress import Progress

from shared.bus_kafka import KafkaBus
from shared.relay import Relay
from shared.settings import KernelSettings
from tests.performance.report import Report
from tests.performance.stage import Stage
from tests.support.eventually import eventually
from tests.support.kafka_cluster import Cluster

EVENTS = 20_000
ROUNDS = 3
TARGET = 5000.0
FILL = """
with logged as (
    insert into change.event_log
        (event_id, key, sequence, type, recorded_at, occurred_at, actor, origin, correlation_id,
         data)
    select gen_random_uuid(), k, 1, 'itsm.change.requested.v1', now(), now(), 'bench', 'bench',
           md5(n::text), $2
    from (select n, gen_random_uuid() as k from generate_series(1, $1::int) as n) as made
    returning id)
insert into change.outbox (log_id) select id from logged
"""


async def measure(stage: Stage, kafka: Cluster, report: Report, progress: Progress) -> None:
    """Fill the queue of one service and let its relay empty it, feed and chain included."""
    data = '{"padding":"' + "x" * 560 + '"}'
    settings = KernelSettings(kafka_bootstrap=kafka.bootstrap, kafka_replication=1, kafka_min_isr=1)
    connection = await asyncpg.connect(stage.admin)
    found: list[float] = []
    bare: list[float] = []
    task = progress.add_task("relay", total=ROUNDS)
    for _ in range(ROUNDS):
        await connection.execute(FILL, EVENTS, data)
        bus = KafkaBus(settings, client_id="bench")
        await bus.start(["itsm.change.events"])
        relay = Relay(url=stage.url("change"), service="change", bus=bus)
        started = time.perf_counter()
        running = asyncio.ensure_future(relay.run())
        await eventually(lambda: _empty(connection), within=120)
        found.append(EVENTS / (time.perf_counter() - started))
        relay.stop()
        await running
        await bus.stop()
        bare.append(await _bare(kafka, data.encode()))
        progress.advance(task)
    await connection.close()
    report.add("floor_kafka_produce", bare, "1/s")
    report.at_least("relay_events", found, "1/s", TARGET)


async def _empty(connection: asyncpg.Connection) -> bool:
    return not await connection.fetchval("select exists (select from change.outbox)")


async def _bare(kafka: Cluster, value: bytes) -> float:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    started = time.perf_counter()
    for _ in range(EVENTS // 500):
        sent = [
            await producer.send("itsm.change.events", value, key=str(uuid.uuid4()).encode())
            for _ in range(500)
        ]
        await asyncio.gather(*sent)
    elapsed = time.perf_counter() - started
    await producer.stop()
    return EVENTS / elapsed
