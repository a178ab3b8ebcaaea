"""``make bench``: every figure that we promise, beside the floor of the same stack, in one run."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from shared import embedded_postgres
from tests.performance import moving, reaching, writing
from tests.performance.report import Report
from tests.performance.stage import prepare
from tests.support.kafka_cluster import Cluster, require_jars


async def run() -> bool:
    """Measure everything; tell whether each goal was met."""
    console = Console()
    require_jars()
    folder = Path(tempfile.mkdtemp(prefix="itsm-bench-"))
    folder.chmod(0o755)
    report = Report()
    try:
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
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report.write(console)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(run()) else 1)
