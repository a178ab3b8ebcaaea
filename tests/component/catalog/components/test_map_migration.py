"""A map with configuration items on it goes back to one of services, and forward again."""

from __future__ import annotations

from typing import Final

import asyncpg

from services.catalog.service import SERVICE
from shared import migrate
from tests.support.postgres import Database

BEFORE: Final = "0003_parties"
NODE: Final = (
    "insert into catalog.node (id, kind, label, status) values ('{id}', '{kind}', 'n', 'active')"
)
DEPENDENCY: Final = (
    "insert into catalog.dependency (id, from_id, from_kind, to_id, to_kind, type, strength,"
    " failure_mode, valid_from, version, created_at, updated_at) values (gen_random_uuid(),"
    " '{from_id}', 'service', '{to_id}', '{to_kind}', 'depends_on', 1, 'down', now(), 1, now(),"
    " now())"
)
SHOP, STORAGE, HOST = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))


async def test_the_release_before_finds_a_map_of_services(empty_database: Database) -> None:
    await empty_database.provision("catalog")
    url = empty_database.migrate("catalog")
    await migrate.upgrade(url, SERVICE.definition)
    connection = await asyncpg.connect(empty_database.app("catalog"))
    try:
        for node in (SHOP, STORAGE):
            await connection.execute(NODE.format(id=node, kind="service"))
        await connection.execute(NODE.format(id=HOST, kind="configuration_item"))
        await connection.execute(
            "insert into catalog.configuration_item (id, number, kind, item_class, name,"
            " environment, status, attributes, external_refs, version, created_at, updated_at)"
            f" values ('{HOST}', 'CI0000001', 'hardware', 'server', 'host', 'test', 'live', '{{}}',"
            " '[]', 1, now(), now())"
        )
        for provider, kind in ((STORAGE, "service"), (HOST, "configuration_item")):
            ends = {"from_id": SHOP, "to_id": provider, "to_kind": kind}
            await connection.execute(DEPENDENCY.format(**ends))
        while await migrate.downgrade(url, SERVICE.definition) != BEFORE:
            pass
        nodes = await connection.fetch("select id from catalog.node order by id")
        assert [str(row["id"]) for row in nodes] == [SHOP, STORAGE]
        left = await connection.fetch("select to_id from catalog.dependency")
        assert [str(row["to_id"]) for row in left] == [STORAGE]
        await migrate.upgrade(url, SERVICE.definition)
        assert await connection.fetchval("select count(*) from catalog.configuration_item") == 0
    finally:
        await connection.close()
