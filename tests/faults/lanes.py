"""Planted bugs: each in a small system of its own, where the checker must find it by name."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.outbox import topic_of
from tests.faults import evidence
from tests.faults.checker import check
from tests.faults.clients import Client, History
from tests.faults.reading import Topics
from tests.faults.rest import UnrestError, Watch
from tests.faults.sinks import Sinks
from tests.faults.system import Machine, System

DEATH_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A bug, the death that shows it, and the invariant that must name it."""

    bug: str
    what: str
    invariant: str
    services: tuple[str, ...]
    armed: str

    @property
    def target(self) -> str:
        """Return the service that dies: the last one named."""
        return self.services[-1]


LANES: Final = (
    # First, because the other lanes leave records in the topics that nobody reads.
    Lane("5", "no inbox", "C1", ("catalog", "change"), "C4:2:kill"),
    Lane("1", "published before the commit", "K2", ("catalog",), "A3:2:kill"),
    Lane("3", "written off before the bus has it", "K1", ("catalog",), "R2:2:kill"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a planted bug: found or not, and by which invariants."""

    caught: bool
    by: str


async def try_bug(machine: Machine, topics: Topics, lane: Lane, *, folder: Path) -> Finding:
    """Run a small system with the bug planted and a death where it shows, then check."""
    services = [one for one in machine.services if one.name in lane.services]
    names = [topic_of(one.name) for one in services]
    since = await topics.ends(names)
    sinks = Sinks()
    await sinks.start()
    database = await machine.database(f"bug_{lane.bug}")
    system = System(machine, database, sinks, services, bug=lane.bug)
    history = History(folder / f"bug-{lane.bug}.jsonl")
    try:
        await _live_through(system, topics, lane, history)
        found = check(await evidence.gather(system, topics, history, since=since))
    except UnrestError as error:
        return Finding(caught=False, by=str(error))
    finally:
        await system.close()
        await sinks.stop()
    named = [violation.invariant for violation in found]
    caught = lane.invariant in named
    return Finding(caught, lane.invariant if caught else ", ".join(named) or "nothing")


async def _live_through(system: System, topics: Topics, lane: Lane, history: History) -> None:
    await asyncio.gather(
        *(
            system.start(name, armed=lane.armed if name == lane.target else "")
            for name in lane.services
        )
    )
    process = system.running[lane.target]
    client = Client(
        ports=system.ports, token=system.token("tester"), history=history, rng=random.Random(7)
    )
    working = asyncio.create_task(_keep_catalog(client))
    try:
        if not await process.ended(within=DEATH_SECONDS):
            raise UnrestError(f"bug {lane.bug}: {lane.armed} was never passed")
        await system.kill(lane.target)
        await system.start(lane.target)
        await working
        await Watch(system, topics).settled()
        system.note_settled()
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await client.close()


async def _keep_catalog(client: Client) -> None:
    team = await client.do("catalog", "team", "POST", "teams", {"name": "Ops", "purpose": ""})
    for number in range(5):
        service = {"name_business": f"Service {number}", "name_technical": f"service-{number}"}
        service |= {"owner_team_id": team.id}
        await client.do(
            "catalog", "service", "POST", "services", {**service, "criticality": number + 1}
        )


async def try_all(
    machine: Machine, topics: Topics, *, folder: Path, lanes: Sequence[Lane] = LANES
) -> dict[str, Finding]:
    """Try every planted bug, one after the other: topics are shared, so they take turns."""
    return {lane.bug: await try_bug(machine, topics, lane, folder=folder) for lane in lanes}
