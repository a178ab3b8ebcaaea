"""Puts a process together, keeps watch over its parts, and takes it down in order.

``Platform`` is one process: the chosen services, each with its database, its application, its
relay, its subscriptions, its timers and jobs. The only branch on the run mode is ``open_bus``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg
from fastapi import FastAPI

from shared import clock, idempotency, migrate
from shared.app import attach, build_app
from shared.asyncapi import mount as mount_asyncapi
from shared.auth import Verifier, keys_from_file, keys_from_url
from shared.bus import EventBus, Group
from shared.bus_kafka import KafkaBus
from shared.bus_local import LocalBus
from shared.db import Database, DatabaseUnavailableError
from shared.health import Condition, Process
from shared.inbox import Inbox
from shared.inbox_store import sql as inbox_sql
from shared.kernel_api import kernel_router
from shared.log import logger
from shared.outbox import topic_of
from shared.relay import Relay
from shared.service import Job, Service
from shared.settings import ConfigurationError, KernelSettings, Role, ServiceSettings, load
from shared.telemetry import LAG, STALLED
from shared.timers import TimerLoop
from shared.web import Edge

INBOX_KEPT_DAYS: Final = 21
STALLED_AFTER_SECONDS: Final = 60.0
WATCH_EVERY_SECONDS: Final = 1.0
_log = logger(__name__)


def open_bus(settings: KernelSettings, services: Sequence[str], *, whole: bool) -> EventBus:
    """Return the bus for this process.

    Raises:
        ConfigurationError: without Kafka, anything but the whole platform in one process.
    """
    if settings.kafka_bootstrap:
        return KafkaBus(settings, client_id=f"itsm-{'-'.join(services)}")
    if settings.roles != frozenset(Role) or not whole:
        message = (
            "ITSM_KAFKA_BOOTSTRAP: needed unless one process runs all services with both roles"
            f" (here: {','.join(services)}; ITSM_ROLES={','.join(sorted(settings.roles))})"
        )
        raise ConfigurationError(message)
    return LocalBus()


def service_app(service: Service) -> FastAPI:
    """Return a service's application without anything behind it, for its documents."""
    routers = [area.router for area in service.areas if area.router is not None]
    app = build_app(
        service=service.name,
        version=str(service.release),
        about=service.about,
        routers=[*routers, kernel_router(service.name)],
    )
    mount_asyncapi(app, service)
    return app


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
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def application(self) -> Process:
        """Return the process's ASGI application; without the role ``api`` it has probes alone."""
        serves = Role.API in self.settings.roles
        apps = {part.service.name: part.app for part in self.parts} if serves else {}
        return Process(apps, self.condition)

    def start(self) -> None:
        """Start every loop that the roles ask for, each under watch."""
        if Role.WORKER not in self.settings.roles:
            return
        for part in self.parts:
            name = part.service.name
            self._watch(f"{name} relay", part.relay.run)
            self._watch(f"{name} timers", part.timers.run)
            for group in part.inboxes:
                self._watch(f"{group} consumer", _consuming(self.bus, group))
            for job in (*(j for area in part.service.areas for j in area.jobs), _pruning()):
                self._watch(f"{name} {job.name}", self._repeat(part.database, job))
        self._watch("watch", self._observe)

    def _watch(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await run()
            except Exception as error:
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
        """Publish lag, and say so when a subscription stands still with work before it."""
        while not self.stopping.is_set():
            for part in self.parts:
                for group in part.inboxes:
                    progress = self.bus.progress(group)
                    LAG.labels(group).set(progress.lag)
                    STALLED.labels(group).set(progress.seconds_since_progress)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), timeout=WATCH_EVERY_SECONDS)

    async def stop(self) -> None:
        """Finish what is in hand, leave the groups, give the relay's lock back, close the pools."""
        self.condition.draining = True
        self.stopping.set()
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
        for part in self.parts:
            await part.database.close()

    async def _bounded(self, work: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(work, timeout=self.settings.shutdown_grace_seconds)
        except TimeoutError:
            _log.warning("bus did not stop in time")


def _consuming(bus: EventBus, group: str) -> Callable[[], Awaitable[None]]:
    return lambda: bus.consume(group)


def _pruning() -> Job:
    async def prune(database: Database, now: object) -> int:
        moment = clock.now()
        async with database.transaction() as tx:
            await tx.run(
                inbox_sql(database.service).prune,
                before=moment - timedelta(days=INBOX_KEPT_DAYS),
            )
            await idempotency.prune(tx, before=moment - timedelta(days=idempotency.KEPT_DAYS))
        return 0

    return Job(name="pruning", every_seconds=3600, run=prune)


def verifier_of(settings: KernelSettings) -> Verifier:
    """Return what checks tokens, as configured.

    Raises:
        ConfigurationError: no issuer, or no way to its keys: we never serve without identity.
    """
    if not settings.issuer:
        message = "ITSM_ISSUER: name the issuer whose tokens are accepted"
        raise ConfigurationError(message)
    if settings.jwks_url:
        loader = keys_from_url(settings.jwks_url)
    elif settings.jwks_file is not None:
        loader = keys_from_file(settings.jwks_file)
    else:
        message = "ITSM_JWKS_URL: name where the issuer's keys are, or set ITSM_JWKS_FILE"
        raise ConfigurationError(message)
    return Verifier(
        issuer=settings.issuer,
        audience=settings.audience,
        load_keys=loader,
        leeway=settings.token_leeway_seconds,
    )


async def _part(
    service: Service,
    settings: KernelSettings,
    bus: EventBus,
    verifier: Verifier,
    condition: Condition,
    secret: bytes,
) -> Part:
    own = load(service.settings)
    url = own.database_url.get_secret_value()
    variable = f"ITSM_{service.name.upper()}_DATABASE_URL"
    try:
        await migrate.check(url, service.definition)
        database = await Database.open(
            url,
            service=service.name,
            size=settings.pool_size,
            wait_seconds=settings.pool_wait_seconds,
            statement_seconds=settings.statement_timeout_seconds,
        )
    except (DatabaseUnavailableError, OSError, asyncpg.PostgresError) as error:
        message = f"{variable}: cannot open the database: {type(error).__name__}"
        raise ConfigurationError(message) from error
    relay = Relay(url=url, service=service.name, bus=bus)
    database.after_commit = relay.wake
    inboxes = {one.name: Inbox(database, one) for one in service.subscriptions}
    handlers = {kind: run for area in service.areas for kind, run in area.timers.items()}
    app = service_app(service)
    edge = Edge(
        service=service.name,
        database=database,
        verifier=verifier,
        permissions=service.permissions,
        cursor_secret=secret,
        inboxes=inboxes,
        draining=lambda: condition.draining,
    )
    attach(app, edge)
    return Part(service, own, database, app, relay, inboxes, TimerLoop(database, handlers))


@contextlib.asynccontextmanager
async def compose(
    services: Sequence[Service],
    settings: KernelSettings,
    *,
    whole: bool,
    version: str,
) -> AsyncIterator[Platform]:
    """Open everything that a process needs, checked; close it in order at the end.

    Raises:
        ConfigurationError: one line that names the setting at fault.
    """
    names = [service.name for service in services]
    bus = open_bus(settings, names, whole=whole)
    verifier = verifier_of(settings)
    secret = settings.cursor_secret.get_secret_value().encode() or secrets.token_bytes(32)
    condition = Condition(version={"version": version, "services": ",".join(names)})
    parts: list[Part] = []
    try:
        for service in services:
            parts.append(
                await _part(
                    service, settings, bus, verifier, condition, hashlib.sha256(secret).digest()
                )
            )
        topics = {topic_of(name) for name in names}
        for part in parts:
            for name, inbox in part.inboxes.items():
                topics.update(inbox.subscription.topics)
                if Role.WORKER in settings.roles:
                    await inbox.resume()
                    bus.subscribe(Group(name, inbox.subscription.topics, inbox.handle))
                    condition.checks[name] = _progress_check(bus, inbox, name)
        await bus.start(sorted(topics))
    except BaseException:
        for part in parts:
            await part.database.close()
        raise
    platform = Platform(settings, bus, parts, condition)
    try:
        yield platform
    finally:
        await platform.stop()


def _progress_check(bus: EventBus, inbox: Inbox, name: str) -> Callable[[], str | None]:
    def check() -> str | None:
        progress = bus.progress(name)
        if inbox.stopped:
            return "stopped after failing keys; resume it or restart"
        if not progress.bootstrapped:
            return f"catching up: {progress.lag} records behind the end seen at the start"
        if progress.seconds_since_progress > STALLED_AFTER_SECONDS:
            return f"no progress for {progress.seconds_since_progress:.0f} s with {progress.lag} to do"
        return None

    return check
