"""A wrong setting ends the program with one line that names it: no trace, no secret, no delay."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from services.incident.service import SERVICE
from shared import migrate
from shared.auth import local_issuer
from shared.bus_kafka.topics import ensure_topics
from shared.migrate.definition import RELEASE_TABLE, VERSION_TABLE
from shared.outbox import topic_of
from shared.settings import KernelSettings
from tests.support.kafka_cluster import Cluster, free_ports
from tests.support.postgres import Database
from tests.system.programs import ROOT, inherited

SECRET: Final = "s3cret-that-nobody-may-read"
RUN_SECONDS: Final = 60.0
TOPICS: Final = [topic_of(name) for name in ("catalog", "incident", "change", "notify")]


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    status: int
    said: str

    @property
    def line(self) -> str:
        """Return the one line that it said; fails where there are more, or a trace."""
        assert "Traceback" not in self.said, self.said
        lines = [line for line in self.said.splitlines() if line.strip()]
        assert len(lines) == 1, self.said
        return lines[0]


class Incident:
    """The incident service's program, with settings that are right but for the broker."""

    def __init__(self, database: Database, folder: Path) -> None:
        local_issuer(folder / "identity")
        self.settings = {
            "ITSM_PORT": "0",
            "ITSM_INCIDENT_DATABASE_URL": database.app("incident"),
            "ITSM_INCIDENT_MIGRATE_DATABASE_URL": database.migrate("incident"),
            "ITSM_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_ports(1)[0]}",
            "ITSM_ISSUER": "itsm-local",
            "ITSM_JWKS_FILE": str(folder / "identity" / "jwks.json"),
        }

    async def run(self, command: str, changed: Mapping[str, str | None]) -> Ended:
        """Run a command with some settings changed, or taken away, until it ends by itself."""
        merged = {**self.settings, **changed}
        settings = {name: value for name, value in merged.items() if value is not None}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.incident", command),
            cwd=ROOT,
            env={**inherited(), **settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), RUN_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Ended(process.returncode, said.decode())

    async def refuses(self, command: str, changed: Mapping[str, str | None]) -> str:
        """Run a command that has to refuse; return its one line."""
        ended = await self.run(command, changed)
        assert ended.status in (1, 2), (ended.status, ended.said)
        assert SECRET not in ended.said
        assert "password-of-" not in ended.said
        return ended.line


@pytest.fixture
async def own_database(empty_database: Database) -> Database:
    """A database with the incident service's schema, which a test may spoil."""
    await empty_database.provision("incident")
    await migrate.upgrade(empty_database.migrate("incident"), SERVICE.definition)
    return empty_database


@pytest.fixture
def incident(own_database: Database, tmp_path: Path) -> Incident:
    return Incident(own_database, tmp_path)


def with_password(url: str, password: str) -> str:
    before, _, place = url.rpartition("@")
    return f"{before.rpartition(':')[0]}:{password}@{place}"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("serve", "ITSM_INCIDENT_DATABASE_URL"),
        ("verify", "ITSM_INCIDENT_DATABASE_URL"),
        ("migrate", "ITSM_INCIDENT_MIGRATE_DATABASE_URL"),
    ],
)
async def test_a_wrong_password_names_the_setting_and_not_the_password(
    incident: Incident, command: str, name: str
) -> None:
    wrong = with_password(incident.settings[name], SECRET)
    line = await incident.refuses(command, {name: wrong})
    assert name in line
    assert "password authentication failed" in line


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://incident_app:{SECRET}@127.0.0.1:1/itsm",
        f"postgresql://incident_app:{SECRET}@127.0.0.1:port/itsm",
        f"mysql://incident_app:{SECRET}@127.0.0.1/itsm",
        f"incident_app:{SECRET}",
    ],
)
async def test_a_database_that_cannot_be_there_names_the_setting(
    incident: Incident, command: str, url: str
) -> None:
    name = f"ITSM_INCIDENT_{'MIGRATE_' if command == 'migrate' else ''}DATABASE_URL"
    assert name in await incident.refuses(command, {name: url})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ITSM_INCIDENT_DATABASE_URL": None}, "ITSM_INCIDENT_DATABASE_URL"),
        ({"ITSM_INCIDENT_DATABASE_URL": ""}, "ITSM_INCIDENT_DATABASE_URL"),
        (
            {
                "ITSM_INCIDENT_DATABASE_URL": None,
                "ITSM_INCIDENT_DATABASE_URL_FILE": "/nonexistent/secret",
            },
            "ITSM_INCIDENT_DATABASE_URL_FILE",
        ),
        ({"ITSM_INCIDENT_DATABASE_URL_FILE": "/etc/hostname"}, "ITSM_INCIDENT_DATABASE_URL_FILE"),
        ({"ITSM_ISSUER": None}, "ITSM_ISSUER"),
        ({"ITSM_JWKS_FILE": None}, "ITSM_JWKS_URL"),
        ({"ITSM_JWKS_FILE": "/nonexistent/keys"}, "ITSM_JWKS_FILE"),
        ({"ITSM_KAFKA_BOOTSTRAP": None}, "ITSM_KAFKA_BOOTSTRAP"),
        ({"ITSM_KAFKA_BOOTSTRAP": "no-port"}, "ITSM_KAFKA_BOOTSTRAP"),
        ({"ITSM_PORT": "many"}, "ITSM_PORT"),
        ({"ITSM_ROLES": "api,master"}, "ITSM_ROLES"),
        ({"ITSM_TLS_CERT": "/nonexistent/cert.pem"}, "ITSM_TLS_"),
    ],
)
async def test_a_missing_or_impossible_value_names_the_setting(
    incident: Incident, changed: Mapping[str, str | None], named: str
) -> None:
    assert named in await incident.refuses("serve", changed)


async def test_a_port_in_use_names_the_setting(incident: Incident) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = await incident.refuses("serve", {"ITSM_PORT": port})
    assert "ITSM_PORT" in line
    assert f"127.0.0.1:{port}" in line


async def test_a_metrics_port_in_use_names_its_setting(incident: Incident, broker: str) -> None:
    await ensure_single(broker)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        changed = {"ITSM_METRICS_PORT": port, **single(broker)}
        assert "ITSM_METRICS_PORT" in await incident.refuses("serve", changed)


async def test_a_broker_out_of_reach_names_the_setting_and_the_address(incident: Incident) -> None:
    line = await incident.refuses("serve", {})
    assert (
        f"ITSM_KAFKA_BOOTSTRAP: no broker answers at {incident.settings['ITSM_KAFKA_BOOTSTRAP']}"
        in line
    )


async def test_a_topic_with_fewer_copies_than_asked_for_refuses_the_start(
    incident: Incident, cluster: Callable[..., Cluster]
) -> None:
    bootstrap = cluster().bootstrap
    await ensure_single(bootstrap)
    replicas = {**single(bootstrap), "ITSM_KAFKA_REPLICATION": "3"}
    assert "ITSM_KAFKA_REPLICATION=3" in await incident.refuses("serve", replicas)
    in_sync = {**single(bootstrap), "ITSM_KAFKA_MIN_ISR": "2"}
    assert "ITSM_KAFKA_MIN_ISR=2" in await incident.refuses("serve", in_sync)


async def test_a_schema_that_does_not_fit_says_what_to_run(
    incident: Incident, own_database: Database
) -> None:
    connection = await asyncpg.connect(own_database.admin)
    try:
        await connection.execute(f"update incident.{VERSION_TABLE} set version_num = '0099_later'")
        note = f"update incident.{RELEASE_TABLE} set release = $1, revision = '0099_later'"
        await connection.execute(note, SERVICE.release + 2)
        line = await incident.refuses("serve", {})
        assert "the schema incident is at 0099_later" in line
        assert "run the program of that release" in line
        assert "does not know" in await incident.refuses("migrate", {})
        # One release newer is what an upgrade under way looks like: only the broker is missed.
        await connection.execute(note, SERVICE.release + 1)
        assert "ITSM_KAFKA_BOOTSTRAP" in await incident.refuses("serve", {})
    finally:
        await connection.close()


async def test_an_empty_schema_says_what_to_run(empty_database: Database, tmp_path: Path) -> None:
    await empty_database.provision("incident")
    line = await Incident(empty_database, tmp_path).refuses("serve", {})
    assert "run `python -m services.incident migrate`" in line


async def test_two_migrations_at_once_are_one_after_the_other(
    empty_database: Database, tmp_path: Path
) -> None:
    await empty_database.provision("incident")
    incident = Incident(empty_database, tmp_path)
    both = await asyncio.gather(incident.run("migrate", {}), incident.run("migrate", {}))
    assert [one.status for one in both] == [0, 0], both
    assert sum("up to date" in one.said for one in both) == 1


async def test_a_migration_that_waits_for_a_table_in_use_gives_up_in_one_line(
    incident: Incident, own_database: Database
) -> None:
    connection = await asyncpg.connect(own_database.admin)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table incident.{VERSION_TABLE}")
            line = await incident.refuses("migrate", {})
    finally:
        await connection.close()
    assert "incident: canceling statement due to lock timeout" in line


def single(bootstrap: str) -> dict[str, str]:
    """Return the settings for a set-up with one broker."""
    return {
        "ITSM_KAFKA_BOOTSTRAP": bootstrap,
        "ITSM_KAFKA_REPLICATION": "1",
        "ITSM_KAFKA_MIN_ISR": "1",
    }


async def ensure_single(bootstrap: str) -> None:
    """Make the platform's topics on one broker."""
    settings = KernelSettings(kafka_bootstrap=bootstrap, kafka_replication=1, kafka_min_isr=1)
    await ensure_topics(settings, "test", TOPICS)
