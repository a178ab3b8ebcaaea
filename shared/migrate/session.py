"""The connection that migrations run on: short timeouts, the owner's role, one runner at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared.db import DatabaseUnavailableError
from shared.migrate.definition import MigrationError

LOCK_TIMEOUT_MS: Final = 4_000
"""A migration that waits longer for a table would hold up everybody queued behind it."""
STATEMENT_TIMEOUT_MS: Final = 5_000
"""A revision that needs more says so itself: ``set local statement_timeout``."""
LOCK_WAIT_SECONDS: Final = 60.0
"""How long a second migrator waits for the first."""
_LOCK_POLL_SECONDS: Final = 0.1


@asynccontextmanager
async def connected(url: str, service: str) -> AsyncIterator[AsyncConnection]:
    """Lend a connection with the migrations' timeouts; a failed statement is a MigrationError."""

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(
                url,
                timeout=10,
                server_settings={
                    "application_name": f"itsm-{service}-migrate",
                    "lock_timeout": str(LOCK_TIMEOUT_MS),
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    # A revision that forgets the schema's name fails, whoever runs it.
                    "search_path": "",
                    "timezone": "UTC",
                },
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            message = f"{type(error).__name__}: {error}"
            raise DatabaseUnavailableError(message) from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        message = f"{service}: {' '.join(str(error.orig).split())}"
        raise MigrationError(message) from error
    finally:
        await engine.dispose()


@asynccontextmanager
async def migrating(url: str, service: str, wait_seconds: float) -> AsyncIterator[AsyncConnection]:
    """Lend the one connection that may change the schema now, as its owner.

    Raises:
        MigrationError: another runner keeps the lock for longer than ``wait_seconds``.
    """
    async with connected(url, service) as connection:
        await connection.execute(sa.text(f"set role {service}_owner"))
        await _lock(connection, service, wait_seconds)
        # Role and lock are the session's; each revision then begins a transaction of its own.
        await connection.commit()
        yield connection


async def _lock(connection: AsyncConnection, service: str, wait_seconds: float) -> None:
    lock = sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    while not await connection.scalar(lock, {"name": f"itsm.migrate.{service}"}):
        # No transaction is left open meanwhile: it would hold up an index built concurrently.
        await connection.commit()
        if loop.time() > deadline:
            message = f"{service}: another migration has been running for over {wait_seconds:g} s"
            raise MigrationError(message)
        await asyncio.sleep(_LOCK_POLL_SECONDS)
