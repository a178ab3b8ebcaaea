"""What a service is to the kernel: a name, its areas from upper to lower, and who may do what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import typer
from fastapi import APIRouter
from pydantic import BaseModel

from shared import idempotency, inbox_store, outbox, timers
from shared.db import Database, service_metadata
from shared.inbox import Subscription
from shared.migrate import Definition
from shared.settings import ServiceSettings
from shared.timers import TimerHandler


@dataclass(frozen=True, slots=True)
class Job:
    """Periodic work of every worker replica; idempotent, claiming what it does with SKIP LOCKED.

    ``run`` does one bounded step at an instant and returns how much it did; after a step that did
    something the next one follows at once, otherwise after ``every_seconds``.
    """

    name: str
    every_seconds: float
    run: Callable[[Database, datetime], Awaitable[int]]


@dataclass(frozen=True)
class Area:
    """One aggregate, or a close family: what it offers, follows, wakes up for and publishes.

    ``commands`` adds the area's own commands to the service's command line. ``aggregates`` names
    the tables whose ``id`` and ``version`` are an event key and its last sequence; the audit
    compares them.
    """

    name: str
    router: APIRouter | None = None
    subscriptions: tuple[Subscription, ...] = ()
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    commands: Callable[[typer.Typer], None] | None = None
    published: tuple[type[BaseModel], ...] = ()
    aggregates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Service:
    """One service, whole; ``services/<name>/service.py`` holds the only instance.

    ``permissions`` maps each operation's name to the roles that may use it. ``release`` counts
    schema releases: a database more than one ahead of the code refuses the start.
    """

    name: str
    about: str
    settings: type[ServiceSettings]
    metadata: sa.MetaData
    areas: tuple[Area, ...]
    permissions: Mapping[str, frozenset[str]]
    folder: Path
    release: int

    @property
    def definition(self) -> Definition:
        """Return what the migration runner needs to know."""
        return Definition(
            service=self.name,
            metadata=self.metadata,
            folder=self.folder / "migrations",
            release=self.release,
        )

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the subscriptions of all areas."""
        return tuple(one for area in self.areas for one in area.subscriptions)

    @property
    def published(self) -> tuple[type[BaseModel], ...]:
        """Return the event payloads of all areas."""
        return tuple(one for area in self.areas for one in area.published)


def metadata(schema: str) -> sa.MetaData:
    """Return a service's metadata with the kernel's tables declared in it."""
    found = service_metadata(schema)
    for declare in (outbox.tables, inbox_store.tables, idempotency.tables, timers.tables):
        declare(found)
    return found
