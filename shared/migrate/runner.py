"""Bring a service's schema up to date, and judge at a start whether code and schema fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep

from shared.migrate.definition import (
    BOOKKEEPING,
    RELEASE_TABLE,
    VERSION_TABLE,
    Definition,
    MigrationError,
    Revisions,
    revisions,
)
from shared.migrate.roles import grants_after_migration
from shared.migrate.session import LOCK_WAIT_SECONDS, connected, migrating
from shared.settings import ConfigurationError


@dataclass(frozen=True)
class SchemaState:
    """What a schema says of itself; both None in an empty one."""

    revision: str | None
    release: int | None


async def upgrade(
    url: str, definition: Definition, *, lock_wait_seconds: float = LOCK_WAIT_SECONDS
) -> list[str]:
    """Bring the schema to the newest revision, each in its own transaction; return those applied.

    ``url`` is the migrate role's. A second runner waits for the first and then finds nothing to do.

    Raises:
        MigrationError: a statement failed or ran into a timeout; finished steps stay.
        ConfigurationError: the revisions are at odds, or the schema is newer than allowed.
        DatabaseUnavailableError: the server refuses or cannot be reached.
    """
    found = revisions(definition)
    async with migrating(url, definition.service, lock_wait_seconds) as connection:
        return await connection.run_sync(_upgrade, definition, found)


async def downgrade(url: str, definition: Definition) -> str | None:
    """Undo the newest applied revision; return the one that is now current.

    Raises:
        MigrationError: there is nothing to undo, or a statement failed.
        ConfigurationError: the revisions are at odds, or the schema's is unknown.
        DatabaseUnavailableError: the server refuses or cannot be reached.
    """
    found = revisions(definition)
    async with migrating(url, definition.service, LOCK_WAIT_SECONDS) as connection:
        return await connection.run_sync(_downgrade, definition, found)


async def check(url: str, definition: Definition) -> None:
    """Accept a schema of this code's revision, or one at most a release newer; any role's URL.

    Raises:
        ConfigurationError: the schema is empty, older, or too new; one line that says what to do.
        DatabaseUnavailableError: the server refuses or cannot be reached.
    """
    found = revisions(definition)
    async with connected(url, definition.service) as connection:
        state = await connection.run_sync(read_state, definition.service)
    if complaint := _complaint(state, definition, found):
        raise ConfigurationError(complaint)


def _complaint(state: SchemaState, definition: Definition, found: Revisions) -> str | None:
    service = definition.service
    if state.revision == found.head:
        return None
    if state.revision is None:
        return f"the schema {service} is empty: run `python -m services.{service} migrate`"
    if found.knows(state.revision):
        return (
            f"the schema {service} is at {state.revision}, older than the code ({found.head}): "
            f"run `python -m services.{service} migrate`"
        )
    if state.release == definition.release + 1:
        return None
    return (
        f"the schema {service} is at {state.revision} of release {state.release}, which this code "
        f"of release {definition.release} does not know: run the program of that release"
    )


def read_state(connection: sa.Connection, service: str) -> SchemaState:
    """Return what the schema says of itself.

    Raises:
        MigrationError: two revisions at once are noted in it.
    """
    present = set(_tables(connection, service))
    revision, release = None, None
    if VERSION_TABLE in present:
        query = sa.text(f"select version_num from {service}.{VERSION_TABLE}")
        noted = connection.scalars(query).all()
        if len(noted) > 1:
            message = f"{service}: the schema is at {' and '.join(noted)} at once"
            raise MigrationError(message)
        revision = noted[0] if noted else None
    if RELEASE_TABLE in present:
        release = connection.scalar(sa.text(f"select release from {service}.{RELEASE_TABLE}"))
    return SchemaState(revision, release)


def _tables(connection: sa.Connection, service: str) -> Sequence[str]:
    query = sa.text(
        "select c.relname from pg_catalog.pg_class c"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = :service and c.relkind in ('r', 'p')"
    )
    return connection.scalars(query, {"service": service}).all()


def migration_context(
    connection: sa.Connection, definition: Definition, **more: object
) -> MigrationContext:
    """Return Alembic's context for one service: its schema alone, its own version table."""

    def ours(name: str | None, kind: str, _: object) -> bool:
        return name == definition.service if kind == "schema" else name not in BOOKKEEPING

    options: dict[str, Any] = {
        "version_table": VERSION_TABLE,
        "version_table_schema": definition.service,
        "transaction_per_migration": True,
        "target_metadata": definition.metadata,
        "include_schemas": True,
        "include_name": ours,
        "compare_type": True,
        "compare_server_default": True,
        **more,
    }
    return MigrationContext.configure(connection, opts=options)


def _upgrade(connection: sa.Connection, definition: Definition, found: Revisions) -> list[str]:
    state = read_state(connection, definition.service)
    connection.rollback()
    if state.revision is not None and not found.knows(state.revision):
        if complaint := _complaint(state, definition, found):
            raise ConfigurationError(complaint)
        return []
    with connection.begin():
        _make_release_table(connection, definition.service)
    if found.head is None:
        return []
    missing = (
        []
        if state.revision == found.head
        else list(found.script.iterate_revisions(found.head, state.revision or "base"))
    )
    missing.reverse()
    steps = [MigrationStep.upgrade_from_script(found.script.revision_map, each) for each in missing]
    if steps:
        _run(connection, definition, steps)
    with connection.begin():
        # Also where no step was due: a release may bring new grants, or nothing but its number.
        _note(connection, definition, found.head)
    return [each.revision for each in missing]


def _downgrade(connection: sa.Connection, definition: Definition, found: Revisions) -> str | None:
    state = read_state(connection, definition.service)
    connection.rollback()
    if state.revision is None:
        message = f"{definition.service}: there is nothing to undo"
        raise MigrationError(message)
    if not found.knows(state.revision):
        message = f"the schema {definition.service} is at {state.revision}, unknown to this code"
        raise ConfigurationError(message)
    current = found.script.get_revision(state.revision)
    _run(
        connection,
        definition,
        [MigrationStep.downgrade_from_script(found.script.revision_map, current)],
    )
    return read_state(connection, definition.service).revision


def _run(connection: sa.Connection, definition: Definition, steps: Sequence[MigrationStep]) -> None:
    def note(*, heads: set[str], **_: object) -> None:
        # In the step's own transaction: no moment in which a new table is open to its service.
        _note(connection, definition, next(iter(heads), None))

    fixed: Callable[..., Sequence[MigrationStep]] = lambda *_: steps  # noqa: E731
    context = migration_context(connection, definition, fn=fixed, on_version_apply=(note,))
    with Operations.context(context):
        context.run_migrations()


def _make_release_table(connection: sa.Connection, service: str) -> None:
    connection.execute(
        sa.text(
            f"create table if not exists {service}.{RELEASE_TABLE} ("
            " only_row boolean primary key default true check (only_row),"
            " release integer not null, revision text, updated_at timestamptz not null)"
        )
    )


def _note(connection: sa.Connection, definition: Definition, revision: str | None) -> None:
    """Write down revision and release (which never falls), and narrow the app role's rights."""
    service = definition.service
    connection.execute(
        sa.text(
            f"insert into {service}.{RELEASE_TABLE} as kept (release, revision, updated_at)"
            " values (:release, :revision, now()) on conflict (only_row) do update"
            " set release = greatest(kept.release, excluded.release),"
            " revision = excluded.revision, updated_at = excluded.updated_at"
            " where (kept.release, kept.revision)"
            " is distinct from (greatest(kept.release, excluded.release), excluded.revision)"
        ),
        {"release": definition.release, "revision": revision},
    )
    present = _tables(connection, service)
    for grant in grants_after_migration(
        service, append_only=definition.append_only, present=present
    ):
        connection.execute(sa.text(grant))
