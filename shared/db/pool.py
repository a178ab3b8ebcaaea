"""One service's pool of connections, and the two ways to use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson

from shared.db.transaction import BROKEN, DatabaseUnavailableError, ReadTx, Tx, cut


class Database:
    """One service's pool, and the two ways to use it."""

    def __init__(self, pool: asyncpg.Pool, *, service: str, wait_seconds: float) -> None:
        """Wrap an open pool; ``wait_seconds`` bounds the wait for a connection."""
        self._pool = pool
        self._wait_seconds = wait_seconds
        self.service = service
        self.after_commit: Callable[[], None] = lambda: None

    @classmethod
    async def open(
        cls, url: str, *, service: str, size: int, wait_seconds: float, statement_seconds: float
    ) -> Database:
        """Open a pool of at most ``size`` connections to one service's schema.

        Raises:
            DatabaseUnavailableError: the server refuses or cannot be reached.
        """
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size,
                init=prepare_connection,
                reset=_keep_as_is,
                timeout=wait_seconds,
                command_timeout=statement_seconds + 1,
                server_settings={
                    "application_name": f"itsm-{service}",
                    "statement_timeout": f"{int(statement_seconds * 1000)}",
                    "idle_in_transaction_session_timeout": "30000",
                    "timezone": "UTC",
                },
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            message = f"{type(error).__name__}: {error}"
            raise DatabaseUnavailableError(message) from error
        return cls(pool, service=service, wait_seconds=wait_seconds)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadTx]:
        """Lend a connection for reads."""
        async with self._connection() as connection:
            yield ReadTx(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Lend a transaction; commit when the block ends well, roll back when it raises."""
        async with self._connection() as connection:
            tx = Tx(connection, self.service)
            try:
                yield tx
                await tx.commit()
            except BaseException:
                await tx.rollback()
                raise
            if tx.pending:
                self.after_commit()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadTx]:
        """Lend a connection for reads that all see the one state the first of them saw."""
        async with self.transaction() as tx:
            await tx.begin()
            await tx.connection.execute(
                "set transaction isolation level repeatable read, read only"
            )
            yield tx

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            # A free connection is had at once; only a wait needs a timer.
            timeout = None if self._pool.get_idle_size() else self._wait_seconds
            connection = await self._pool.acquire(timeout=timeout)
        except (asyncpg.PostgresError, *BROKEN) as error:
            message = f"no connection within {self._wait_seconds} s: {type(error).__name__}"
            raise DatabaseUnavailableError(message) from error
        try:
            yield connection
        except BROKEN as error:
            raise DatabaseUnavailableError(str(error)) from error
        finally:
            if _half_way(connection):
                # A cancelled request left it so; the server undoes it with the connection.
                cut(connection)
            await self._pool.release(connection)

    async def close(self) -> None:
        """Close the pool; connections still in use are cut after two seconds."""
        try:
            await asyncio.wait_for(self._pool.close(), timeout=2)
        except TimeoutError:
            self._pool.terminate()


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Make JSON columns Python values, by orjson."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            encoder=lambda value: orjson.dumps(value, default=_plain).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
        )


def _plain(value: object) -> str:
    """Return an id that the driver read as JSON has it; its class is a subclass, unlike ours."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


def _half_way(connection: asyncpg.Connection) -> bool:
    try:
        inside: bool = connection.is_in_transaction()
    except asyncpg.InterfaceError:  # it broke and left the pool
        return False
    return inside


async def _keep_as_is(connection: asyncpg.Connection) -> None:
    """Skip the pool's reset round trip: our transactions leave no session state behind."""
