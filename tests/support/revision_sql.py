"""What a service's revisions send to PostgreSQL, written down without one and read by squawk."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from shared.migrate import Definition
from shared.migrate.definition import revisions
from shared.migrate.session import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS

OLDEST_POSTGRESQL: Final = "15"
NOT_ASKED: Final = (
    # Levels, minutes and counts: each bounded by a check, none of them a key.
    "prefer-bigint-over-int",
)
_SESSION: Final = (
    f"set lock_timeout = '{LOCK_TIMEOUT_MS}ms';\n"
    f"set statement_timeout = '{STATEMENT_TIMEOUT_MS}ms';\n"
)
_BORDER: Final = re.compile(r"^(?:COMMIT|BEGIN);$", re.MULTILINE)
"""Where a transaction ends or begins again: alembic writes both around an autocommit block."""
_BOUND_VALUE: Final = re.compile(r"%\(\w+\)s")


def revision_sql(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield each revision's name and its SQL, oldest first.

    Rows that a revision puts in are left out: they have bound values, and it is the shape of
    tables that can hold up a release that is still serving.
    """
    for revision in reversed(list(revisions(definition).script.walk_revisions())):
        written = io.StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql",
            opts={
                "as_sql": True,
                "output_buffer": written,
                "target_metadata": definition.metadata,
            },
        )
        with Operations.context(context):
            revision.module.upgrade()
        statements = written.getvalue().split(";\n\n")
        kept = [one for one in statements if one.strip() and not _BOUND_VALUE.search(one)]
        yield revision.revision, _SESSION + ";\n".join(kept) + ";\n"


def complaints(name: str, sql: str) -> list[str]:
    """Return what squawk says of a revision, as one line each.

    A revision is a transaction, but for what it puts into alembic's ``autocommit_block``, where
    each statement is one by itself.
    """
    found: list[str] = []
    in_transaction = True
    for stretch in _BORDER.split(sql):
        if stretch.strip():
            found += _said(name, stretch, in_transaction=in_transaction)
        in_transaction = not in_transaction
    return found


def _said(name: str, sql: str, *, in_transaction: bool) -> list[str]:
    transaction = ("--assume-in-transaction",) if in_transaction else ()
    done = subprocess.run(
        [
            Path(sys.executable).with_name("squawk"),
            *transaction,
            f"--pg-version={OLDEST_POSTGRESQL}",
            f"--exclude={','.join(NOT_ASKED)}",
            "--reporter=gcc",
            f"--stdin-filepath={name}.sql",
        ],
        input=sql if sql.startswith(_SESSION) else _SESSION + sql,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 1) or (done.returncode and not lines):
        raise RuntimeError(f"squawk cannot read {name}: {done.stderr}")
    return lines
