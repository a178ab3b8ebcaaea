"""``make bench``: every figure that we promise, beside the floor of the same stack, in one run.

``ARGS`` may name the parts to measure, for instance ``ARGS="impacts lists"``; the result file then
holds their figures alone.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from shared import embedded_postgres, log
from tests.performance import (
    calendars,
    flat,
    impacts,
    imports,
    lists,
    logs,
    maps,
    moving,
    queues,
    reaching,
    waking,
    writing,
)
from tests.performance.report import Report
from tests.performance.stage import Stage, prepare
from tests.support.kafka_cluster import Cluster, require_jars

PURE: Final[dict[str, Callable[[Report, Progress], None]]] = {
    "calendars": lambda report, _: calendars.measure(report),
    "maps": maps.measure,
}
"""Parts that need nothing but this process."""
STORED: Final[dict[str, Callable[[Stage, Report, Progress], Awaitable[None]]]] = {
    "impacts": impacts.measure,
    "lists": lists.measure,
    "imports": imports.measure,
    "import_log": logs.measure,
    "queues": queues.measure,
    "flat": flat.measure,
    "timers": waking.measure,
}
"""Parts with a database of their own, and the whole platform in one process."""
SENT: Final = {"writing": writing.measure, "moving": moving.measure, "reaching": reaching.measure}
"""Parts with a broker of their own as well: no backlog of another's."""


async def run(folder: Path, parts: Sequence[str]) -> bool:
    """Measure parts in a folder of its own; tell whether each goal was met."""
    console = Console()
    report = Report()
    if any(name in SENT for name in parts):
        require_jars()
    with Progress(console=console) as progress:
        for name in parts:
            if name in PURE:
                PURE[name](report, progress)
    if any(name not in PURE for name in parts):
        async with embedded_postgres.running(folder / "postgres", announce=console.print) as server:
            with Progress(console=console) as progress:
                for name in parts:
                    if name in STORED:
                        stage = await prepare(folder, server, name)
                        await STORED[name](stage, report, progress)
                    elif name in SENT:
                        kafka = Cluster(folder / f"kafka-{name}")
                        try:
                            await asyncio.to_thread(kafka.start)
                            stage = await prepare(folder, server, name)
                            await SENT[name](stage, kafka, report, progress)
                        finally:
                            kafka.stop()
    return report.write(console)


def main() -> int:
    """Run what was asked for, or everything; return 0 if every goal was met."""
    names = [*PURE, *SENT, *STORED]
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"one of {', '.join(names)}; all if absent")
    parts = parser.parse_args().part or names
    if unknown := set(parts) - set(names):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    folder = Path(tempfile.mkdtemp(prefix="itsm-bench-"))
    folder.chmod(0o755)  # the server's account is not ours where we are root
    try:
        return 0 if asyncio.run(run(folder, parts)) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    log.configure(as_json=False, level=logging.WARNING)
    sys.exit(main())
