"""PostgreSQL as the services use it: small pools, statements made once, explicit transactions.

Tables are SQLAlchemy Core, for they also feed the migrations; statements are either Core
expressions or hand-written SQL, turned into text once at import and run by asyncpg directly. That
keeps a statement near the driver's own cost (measured: a sixth of a Core execution).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import asyncpg
import orjson
from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql import ClauseElement

from shared import failpoints

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_PLACEHOLDER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_DIALECT: Final = asyncpg_dialect.dialect()

Row: TypeAlias = asyncpg.Record
"""One result row: read columns by name."""


class DatabaseUnavailableError(Exception):
    """No connection could be had, or it broke before anything was committed: try again later."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The connection broke during COMMIT: the work may or may not be there."""


def service_metadata(schema: str) -> MetaData:
    """Return a service's metadata: its schema named explicitly, constraints by convention."""
    return MetaData(schema=schema, naming_convention=NAMING)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with numbered placeholders, the argument names in their order, and fixed values."""

    text: str
    names: tuple[str, ...]
    fixed: dict[str, object] = field(default_factory=dict)

    def arguments(self, values: dict[str, object]) -> list[object]:
        """Return the values in placeholder order; a missing one is a KeyError, at once."""
        fixed = self.fixed
        return [values[name] if name in values else fixed[name] for name in self.names]


def statement(source: str | ClauseElement) -> Statement:
    """Turn SQL with ``:name`` placeholders, or a Core expression, into a statement, once."""
    if isinstance(source, str):
        names: list[str] = []

        def number(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"

        return Statement(_PLACEHOLDER.sub(number, source), tuple(names))
    compiled = source.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    ordered = tuple(getattr(compiled, "positiontup", None) or ())
    known = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(str(compiled), ordered, known)


class ReadTx:
    """Reads on one connection; each statement sees what was committed when it began."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Wrap a connection that the caller got from a pool."""
        self.connection = connection

    async def _ready(self) -> None:
        """Do what must come before a statement; reads need nothing."""

    async def all(self, query: Statement, **values: object) -> list[Row]:
        """Run a statement and return its rows."""
        await self._ready()
        rows: list[Row] = await self.connection.fetch(query.text, *query.arguments(values))
        return rows

    async def first(self, query: Statement, **values: object) -> Row | None:
        """Run a statement and return its first row, or None."""
        await self._ready()
        return await self.connection.fetchrow(query.text, *query.arguments(values))

    async def value(self, query: Statement, **values: object) -> Any:  # noqa: ANN401 - any column type
        """Run a statement and return the first column of its first row, or None."""
        await self._ready()
        return await self.connection.fetchval(query.text, *query.arguments(values))


class Tx(ReadTx):
    """One transaction: begun by its first statement, ended by the edge alone.

    ``pending`` holds what ``outbox.append`` was given; ``flush`` writes it in one statement right
    before the commit, so a use case with several events costs no more than one with a single.
    """

    def __init__(self, connection: asyncpg.Connection, service: str) -> None:
        """Wrap a connection; ``service`` names the schema and the events' source."""
        super().__init__(connection)
        self.service = service
        self.pending: list[object] = []
        self.flush: Callable[[Tx], Awaitable[None]] | None = None
        self._begun = False

    async def begin(self, prelude: str = "") -> str:
        """Begin, together with one literal statement if given, in a single round trip.

        Returns the status of the last command, for instance ``SELECT 0``. The prelude goes over
        the simple protocol: it must be built from integers and hexadecimal text only.
        """
        await failpoints.reach("A1")
        status: str = await self.connection.execute(f"begin; {prelude}" if prelude else "begin")
        self._begun = True
        return status

    async def _ready(self) -> None:
        if not self._begun:
            await self.begin()

    async def run(self, query: Statement, **values: object) -> int:
        """Run a statement and return how many rows it touched."""
        await self._ready()
        status: str = await self.connection.execute(query.text, *query.arguments(values))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def run_many(self, query: Statement, rows: Sequence[dict[str, object]]) -> None:
        """Run a statement once per row, in one network exchange."""
        await self._ready()
        await self.connection.executemany(query.text, [query.arguments(row) for row in rows])

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what the block did, events included, if it raises; keep the rest."""
        await self._ready()
        kept = len(self.pending)
        await self.connection.execute("savepoint inner_step")
        try:
            yield
        except BaseException:
            del self.pending[kept:]
            await self.connection.execute("rollback to savepoint inner_step")
            raise
        await self.connection.execute("release savepoint inner_step")

    async def commit(self) -> None:
        """Write what is pending, then commit.

        Raises:
            OutcomeUnknownError: the connection broke while the commit was under way.
        """
        if self.flush is not None and self.pending:
            await failpoints.reach("A2")
            await self.flush(self)
            await failpoints.reach("A3")
        if not self._begun:
            return
        try:
            await self.connection.execute("commit")
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
            message = "the connection broke while the commit was under way"
            raise OutcomeUnknownError(message) from error
        self._begun = False
        await failpoints.reach("A4")

    async def rollback(self) -> None:
        """Undo everything; a broken connection has undone it already."""
        self.pending.clear()
        if self._begun and not self.connection.is_closed():
            self._begun = False
            await self.connection.execute("rollback")


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
        except (asyncpg.PostgresError, OSError, TimeoutError) as error:
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
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await self._pool.acquire(timeout=self._wait_seconds)
        except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            message = f"no connection within {self._wait_seconds} s: {type(error).__name__}"
            raise DatabaseUnavailableError(message) from error
        try:
            yield connection
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
            raise DatabaseUnavailableError(str(error)) from error
        finally:
            if connection.is_in_transaction():
                # A cancelled request left it half-way; the server undoes it with the connection.
                connection.terminate()
            await asyncio.shield(self._pool.release(connection))

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
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
        )


async def _keep_as_is(connection: asyncpg.Connection) -> None:
    """Skip the pool's reset round trip: our transactions leave no session state behind."""


@contextmanager
def violations(meaning: Mapping[str, Exception]) -> Iterator[None]:
    """Turn a broken constraint, by its name, into the domain error that it stands for.

    Integrity is the database's job: two writers at once are judged there, not by a look before.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        if error.constraint_name in meaning:
            raise meaning[error.constraint_name] from error
        raise
