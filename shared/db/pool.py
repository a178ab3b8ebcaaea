"""One service's pool of connections, and the two ways to use it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Generic, TypeVar
from uuid import UUID

import asyncpg
import orjson

from shared.db.transaction import BROKEN, DatabaseUnavailableError, ReadTx, Tx, cut

Work = TypeVar("Work", bound=ReadTx)


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
                    # Starting helpers takes longer than a page does; one request, one core.
                    "max_parallel_workers_per_gather": "0",
                },
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            message = f"{type(error).__name__}: {error}"
            raise DatabaseUnavailableError(message) from error
        return cls(pool, service=service, wait_seconds=wait_seconds)

    def reading(self) -> Lent[ReadTx]:
        """Lend a connection for reads."""
        return _Reading(self)

    def transaction(self) -> Lent[Tx]:
        """Lend a transaction; commit when the block ends well, roll back when it raises."""
        return _Transaction(self)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadTx]:
        """Lend a connection for reads that all see the one state the first of them saw."""
        async with self.transaction() as tx:
            await tx.begin()
            await tx.connection.execute(
                "set transaction isolation level repeatable read, read only"
            )
            yield tx

    async def take(self) -> asyncpg.Connection:
        """Return a connection that nobody else has; ``give_back`` must follow.

        Raises:
            DatabaseUnavailableError: none could be had in time.
        """
        try:
            # A free connection is had at once; only a wait needs a timer.
            timeout = None if self._pool.get_idle_size() else self._wait_seconds
            return await self._pool.acquire(timeout=timeout)
        except (asyncpg.PostgresError, *BROKEN) as error:
            message = f"no connection within {self._wait_seconds} s: {type(error).__name__}"
            raise DatabaseUnavailableError(message) from error

    async def give_back(self, connection: asyncpg.Connection) -> None:
        """Return a connection to the pool."""
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


class Lent(ABC, Generic[Work]):
    """A connection lent for some work, as an asynchronous context.

    A class, not a generator: requests enter and leave one each, and generators cost them more.
    """

    _work: Work

    def __init__(self, database: Database) -> None:
        """Remember whose connections these are."""
        self._database = database

    async def __aenter__(self) -> Work:
        """Begin the work.

        Raises:
            DatabaseUnavailableError: no connection could be had in time.
        """
        self._work = self._on(await self._database.take())
        return self._work

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the work."""
        await self.end(error)

    async def end(self, error: BaseException | None) -> None:
        """End the work, which raised ``error`` or was well, and give the connection back.

        Raises:
            DatabaseUnavailableError: the connection broke.
        """
        try:
            await self._finish(error)
        except BROKEN as broken:
            raise DatabaseUnavailableError(str(broken)) from broken
        finally:
            await self._database.give_back(self._work.connection)
        if isinstance(error, BROKEN):
            raise DatabaseUnavailableError(str(error)) from error

    @abstractmethod
    def _on(self, connection: asyncpg.Connection) -> Work: ...

    async def _finish(self, error: BaseException | None) -> None:
        """Do what belongs to the end of the work."""


class _Reading(Lent[ReadTx]):
    def _on(self, connection: asyncpg.Connection) -> ReadTx:
        return ReadTx(connection)


class _Transaction(Lent[Tx]):
    def _on(self, connection: asyncpg.Connection) -> Tx:
        return Tx(connection, self._database.service)

    async def _finish(self, error: BaseException | None) -> None:
        tx = self._work
        if error is not None:
            await tx.rollback()
            return
        try:
            await tx.commit()
        except BaseException:
            await tx.rollback()
            raise
        if tx.pending:
            self._database.after_commit()


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
