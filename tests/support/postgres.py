"""One private PostgreSQL per test run, one database per worker, clean at the start of each test.

The cluster is the program's own embedded one, without fsync, in a temporary folder. Its owner is
the process that people started: with xdist the controller, whose workers get the address. A
template with all services' real migrations is made once; each worker's database is a copy of it.

Tables are emptied between tests, not copied anew: pools stay valid, and it costs far less.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import asyncpg
import pytest

from shared import embedded_postgres, migrate

ROOT: Final = Path(__file__).parents[2]
TEMPLATE: Final = "itsm_template"
_numbers: Final = itertools.count(1)
_server_key: Final = pytest.StashKey[embedded_postgres.Server]()
Result = TypeVar("Result")


class _Node(Protocol):
    """What xdist hands over for each worker that it is about to start."""

    config: pytest.Config
    workerinput: dict[str, object]


@dataclass(frozen=True)
class Cluster:
    """The address of the test run's PostgreSQL."""

    port: int
    password: str

    def url(self, database: str = "postgres", *, user: str | None = None) -> str:
        """Return a URL of a database: the superuser's, or a role's made by ``provision``."""
        name = user or embedded_postgres.SUPERUSER
        password = f"password-of-{user}" if user else self.password
        return f"postgresql://{name}:{password}@127.0.0.1:{self.port}/{database}"


@dataclass(frozen=True)
class Database:
    """A database and the URLs of each role in it."""

    cluster: Cluster
    name: str

    @property
    def admin(self) -> str:
        """Return the superuser's URL."""
        return self.cluster.url(self.name)

    def app(self, service: str) -> str:
        """Return the URL that a service runs with."""
        return self.cluster.url(self.name, user=f"{service}_app")

    def migrate(self, service: str) -> str:
        """Return the URL that a service's migrations run with."""
        return self.cluster.url(self.name, user=f"{service}_migrate")

    async def provision(self, service: str) -> None:
        """Make a service's roles and schema, with the passwords that the URLs have."""
        passwords = migrate.RolePasswords(
            migrate=f"password-of-{service}_migrate", app=f"password-of-{service}_app"
        )
        await migrate.provision(self.admin, service=service, passwords=passwords)


def definitions() -> Sequence[migrate.Definition]:
    """Return the schemas of all services that have migrations in this tree."""
    names = sorted(path.parents[1].name for path in ROOT.glob("services/*/migrations/HEAD"))
    return [
        importlib.import_module(f"services.{each}.service").SERVICE.definition for each in names
    ]


def cleaner() -> str:
    """Return the SQL of the schema that remembers and restores what migrations put in."""
    return Path(__file__).with_name("cleaner.sql").read_text(encoding="utf-8")


def start_cluster() -> embedded_postgres.Server:
    """Start a PostgreSQL in a new temporary folder; ends with the calling thread at the latest."""
    folder = Path(tempfile.mkdtemp(prefix="itsm-tests-"))
    folder.chmod(0o755)  # the server's account is not ours where we are root
    try:
        return embedded_postgres.start(folder, durable=False, announce=lambda _: None)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def remove_cluster(server: embedded_postgres.Server) -> None:
    """Stop a PostgreSQL of ``start_cluster`` and remove all that it has written."""
    server.stop()
    shutil.rmtree(server.place.home)
    shutil.rmtree(server.folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Node) -> None:
    """Give each xdist worker the address of the controller's server, started for the first."""
    stash = node.config.stash
    if _server_key not in stash:
        server = stash[_server_key] = start_cluster()
        node.config.add_cleanup(lambda: remove_cluster(server))
    server = stash[_server_key]
    node.workerinput["postgres"] = {"port": server.port, "password": server.password}


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The test run's PostgreSQL."""
    given = getattr(request.config, "workerinput", {}).get("postgres")
    if given is not None:
        yield Cluster(**given)
        return
    server = start_cluster()
    try:
        yield Cluster(server.port, server.password)
    finally:
        remove_cluster(server)


@pytest.fixture(scope="session")
def migrated_database(postgres: Cluster) -> Database:
    """This worker's copy of the template; tests ask for ``database``, which is clean."""
    return in_own_thread(_copy_of_template(postgres))


@pytest.fixture
async def database(migrated_database: Database) -> Database:
    """A database with all services' migrations applied and nothing else in it."""
    connection = await asyncpg.connect(migrated_database.admin)
    try:
        # A connection that an earlier test left in a transaction fails this one, and loudly.
        await connection.execute("set lock_timeout = '5s'")
        await connection.execute("select cleaner.restore()")
    finally:
        await connection.close()
    return migrated_database


@pytest.fixture
async def empty_database(postgres: Cluster) -> AsyncIterator[Database]:
    """A new database without schemas or tables, for tests of migrations and roles."""
    async with new_database(postgres) as made:
        yield made


@asynccontextmanager
async def new_database(cluster: Cluster) -> AsyncIterator[Database]:
    """Make an empty database; drop it at the end, with whoever is still connected."""
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    async with _superuser(cluster) as connection:
        await connection.execute(f"create database {name} template template0")
    try:
        yield Database(cluster, name)
    finally:
        async with _superuser(cluster) as connection:
            await connection.execute(f"drop database {name} with (force)")


def in_own_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine from a plain fixture, without touching the event loop of the tests."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, work).result()


@asynccontextmanager
async def _superuser(cluster: Cluster, database: str = "postgres") -> AsyncIterator[Any]:
    connection = await asyncpg.connect(cluster.url(database))
    try:
        yield connection
    finally:
        await connection.close()


async def _copy_of_template(cluster: Cluster) -> Database:
    copy = Database(cluster, f"worker_{os.getpid()}")
    async with _superuser(cluster) as connection:
        # The first worker makes the template, the others wait for it here.
        await connection.execute("select pg_advisory_lock(hashtextextended('itsm.template', 0))")
        known = "select exists (select from pg_database where datname = $1 and datistemplate)"
        if not await connection.fetchval(known, TEMPLATE):
            await connection.execute(f"drop database if exists {TEMPLATE}")
            await connection.execute(f"create database {TEMPLATE} template template0")
            await _migrate_all(Database(cluster, TEMPLATE))
            await connection.execute(f"alter database {TEMPLATE} is_template true")
        await connection.execute(f"create database {copy.name} template {TEMPLATE}")
    for definition in definitions():
        # Rights on a database are not copied with it.
        await copy.provision(definition.service)
    return copy


async def _migrate_all(template: Database) -> None:
    services = definitions()
    for definition in services:
        await template.provision(definition.service)
        await migrate.upgrade(template.migrate(definition.service), definition)
    async with _superuser(template.cluster, template.name) as connection:
        await connection.execute(cleaner())
        names = [definition.service for definition in services]
        await connection.execute("select cleaner.keep($1)", names)
