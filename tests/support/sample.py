"""The sample service on the test run's PostgreSQL: ``stage = await sample()`` composes it.

Its migrations are drafted anew for each run, from the kernel's tables as they are now. The
database is emptied before each test.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from shared import failpoints, migrate
from shared.auth import LocalIssuer
from shared.bus import Delivery
from shared.envelope import Event, to_record
from shared.inbox import Inbox
from shared.runtime import compose
from shared.settings import KernelSettings, load
from tests.support.app import Stage
from tests.support.builders import event
from tests.support.postgres import Cluster, Database, cleaner
from tests.support.sample_service import LISTENER, REFUSED, sample_service

THINGS: Final = "/sample/v1/things"
HEARD: Final = "/sample/v1/heard"


@dataclass(frozen=True)
class SampleHome:
    """Where the sample service lives in this run: its database and its folder."""

    database: Database
    folder: Path

    @property
    def url(self) -> str:
        """Return the URL that the service runs with."""
        return self.database.app("sample")


@dataclass
class SampleStage(Stage):
    """A composed sample service."""

    home: SampleHome = field(kw_only=True)

    def keeper(self, sub: str = "tester") -> httpx.AsyncClient:
        """Return a client that may do everything with things."""
        return self.http("keeper", sub=sub)

    @property
    def inbox(self) -> Inbox:
        """Return the one subscription at work."""
        return self.part("sample").inboxes[LISTENER.name]

    async def stop(self) -> None:
        """End this process, as a restart does; the database stays as it is."""
        await self.exits.aclose()

    async def rows(self, query: str, *arguments: object) -> list[Any]:
        """Return what a superuser sees."""
        return await fetch(self.home.database, query, *arguments)


async def fetch(database: Database, query: str, *arguments: object) -> list[Any]:
    """Run one statement as superuser, triggers and rights aside; return its rows."""
    connection = await asyncpg.connect(database.admin)
    try:
        rows: list[Any] = await connection.fetch(query, *arguments)
    finally:
        await connection.close()
    return rows


def order(
    key: UUID,
    sequence: int = 1,
    *,
    id: UUID | None = None,  # noqa: A002 - an event's id
    **data: object,
) -> Event:
    """Return an event of another service, which the sample service follows."""
    return event("itsm.order.placed.v1", key, sequence, data, service="other", id=id)


def deliveries(*events: Event) -> list[Delivery]:
    """Return a batch of one partition that carries events in order."""
    return [
        Delivery(to_record(one), partition=0, offset=number) for number, one in enumerate(events)
    ]


async def make(client: httpx.AsyncClient, name: str | None = None, size: int = 1) -> dict[str, Any]:
    """Make a thing; return its record."""
    body = {"name": name or f"thing {uuid4()}", "size": size}
    answer = await client.post(THINGS, json=body)
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()
    return record


@pytest.fixture(scope="session")
def sample_home(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """The sample service's own database, migrated."""
    home = SampleHome(
        Database(postgres, f"sample_{os.getpid()}"), tmp_path_factory.mktemp("sample")
    )
    with ThreadPoolExecutor(max_workers=1) as executor:
        executor.submit(asyncio.run, _prepare(home)).result()
    return home


async def _prepare(home: SampleHome) -> None:
    cluster, database = home.database.cluster, home.database
    definition = sample_service(home.folder).definition
    await fetch(
        Database(cluster, "postgres"), f"create database {database.name} template template0"
    )
    await database.provision("sample")
    url = database.migrate("sample")
    await migrate.revise(url, definition, "initial")
    await migrate.upgrade(url, definition)
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(cleaner())
        await connection.execute("select cleaner.keep(array['sample'])")
    finally:
        await connection.close()


Factory = Callable[..., Awaitable[SampleStage]]


@pytest.fixture
async def sample_environment(
    sample_home: SampleHome,
    issuer: tuple[LocalIssuer, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[SampleHome]:
    """An empty database, and the variables under which the sample service finds it."""
    signer, folder = issuer
    await fetch(sample_home.database, "select cleaner.restore()")
    REFUSED.clear()
    monkeypatch.setenv("ITSM_ISSUER", signer.issuer)
    monkeypatch.setenv("ITSM_JWKS_FILE", str(folder / "jwks.json"))
    monkeypatch.setenv("ITSM_ENVIRONMENT", "test")
    monkeypatch.setenv("ITSM_SAMPLE_DATABASE_URL", sample_home.url)
    yield sample_home
    failpoints.disarm()


@pytest.fixture
async def sample(
    sample_environment: SampleHome,
    issuer: tuple[LocalIssuer, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Factory]:
    """Compose the sample service; keyword arguments are kernel settings, ``start`` runs it."""
    async with AsyncExitStack() as stack:

        async def compose_sample(*, start: bool = False, **settings: object) -> SampleStage:
            for name, value in settings.items():
                monkeypatch.setenv(f"ITSM_{name.upper()}", str(value))
            services = [sample_service(sample_environment.folder)]
            exits = await stack.enter_async_context(AsyncExitStack())
            running = await exits.enter_async_context(
                compose(services, load(KernelSettings), whole=True, version="test")
            )
            stage = SampleStage(running, issuer[0], exits, home=sample_environment)
            if start:
                running.start()
            exits.push_async_callback(_close, stage)
            return stage

        yield compose_sample


async def _close(stage: SampleStage) -> None:
    for client in stage.clients:
        await client.aclose()


def bearer(issuer: LocalIssuer, *roles: str) -> dict[str, str]:
    """Return the headers of somebody with these roles, for a process of its own."""
    token = issuer.token(
        sub="tester",
        roles=list(roles),
        audience="itsm",
        issued_at=datetime.now(UTC),
        lifetime=timedelta(hours=1),
    )
    return {"Authorization": f"Bearer {token}"}
