"""What a use case works with: a transaction, or a connection that only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from shared import failpoints
from shared.db.statements import Row, Statement, in_one

BROKEN: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    OSError,
)
"""What the driver raises when the connection, not the statement, is at fault."""
_LAST: Final[dict[tuple[Statement, ...], str]] = {}
"""Last statements by their parts: as many as there are shapes of transactions in the code."""


class DatabaseUnavailableError(Exception):
    """No connection could be had, or it broke before anything was committed: try again later."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The connection broke during COMMIT: the work may or may not be there."""


class TransactionLostError(Exception):
    """An earlier statement failed and its error was caught: PostgreSQL has nothing to commit."""


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


@dataclass(frozen=True, slots=True)
class Closing:
    """Part of a transaction's last statement: common table expressions, and their arguments.

    Names of expressions are those of whoever adds it, for all parts of a transaction end up in one
    statement. ``arguments`` are in the order of its placeholders.
    """

    part: Statement
    arguments: Sequence[object]


class Tx(ReadTx):
    """One transaction: begun by its first statement, ended by the edge alone.

    What can wait is written by one last statement, composed right before the commit: the events
    and their place in the queue, the first answer to an idempotency key, and on hot paths the
    record itself. If nothing was written before it, that statement is the whole transaction.
    """

    def __init__(self, connection: asyncpg.Connection, service: str) -> None:
        """Wrap a connection; ``service`` names the schema and the events' source."""
        super().__init__(connection)
        self.service = service
        self.pending: list[object] = []
        # Each is given the transaction: one that held it would keep it until cycles are looked for.
        self.closings: dict[str, Callable[[Tx], Awaitable[Closing | None]]] = {}
        self._begun = False

    async def begin(self) -> None:
        """Begin now; otherwise the first statement does."""
        await failpoints.reach("A1")
        await self.connection.execute("begin")
        self._begun = True

    async def _ready(self) -> None:
        if not self._begun:
            await self.begin()

    async def look(self, query: Statement, **values: object) -> list[Row]:
        """Read rows without beginning the transaction, where a look a moment old will do.

        What it saw may change before the commit; whoever relies on it says why that is harmless.
        """
        rows: list[Row] = await self.connection.fetch(query.text, *query.arguments(values))
        return rows

    def close_with(self, name: str, closing: Closing) -> None:
        """Write this at the end, in the transaction's last statement; one part per name."""

        async def known(_: Tx) -> Closing:
            return closing

        self.closings[name] = known

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
        kept, closings = len(self.pending), dict(self.closings)
        await self.connection.execute("savepoint inner_step")
        try:
            yield
        except BaseException:
            del self.pending[kept:]
            self.closings = closings
            # Released as well: an enclosing step has a savepoint of the same name.
            await self.connection.execute(
                "rollback to savepoint inner_step; release savepoint inner_step"
            )
            raise
        await self.connection.execute("release savepoint inner_step")

    async def commit(self) -> None:
        """Write what waited for the end in one statement, then commit.

        Raises:
            OutcomeUnknownError: the connection broke while the commit was under way.
            TransactionLostError: a failed statement's error was caught, so there is nothing left.
        """
        parts = [part for make in self.closings.values() if (part := await make(self)) is not None]
        if parts and self._begun:
            await failpoints.reach("A2")
            await self._run_last(parts)
            await failpoints.reach("A3")
        if not parts and not self._begun:
            return
        try:
            if self._begun:
                status = await self.connection.execute("commit")
            else:
                # One statement is a transaction by itself, and saves two round trips.
                await failpoints.reach("A1")
                status = "COMMIT"
                await self._run_last(parts)
        except BROKEN as error:
            self._begun = False
            cut(self.connection)
            message = "the connection broke while the commit was under way"
            raise OutcomeUnknownError(message) from error
        self._begun = False
        if status != "COMMIT":
            message = "a statement of this transaction failed and its error was caught"
            raise TransactionLostError(message)
        await failpoints.reach("A4")

    async def _run_last(self, parts: Sequence[Closing]) -> None:
        shape = tuple(one.part for one in parts)
        last = _LAST.get(shape)
        if last is None:
            last = _LAST.setdefault(shape, f"with {', '.join(in_one(shape))} select 1")
        await self.connection.execute(last, *[each for one in parts for each in one.arguments])

    async def rollback(self) -> None:
        """Undo everything; a broken connection has undone it already."""
        self.pending.clear()
        self.closings.clear()
        if not self._begun:
            return
        self._begun = False
        try:
            await self.connection.execute("rollback")
        except (asyncpg.PostgresError, *BROKEN):
            # What went wrong first is what the caller should hear of.
            cut(self.connection)


def cut(connection: asyncpg.Connection) -> None:
    """End a connection without a word; the server undoes what it had not committed."""
    # One that broke is no longer the pool's, and may not even be asked whether it is closed.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


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
