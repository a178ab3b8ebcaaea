"""What a migration takes while the release before it is serving."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from services.incident.service import SERVICE
from shared import migrate
from tests.support.eventually import eventually
from tests.support.postgres import Database
from tests.support.revision_sql import revision_sql

BLOCKED = (
    "select from pg_stat_activity where application_name = 'itsm-incident-migrate'"
    " and wait_event_type = 'Lock'"
)


@pytest.mark.parametrize(
    ("before", "held", "wanted"),
    [
        ("0008_routing", "signal", "incident"),
        ("0010_roles", "incident", "timeline"),
        ("0010_roles", "clock_record", "sla_clock"),
        ("0010_roles", "clock_record", "incident"),
    ],
)
async def test_a_request_gets_the_next_table_that_it_writes_while_a_migration_waits_for_it(
    empty_database: Database, before: str, held: str, wanted: str
) -> None:
    await empty_database.provision("incident")
    url = empty_database.migrate("incident")
    await migrate.upgrade(url, SERVICE.definition)
    while await migrate.downgrade(url, SERVICE.definition) != before:
        pass
    request: Any = await asyncpg.connect(empty_database.admin)
    watcher: Any = await asyncpg.connect(empty_database.admin)
    taken = request.transaction()
    await taken.start()
    await request.execute(f"lock table incident.{held} in row exclusive mode")
    migration = asyncio.create_task(migrate.upgrade(url, SERVICE.definition))
    try:
        await eventually(lambda: watcher.fetch(BLOCKED), within=10)
        await request.execute("set local lock_timeout = '100ms'")
        await request.execute(f"lock table incident.{wanted} in row exclusive mode")
    finally:
        await taken.rollback()
        assert await migration != []
        await request.close()
        await watcher.close()


def test_an_index_of_a_table_with_years_of_rows_has_the_time_that_it_takes() -> None:
    for name, sql in revision_sql(SERVICE.definition):
        head, made, _ = sql.partition("CREATE INDEX CONCURRENTLY")
        if made and name > "0008":
            assert "set statement_timeout = '1h'" in head, name
            assert sql.rindex("reset statement_timeout") > sql.rindex(made), name
