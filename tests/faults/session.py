"""One whole session: the machine, the campaign on it, then the planted bugs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.faults.campaign import Campaign
from tests.faults.evidence import amounts
from tests.faults.lanes import LANES, Finding, try_bug
from tests.faults.points import Trial, counted
from tests.faults.reading import Topics
from tests.faults.report import Report
from tests.faults.sinks import Sinks
from tests.faults.system import Machine, System
from tests.support.app import NAMES
from tests.support.kafka_cluster import Cluster


async def held(
    trials: Sequence[Trial],
    *,
    seed: int,
    folder: Path,
    bugs: bool,
    progress: Callable[[Trial, bool], None],
    announce: Callable[[str], None],
    kafka: Cluster | None = None,
) -> Report:
    """Hold a session and return its report; nothing of it is left running.

    ``folder`` gets the histories, and the services' output where something was violated.
    """
    _clear(folder)
    async with AsyncExitStack() as stack:
        announce("starting PostgreSQL, Kafka and the services")
        machine = await stack.enter_async_context(Machine(NAMES, kafka=kafka))
        topics = Topics(machine.kafka.bootstrap)
        await topics.start()
        stack.push_async_callback(topics.stop)
        sinks = Sinks()
        await sinks.start()
        stack.push_async_callback(sinks.stop)
        system = System(machine, await machine.database("campaign"), sinks, machine.services)
        stack.push_async_callback(system.close)
        campaign = Campaign(system, topics=topics, seed=seed, folder=folder)
        await campaign.prepare()
        await campaign.run(trials, progress)
        found = await campaign.judge()
        outcome = campaign.outcome
        if outcome.violations:
            _keep_logs(system, folder / "failed")
        await system.close()
        planted: dict[str, Finding] = {}
        for lane in LANES if bugs else ():
            announce(f"planted bug {lane.bug}: {lane.what}")
            planted[lane.bug] = await try_bug(machine, topics, lane, folder=folder)
    return Report(
        seed=seed,
        trials=outcome.done,
        points=counted(outcome.hits),
        acknowledged=outcome.acknowledged,
        violations=outcome.violations,
        planted=planted,
        recovery_seconds_max=max(outcome.recoveries, default=0.0),
        evidence=amounts(found),
    )


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsonl"):
        old.unlink()


def _keep_logs(system: System, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in system.names:
        if system.log(name).exists():
            shutil.copy(system.log(name), folder)
    shutil.copy(system.passages, folder)
