"""The import of an incident log by the command: rows in a second, and the most memory.

Six thousand made-up incidents of the real log's shape, and ten times as many: memory must not
follow the size of the file.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from typing import Final

import asyncpg
from rich.progress import Progress

from tests.performance.report import Report
from tests.performance.stage import Stage
from tests.support.incident_logs import many_lives, write_log

INCIDENTS: Final = 6_000
ROWS_OF_ONE: Final = 5
TIMES: Final = 10
LEAST_ROWS: Final = 1_500
MOST_GROWTH: Final = 1.3
SEED: Final = 20260302


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Note how fast a log is imported, and how much more memory a large one takes."""
    task = progress.add_task("import_log", total=2)
    small, large = stage.folder / "small.csv", stage.folder / "large.csv.gz"
    write_log(small, many_lives(INCIDENTS, seed=SEED))
    rates: list[float] = []
    seconds, memory = await asyncio.to_thread(_import, stage, small)
    rates.append(INCIDENTS * ROWS_OF_ONE / seconds)
    await _require_imported(stage, INCIDENTS)
    progress.advance(task)
    parts = range(INCIDENTS, INCIDENTS * (TIMES + 1), INCIDENTS)
    lives = (many_lives(INCIDENTS, first=first, seed=SEED + first) for first in parts)
    write_log(large, chain.from_iterable(lives))
    seconds, more = await asyncio.to_thread(_import, stage, large)
    rates.append(INCIDENTS * TIMES * ROWS_OF_ONE / seconds)
    await _require_imported(stage, INCIDENTS * (TIMES + 1))
    progress.advance(task)
    report.at_least("import_log", rates, "rows/s", LEAST_ROWS)
    report.add("import_log_memory", [memory, more], "MB")
    report.below("import_log_growth", [more / memory], "times", MOST_GROWTH)


def _import(stage: Stage, file: Path) -> tuple[float, float]:
    """Run the command; return its seconds and the most megabytes that it had in memory."""
    log = (stage.folder / "import-log.log").open("w+b")
    began = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "services.incident", "import-log", str(file)],
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


async def _require_imported(stage: Stage, incidents: int) -> None:
    connection = await asyncpg.connect(stage.admin)
    try:
        found = await connection.fetchrow(
            "select (select count(*) from incident.incident),"
            " (select count(*) from incident.import_record)"
        )
    finally:
        await connection.close()
    if tuple(found) != (incidents, incidents):
        raise RuntimeError(f"the import left {tuple(found)}")
