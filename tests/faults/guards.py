"""Seeing a trial through: waiting for its death, doing what its point is about, starting again."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import asyncpg

from tests.faults.points import Trial
from tests.faults.rest import Watch
from tests.faults.system import System
from tests.support.kafka_cluster import free_ports
from tests.support.processes import Running, is_ready

POLL_SECONDS: Final = 0.02
DOUBLES_SECONDS: Final = 1.0
TAKEOVER_SECONDS: Final = 12.0
LEAVE_SECONDS: Final = 10.0


def arming(trial: Trial, system: System) -> str:
    """Return what arms a process for a trial, as its environment takes it."""
    if trial.point == "I2":
        return "I1:1:hang" if trial.hang else ""
    if trial.point == "C6":
        # Each group calls its revoke callback once when it first joins, with nothing to revoke.
        service = next(one for one in system.services if one.name == trial.service)
        return f"C6:{len(service.subscriptions) + trial.hit}:kill"
    return f"{trial.point}:{trial.hit}:{'hang' if trial.hang else 'kill'}"


class Round:
    """The guards of one round's trials."""

    def __init__(
        self, system: System, watch: Watch, doubles: Mapping[str, int], *, seconds: float
    ) -> None:
        """Give each trial so many seconds to be hit; ``doubles`` grows while clients send pairs."""
        self._doubles_sent = doubles
        self._doubles_before = dict(doubles)
        self._system = system
        self._watch = watch
        self._deadline = time.monotonic() + seconds

    async def see_through(self, trial: Trial) -> bool:
        """Wait for the trial's death, restart its service unarmed; return whether it was hit."""
        if trial.point == "I2":
            return await self._doubles(trial)
        if trial.point == "C6":
            return await self._with_replica(trial)
        if trial.hang:
            return await self._lost_lock(trial)
        process = self._system.running[trial.service]
        await process.ended(within=self._left())
        return await self._restart(trial, process)

    async def _doubles(self, trial: Trial) -> bool:
        """Let requests come in pairs; in the end the service dies with whatever is in hand."""
        process = self._system.running[trial.service]
        held = await self._reached(process, "I1", "hang") if trial.hang else True
        await asyncio.sleep(DOUBLES_SECONDS)
        await self._restart(trial, process)
        before = self._doubles_before.get(trial.service, 0)
        return held and self._doubles_sent[trial.service] > before

    async def _with_replica(self, trial: Trial) -> bool:
        """Let another replica join, so that the armed one has partitions revoked."""
        process = self._system.running[trial.service]
        # Ready means that its groups have had their first assignment: there is something to revoke.
        port = self._system.ports[trial.service]
        await _until(lambda: is_ready(port), process, self._deadline)
        replica = await self._replica(trial.service)
        try:
            await process.ended(within=self._left())
            return await self._restart(trial, process)
        finally:
            await _leave(replica)

    async def _lost_lock(self, trial: Trial) -> bool:
        """Take the lock from a relay that hangs between publishing and writing off."""
        process = self._system.running[trial.service]
        if not await self._reached(process, "R6", "hang"):
            return await self._restart(trial, process)
        connection = await asyncpg.connect(self._system.database.admin)
        try:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = $1",
                f"itsm-{trial.service}-relay",
            )
        finally:
            await connection.close()
        replica = await self._replica(trial.service)
        try:
            deadline = time.monotonic() + TAKEOVER_SECONDS
            await _until(lambda: self._watch.queue_empty(trial.service), replica, deadline)
            await self._restart(trial, process)
        finally:
            await _leave(replica)
        return True

    async def _restart(self, trial: Trial, process: Running) -> bool:
        """Start the service anew, and return whether the log says that the point was hit."""
        # The process that hung, or was never hit, is ended here.
        await self._system.kill(trial.service)
        hit = self._noted(process, trial.point, "kill") or self._noted(process, trial.point, "hang")
        await self._system.start(trial.service)
        return hit

    async def _replica(self, name: str) -> Running:
        port = free_ports(1)[0]
        replica = self._system.launch(name, port=port)
        deadline = time.monotonic() + TAKEOVER_SECONDS
        await _until(lambda: is_ready(port), replica, deadline)
        return replica

    async def _reached(self, process: Running, point: str, action: str) -> bool:
        async def noted() -> bool:
            return self._noted(process, point, action)

        return await _until(noted, process, self._deadline)

    def _noted(self, process: Running, point: str, action: str) -> bool:
        return any(
            line.split()[1] == point and line.split()[3] == action for line in self._lines(process)
        )

    def _lines(self, process: Running) -> list[str]:
        text = self._system.passages.read_text(encoding="ascii")
        return [line for line in text.splitlines() if line.startswith(f"{process.pid} ")]

    def _left(self) -> float:
        return self._deadline - time.monotonic()


async def _leave(replica: Running) -> None:
    replica.send(signal.SIGTERM)
    await replica.ended(within=LEAVE_SECONDS)
    replica.close()


async def _until(probe: Callable[[], Awaitable[bool]], process: Running, deadline: float) -> bool:
    """Wait until something is so; return False if the process ends first or it takes too long."""
    while True:
        if await probe():
            return True
        if not process.alive or time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
