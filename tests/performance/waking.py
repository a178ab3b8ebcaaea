"""Timers with real clocks: how many are woken a second, and how late each is told.

``timer_fires`` empties a full queue of due clocks through the loop's own step and the service's
own handlers: each wake-up locks a clock and its record, judges it by its calendar, writes it,
arms the next threshold and tells of the one that is reached. ``timer_drift`` is what the log says
of a whole platform in one process: from the instant at which a threshold was reached, which is
exact, to the one at which that was noted. Most of these clocks come evenly, a tenth at one time.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from rich.progress import Progress

from services.incident.clocks.commands.noting import start_clocks
from services.incident.service import SERVICE
from shared import clock
from shared.auth import platform_actor
from shared.db import Database
from shared.timers import TimerLoop
from tests.performance.promising import Promised, database_of, promise
from tests.performance.report import Report
from tests.performance.stage import Stage, prepare
from tests.support.eventually import eventually

ROUNDS: Final = 4
RECORDS: Final = 1000
CLOCKS_EACH: Final = 3
FIRES_TARGET: Final = 1000.0
SPREAD: Final = 1500
AT_ONE_TIME: Final = 150
DRIFT_TARGET_SECONDS: Final = 2.0
START_SECONDS: Final = 30
LASTS_SECONDS: Final = 15
TARGET_SECONDS: Final = 3600
LENGTHS: Final = dict.fromkeys(("response", "resolution", "own"), TARGET_SECONDS)
HALF: Final = timedelta(seconds=TARGET_SECONDS // 2)
"""All three targets are as long, so that all of a record's clocks reach 50 % together."""
_COUNT: Final = "select count(*) from incident.event_log where type = 'itsm.sla_clock.at_risk.v1'"


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Fill and empty the queue of due clocks; the first round warms up. Then watch a platform."""
    task = progress.add_task("timers", total=ROUNDS + 1)
    database = await database_of(stage)
    made: list[float] = []
    async with database.transaction() as tx:
        promised = await promise(tx, **LENGTHS)
    handlers = {kind: handler for area in SERVICE.areas for kind, handler in area.timers.items()}
    loop = TimerLoop(database, handlers)
    for number in range(ROUNDS):
        due = clock.now()
        await _start(database, promised, [due] * RECORDS)
        began = time.perf_counter()
        fired = 0
        while step := await loop.fire_due(due):
            fired += step
        if number:
            made.append(fired / (time.perf_counter() - began))
        if fired != RECORDS * CLOCKS_EACH:
            raise RuntimeError(f"{fired} of {RECORDS * CLOCKS_EACH} timers fired")
        progress.advance(task)
    report.at_least("timer_fires", made, "1/s", FIRES_TARGET)
    await database.close()
    late = await _lateness(await prepare(stage.folder, stage.server, f"{stage.database}_late"))
    progress.advance(task)
    report.add("timer_drift_p50", [_percentile(late, 50)], "s")
    report.below("timer_drift_p99", [_percentile(late, 99)], "s", DRIFT_TARGET_SECONDS)


async def _start(database: Database, promised: Promised, due: list[datetime]) -> None:
    """Begin as many records whose clocks are at half of their target at the instants ``due``."""
    for place in range(0, len(due), 50):
        async with database.transaction() as tx:
            for instant in due[place : place + 50]:
                began = instant - HALF
                record_id: UUID = clock.new_id()
                await start_clocks(
                    tx,
                    record_type="incident",
                    record_id=record_id,
                    record_number=f"INC{record_id.int % 10**9:09d}",
                    customer_ids=[promised.customer],
                    service_id=promised.service,
                    team_id=promised.team,
                    priority=3,
                    at=began,
                    actor=platform_actor("incident"),
                    now=began,
                )


async def _lateness(stage: Stage) -> list[float]:
    """Return how many seconds late each clock was told that came due while a platform ran."""
    connection = await asyncpg.connect(stage.admin)
    database = await database_of(stage)
    async with database.transaction() as tx:
        promised = await promise(tx, **LENGTHS)
    first = datetime.now(UTC) + timedelta(seconds=START_SECONDS)
    step = timedelta(seconds=LASTS_SECONDS) / SPREAD
    due = [first + step * number for number in range(SPREAD)]
    due += [first + timedelta(seconds=LASTS_SECONDS / 2)] * AT_ONE_TIME
    await _start(database, promised, due)
    await database.close()
    expected = len(due) * CLOCKS_EACH

    async def all_told() -> bool:
        return bool(await connection.fetchval(_COUNT) >= expected)

    with stage.process(["-m", "services"]):
        if datetime.now(UTC) >= first:
            raise RuntimeError("the platform was not there before the first clock was due")
        await eventually(all_told, within=START_SECONDS + LASTS_SECONDS + 60, every=0.25)
    rows = await connection.fetch(
        "select extract(epoch from recorded_at - occurred_at)::float8 as late"
        " from incident.event_log where type = 'itsm.sla_clock.at_risk.v1' and occurred_at >= $1",
        first,
    )
    await connection.close()
    if len(rows) != expected:
        raise RuntimeError(f"{len(rows)} thresholds were told instead of {expected}")
    return [row["late"] for row in rows]


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]
