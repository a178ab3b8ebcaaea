"""The runner of migrations, on a made-up service in a database of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from shared import migrate
from shared.db import DatabaseUnavailableError
from shared.migrate import MigrationError
from shared.settings import ConfigurationError
from tests.support.migrations import (
    SECOND,
    Made,
    make,
    session,
    third,
    with_only_the_first_revision,
    write,
)
from tests.support.postgres import Database


@pytest.fixture
async def made(empty_database: Database, tmp_path: Path) -> Made:
    return await make(empty_database, tmp_path / "migrations")


async def release_noted(made: Made) -> tuple[int, str]:
    async with session(made.app_url) as connection:
        row = await connection.fetchrow("select release, revision from alpha.schema_release")
        return row["release"], row["revision"]


async def test_an_empty_schema_gets_every_revision_and_then_none(made: Made) -> None:
    applied = await migrate.upgrade(made.url, made.definition)
    assert applied == ["0001_begin", "0002_add_note"]
    assert await migrate.upgrade(made.url, made.definition) == []
    await migrate.check(made.app_url, made.definition)
    assert await release_noted(made) == (3, "0002_add_note")


async def test_everything_belongs_to_the_owner_and_lies_in_the_services_schema(made: Made) -> None:
    await migrate.upgrade(made.url, made.definition)
    async with session(made.database.admin) as connection:
        rows = await connection.fetch(
            "select schemaname, tablename, tableowner from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
    assert {(row["schemaname"], row["tableowner"]) for row in rows} == {("alpha", "alpha_owner")}
    assert {row["tablename"] for row in rows} == {
        *("thing", "event_log", "feed", "alembic_version", "schema_release")
    }


async def test_two_migrators_at_once_apply_each_revision_once(made: Made) -> None:
    write(made.definition.folder, third=third('op.execute("select pg_sleep(0.7)")'))
    results = await asyncio.gather(*(migrate.upgrade(made.url, made.definition) for _ in range(3)))
    assert sorted(results, key=len) == [[], [], ["0001_begin", "0002_add_note", "0003_more"]]


async def test_a_migrator_does_not_wait_for_ever_for_another(made: Made) -> None:
    async with session(made.database.admin) as other:
        await other.execute("select pg_advisory_lock(hashtextextended('itsm.migrate.alpha', 0))")
        with pytest.raises(MigrationError, match="another migration has been running"):
            await migrate.upgrade(made.url, made.definition, lock_wait_seconds=0.3)
    assert len(await migrate.upgrade(made.url, made.definition)) == 2


async def test_a_failed_revision_leaves_nothing_of_itself_and_the_others_stay(made: Made) -> None:
    body = 'op.execute("create table alpha.half (a int)"); op.execute("select 1 / 0")'
    write(made.definition.folder, third=third(body))
    with pytest.raises(MigrationError, match="division by zero") as failure:
        await migrate.upgrade(made.url, made.definition)
    assert "\n" not in str(failure.value)
    async with session(made.database.admin) as connection:
        assert await connection.fetchval("select to_regclass('alpha.half')") is None
        revision = await connection.fetchval("select version_num from alpha.alembic_version")
    assert revision == "0002_add_note"
    write(made.definition.folder, third=third('op.execute("create table alpha.whole (a int)")'))
    assert await migrate.upgrade(made.url, made.definition) == ["0003_more"]


async def test_a_revision_that_needs_a_held_table_gives_up_after_four_seconds(made: Made) -> None:
    await migrate.upgrade(made.url, made.definition)
    body = 'op.execute("alter table alpha.thing add column late text")'
    write(made.definition.folder, third=third(body))
    loop = asyncio.get_running_loop()
    async with session(made.app_url) as reader, reader.transaction():
        await reader.execute("select * from alpha.thing")
        began = loop.time()
        with pytest.raises(MigrationError, match="lock timeout"):
            await migrate.upgrade(made.url, made.definition)
        assert 3.5 < loop.time() - began < 9


async def test_a_statement_of_a_revision_ends_after_five_seconds(made: Made) -> None:
    write(made.definition.folder, third=third('op.execute("select pg_sleep(20)")'))
    with pytest.raises(MigrationError, match="statement timeout"):
        await migrate.upgrade(made.url, made.definition)


async def test_a_revision_may_raise_its_own_timeout(made: Made) -> None:
    body = "op.execute(\"set local statement_timeout = '20s'\"); op.execute('select pg_sleep(5.2)')"
    write(made.definition.folder, third=third(body))
    assert (await migrate.upgrade(made.url, made.definition))[-1] == "0003_more"


async def test_an_index_can_be_built_concurrently(made: Made) -> None:
    body = (
        "with op.get_context().autocommit_block():\n        "
        'op.create_index("ix_thing_note", "thing", ["note"], schema="alpha",'
        " postgresql_concurrently=True)"
    )
    write(made.definition.folder, third=third(body))
    assert (await migrate.upgrade(made.url, made.definition))[-1] == "0003_more"


async def test_a_revision_that_forgets_the_schema_fails(made: Made) -> None:
    write(made.definition.folder, third=third('op.execute("create table lost (a int)")'))
    with pytest.raises(MigrationError, match="no schema has been selected"):
        await migrate.upgrade(made.url, made.definition)


async def test_the_newest_revision_can_be_undone_and_applied_again(made: Made) -> None:
    await migrate.upgrade(made.url, made.definition)
    assert await migrate.downgrade(made.url, made.definition) == "0001_begin"
    with pytest.raises(ConfigurationError, match=r"at 0001_begin, older than .*0002_add_note"):
        await migrate.check(made.app_url, made.definition)
    assert await migrate.upgrade(made.url, made.definition) == ["0002_add_note"]
    assert await migrate.downgrade(made.url, made.definition) == "0001_begin"
    assert await migrate.downgrade(made.url, made.definition) is None
    with pytest.raises(MigrationError, match="nothing to undo"):
        await migrate.downgrade(made.url, made.definition)
    assert len(await migrate.upgrade(made.url, made.definition)) == 2


async def test_an_empty_schema_refuses_the_start_and_says_what_to_run(made: Made) -> None:
    with pytest.raises(
        ConfigurationError, match=r"alpha is empty: run `python -m services\.alpha migrate`"
    ):
        await migrate.check(made.app_url, made.definition)


async def test_a_schema_older_than_the_code_refuses_the_start(made: Made, tmp_path: Path) -> None:
    await migrate.upgrade(made.url, with_only_the_first_revision(tmp_path, release=2))
    with pytest.raises(ConfigurationError, match="older than the code") as refusal:
        await migrate.check(made.app_url, made.definition)
    assert "\n" not in str(refusal.value)


async def test_code_runs_on_a_schema_one_release_newer_but_not_two(
    made: Made, tmp_path: Path
) -> None:
    await migrate.upgrade(made.url, made.definition)
    one_behind = with_only_the_first_revision(tmp_path, release=2)
    await migrate.check(made.app_url, one_behind)
    assert await migrate.upgrade(made.url, one_behind) == []
    for release in (0, 1, 3, 4):
        with pytest.raises(ConfigurationError, match="does not know") as refusal:
            await migrate.check(made.app_url, replace(one_behind, release=release))
        assert "\n" not in str(refusal.value)
    with pytest.raises(ConfigurationError, match="does not know"):
        await migrate.upgrade(made.url, replace(one_behind, release=1))
    with pytest.raises(ConfigurationError, match="unknown to this code"):
        await migrate.downgrade(made.url, one_behind)


async def test_a_release_without_a_revision_is_noted_and_never_falls(made: Made) -> None:
    await migrate.upgrade(made.url, made.definition)
    await migrate.upgrade(made.url, replace(made.definition, release=4))
    assert (await release_noted(made))[0] == 4
    await migrate.upgrade(made.url, made.definition)
    assert (await release_noted(made))[0] == 4
    await migrate.check(made.app_url, made.definition)


async def test_a_wrong_head_or_two_newest_revisions_are_refused(made: Made) -> None:
    (made.definition.folder / "HEAD").write_text("0001_begin\n", encoding="ascii")
    with pytest.raises(ConfigurationError, match="HEAD names 0001_begin, the newest is 0002"):
        await migrate.upgrade(made.url, made.definition)
    fork = SECOND.replace("0002_add_note", "0002_add_other")
    write(made.definition.folder, fork=fork)
    with pytest.raises(ConfigurationError, match="multiple heads"):
        await migrate.check(made.app_url, made.definition)


async def test_a_database_that_is_not_there_is_said_so(made: Made) -> None:
    gone = made.url.replace(made.database.name, "not_there")
    with pytest.raises(DatabaseUnavailableError, match="not_there"):
        await migrate.upgrade(gone, made.definition)


async def test_a_database_without_the_roles_is_one_line(
    empty_database: Database, made: Made
) -> None:
    bare = replace(made.definition, service="nobody_made_this")
    with pytest.raises(MigrationError, match="nobody_made_this_owner"):
        await migrate.upgrade(empty_database.admin, bare)
