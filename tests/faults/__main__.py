"""The fault campaign: ``python -m tests.faults [--trials N] [--seed S] [--only POINT]``.

Kills real service processes at named places under load, on a real PostgreSQL and a real Kafka,
checks what clients, tables, topics and sinks say afterwards, and shows by planted bugs that the
check is worth something. The exit status says whether everything held.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.points import TARGETS, Trial, plan
from tests.faults.report import Report, save
from tests.faults.session import held

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "var" / "faults"
TRIALS: Final = 4 * len(TARGETS)
LEAST_HITS: Final = 3


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS, help=f"default {TRIALS}")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plans the same trials")
    parser.add_argument("--only", choices=list(TARGETS), help="one point, and no planted bugs")
    asked = parser.parse_args()
    if asked.trials < 1:
        parser.error("--trials: at least 1")
    return asked


async def main() -> int:
    """Run the campaign with a progress bar; return the exit status."""
    asked = arguments()
    trials = plan(trials=asked.trials, seed=asked.seed, only=asked.only)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task("starting", total=len(trials))

        def lived(trial: Trial, hit: bool) -> None:  # noqa: FBT001 - a callback
            if not hit:
                progress.console.print(f"{trial.name}: not passed, comes again")
            progress.update(task, advance=int(hit), description=f"{trial.point} {trial.service}")

        report = await held(
            trials,
            seed=asked.seed,
            folder=FOLDER,
            bugs=asked.only is None,
            progress=lived,
            announce=progress.console.print,
        )
    # A look at one point is no campaign, and must not pass for the latest one.
    save(report, FOLDER / (f"only-{asked.only}.json" if asked.only else "latest.json"))
    tell(report)
    least = 0 if asked.only or asked.trials < LEAST_HITS * len(TARGETS) else LEAST_HITS
    return 0 if report.held(least_hits=least) else 1


def tell(report: Report) -> None:
    """Print what came of it."""
    print(
        f"seed {report.seed}: {report.trials} trials, {report.acknowledged} writes acknowledged,"
        f" rest after {report.recovery_seconds_max:.1f} s at most"
    )
    print("hits: " + ", ".join(f"{point} {hits}" for point, hits in report.points.items()))
    print("seen: " + ", ".join(f"{count} {what}" for what, count in report.evidence.items()))
    for bug, finding in report.planted.items():
        print(f"planted bug {bug}: {'caught' if finding.caught else 'MISSED'} by {finding.by}")
    for violation in report.violations:
        print(f"VIOLATED {violation.invariant}: {violation.witness}")
    if not report.violations:
        print("every invariant held")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
