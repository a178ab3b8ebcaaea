"""The import of a large map by the command: 100,000 items, 400,000 dependencies, as NDJSON.

Measured is the command as an operator runs it, its start included: how long it takes, and the
largest memory of its own process, which the kernel counts. It runs a second time, which finds
nothing to do; and what it left is counted in the database.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import asyncpg
from rich.progress import Progress

from tests.performance.report import Report
from tests.performance.stage import Stage
from tests.support.landscapes import write_landscape

ITEMS: Final = 100_000
DEPENDENCIES: Final = 400_000
MOST_SECONDS: Final = 180
MOST_MEGABYTES: Final = 400
SEED: Final = 20260302


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Note what one import takes, and what it takes to find that nothing is to do."""
    task = progress.add_task("import", total=3)
    file = stage.folder / "map.ndjson"
    write_landscape(file, items=ITEMS, dependencies=DEPENDENCIES, seed=SEED)
    progress.advance(task)
    first = await asyncio.to_thread(_import, stage, file)
    await _require_complete(stage)
    progress.advance(task)
    again = await asyncio.to_thread(_import, stage, file)
    progress.advance(task)
    report.below("import_100k", [first[0]], "s", MOST_SECONDS)
    report.below("import_100k_memory", [first[1], again[1]], "MB", MOST_MEGABYTES)
    report.add("import_100k_again", [again[0]], "s")


def _import(stage: Stage, file: Path) -> tuple[float, float]:
    """Run the command; return its seconds and the most megabytes that it had in memory."""
    log = (stage.folder / "import.log").open("w+b")
    began = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "services.catalog", "import", str(file)],
        env=stage.environment(0, None, "api"),
        stdout=log,
        stderr=log,
    )
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if running.returncode:
        log.seek(0)
        raise RuntimeError(log.read().decode()[-2000:])
    log.close()
    return seconds, usage.ru_maxrss / 1024


async def _require_complete(stage: Stage) -> None:
    connection = await asyncpg.connect(stage.admin)
    try:
        found = await connection.fetchrow(
            "select (select count(*) from catalog.configuration_item),"
            " (select count(*) from catalog.dependency),"
            " (select count(*) from catalog.event_log),"
            " (select count(*) from catalog.bundle_entry)"
        )
    finally:
        await connection.close()
    whole = ITEMS + DEPENDENCIES + 1
    if tuple(found) != (ITEMS, DEPENDENCIES, whole, whole):
        raise RuntimeError(f"the import left {tuple(found)}")
