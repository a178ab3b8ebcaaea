"""The platform under test: four services as processes, on a durable PostgreSQL and a real Kafka.

``Machine`` is what lasts: the servers and the nursery. ``System`` is one platform on it, with its
own database; a bug is tried on a system of its own.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import asyncpg

from shared import embedded_postgres, migrate
from shared.auth import LocalIssuer, local_issuer
from shared.service import Service
from tests.faults.dumps import Outage
from tests.faults.reading import PARTITIONS
from tests.faults.sinks import Sinks
from tests.support.app import service
from tests.support.kafka_cluster import Cluster, free_ports, require_jars
from tests.support.plants import LEDGER
from tests.support.postgres import Cluster as Postgres
from tests.support.postgres import Database
from tests.support.processes import Nursery, Running, listens

TEMPLATE: Final = "faults_template"
START_SECONDS: Final = 20.0
CLOSE_AFTER_SECONDS: Final = 1.0
ROLES: Final = "admin auditor service_manager incident_manager change_manager resolver integration"
POLL_SECONDS: Final = 0.02


class Machine:
    """A PostgreSQL with fsync on, a broker, and a nursery for the services."""

    def __init__(self, names: Sequence[str], *, kafka: Cluster | None = None) -> None:
        """Choose what is served; without a running broker it has one of its own."""
        self.services: list[Service] = [service(name) for name in names]
        self.folder = Path(tempfile.mkdtemp(prefix="itsm-faults-"))
        self.folder.chmod(0o755)  # the server's account is not ours where we are root
        self.kafka = kafka or Cluster(self.folder / "kafka")
        self._own_broker = kafka is None
        self.issuer: LocalIssuer = local_issuer(self.folder / "identity")
        self.nursery: Nursery
        self.postgres: Postgres
        self._undo = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start everything, and migrate one database that systems are copied from."""
        self._undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            if self._own_broker:
                require_jars()
                self.kafka.launch()
                self._undo.callback(self.kafka.stop)
            names = [one.name for one in self.services]
            self.nursery = Nursery(self.folder / "nursery.log", names)
            self._undo.callback(self.nursery.close)
            server = embedded_postgres.start(self.folder / "postgres", announce=lambda _: None)
            self._undo.callback(shutil.rmtree, server.place.home, ignore_errors=True)
            self._undo.callback(server.stop)
            self.postgres = Postgres(server.port, server.password)
            await self._make_template()
            self.nursery.ready()
            self.kafka.wait()
        except BaseException:
            await self._undo.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything and remove what it wrote."""
        await self._undo.aclose()

    async def database(self, name: str) -> Database:
        """Return a new database with every schema and the ledger in it."""
        made = Database(self.postgres, name)
        connection = await asyncpg.connect(self.postgres.url())
        try:
            await connection.execute(f"create database {name} template {TEMPLATE}")
        finally:
            await connection.close()
        for one in self.services:
            # Rights on a database are not copied with it.
            await made.provision(one.name)
        return made

    async def _make_template(self) -> None:
        template = Database(self.postgres, TEMPLATE)
        connection = await asyncpg.connect(self.postgres.url())
        try:
            await connection.execute(f"create database {TEMPLATE} template template0")
        finally:
            await connection.close()
        for one in self.services:
            await template.provision(one.name)
            await migrate.upgrade(template.migrate(one.name), one.definition)
        connection = await asyncpg.connect(template.admin)
        try:
            roles = ", ".join(f"{one.name}_app" for one in self.services)
            await connection.execute(LEDGER.format(roles=roles))
        finally:
            await connection.close()


@dataclass
class System:
    """One platform: its database, its processes, and when which of them was down."""

    machine: Machine
    database: Database
    sinks: Sinks
    services: Sequence[Service]
    bug: str = "none"
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    down_since: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give each service a port for good, so that clients find it again after a restart."""
        names = [one.name for one in self.services]
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.passages = self.machine.folder / f"{self.database.name}.passages"
        self.passages.touch()

    @property
    def names(self) -> list[str]:
        """Return the services."""
        return list(self.ports)

    def token(self, sub: str) -> str:
        """Return a token that may do whatever the campaign does."""
        return self.machine.issuer.token(
            sub=sub,
            roles=ROLES.split(),
            audience="itsm",
            issued_at=datetime.now(UTC),
            lifetime=timedelta(hours=2),
        )

    def log(self, name: str) -> Path:
        """Return where a service's output goes."""
        return self.machine.folder / f"{self.database.name}.{name}.log"

    def launch(
        self, name: str, *, armed: str = "", roles: str = "api,worker", port: int | None = None
    ) -> Running:
        """Start a process of a service, without waiting for it."""
        settings = self._settings(name, port or self.ports[name])
        settings |= {"ITSM_FAILPOINT": armed, "ITSM_ROLES": roles}
        return self.machine.nursery.fork(name, settings, output=self.log(name), bug=self.bug)

    async def start(self, name: str, *, armed: str = "", roles: str = "api,worker") -> None:
        """Start a service and wait until it answers or has ended again.

        Raises:
            RuntimeError: it does neither in time, or an unarmed one ended.
        """
        process = self.running[name] = self.launch(name, armed=armed, roles=roles)
        deadline = time.monotonic() + START_SECONDS
        while process.alive and not listens(self.ports[name]):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} does not answer: {self.last_words(name)}")
            await asyncio.sleep(POLL_SECONDS)
        if not process.alive and not armed:
            raise RuntimeError(f"{name} did not start: {self.last_words(name)}")

    async def kill(self, name: str) -> None:
        """End a service as if it lost power, and remember since when it is down."""
        self.note_down(name)
        process = self.running.pop(name, None)
        if process is not None:
            await process.kill()
            process.close()

    def note_down(self, name: str) -> None:
        """Begin an outage, unless one has begun."""
        self.down_since.setdefault(name, datetime.now(UTC))

    def note_settled(self) -> None:
        """End all outages: everything has caught up."""
        now = datetime.now(UTC)
        self.outages += [Outage(name, began, now) for name, began in self.down_since.items()]
        self.down_since.clear()

    def last_words(self, name: str) -> str:
        """Return the end of a service's output."""
        log = self.log(name)
        return log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"

    async def close(self) -> None:
        """End every process of this system."""
        for process in self.running.values():
            await process.kill()
            process.close()
        self.running.clear()

    def _settings(self, name: str, port: int) -> dict[str, str]:
        own: dict[str, Any] = {
            "ENVIRONMENT": "test",
            "FAILPOINT_LOG": self.passages,
            "PORT": port,
            "KAFKA_BOOTSTRAP": self.machine.kafka.bootstrap,
            "KAFKA_REPLICATION": 1,
            "KAFKA_MIN_ISR": 1,
            "KAFKA_PARTITIONS": PARTITIONS,
            "KAFKA_SESSION_TIMEOUT_SECONDS": 1,
            "KAFKA_SEND_DEADLINE_SECONDS": 5,
            "ISSUER": self.machine.issuer.issuer,
            "JWKS_FILE": self.machine.folder / "identity" / "jwks.json",
            "CURSOR_SECRET": "the same for all",
            "DRAIN_SECONDS": 0,
            "SHUTDOWN_GRACE_SECONDS": 3,
            "POOL_SIZE": 4,
            f"{name}_DATABASE_URL": self.database.app(name),
            "NOTIFY_SMTP_HOST": "127.0.0.1",
            "NOTIFY_SMTP_PORT": self.sinks.mail_port,
            "NOTIFY_SMTP_SECURITY": "none",
            "NOTIFY_SMTP_FROM": "desk@itsm.example",
            "NOTIFY_SMTP_TIMEOUT_SECONDS": 4,
            "NOTIFY_WEBHOOK_TIMEOUT_SECONDS": 4,
            "NOTIFY_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "NOTIFY_LEASE_SECONDS": 5,
            "NOTIFY_RETRY_OFFSETS_SECONDS": "0,1,2,3,4,5,6,8,10,15,20",
        }
        settings = {f"ITSM_{key.upper()}": str(value) for key, value in own.items()}
        return {
            **settings,
            "FAULTS_LEDGER": "1",
            "FAULTS_CLOSE_SECONDS": str(CLOSE_AFTER_SECONDS),
        }
