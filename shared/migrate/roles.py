"""Three roles and one schema per service; the same as ``deploy/postgres/roles.sql`` in Python.

``<s>_owner`` owns everything and cannot log in, ``<s>_migrate`` may become it, ``<s>_app`` reads
and writes rows of its own schema and nothing else. A test compares both ways of making them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from shared.db import DatabaseUnavailableError
from shared.migrate.definition import BOOKKEEPING, check_name

_ATTEMPTS: Final = 5
_PLAIN: Final = "nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit"
"""No role of ours gets anything that it does not ask for; members say ``set role``."""


@dataclass(frozen=True)
class RolePasswords:
    """The passwords of a service's two login roles."""

    migrate: str = field(repr=False)
    app: str = field(repr=False)


async def provision(admin_url: str, *, service: str, passwords: RolePasswords) -> None:
    """Make a service's roles and schema in a database, or bring them in line, as a superuser.

    Raises:
        ConfigurationError: the service's name does not fit.
        DatabaseUnavailableError: the server refuses or cannot be reached.
    """
    check_name(service)
    try:
        connection = await asyncpg.connect(admin_url, timeout=10)
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        message = f"{type(error).__name__}: {error}"
        raise DatabaseUnavailableError(message) from error
    try:
        await _provision(connection, service, passwords)
    finally:
        await connection.close()


async def _provision(
    connection: asyncpg.Connection, service: str, passwords: RolePasswords
) -> None:
    database = await connection.fetchval("select quote_ident(current_database())")
    quoted = [
        await connection.fetchval("select quote_literal($1::text)", password)
        for password in (passwords.migrate, passwords.app)
    ]
    statements = list(_statements(service, database, *quoted))
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await connection.execute(
                    "select pg_advisory_xact_lock(hashtextextended('itsm.provision', 0))"
                )
                for statement in statements:
                    await connection.execute(statement)
        except (
            asyncpg.DuplicateObjectError,
            asyncpg.UniqueViolationError,
            asyncpg.InternalServerError,
        ):
            # Roles belong to the whole server: the lock, which is per database, does not keep
            # somebody away who provisions another database of it at this moment.
            if attempt == _ATTEMPTS:
                raise
        else:
            return


def _statements(service: str, database: str, migrate: str, app: str) -> Iterator[str]:
    owner = f"{service}_owner"
    for role in (owner, f"{service}_migrate", f"{service}_app"):
        yield (
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}')"
            f" then create role {role}; end if; end $$"
        )
    yield f"alter role {owner} nologin {_PLAIN}"
    yield f"alter role {service}_migrate login {_PLAIN} password {migrate}"
    yield f"alter role {service}_app login {_PLAIN} password {app}"
    yield f"grant {owner} to {service}_migrate"

    yield f"revoke all on database {database} from public"
    yield f"grant connect on database {database} to {service}_migrate, {service}_app"
    yield "revoke all on schema public from public"
    yield f"create schema if not exists {service} authorization {owner}"
    yield f"grant usage on schema {service} to {service}_migrate, {service}_app"

    future = f"alter default privileges for role {owner}"
    yield f"{future} revoke execute on functions from public"
    here = f"{future} in schema {service} grant"
    yield f"{here} select, insert, update, delete on tables to {service}_app"
    yield f"{here} usage, select on sequences to {service}_app"
    yield f"{here} execute on functions to {service}_app"


def grants_after_migration(
    service: str, *, append_only: Iterable[str], present: Iterable[str]
) -> Iterator[str]:
    """Yield what narrows the default privileges, for those tables that are present by now."""
    there = set(present)
    for table in append_only:
        if table in there:
            yield f"revoke update, delete on {service}.{table} from {service}_app"
    for table in BOOKKEEPING:
        if table in there:
            yield f"revoke insert, update, delete on {service}.{table} from {service}_app"
            yield f"grant select on {service}.{table} to {service}_migrate"
