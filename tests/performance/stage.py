"""What a run stands on: its own PostgreSQL (durable), broker, keys and service processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from services.catalog.service import SERVICE as CATALOG
from services.change.service import SERVICE as CHANGE
from services.incident.service import SERVICE as INCIDENT
from services.notify.service import SERVICE as NOTIFY
from shared import embedded_postgres, migrate
from shared.auth import LocalIssuer, local_issuer
from tests.support.kafka_cluster import Cluster

SERVICES: Final = (CATALOG, INCIDENT, CHANGE, NOTIFY)
ROLES: Final = ("admin", "service_manager", "incident_manager", "integration", "auditor")
READY_SECONDS: Final = 60.0
_WATCH: Final = """
import os, subprocess, sys
running = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
_, status, usage = os.wait4(running.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a program. The kernel counts what began it to the most memory of a program: here little."""


@dataclass
class Stage:
    """Where things are during a run."""

    folder: Path
    server: embedded_postgres.Server
    database: str
    issuer: LocalIssuer

    @property
    def admin(self) -> str:
        """Return the superuser's URL of this stage's database."""
        return self.server.url(self.database)

    def url(self, service: str, role: str = "app") -> str:
        """Return the URL that a service runs with, or migrates with."""
        place = f"{self.server.host}:{self.server.port}/{self.database}"
        return f"postgresql://{service}_{role}:{role}@{place}"

    def token(self) -> str:
        """Return a token that may do everything the run does."""
        return self.issuer.token(
            sub="bench",
            roles=list(ROLES),
            audience="itsm",
            issued_at=datetime.now(UTC),
            lifetime=timedelta(hours=6),
        )

    def environment(self, port: int, kafka: Cluster | None, roles: str) -> Mapping[str, str]:
        """Return the variables of a service process."""
        urls = {f"ITSM_{one.name.upper()}_DATABASE_URL": self.url(one.name) for one in SERVICES}
        return {
            **os.environ,
            **urls,
            "ITSM_PORT": str(port),
            "ITSM_ISSUER": self.issuer.issuer,
            "ITSM_JWKS_FILE": str(self.folder / "identity" / "jwks.json"),
            "ITSM_KAFKA_BOOTSTRAP": kafka.bootstrap if kafka else "",
            "ITSM_KAFKA_REPLICATION": "1",
            "ITSM_KAFKA_MIN_ISR": "1",
            "ITSM_ROLES": roles,
        }

    def command(self, *command: str) -> tuple[float, float]:
        """Run a command of ours to its end; return its seconds and the most megabytes it had.

        Raises:
            RuntimeError: it failed.
        """
        began = time.perf_counter()
        watched = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _WATCH, sys.executable, "-m", *command],
            env=self.environment(0, None, "api"),
            capture_output=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        if watched.returncode:
            raise RuntimeError(watched.stderr.decode()[-2000:])
        return seconds, int(watched.stdout) / 1024

    @contextmanager
    def process(
        self, command: Sequence[str], *, kafka: Cluster | None = None, roles: str = "api,worker"
    ) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        """Run a program of ours until the block ends; give its port and process once ready."""
        port = free_port()
        log = (self.folder / f"process-{port}.log").open("w+b")
        running = subprocess.Popen(
            [sys.executable, *command, *([str(port)] if "floors" in command[-2] else [])],
            env=self.environment(port, kafka, roles),
            stdout=log,
            stderr=log,
        )
        try:
            try:
                wait_ready(port, running)
            except RuntimeError as error:
                log.seek(0)
                raise RuntimeError(log.read().decode()[-2000:]) from error
            yield port, running
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
            log.close()


def wait_ready(port: int, running: subprocess.Popen[bytes]) -> None:
    """Wait until a process answers ``/readyz`` well, or at all where it has none.

    Raises:
        RuntimeError: it ended or was not ready in time.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return
        except OSError:
            pass
        time.sleep(0.05)
    message = f"{running.args!r} was not ready (status {running.poll()})"
    raise RuntimeError(message)


def free_port() -> int:
    """Return a port of loopback that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def prepare(folder: Path, server: embedded_postgres.Server, database: str) -> Stage:
    """Make a database with roles and schemas, and keys, for a part of a run."""
    connection = await asyncpg.connect(server.url())
    await connection.execute(f"create database {database}")
    await connection.close()
    issuer = await asyncio.to_thread(local_issuer, folder / "identity")
    stage = Stage(folder, server, database, issuer)
    for service in SERVICES:
        passwords = migrate.RolePasswords(migrate="migrate", app="app")
        await migrate.provision(stage.admin, service=service.name, passwords=passwords)
        await migrate.upgrade(stage.url(service.name, "migrate"), service.definition)
    return stage
