"""The check of migrations finds what would hold up a release that is still serving."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.migrate import Definition
from tests.support.migrations import FIRST, SERVICE, tables, third, write
from tests.support.revision_sql import complaints, revision_sql


def said_of(body: str, folder: Path) -> str:
    """Return what is said of a revision that comes after a first one."""
    second = third(body).replace("0002_add_note", "0001_begin")
    write(folder, first=FIRST, second=second)
    *_, (name, sql) = revision_sql(Definition(SERVICE, tables(), folder, release=1))
    return "\n".join(complaints(name, sql))


REQUIRED = 'sa.Column("size", sa.BigInteger, nullable=False)'


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (
            'op.create_index("ix_thing_state", "thing", ["state"], schema="alpha")',
            "require-concurrent-index-creation",
        ),
        (
            f'op.add_column("thing", {REQUIRED}, schema="alpha")',
            "adding-required-field",
        ),
        (
            'op.alter_column("thing", "state", new_column_name="status", schema="alpha")',
            "renaming-column",
        ),
    ],
)
def test_a_revision_that_locks_or_breaks_is_named(tmp_path: Path, body: str, rule: str) -> None:
    assert rule in said_of(body, tmp_path / "revisions")


def test_a_new_column_that_may_be_empty_is_no_trouble(tmp_path: Path) -> None:
    body = 'op.add_column("thing", sa.Column("size", sa.BigInteger), schema="alpha")'
    assert said_of(body, tmp_path / "revisions") == ""


def test_what_is_built_in_an_autocommit_block_is_in_no_transaction(tmp_path: Path) -> None:
    body = (
        "with op.get_context().autocommit_block():\n        "
        'op.create_index("ix_thing_state", "thing", ["state"], schema="alpha",'
        " postgresql_concurrently=True, if_not_exists=True)"
    )
    assert said_of(body, tmp_path / "revisions") == ""


def test_a_lock_in_an_autocommit_block_is_named_as_well(tmp_path: Path) -> None:
    body = (
        "with op.get_context().autocommit_block():\n        "
        'op.create_index("ix_thing_state", "thing", ["state"], schema="alpha")'
    )
    assert "require-concurrent-index-creation" in said_of(body, tmp_path / "revisions")
