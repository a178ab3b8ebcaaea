"""A campaign: rounds of scripted deaths under load, each followed by rest, then the check.

Trials of one round go at once, each on a service of its own. A service that dies is started again
unarmed right away; the users meanwhile retry with the same keys. When every trial of the round has
had its death the users stop, and the platform must come to rest without a human hand.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from shared.outbox import topic_of
from tests.faults import evidence, guards, reading, workload
from tests.faults.checker import Violation, check
from tests.faults.clients import Client, History
from tests.faults.dumps import Dumps
from tests.faults.points import Trial, next_round
from tests.faults.rest import UnrestError, Watch
from tests.faults.system import System

ROUND_SECONDS: Final = 15.0
FLOW_SECONDS: Final = 60.0
TRIES: Final = 4
HOOK: Final = "/hook"


@dataclass
class Outcome:
    """What a campaign came to."""

    hits: list[str] = field(default_factory=list)
    done: int = 0
    acknowledged: int = 0
    violations: list[Violation] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)


class Campaign:
    """One system, its users, and the trials that it lives through."""

    def __init__(self, system: System, *, topics: reading.Topics, seed: int, folder: Path) -> None:
        """Bind everything; ``folder`` gets the history."""
        self.system = system
        self.history = History(folder / "history.jsonl")
        self.watch = Watch(system, topics)
        self.outcome = Outcome()
        self._topics = topics
        self._since: dict[TopicPartition, int] = {}
        self._rng = random.Random(seed)
        self._round = 0
        self._organisation: workload.Organisation

    async def prepare(self) -> None:
        """Start every service and set up the organisation."""
        self._since = await self._topics.ends([topic_of(name) for name in self.system.names])
        await asyncio.gather(*(self.system.start(name) for name in self.system.names))
        client = self._client("set-up")
        try:
            url = f"http://127.0.0.1:{self.system.sinks.web_port}{HOOK}"
            self._organisation = await workload.register_organisation(client, hooks=url)
        finally:
            await client.close()
        await self.watch.settled(within=60)

    async def run(self, trials: Sequence[Trial], progress: Callable[[Trial, bool], None]) -> None:
        """Live through the trials; one that was not hit comes again, a few times."""
        waiting = list(trials)
        while waiting:
            chosen = next_round(waiting)
            try:
                hit = await self._live_through(chosen)
            except (UnrestError, RuntimeError, TimeoutError) as error:
                # It does not come back by itself: what follows would only hide the cause.
                names = ", ".join(trial.name for trial in chosen)
                self.outcome.violations.append(Violation("L1", f"trials {names}: {error}"))
                return
            for trial in chosen:
                progress(trial, trial in hit)
                if trial in hit:
                    self.outcome.hits.append(trial.point)
                    self.outcome.done += 1
                elif trial.tries < TRIES:
                    waiting.append(trial.again())
                else:
                    words = f"{trial.name} was never passed in {TRIES} rounds"
                    self.outcome.violations.append(Violation("coverage", words))

    async def judge(self) -> Dumps:
        """Take the dumps and check them."""
        found = await evidence.gather(self.system, self._topics, self.history, since=self._since)
        self.outcome.violations += check(found)
        self.outcome.violations += [Violation("500", one) for one in self.history.failures[:3]]
        self.outcome.acknowledged = self.history.acknowledged
        return found

    async def _live_through(self, trials: Sequence[Trial]) -> list[Trial]:
        """Run one round; return the trials whose point was hit."""
        self._round += 1
        await asyncio.gather(*(self._arm(trial) for trial in trials))
        enough = asyncio.Event()
        users = self._users(trials)
        flows = [
            asyncio.create_task(user.work(flow, enough))
            for user, flow in zip(users, workload.FLOWS, strict=True)
        ]
        try:
            round_of = guards.Round(
                self.system, self.watch, self.history.doubles, seconds=ROUND_SECONDS
            )
            hit = await asyncio.gather(*(round_of.see_through(trial) for trial in trials))
            enough.set()
            async with asyncio.timeout(FLOW_SECONDS):
                await asyncio.gather(*flows)
        finally:
            for flow in flows:
                flow.cancel()
            await asyncio.gather(*flows, return_exceptions=True)
            await asyncio.gather(*(user.client.close() for user in users))
        self.outcome.recoveries.append(await self.watch.settled())
        self.system.note_settled()
        return [trial for trial, was in zip(trials, hit, strict=True) if was]

    async def _arm(self, trial: Trial) -> None:
        """End the service, roughly or in order, and start it armed."""
        process = self.system.running.get(trial.service)
        if process is not None and self._rng.random() < 0.5:
            process.send(signal.SIGTERM)
            await process.ended(within=10)
        await self.system.kill(trial.service)
        await self.system.start(
            trial.service,
            armed=guards.arming(trial, self.system),
            roles="api" if trial.api_only else "api,worker",
        )

    def _users(self, trials: Sequence[Trial]) -> list[workload.User]:
        twice = {trial.service for trial in trials if trial.point == "I2"}
        owners = ("catalog", "incident", "incident", "change")
        label = ", ".join(trial.name for trial in trials)
        return [
            workload.User(
                self._client(label),
                self._organisation,
                random.Random(self._rng.getrandbits(64)),
                at_once=owner in twice,
            )
            for owner in owners
        ]

    def _client(self, trial: str) -> Client:
        rng = random.Random(self._rng.getrandbits(64))
        token = self.system.token(f"user-{rng.getrandbits(32):x}")
        made = Client(ports=self.system.ports, token=token, history=self.history, rng=rng)
        made.trial = trial
        return made
