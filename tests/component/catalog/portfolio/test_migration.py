"""Services of the release before keep running under what is asked for today."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg

from services.catalog.service import SERVICE
from shared import migrate
from tests.support.postgres import Database

BEFORE: Final = "0004_components"
TEAM, SHOP = UUID(int=1), UUID(int=2)


async def test_a_service_that_runs_keeps_running(empty_database: Database) -> None:
    await empty_database.provision("catalog")
    url = empty_database.migrate("catalog")
    await migrate.upgrade(url, SERVICE.definition)
    while await migrate.downgrade(url, SERVICE.definition) != BEFORE:
        pass
    connection = await asyncpg.connect(empty_database.app("catalog"))
    try:
        await connection.execute(
            "insert into catalog.team (id, name, purpose, status, version, created_at, updated_at)"
            f" values ('{TEAM}', 'Shop', '', 'active', 1, now(), now());"
            f" insert into catalog.node (id, kind, status) values ('{SHOP}', 'service', 'active');"
            " insert into catalog.service (id, number, name_business, name_technical, kind, phase,"
            " status, owner_team_id, criticality, description_business, description_technical,"
            f" version, created_at, updated_at) values ('{SHOP}', 'SVC0000001', 'Shop', 'shop',"
            f" 'business', 'catalogue', 'operational', '{TEAM}', 5, '', '', 1, now(), now())"
        )
        await migrate.upgrade(url, SERVICE.definition)
        row = await connection.fetchrow("select * from catalog.service")
        assert row is not None
        assert (row["status"], row["phase"]) == ("operational", "catalogue")
        assert (row["no_agreement_needed"], row["data_classification"]) == (False, "internal")
        assert row["support_calendar_id"] is None
    finally:
        await connection.close()
