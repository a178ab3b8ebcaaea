"""The database itself keeps services apart: each role reaches its own schema and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import permutations
from typing import Any

import asyncpg
import pytest

from tests.architecture.tree import SERVICES
from tests.support.postgres import Database

EACH_SERVICE = pytest.mark.parametrize("service", SERVICES)
ANY_ROW = "insert into {table} default values"


@asynccontextmanager
async def session(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def refused(connection: Any, statement: str) -> bool:  # noqa: ANN401 - the driver has no types
    """Tell whether PostgreSQL denies the right to do something, for that reason alone."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


async def allowed(url: str, *statements: str) -> list[str]:
    """Return those statements that a role may run."""
    async with session(url) as connection:
        return [one for one in statements if not await refused(connection, one)]


async def tables_of(database: Database, schema: str) -> list[str]:
    """Return the tables of a schema, with its name before them."""
    async with session(database.admin) as connection:
        rows = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = $1",
            schema,
        )
    assert rows, f"{schema} has no tables"
    return [row[0] for row in rows]


@pytest.mark.parametrize(("service", "sibling"), list(permutations(SERVICES, 2)))
async def test_a_siblings_schema_is_denied(database: Database, service: str, sibling: str) -> None:
    tables = await tables_of(database, sibling)
    verbs = ("select from {0}", "delete from {0}", ANY_ROW.replace("{table}", "{0}"))
    attempts = [verb.format(table) for table in tables for verb in verbs]
    for url in (database.app(service), database.migrate(service)):
        assert await allowed(url, *attempts) == []
        async with session(url) as connection:
            with pytest.raises(
                asyncpg.InsufficientPrivilegeError,
                match=f"permission denied for schema {sibling}",
            ):
                await connection.execute(f"select from {sibling}.event_log")


@EACH_SERVICE
async def test_a_service_reads_each_of_its_own_tables(database: Database, service: str) -> None:
    statements = [f"select from {table}" for table in await tables_of(database, service)]
    assert await allowed(database.app(service), *statements) == statements


@EACH_SERVICE
async def test_a_service_cannot_change_the_shape_of_anything(
    database: Database, service: str
) -> None:
    attempts = [
        f"create table {service}.extra (id int)",
        "create table public.extra (id int)",
        "create schema extra",
        "create role extra",
        f"create extension pg_trgm schema {service}",
        f"create function {service}.extra() returns int language sql return 1",
        f"alter table {service}.event_log add column extra int",
        f"alter table {service}.event_log disable trigger all",
        f"alter schema {service} rename to extra",
        f"create index on {service}.event_log (actor)",
        f"drop table {service}.outbox",
        f"drop schema {service} cascade",
        f"truncate {service}.outbox",
        "create temporary table extra (id int)",
    ]
    assert await allowed(database.app(service), *attempts) == []


@EACH_SERVICE
async def test_what_was_logged_can_be_added_to_and_never_altered(
    database: Database, service: str
) -> None:
    attempts = [
        f"{verb}{service}.{table}{rest}"
        for table in ("event_log", "feed", "alembic_version", "schema_release")
        for verb, rest in (("delete from ", ""), ("truncate ", ""))
    ]
    attempts += [
        f"update {service}.event_log set data = data",
        f"update {service}.feed set hash = hash",
        f"update {service}.schema_release set release = release",
        f"update {service}.alembic_version set version_num = version_num",
        f"select from {service}.event_log for update",
    ]
    assert await allowed(database.app(service), *attempts) == []


@EACH_SERVICE
async def test_no_role_becomes_another(database: Database, service: str) -> None:
    others = [f"{name}_{kind}" for name in SERVICES for kind in ("owner", "migrate", "app")]
    async with session(database.admin) as connection:
        superuser = await connection.fetchval("select current_user")
    wanted = [f"set role {name}" for name in (*others, superuser)]
    of_app = await allowed(database.app(service), *wanted)
    assert of_app == [f"set role {service}_app"]
    of_migrate = await allowed(database.migrate(service), *wanted)
    assert set(of_migrate) == {f"set role {service}_migrate", f"set role {service}_owner"}
