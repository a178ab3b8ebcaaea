"""The import of a large map by the command: 100,000 items, 400,000 dependencies, as NDJSON.

Measured is the command as an operator runs it, its start included: how long it takes, and the
largest memory of its own process, which the kernel counts. It runs a second time, which finds
nothing to do; and what it left is counted in the database.
"""

from __future__ import annotations

import asyncio
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
    command = ("services.catalog", "import", str(file))
    first = await asyncio.to_thread(stage.command, *command)
    await _require_complete(stage)
    progress.advance(task)
    again = await asyncio.to_thread(stage.command, *command)
    progress.advance(task)
    report.below("import_100k", [first[0]], "s", MOST_SECONDS)
    report.below("import_100k_memory", [first[1], again[1]], "MB", MOST_MEGABYTES)
    report.add("import_100k_again", [again[0]], "s")


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
