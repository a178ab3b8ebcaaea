"""From an answered 201 to the row in notify, on either bus; and what an idle process holds."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from contextlib import ExitStack

import asyncpg
import httpx
import psutil
from rich.progress import Progress

from tests.performance.report import Report
from tests.performance.stage import Stage
from tests.performance.writing import declaration
from tests.support.kafka_cluster import Cluster

DECLARED = 150
PAUSE_SECONDS = 0.04
SERVICES = ("catalog", "incident", "change", "notify")
LOCAL_TARGET_MS, KAFKA_TARGET_MS, MEMORY_TARGET_MB = 250.0, 500.0, 350.0


async def measure(stage: Stage, kafka: Cluster, report: Report, progress: Progress) -> None:
    """Measure the way of an effect on both buses, and the all-in-one program's memory at rest."""
    task = progress.add_task("effects", total=2)
    with stage.process(["-m", "services"]) as (port, running):
        await asyncio.sleep(5)
        memory = psutil.Process(running.pid).memory_info().rss / 2**20
        await _organisation(stage, port, port)
        local = await _effects(stage, port)
    progress.advance(task)
    with ExitStack() as processes:
        ports = {
            name: processes.enter_context(
                stage.process(["-m", f"services.{name}", "serve"], kafka=kafka)
            )[0]
            for name in SERVICES
        }
        await _organisation(stage, ports["catalog"], ports["incident"])
        distributed = await _effects(stage, ports["incident"])
    progress.advance(task)
    report.below("idle_memory", [memory], "MB", MEMORY_TARGET_MB)
    report.add("effect_p50_local", [_percentile(local, 50)], "ms")
    report.below("effect_p99_local", [_percentile(local, 99)], "ms", LOCAL_TARGET_MS)
    report.add("effect_p50_kafka", [_percentile(distributed, 50)], "ms")
    report.below("effect_p99_kafka", [_percentile(distributed, 99)], "ms", KAFKA_TARGET_MS)


_service: dict[str, uuid.UUID] = {}


async def _organisation(stage: Stage, catalog: int, incident: int) -> None:
    """Register a team with a contact and a service, and wait until incident and notify know."""
    headers = {"Authorization": f"Bearer {stage.token()}"}
    name = uuid.uuid4().hex[:8]
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{catalog}/catalog/v1", headers=headers
    ) as client:
        team = await _created(client, "/teams", {"name": f"Team {name}"})
        await _created(
            client,
            "/contacts",
            {"name": "Duty", "email": "duty@team.example", "team_id": team, "roles": ["duty"]},
        )
        service = await _created(
            client,
            "/services",
            {
                "name_business": f"Service {name}",
                "name_technical": f"service-{name}",
                "status": "build_test_release",
                "owner_team_id": team,
                "criticality": 3,
            },
        )
    _service["id"] = uuid.UUID(service)
    connection = await asyncpg.connect(stage.admin)
    for query in (
        "select exists (select from incident.view_service where service_id = $1)",
        "select exists (select from notify.view_contact where team_id = $1)",
    ):
        wanted = uuid.UUID(service if "incident" in query else team)
        deadline = time.monotonic() + 30
        while not await connection.fetchval(query, wanted):
            if time.monotonic() > deadline:
                message = f"not seen: {query}"
                raise RuntimeError(message)
            await asyncio.sleep(0.05)
    await connection.close()
    del incident


async def _created(client: httpx.AsyncClient, path: str, body: dict[str, object]) -> str:
    answer = await client.post(path, json=body)
    if answer.status_code != 201:
        raise RuntimeError(answer.text)
    made: str = answer.json()["id"]
    return made


async def _effects(stage: Stage, port: int) -> list[float]:
    """Return, for each declared incident, the milliseconds until its first notification row."""
    answered: dict[uuid.UUID, float] = {}
    seen: dict[uuid.UUID, float] = {}
    connection = await asyncpg.connect(stage.admin)
    finished = asyncio.Event()

    async def watch() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            missing = [one for one in answered if one not in seen]
            if missing:
                rows = await connection.fetch(
                    "select distinct record_id from notify.notification"
                    " where record_id = any($1::uuid[])",
                    missing,
                )
                moment = time.perf_counter()
                seen.update({row["record_id"]: moment for row in rows})
            elif finished.is_set():
                return
            await asyncio.sleep(0.003)

    watching = asyncio.ensure_future(watch())
    headers = {"Authorization": f"Bearer {stage.token()}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        for _ in range(DECLARED):
            body = declaration(_service["id"], uuid.uuid4().hex)
            answer = await client.post("/incident/v1/incidents", content=body)
            moment = time.perf_counter()
            if answer.status_code != 201:
                raise RuntimeError(answer.text)
            answered[uuid.UUID(answer.json()["id"])] = moment
            await asyncio.sleep(PAUSE_SECONDS)
    finished.set()
    await watching
    await connection.close()
    lost = len(answered) - len(seen)
    if lost:
        message = f"{lost} of {len(answered)} incidents had no notification after 60 s"
        raise RuntimeError(message)
    return [(seen[one] - moment) * 1000 for one, moment in answered.items()]


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]
