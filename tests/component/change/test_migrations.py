"""The schema that the migrations make is the one that the code expects."""

from __future__ import annotations

from services.change.service import SERVICE
from shared import migrate
from tests.support.postgres import Database
from tests.support.revision_sql import complaints, revision_sql


async def test_the_migrations_make_the_tables_of_the_code(empty_database: Database) -> None:
    await empty_database.provision("change")
    url = empty_database.migrate("change")
    await migrate.upgrade(url, SERVICE.definition)
    assert await migrate.differences(url, SERVICE.definition) == []


async def test_the_newest_migration_can_be_taken_back_and_applied_again(
    empty_database: Database,
) -> None:
    await empty_database.provision("change")
    url = empty_database.migrate("change")
    await migrate.upgrade(url, SERVICE.definition)
    await migrate.downgrade(url, SERVICE.definition)
    assert await migrate.upgrade(url, SERVICE.definition) != []
    assert await migrate.differences(url, SERVICE.definition) == []


def test_a_release_can_be_serving_while_the_migrations_run() -> None:
    found = dict(revision_sql(SERVICE.definition))
    assert {name: said for name, sql in found.items() if (said := complaints(name, sql))} == {}
