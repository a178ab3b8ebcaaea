"""The write path against its floors: raw statement, FastAPI echo, FastAPI with one statement.

``create_incident`` is a declaration as it is in earnest: routed to the owner team, weighed by the
matrix, for a customer with an agreement, so that three clocks begin and are armed. It writes 18
rows (see ``floors``) in one statement, after one that looks up what it refers to; the floor with
the goal is the FastAPI route that writes as many rows in one statement and looks nothing up.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

import asyncpg
import orjson
from rich.progress import Progress

from tests.performance import floors
from tests.performance.load import request, run_round
from tests.performance.promising import database_of, promise
from tests.performance.report import Report
from tests.performance.stage import Stage
from tests.support.kafka_cluster import Cluster

ROUNDS = 7
REQUESTS = 1500
CONNECTIONS = 12
TABLES = (
    *("incident", "timeline", "clock_record", "idempotency"),
    *("sla_clock", "timer", "event_log", "outbox"),
)
TARGET = 0.4


async def measure(stage: Stage, kafka: Cluster, report: Report, progress: Progress) -> None:
    """Measure floors and ``create_incident`` in alternating rounds; the first round warms up.

    The service runs as in production with Kafka, API apart from workers, with a token and an
    idempotency key on each request.
    """
    connection = await asyncpg.connect(stage.admin)
    await connection.execute(floors.TABLES)
    await connection.close()
    body = floors.sample().model_dump_json().encode()
    token = stage.token()
    database = await database_of(stage)
    async with database.transaction() as tx:
        promised = await promise(tx)
    await database.close()

    def declare(_: int) -> bytes:
        key = uuid.uuid4().hex
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return request(
            "/incident/v1/incidents", declaration(promised.service, key, promised.customer), headers
        )

    def floor(path: str) -> Callable[[int], bytes]:
        return lambda _: request(path, body, {})

    with (
        stage.process(["-m", "tests.performance.floors", stage.admin]) as (floor_port, _),
        stage.process(["-m", "services.incident", "serve"], kafka=kafka, roles="api") as (port, _),
    ):
        sources = {
            "floor_fastapi_echo": (floor_port, floor("/echo")),
            "floor_fastapi_insert": (floor_port, floor("/insert")),
            "floor_fastapi_declare": (floor_port, floor("/declare")),
            "create_incident": (port, declare),
        }
        found: dict[str, list[float]] = {name: [] for name in ("floor_asyncpg_insert", *sources)}
        task = progress.add_task("write path", total=ROUNDS)
        for number in range(ROUNDS):
            for name, (address, make) in sources.items():
                done = await run_round(address, make, requests=REQUESTS, connections=CONNECTIONS)
                if done.wrong:
                    message = f"{name}: {done.wrong} of {REQUESTS} answers were not 201"
                    raise RuntimeError(message)
                if number:
                    found[name].append(done.per_second)
            raw = await _raw_inserts(stage.admin)
            if number:
                found["floor_asyncpg_insert"].append(raw)
            progress.advance(task)
    await _require_as_many_rows(stage)
    for name, rounds in found.items():
        if name.startswith("floor"):
            report.add(name, rounds, "1/s")
    report.against(
        "create_incident",
        found["create_incident"],
        "1/s",
        floors=found["floor_fastapi_declare"],
        least=TARGET,
    )


async def _require_as_many_rows(stage: Stage) -> None:
    """Check that each declaration has left as many rows as the floor's route writes."""
    connection = await asyncpg.connect(stage.admin)
    own = {
        table: await connection.fetchval(f"select count(*) from incident.{table}")
        for table in TABLES
    }
    await connection.close()
    declared = own["incident"]
    each = {table: count / declared for table, count in own.items()}
    if sum(each.values()) != sum(floors.ROWS.values()):
        raise RuntimeError(f"a declaration leaves {each}, the floor's route {floors.ROWS}")


def declaration(service: uuid.UUID, key: str, *customers: uuid.UUID) -> bytes:
    """Return the body of a declaration, as long as the floor's."""
    sample = floors.sample()
    return orjson.dumps(
        {
            "title": f"{sample.title} {key[:8]}",
            "description_technical": sample.description_technical,
            "description_business": sample.description_business,
            "channel": "api",
            "caller": sample.caller,
            "service_id": str(service),
            "customer_ids": [str(one) for one in customers],
            "impact": 2,
            "urgency": 2,
        }
    )


async def _raw_inserts(url: str, seconds: float = 1.5) -> float:
    """Return one-statement inserts per second over as many connections as a service has."""
    pool = await asyncpg.create_pool(url, min_size=6, max_size=6)
    sample = floors.sample()
    deadline = time.perf_counter() + seconds

    async def insert() -> int:
        count = 0
        async with pool.acquire() as connection:
            while time.perf_counter() < deadline:
                await connection.execute(floors.INSERT, *floors.values(sample, count))
                count += 1
        return count

    counts = await asyncio.gather(*(insert() for _ in range(6)))
    await pool.close()
    return sum(counts) / seconds
