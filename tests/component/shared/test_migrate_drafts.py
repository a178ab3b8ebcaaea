"""Tables and migrations are compared, and the migration that is missing is drafted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared import migrate
from shared.db import service_metadata
from shared.migrate import Definition, MigrationError
from tests.support.migrations import (
    SERVICE,
    Made,
    make,
    tables,
)
from tests.support.postgres import Database


@pytest.fixture
async def made(empty_database: Database, tmp_path: Path) -> Made:
    return await make(empty_database, tmp_path / "migrations")


async def test_tables_and_migrations_agree_or_the_difference_is_named(made: Made) -> None:
    with pytest.raises(MigrationError, match="migrate first"):
        await migrate.differences(made.url, made.definition)
    await migrate.upgrade(made.url, made.definition)
    assert await migrate.differences(made.url, made.definition) == []

    changed = tables()
    thing = changed.tables["alpha.thing"]
    thing.append_column(sa.Column("added", sa.Integer))
    thing.append_constraint(sa.CheckConstraint("id > 0", name="positive"))
    assert isinstance(thing.c.state.server_default, sa.DefaultClause)
    thing.c.state.server_default = sa.DefaultClause("old")
    thing.c.note.type = sa.BigInteger()
    sa.Table("another", changed, sa.Column("id", sa.Uuid, primary_key=True))
    found = await migrate.differences(made.url, replace(made.definition, metadata=changed))
    text = "\n".join(found)
    assert len(found) == 5, text
    assert "op.create_table('another'" in text
    assert "op.add_column('thing', sa.Column('added'" in text
    assert "server_default='old'" in text
    assert "type_=sa.BigInteger()" in text
    assert "check constraint ck_thing_positive is missing" in text


async def test_what_the_code_no_longer_has_is_a_difference_too(made: Made) -> None:
    await migrate.upgrade(made.url, made.definition)
    bare = service_metadata(SERVICE)
    found = await migrate.differences(made.url, replace(made.definition, metadata=bare))
    assert sorted(found) == [
        "op.drop_table('event_log', schema='alpha')",
        "op.drop_table('feed', schema='alpha')",
        "op.drop_table('thing', schema='alpha')",
    ]


async def test_the_first_draft_of_a_service_applies_comes_back_and_leaves_no_difference(
    empty_database: Database, tmp_path: Path
) -> None:
    await empty_database.provision(SERVICE)
    definition = Definition(SERVICE, tables(), tmp_path / "new", release=1)
    url = empty_database.migrate(SERVICE)
    path = await migrate.revise(url, definition, "begin")
    assert path.name == "0001_begin.py"
    assert (definition.folder / "HEAD").read_text(encoding="ascii") == "0001_begin\n"
    assert await migrate.upgrade(url, definition) == ["0001_begin"]
    assert await migrate.differences(url, definition) == []
    assert await migrate.downgrade(url, definition) is None
    assert await migrate.upgrade(url, definition) == ["0001_begin"]


async def test_a_later_draft_follows_the_newest_and_an_empty_one_passes(made: Made) -> None:
    await migrate.upgrade(made.url, made.definition)
    made.definition.metadata.tables["alpha.thing"].append_column(
        sa.Column("labels", sa.dialects.postgresql.ARRAY(sa.Text))
    )
    path = await migrate.revise(made.url, made.definition, "add_labels")
    assert path.name == "0003_add_labels.py"
    with pytest.raises(MigrationError, match="migrate first"):
        await migrate.revise(made.url, made.definition, "too_early")
    assert await migrate.upgrade(made.url, made.definition) == ["0003_add_labels"]
    assert await migrate.differences(made.url, made.definition) == []
    await migrate.revise(made.url, made.definition, "fill_labels")
    assert await migrate.upgrade(made.url, made.definition) == ["0004_fill_labels"]


@pytest.mark.parametrize("slug", ["", "With Space", "../up", "9_first", "a" * 28])
async def test_a_slug_that_is_no_name_is_refused(made: Made, slug: str) -> None:
    with pytest.raises(MigrationError, match="a slug has up to 27"):
        await migrate.revise(made.url, made.definition, slug)
