"""What a service's roles may do in the database, and above all what they may not."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from shared import migrate
from shared.db import service_metadata
from shared.embedded_postgres import binaries
from shared.migrate import Definition
from shared.settings import ConfigurationError
from tests.support.migrations import session
from tests.support.postgres import ROOT, Cluster, Database, in_own_thread, new_database

SERVICES = ("alpha", "beta")


def definition(service: str, folder: Path) -> Definition:
    metadata = service_metadata(service)
    for name in ("thing", "event_log", "feed"):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
            sa.Column("data", sa.Text),
        )
    return Definition(service, metadata, folder, release=1)


@pytest.fixture(scope="module")
def two_services(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Two migrated schemas, shared by the tests here: none of them may change much, after all."""
    made = new_database(postgres)
    database = in_own_thread(made.__aenter__())
    try:
        in_own_thread(migrate_both(database, tmp_path_factory.mktemp("migrations")))
        yield database
    finally:
        in_own_thread(made.__aexit__(None, None, None))


async def migrate_both(database: Database, folder: Path) -> None:
    for service in SERVICES:
        made = definition(service, folder / service)
        await database.provision(service)
        await migrate.revise(database.migrate(service), made, "begin")
        await migrate.upgrade(database.migrate(service), made)


async def test_a_service_reads_and_writes_rows_of_its_own_schema(two_services: Database) -> None:
    async with session(two_services.app("alpha")) as app:
        await app.execute("insert into alpha.thing (data) values ('a'), ('b')")
        await app.execute("update alpha.thing set data = 'c' where data = 'a'")
        await app.execute("delete from alpha.thing where data = 'b'")
        assert await app.fetchval("select data from alpha.thing") == "c"
        await app.execute("insert into alpha.event_log (data) values ('x')")
        await app.execute("insert into alpha.feed (data) values ('x')")
        assert await app.fetchval("select count(*) from alpha.event_log, alpha.feed") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "select * from beta.thing",
        "insert into beta.thing (data) values ('x')",
        "update beta.thing set data = 'x'",
        "delete from beta.event_log",
        "update alpha.event_log set data = 'x'",
        "delete from alpha.event_log",
        "truncate alpha.event_log",
        "update alpha.feed set data = 'x'",
        "delete from alpha.feed",
        "truncate alpha.feed",
        "truncate alpha.thing",
        "insert into alpha.feed (id) values (1) on conflict (id) do update set data = 'y'",
        "update alpha.alembic_version set version_num = 'x'",
        "delete from alpha.schema_release",
        "create table alpha.own (a int)",
        "create table public.own (a int)",
        "create temporary table own (a int)",
        "create schema own",
        "set role alpha_owner",
        "set role beta_app",
        "create role own",
        "copy alpha.thing to program 'true'",
        "select pg_read_file('PG_VERSION')",
    ],
)
async def test_a_services_role_is_denied_what_is_not_its_own(
    two_services: Database, statement: str
) -> None:
    async with session(two_services.app("alpha")) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await app.execute(statement)


async def test_a_services_role_cannot_pass_on_what_it_may(two_services: Database) -> None:
    async with session(two_services.app("alpha")) as app:
        # PostgreSQL only warns of a grant that grants nothing.
        await app.execute("grant select on alpha.thing to beta_app")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("grant usage on schema beta to alpha_app")
    async with session(two_services.app("beta")) as sibling:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await sibling.execute("select * from alpha.thing")
    async with session(two_services.admin) as admin:
        may = "select has_table_privilege('beta_app', 'alpha.thing', 'select')"
        assert not await admin.fetchval(may)


@pytest.mark.parametrize(
    "statement",
    [
        "alter table alpha.thing add column own text",
        "drop table alpha.thing",
        "create index on alpha.thing (data)",
    ],
)
async def test_a_services_role_changes_no_structure(two_services: Database, statement: str) -> None:
    async with session(two_services.app("alpha")) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="must be owner"):
            await app.execute(statement)


async def test_the_migrating_role_becomes_its_owner_alone_and_only_when_asked(
    two_services: Database,
) -> None:
    async with session(two_services.migrate("alpha")) as role:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await role.execute("create table alpha.own (a int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await role.execute("set role beta_owner")
        await role.execute("set role alpha_owner")
        await role.execute("create table alpha.own (a int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await role.execute("select * from beta.thing")


async def test_the_owner_cannot_log_in(two_services: Database) -> None:
    url = two_services.cluster.url(two_services.name, user="alpha_owner")
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(url)


async def test_a_database_lets_in_no_role_that_was_not_provisioned_in_it(
    empty_database: Database,
) -> None:
    await empty_database.provision("alpha")
    async with session(empty_database.admin) as admin:
        await admin.execute("drop role if exists stranger")
        await admin.execute("create role stranger login password 'password-of-stranger'")
        url = empty_database.cluster.url(empty_database.name, user="stranger")
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await asyncpg.connect(url)
        finally:
            await admin.execute("drop role stranger")


async def test_provisioning_again_or_several_times_at_once_changes_nothing(
    two_services: Database,
) -> None:
    before = await rights(two_services, "alpha")
    await asyncio.gather(*(two_services.provision(each) for each in SERVICES * 3))
    assert await rights(two_services, "alpha") == before


async def test_provisioning_takes_back_what_a_role_got_meanwhile(two_services: Database) -> None:
    before = await rights(two_services, "alpha")
    async with session(two_services.admin) as admin:
        await admin.execute("alter role alpha_app createdb createrole")
    await two_services.provision("alpha")
    assert await rights(two_services, "alpha") == before


async def test_a_password_may_hold_any_character(empty_database: Database) -> None:
    odd = """o'dd "quoted" \\ $$ %s :name"""
    passwords = migrate.RolePasswords(migrate=odd, app=odd)
    await migrate.provision(empty_database.admin, service="gamma", passwords=passwords)
    port = empty_database.cluster.port
    connection = await asyncpg.connect(
        host="127.0.0.1",
        port=port,
        user="gamma_app",
        password=odd,
        database=empty_database.name,
    )
    await connection.close()
    assert odd not in repr(passwords)


@pytest.mark.parametrize("service", ["", "Alpha", 'a"; drop', "a-b", "9a"])
async def test_a_service_name_that_needs_quotes_is_refused(
    empty_database: Database, service: str
) -> None:
    with pytest.raises(ConfigurationError, match="not a service's name"):
        await empty_database.provision(service)


async def rights(database: Database, service: str) -> dict[str, list[str]]:
    """Return all that the catalogs say of a service's roles, with a neutral name in its place."""
    queries = {
        "roles": "select to_jsonb(r) - 'oid' from pg_roles r where rolname ^@ ($1 || '_')",
        "members": "select jsonb_build_array(roleid::regrole, member::regrole, admin_option)"
        " from pg_auth_members where roleid::regrole::text ^@ ($1 || '_')",
        "schema": "select jsonb_build_array(nspowner::regrole, nspacl) from pg_namespace"
        " where nspname = $1",
        "defaults": "select jsonb_build_array(defaclnamespace <> 0, defaclobjtype, defaclacl)"
        " from pg_default_acl where defaclrole = ($1 || '_owner')::regrole",
        "public": "select nspacl::text from pg_namespace where nspname = 'public' and $1 <> ''",
        "database": "select acl::text from pg_database, unnest(datacl) acl"
        " where datname = current_database() and (acl::text ^@ ($1 || '_') or acl::text ^@ '=')",
    }
    async with session(database.admin) as admin:
        return {
            name: sorted(
                str(row[0]).replace(service, "service") for row in await admin.fetch(query, service)
            )
            for name, query in queries.items()
        }


def run_psql(url: str, service: str) -> None:
    psql = binaries.find_installation().bin / "psql"
    if not psql.exists():
        pytest.fail(f"no psql in {psql.parent}")
    subprocess.run(
        [psql, "-X", "-v", "ON_ERROR_STOP=1", "-v", f"service={service}", "-f", "roles.sql", url],
        cwd=ROOT / "deploy" / "postgres",
        env={"ITSM_MIGRATE_PASSWORD": "it's one", "ITSM_APP_PASSWORD": "two"},
        check=True,
        capture_output=True,
        timeout=20,
    )


async def test_the_operators_script_gives_the_same_rights_and_may_be_repeated(
    empty_database: Database,
) -> None:
    await empty_database.provision("alpha")
    for _ in range(2):
        await asyncio.to_thread(run_psql, empty_database.admin, "delta")
    by_program = await rights(empty_database, "alpha")
    by_script = await rights(empty_database, "delta")
    assert by_script == by_program
    assert all(by_program.values()), by_program
    port, name = empty_database.cluster.port, empty_database.name
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user="delta_migrate", password="it's one", database=name
    )
    await connection.close()
