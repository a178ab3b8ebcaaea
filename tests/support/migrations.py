"""A made-up service with two revisions, for tests of the runner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa

from shared.db import service_metadata
from shared.migrate import Definition
from tests.support.postgres import Database

SERVICE = "alpha"


@dataclass(frozen=True)
class Made:
    """A service with two revisions, not yet applied."""

    database: Database
    definition: Definition

    @property
    def url(self) -> str:
        return self.database.migrate(SERVICE)

    @property
    def app_url(self) -> str:
        return self.database.app(SERVICE)


def tables(*, note: bool = True) -> sa.MetaData:
    metadata = service_metadata(SERVICE)
    thing = sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("state", sa.Text, nullable=False, server_default="new"),
        sa.CheckConstraint("state in ('new', 'old')", name="state"),
    )
    if note:
        thing.append_column(sa.Column("note", sa.Text))
    for name in ("event_log", "feed"):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
            sa.Column("data", sa.Text, nullable=False),
        )
    return metadata


FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "0001_begin"
down_revision = None


def upgrade():
    op.create_table(
        "thing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.CheckConstraint("state in ('new', 'old')", name=op.f("ck_thing_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thing")),
        schema="alpha",
    )
    for name in ("event_log", "feed"):
        op.create_table(
            name,
            sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
            sa.Column("data", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            schema="alpha",
        )


def downgrade():
    for name in ("feed", "event_log", "thing"):
        op.drop_table(name, schema="alpha")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002_add_note"
down_revision = "0001_begin"


def upgrade():
    op.add_column("thing", sa.Column("note", sa.Text(), nullable=True), schema="alpha")


def downgrade():
    op.drop_column("thing", "note", schema="alpha")
"""


def third(body: str) -> str:
    return (
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        'revision = "0003_more"\ndown_revision = "0002_add_note"\n\n\n'
        f"def upgrade():\n    {body}\n\n\ndef downgrade():\n    pass\n"
    )


def write(folder: Path, **files: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"r{name}.py").write_text(text, encoding="utf-8")
        revision = text.partition('revision = "')[2].partition('"')[0]
        (folder / "HEAD").write_text(f"{revision}\n", encoding="ascii")


def with_only_the_first_revision(tmp_path: Path, *, release: int) -> Definition:
    write(tmp_path / "before", first=FIRST)
    return Definition(SERVICE, tables(note=False), tmp_path / "before", release=release)


@asynccontextmanager
async def session(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def make(database: Database, folder: Path) -> Made:
    """Write the revisions, and make the roles and the schema that they are for."""
    write(folder, first=FIRST, second=SECOND)
    await database.provision(SERVICE)
    return Made(database, Definition(SERVICE, tables(), folder, release=3))
