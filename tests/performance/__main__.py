"""``make bench``: every figure that we promise, beside the floor of the same stack, in one run."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from shared import embedded_postgres, log
from tests.performance import calendars, moving, reaching, writing
from tests.performance.report import Report
from tests.performance.stage import prepare
from tests.support.kafka_cluster import Cluster, require_jars


async def run(folder: Path) -> bool:
    """Measure everything in a folder of its own; tell whether each goal was met."""
    console = Console()
    require_jars()
    report = Report()
    calendars.measure(report)
    async with embedded_postgres.running(folder / "postgres", announce=console.print) as server:
        with Progress(console=console) as progress:
            for part in (writing, moving, reaching):
                # Each part has a database and a broker of its own: no backlog of another's.
                name = part.__name__.rpartition(".")[2]
                kafka = Cluster(folder / f"kafka-{name}")
                try:
                    await asyncio.to_thread(kafka.start)
                    stage = await prepare(folder, server, name)
                    await part.measure(stage, kafka, report, progress)
                finally:
                    kafka.stop()
    return report.write(console)


def main() -> int:
    """Run everything; return the exit status: 0 if every goal was met."""
    folder = Path(tempfile.mkdtemp(prefix="itsm-bench-"))
    folder.chmod(0o755)  # the server's account is not ours where we are root
    try:
        return 0 if asyncio.run(run(folder)) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    log.configure(as_json=False, level=logging.WARNING)
    sys.exit(main())
