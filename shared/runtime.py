"""Puts a process together, keeps watch over its parts, and takes it down in order.

``Platform`` is one process: the chosen services, each with its database, its application, its
relay, its subscriptions, its timers and jobs. The only branch on the run mode is ``open_bus``.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import asyncpg
from fastapi import FastAPI

from shared import documentation, migrate
from shared.app import attach, build_app
from shared.asyncapi import mount as mount_asyncapi
from shared.auth import Verifier, check_keys, keys_from_file, keys_from_url
from shared.bus import EventBus, Group
from shared.bus_kafka import KafkaBus
from shared.bus_local import LocalBus
from shared.db import Database, DatabaseUnavailableError
from shared.health import Condition
from shared.inbox import Inbox
from shared.kernel_api import kernel_router
from shared.outbox import topic_of
from shared.relay import Relay
from shared.service import Service
from shared.settings import ConfigurationError, KernelSettings, Role, ServiceSettings, load
from shared.supervision import Part, Platform, progress_check
from shared.timers import TimerLoop
from shared.web import Edge

_ALONE: Final = "select pg_try_advisory_lock(hashtextextended('itsm.local', 0))"


@contextlib.asynccontextmanager
async def open_bus(
    settings: KernelSettings, services: Sequence[Service], *, whole: bool
) -> AsyncIterator[EventBus]:
    """Lend the bus for this process: the only place that knows the two ways to run.

    Raises:
        ConfigurationError: without Kafka, anything but the whole platform in one process.
    """
    names = "-".join(service.name for service in services)
    if settings.kafka_bootstrap:
        yield KafkaBus(settings, client_id=f"itsm-{names}")
        return
    if settings.roles != frozenset(Role) or not whole:
        message = (
            "ITSM_KAFKA_BOOTSTRAP: needed unless one process runs all services with both roles"
            f" (here: {names}; ITSM_ROLES={','.join(sorted(settings.roles))})"
        )
        raise ConfigurationError(message)
    async with _alone(services[0]):
        yield LocalBus()


@contextlib.asynccontextmanager
async def _alone(service: Service) -> AsyncIterator[None]:
    """Hold the lock that makes this the one process of its database.

    Raises:
        ConfigurationError: another process holds it, or the database cannot be reached.
    """
    own = load(service.settings)
    try:
        connection = await asyncpg.connect(own.database_url.get_secret_value(), timeout=5)
    except (asyncpg.PostgresError, OSError, TimeoutError, ValueError) as error:
        raise _no_database(service, error) from error
    try:
        if not await connection.fetchval(_ALONE):
            message = (
                "ITSM_KAFKA_BOOTSTRAP: another process serves this database, and without Kafka"
                " there can be only one"
            )
            raise ConfigurationError(message)
        yield
    finally:
        await connection.close()


@contextlib.contextmanager
def naming(variable: str) -> Iterator[None]:
    """Turn a database that cannot be opened into a refusal that names the setting at fault.

    Raises:
        ConfigurationError: instead of DatabaseUnavailableError.
    """
    try:
        yield
    except DatabaseUnavailableError as error:
        raise ConfigurationError(f"{variable}: cannot open the database: {error}") from error


def _no_database(service: Service, error: Exception) -> ConfigurationError:
    variable = f"ITSM_{service.name.upper()}_DATABASE_URL"
    # Only the reasons of our own modules are repeated: they hold no part of the address.
    reason = str(error) if isinstance(error, DatabaseUnavailableError) else type(error).__name__
    return ConfigurationError(f"{variable}: cannot open the database: {reason}")


def service_app(service: Service) -> FastAPI:
    """Return a service's application without anything behind it, for its documents."""
    routers = [area.router for area in service.areas if area.router is not None]
    app = build_app(
        service=service.name,
        version=str(service.release),
        about=service.about,
        routers=[*routers, kernel_router(service.name)],
    )
    documentation.mount(app, service=service.name)
    mount_asyncapi(app, service)
    return app


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
        try:
            check_keys(settings.jwks_file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = f"ITSM_JWKS_FILE: cannot read the issuer's keys: {reason}"
            raise ConfigurationError(message) from error
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


@dataclass(frozen=True, slots=True)
class _Common:
    """What all services of a process share."""

    settings: KernelSettings
    bus: EventBus
    verifier: Verifier
    condition: Condition
    secret: bytes


async def _part(service: Service, common: _Common, stack: contextlib.AsyncExitStack) -> Part:
    settings = common.settings
    own = load(service.settings)
    url = own.database_url.get_secret_value()
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
        raise _no_database(service, error) from error
    stack.push_async_callback(database.close)
    relay = Relay(url=url, service=service.name, bus=common.bus)
    database.after_commit = relay.wake
    inboxes = {one.name: Inbox(database, one) for one in service.subscriptions}
    handlers = {kind: run for area in service.areas for kind, run in area.timers.items()}
    app = service_app(service)
    edge = Edge(
        service=service.name,
        database=database,
        verifier=common.verifier,
        permissions=service.permissions,
        cursor_secret=common.secret,
        inboxes=inboxes,
        draining=lambda: common.condition.draining,
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
    verifier = verifier_of(settings)
    secret = settings.cursor_secret.get_secret_value().encode() or secrets.token_bytes(32)
    condition = Condition(version={"version": version, "services": ",".join(names)})
    async with contextlib.AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus(settings, services, whole=whole))
        common = _Common(settings, bus, verifier, condition, hashlib.sha256(secret).digest())
        parts = [await _part(service, common, stack) for service in services]
        topics = {topic_of(name) for name in names}
        for part in parts:
            condition.notes[f"{part.service.name} relay"] = partial(_trouble_of, part.relay)
            for name, inbox in part.inboxes.items():
                topics.update(inbox.subscription.topics)
                if Role.WORKER in settings.roles:
                    await inbox.resume()
                    bus.subscribe(Group(name, inbox.subscription.topics, inbox.handle))
                    condition.checks[name] = progress_check(bus, inbox, name)
        platform = Platform(settings, bus, parts, condition)
        stack.push_async_callback(platform.stop)
        await bus.start(sorted(topics))
        yield platform


def _trouble_of(relay: Relay) -> str | None:
    return relay.trouble


@contextlib.asynccontextmanager
async def database_at(name: str, settings: type[ServiceSettings]) -> AsyncIterator[Database]:
    """Open a service's database, by the service's name, for a command.

    Raises:
        ConfigurationError: its address is missing or wrong, or the server cannot be reached.
    """
    url = load(settings).database_url.get_secret_value()
    with naming(f"ITSM_{name.upper()}_DATABASE_URL"):
        database = await Database.open(
            url, service=name, size=2, wait_seconds=5, statement_seconds=300
        )
    try:
        yield database
    finally:
        await database.close()
