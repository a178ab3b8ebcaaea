"""A process while it runs: its loops, each under watch, and their orderly end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import asyncpg
from fastapi import FastAPI

from shared import clock, idempotency
from shared.bus import EventBus
from shared.db import Database, DatabaseUnavailableError, statement
from shared.health import Condition, Process
from shared.inbox import Inbox
from shared.inbox_store import sql as inbox_sql
from shared.log import logger
from shared.relay import Relay
from shared.service import Job, Service
from shared.settings import KernelSettings, Role, ServiceSettings
from shared.telemetry import LAG, STALLED
from shared.timers import TimerLoop

INBOX_KEPT_DAYS: Final = 21
STALLED_AFTER_SECONDS: Final = 60.0
WATCH_EVERY_SECONDS: Final = 1.0
_SIGN_OF_LIFE: Final = statement("select 1")
_log = logger(__name__)


@dataclass
class Part:
    """One service inside the process."""

    service: Service
    settings: ServiceSettings
    database: Database
    app: FastAPI
    relay: Relay
    inboxes: dict[str, Inbox]
    timers: TimerLoop


@dataclass
class Platform:
    """One process, whole; make it with ``compose``."""

    settings: KernelSettings
    bus: EventBus
    parts: list[Part]
    condition: Condition
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    beside: set[str] = field(default_factory=set)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def application(self) -> Process:
        """Return the process's ASGI application; without the role ``api`` it has probes alone."""
        serves = Role.API in self.settings.roles
        apps = {part.service.name: part.app for part in self.parts} if serves else {}
        return Process(apps, self.condition)

    def start(self) -> None:
        """Start every loop that the roles ask for, each under watch."""
        self.watch("observer", self._observe)
        if Role.WORKER not in self.settings.roles:
            return
        for part in self.parts:
            name = part.service.name
            self.watch(f"{name} relay", part.relay.run)
            self.watch(f"{name} timers", part.timers.run)
            for group in part.inboxes:
                self.watch(f"{group} consumer", _consuming(self.bus, group))
            for job in (*(j for area in part.service.areas for j in area.jobs), _pruning()):
                self.watch(f"{name} {job.name}", self._repeat(part.database, job))

    def watch_beside(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Watch something that only waits for the end of what it watches; a stop cuts it short."""
        self.watch(name, run)
        self.beside.add(name)

    def watch(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run something for as long as the process lives; if it ends, the process stops."""

        async def guarded() -> None:
            try:
                await run()
            except Exception as error:  # noqa: BLE001 - the supervisor: any death ends the process
                self.condition.failed = f"{name} died: {type(error).__name__}"
                _log.exception("a part of the process died", part=name)
                self.stopping.set()
            else:
                if not self.stopping.is_set():
                    self.condition.failed = f"{name} ended"
                    _log.error("a part of the process ended", part=name)
                    self.stopping.set()

        self.tasks[name] = asyncio.create_task(guarded(), name=name)

    def _repeat(self, database: Database, job: Job) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            while not self.stopping.is_set():
                try:
                    done = await job.run(database, clock.now())
                except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                    _log.warning("job failed", job=job.name, error=str(error))
                    done = 0
                if not done:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.stopping.wait(), timeout=job.every_seconds)

        return run

    async def _observe(self) -> None:
        """Ask each database for a sign of life; publish how far each subscription is."""
        working = Role.WORKER in self.settings.roles
        while not self.stopping.is_set():
            for part in self.parts:
                await self._ping(part)
            for part in self.parts if working else ():
                for group in part.inboxes:
                    progress = self.bus.progress(group)
                    LAG.labels(group).set(progress.lag)
                    STALLED.labels(group).set(progress.seconds_since_progress)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), timeout=WATCH_EVERY_SECONDS)

    async def _ping(self, part: Part) -> None:
        name = f"{part.service.name} database"
        try:
            async with part.database.reading() as tx:
                await tx.value(_SIGN_OF_LIFE)
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            trouble = f"does not answer: {type(error).__name__}"
            self.condition.checks[name] = lambda: trouble
        else:
            self.condition.checks.pop(name, None)

    async def stop(self) -> None:
        """Finish what is in hand, leave the groups, give the relay's lock back."""
        self.condition.draining = True
        self.stopping.set()
        for name in self.beside:
            self.tasks[name].cancel()
        for part in self.parts:
            part.timers.stop()
        await self._bounded(self.bus.stop())
        for part in self.parts:
            part.relay.stop()
        if self.tasks:
            _, late = await asyncio.wait(
                self.tasks.values(), timeout=self.settings.shutdown_grace_seconds
            )
            for task in late:
                _log.warning("part did not stop in time", part=task.get_name())
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _bounded(self, work: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(work, timeout=self.settings.shutdown_grace_seconds)
        except TimeoutError:
            _log.warning("bus did not stop in time")


def _consuming(bus: EventBus, group: str) -> Callable[[], Awaitable[None]]:
    return lambda: bus.consume(group)


def _pruning() -> Job:
    async def prune(database: Database, now: datetime) -> int:
        async with database.transaction() as tx:
            await tx.run(
                inbox_sql(database.service).prune,
                before=now - timedelta(days=INBOX_KEPT_DAYS),
            )
            await idempotency.prune(tx, before=now - timedelta(days=idempotency.KEPT_DAYS))
        return 0

    return Job(name="pruning", every_seconds=3600, run=prune)


def progress_check(bus: EventBus, inbox: Inbox, name: str) -> Callable[[], str | None]:
    """Return the readiness check of one subscription."""

    def check() -> str | None:
        progress = bus.progress(name)
        if inbox.stopped:
            return "stopped after failing keys; resume it or restart"
        if not progress.bootstrapped:
            return f"catching up: {progress.lag} records behind the end seen at the start"
        if progress.seconds_since_progress > STALLED_AFTER_SECONDS:
            return (
                f"no progress for {progress.seconds_since_progress:.0f} s with {progress.lag} to do"
            )
        return None

    return check
