"""Services under test: real applications over a real database, on either bus or on none.

``platform`` is a factory: ``stage = await platform("catalog")`` composes the services without
their loops, so that a test moves every event itself; ``await platform(..., start=True)`` runs them.
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest

from shared.auth import LocalIssuer, local_issuer
from shared.bus import Delivery
from shared.db import Database, statement
from shared.envelope import Event, to_record
from shared.outbox import event_of
from shared.runtime import compose
from shared.service import Service
from shared.settings import KernelSettings, load
from shared.supervision import Part, Platform
from tests.support.postgres import Database as TestDatabase

SERVICES: Final = Path(__file__).parents[2] / "services"
NAMES: Final = tuple(
    name for name in ("catalog", "incident", "change", "notify") if (SERVICES / name).exists()
)
"""All services; in a copy of the tree for one of them, that one."""


@dataclass
class Stage:
    """A composed process, and what a test does with it."""

    running: Platform
    issuer: LocalIssuer
    exits: AsyncExitStack
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def token(self, *roles: str, customer_id: UUID | None = None, sub: str = "tester") -> str:
        """Return a token that the services accept for an hour."""
        return self.issuer.token(
            sub=sub,
            roles=list(roles),
            audience="itsm",
            issued_at=datetime.now(UTC),
            lifetime=timedelta(hours=1),
            customer_id=customer_id,
        )

    def http(
        self, *roles: str, customer_id: UUID | None = None, sub: str = "tester"
    ) -> httpx.AsyncClient:
        """Return a client that calls as somebody with these roles; without roles, as nobody."""
        headers: dict[str, str] = {}
        if roles:
            token = self.token(*roles, customer_id=customer_id, sub=sub)
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.running.application, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://itsm", headers=headers)
        self.clients.append(client)
        return client

    def part(self, service: str) -> Part:
        """Return a service's part of the process."""
        return next(part for part in self.running.parts if part.service.name == service)

    def database(self, service: str) -> Database:
        """Return a service's pool."""
        return self.part(service).database

    async def events(self, service: str) -> list[Event]:
        """Return the service's event log in order."""
        async with self.database(service).reading() as tx:
            rows = await tx.all(statement(f"select * from {service}.event_log order by id"))
        return [event_of(row, service) for row in rows]

    async def deliver(self, service: str, *events: Event) -> None:
        """Push events through every inbox of a service that follows their topic, in order."""
        for inbox in self.part(service).inboxes.values():
            batch = [
                Delivery(to_record(event), partition=0, offset=number)
                for number, event in enumerate(events)
                if event.topic in inbox.subscription.topics
            ]
            if batch:
                await inbox.handle(batch)

    async def fire_timers(self, service: str, now: datetime) -> int:
        """Fire what is due at an instant; return how many."""
        return await self.part(service).timers.fire_due(now)

    async def run_job(self, service: str, name: str, now: datetime) -> int:
        """Run one step of a job at an instant; return how much it did."""
        part = self.part(service)
        job = next(job for area in part.service.areas for job in area.jobs if job.name == name)
        return await job.run(part.database, now)


Factory = Callable[..., Awaitable[Stage]]


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalIssuer, Path]:
    """A key pair for the run, and the folder of its public keys."""
    folder = tmp_path_factory.mktemp("identity")
    return local_issuer(folder), folder


def service(name: str) -> Service:
    """Return a service by name."""
    found: Service = importlib.import_module(f"services.{name}.service").SERVICE
    return found


def forget_settings() -> None:
    """Make every service read its settings anew."""
    for name in NAMES:
        module = importlib.import_module(f"services.{name}.settings")
        if hasattr(module, "settings"):
            module.settings.cache_clear()


@pytest.fixture
async def platform(
    database: TestDatabase,
    issuer: tuple[LocalIssuer, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Factory]:
    """Compose services; everything is stopped at the end of the test."""
    signer, folder = issuer
    monkeypatch.setenv("ITSM_ISSUER", signer.issuer)
    monkeypatch.setenv("ITSM_JWKS_FILE", str(folder / "jwks.json"))
    monkeypatch.setenv("ITSM_ENVIRONMENT", "test")
    monkeypatch.setenv("ITSM_DATA_FOLDER", str(tmp_path))
    for name in NAMES:
        monkeypatch.setenv(f"ITSM_{name.upper()}_DATABASE_URL", database.app(name))
    forget_settings()
    async with AsyncExitStack() as stack:

        async def make(*names: str, start: bool = False, kafka: str = "") -> Stage:
            monkeypatch.setenv("ITSM_KAFKA_BOOTSTRAP", kafka)
            monkeypatch.setenv("ITSM_KAFKA_REPLICATION", "1")
            monkeypatch.setenv("ITSM_KAFKA_MIN_ISR", "1")
            chosen: Sequence[Service] = [service(name) for name in (names or NAMES)]
            running = await stack.enter_async_context(
                compose(chosen, load(KernelSettings), whole=True, version="test")
            )
            stage = Stage(running, signer, stack)
            if start:
                running.start()
            stack.push_async_callback(_close_clients, stage)
            return stage

        yield make
    forget_settings()


async def _close_clients(stage: Stage) -> None:
    for client in stage.clients:
        await client.aclose()


def free_port() -> int:
    """Return a port of loopback that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
