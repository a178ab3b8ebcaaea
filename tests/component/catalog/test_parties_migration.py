"""Suppliers and criticality come to a catalog that is at work already."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from services.catalog.service import SERVICE
from shared import migrate
from shared.migrate import Definition
from tests.support.postgres import Database

REVISIONS = ("0001_initial", "0002_calendars", "0003_parties")
CUSTOMER = (
    "insert into catalog.customer (id, number, name, kind, status, time_zone, language, currency,"
    " representative_ids, version, created_at, updated_at) values ('00000000-0000-0000-0000-{n}',"
    " 'CUS{n}', 'n', 'external', 'active', 'UTC', 'en', 'EUR', '{{}}', 1, now(), now())"
)
CONTACT = (
    "insert into catalog.contact (id, name, email, language, customer_id, roles, status, version,"
    " created_at, updated_at) values (gen_random_uuid(), 'n', 'a@b.example', 'en',"
    " '00000000-0000-0000-0000-{n}', '{{}}', 'active', 1, now(), now())"
)
BEFORE, AFTER = "000000000001", "000000000002"


def up_to(revision: str, folder: Path) -> Definition:
    """Return the catalog as it was with this revision as its newest."""
    kept = REVISIONS[: REVISIONS.index(revision) + 1]
    folder.mkdir()
    for name in kept:
        shutil.copy(SERVICE.folder / "migrations" / f"{name}.py", folder)
    (folder / "HEAD").write_text(f"{revision}\n")
    return replace(SERVICE.definition, folder=folder)


@pytest.fixture
async def previous(empty_database: Database, tmp_path: Path) -> AsyncIterator[asyncpg.Connection]:
    """A catalog of the release before, with a customer and its contact."""
    await empty_database.provision("catalog")
    url = empty_database.migrate("catalog")
    await migrate.upgrade(url, up_to("0002_calendars", tmp_path / "before"))
    connection = await asyncpg.connect(empty_database.admin)
    for row in (CUSTOMER, CONTACT):
        await connection.execute(row.format(n=BEFORE))
    yield connection
    await connection.close()


async def test_rows_of_the_release_before_stay_and_it_goes_on_writing(
    previous: asyncpg.Connection, empty_database: Database, tmp_path: Path
) -> None:
    parties = up_to("0003_parties", tmp_path / "parties")
    await migrate.upgrade(empty_database.migrate("catalog"), parties)
    for row in (CUSTOMER, CONTACT):
        await previous.execute(row.format(n=AFTER))
    levels = await previous.fetch("select criticality from catalog.customer")
    assert [row["criticality"] for row in levels] == [3, 3]
    with pytest.raises(asyncpg.CheckViolationError, match="ck_contact_one_owner"):
        await previous.execute("update catalog.contact set customer_id = null")
    with pytest.raises(asyncpg.CheckViolationError, match="ck_customer_criticality"):
        await previous.execute("update catalog.customer set criticality = 6")


async def test_stopped_after_its_first_half_it_goes_on(
    previous: asyncpg.Connection, empty_database: Database, tmp_path: Path
) -> None:
    url = empty_database.migrate("catalog")
    parties = up_to("0003_parties", tmp_path / "parties")
    await migrate.upgrade(url, parties)
    # What is committed half-way: everything but the index, the validation and the new revision.
    await previous.execute("drop index catalog.ix_contact_supplier_id")
    await previous.execute("update catalog.alembic_version set version_num = '0002_calendars'")
    assert await migrate.upgrade(url, parties) == ["0003_parties"]
    invalid = await previous.fetch(
        "select conname from pg_constraint where not convalidated union all"
        " select indexrelid::regclass::text from pg_index where not indisvalid"
    )
    assert invalid == []
    assert await previous.fetchval("select to_regclass('catalog.ix_contact_supplier_id')")


async def test_taken_back_it_leaves_what_the_release_before_can_hold(
    previous: asyncpg.Connection, empty_database: Database, tmp_path: Path
) -> None:
    url = empty_database.migrate("catalog")
    parties = up_to("0003_parties", tmp_path / "parties")
    await migrate.upgrade(url, parties)
    await previous.execute(
        "with s as (insert into catalog.supplier (id, name, description, status, version,"
        " created_at, updated_at) values (gen_random_uuid(), 'n', '', 'active', 1, now(), now())"
        " returning id) insert into catalog.contact (id, name, email, language, supplier_id, roles,"
        " status, version, created_at, updated_at) select gen_random_uuid(), 'n', 'a@b.example',"
        " 'en', id, '{}', 'active', 1, now(), now() from s"
    )
    assert await migrate.downgrade(url, parties) == "0002_calendars"
    assert await previous.fetchval("select count(*) from catalog.contact") == 1
    assert await migrate.upgrade(url, parties) == ["0003_parties"]
