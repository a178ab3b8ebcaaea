"""Compare a service's tables with its migrations, and draft the migration that is missing."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import DowngradeOps, UpgradeOps
from alembic.runtime.migration import MigrationContext

from shared.migrate.definition import (
    HEAD_FILE,
    Definition,
    MigrationError,
    Revisions,
    revisions,
)
from shared.migrate.runner import migration_context, read_state
from shared.migrate.session import LOCK_WAIT_SECONDS, migrating

_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,26}")
"""Number and slug together are the revision's id, for which Alembic's table has 32 characters."""
_FIRST_NUMBER: Final = re.compile(r"(\d{4})_")


async def differences(url: str, definition: Definition) -> list[str]:
    """Return what the tables in code have that the migrated schema has not, or the reverse.

    One line each, as the operation that would bring the schema in line; empty if they agree. Of a
    check constraint only the name is compared: PostgreSQL keeps its text in another form.

    Raises:
        MigrationError: the schema is not at the newest revision, or cannot be read.
        ConfigurationError: the revisions are at odds.
        DatabaseUnavailableError: the server refuses or cannot be reached.
    """
    found = revisions(definition)
    async with migrating(url, definition.service, LOCK_WAIT_SECONDS) as connection:
        return await connection.run_sync(_differences, definition, found)


async def revise(url: str, definition: Definition, slug: str) -> Path:
    """Draft the next revision from what differs, to be read and edited; return its file.

    Raises:
        MigrationError: the slug does not fit, or the schema is not at the newest revision.
        ConfigurationError: the revisions are at odds.
        DatabaseUnavailableError: the server refuses or cannot be reached.
    """
    if not _SLUG.fullmatch(slug):
        message = f"a slug has up to 27 of a-z, 0-9 and _, and begins with a letter: {slug!r}"
        raise MigrationError(message)
    definition.folder.mkdir(parents=True, exist_ok=True)
    found = revisions(definition)
    async with migrating(url, definition.service, LOCK_WAIT_SECONDS) as connection:
        up, down = await connection.run_sync(_draft, definition, found)
    number = int(match[1]) if (match := _FIRST_NUMBER.match(found.head or "")) else 0
    revision = f"{number + 1:04d}_{slug}"
    path = definition.folder / f"{revision}.py"
    path.write_text(_file(revision, found.head, slug, up, down), encoding="utf-8")
    (definition.folder / HEAD_FILE).write_text(f"{revision}\n", encoding="ascii")
    return path


def _differences(connection: sa.Connection, definition: Definition, found: Revisions) -> list[str]:
    up, _ = _compare(connection, definition, found)
    lines = [] if up.is_empty() else _operations(up, connection)
    return [*lines, *_differing_checks(connection, definition)]


def _draft(
    connection: sa.Connection, definition: Definition, found: Revisions
) -> tuple[list[str], list[str]]:
    up, down = _compare(connection, definition, found)
    if up.is_empty():
        return ["pass"], ["pass"]
    return _operations(up, connection), _operations(down, connection)


def _compare(
    connection: sa.Connection, definition: Definition, found: Revisions
) -> tuple[UpgradeOps, DowngradeOps]:
    state = read_state(connection, definition.service)
    if state.revision != found.head:
        message = (
            f"{definition.service}: the schema is at {state.revision}, the newest revision is "
            f"{found.head}: migrate first"
        )
        raise MigrationError(message)
    context = migration_context(connection, definition)
    script = produce_migrations(context, definition.metadata)
    if script.upgrade_ops is None or script.downgrade_ops is None:
        message = f"{definition.service}: Alembic compared nothing"
        raise MigrationError(message)
    return script.upgrade_ops, script.downgrade_ops


def _operations(found: UpgradeOps | DowngradeOps, connection: sa.Connection) -> list[str]:
    """Return operations as Python, one string each."""
    context = MigrationContext.configure(connection)
    code = render_python_code(found, migration_context=context)
    lines = [line for line in code.splitlines() if not line.strip().startswith("#")]
    statements: list[str] = []
    for line in textwrap.dedent("\n".join(lines)).splitlines():
        # Alembic does not indent what goes on with the statement before.
        if not statements or line.startswith("op."):
            statements.append(line)
        else:
            statements[-1] += f"\n{line}"
    return statements


def _differing_checks(connection: sa.Connection, definition: Definition) -> list[str]:
    inspector = sa.inspect(connection)
    naming = connection.dialect.identifier_preparer
    lines = []
    for table in definition.metadata.sorted_tables:
        if not inspector.has_table(table.name, schema=definition.service):
            continue
        wanted = {
            naming.format_constraint(each)
            for each in table.constraints
            if isinstance(each, sa.CheckConstraint)
        }
        there = {
            each["name"]
            for each in inspector.get_check_constraints(table.name, schema=definition.service)
        }
        lines += [f"{table.name}: check constraint {name} is missing" for name in wanted - there]
        lines += [f"{table.name}: check constraint {name} is too much" for name in there - wanted]
    return sorted(lines)


def _file(revision: str, before: str | None, slug: str, up: list[str], down: list[str]) -> str:
    body = "\n".join([*up, *down])
    dialect = "from sqlalchemy.dialects import postgresql\n" if "postgresql." in body else ""
    return (
        f'"""{slug.replace("_", " ").capitalize()}."""\n\n'
        "from __future__ import annotations\n\n"
        + ("import sqlalchemy as sa\n" if "sa." in body else "")
        + ("from alembic import op\n" if "op." in body else "")
        + dialect
        + f'\nrevision = "{revision}"\n'
        + (f'down_revision = "{before}"\n' if before else "down_revision = None\n")
        + "\n\ndef upgrade() -> None:\n"
        + textwrap.indent("\n".join(up), "    ")
        + "\n\n\ndef downgrade() -> None:\n"
        + textwrap.indent("\n".join(down), "    ")
        + "\n"
    )
