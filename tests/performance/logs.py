"""The import of an incident log by the command: rows in a second, and the most memory.

Six thousand made-up incidents of the real log's shape, and ten times as many: memory must not
follow the size of the file.
"""

from __future__ import annotations

import asyncio
from itertools import chain
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
MOST_GROWTH: Final = 1.1
SEED: Final = 20260302
_COMMAND: Final = ("services.incident", "import-log")


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Note how fast a log is imported, and how much more memory a large one takes."""
    task = progress.add_task("import_log", total=2)
    small, large = stage.folder / "small.csv", stage.folder / "large.csv.gz"
    write_log(small, many_lives(INCIDENTS, seed=SEED))
    rates: list[float] = []
    seconds, memory = await asyncio.to_thread(stage.command, *_COMMAND, str(small))
    rates.append(INCIDENTS * ROWS_OF_ONE / seconds)
    await _require_imported(stage, INCIDENTS)
    progress.advance(task)
    parts = range(INCIDENTS, INCIDENTS * (TIMES + 1), INCIDENTS)
    lives = (many_lives(INCIDENTS, first=first, seed=SEED + first) for first in parts)
    write_log(large, chain.from_iterable(lives))
    seconds, more = await asyncio.to_thread(stage.command, *_COMMAND, str(large))
    rates.append(INCIDENTS * TIMES * ROWS_OF_ONE / seconds)
    await _require_imported(stage, INCIDENTS * (TIMES + 1))
    progress.advance(task)
    report.at_least("import_log", rates, "rows/s", LEAST_ROWS)
    report.add("import_log_memory", [memory, more], "MB")
    report.below("import_log_growth", [more / memory], "times", MOST_GROWTH)


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
