"""What was set aside: list it, look at it, apply it again in order, or give it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from shared.bus import Delivery
from shared.db import Database, DatabaseUnavailableError, ReadTx, Row
from shared.envelope import Record
from shared.errors import DomainError, Kind
from shared.inbox import Inbox
from shared.inbox_store import sql
from shared.log import logger

MAX_REPLAY: Final = 10_000
"""Records one replay call applies at most; the answer says whether more wait."""
_log = logger(__name__)


class ParkedRecordNotFoundError(DomainError):
    """No such parked record."""

    code = "parked-record-not-found"
    kind = Kind.NOT_FOUND
    title = "No such parked record"


class ReplayFailedError(DomainError):
    """The record failed again; it and those behind it stay parked."""

    code = "replay-failed"
    kind = Kind.CONFLICT
    title = "The record failed again"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many records of the key were applied, and whether more are parked still."""

    applied: int
    left: bool


async def list_parked(
    tx: ReadTx, *, service: str, after: int, limit: int, subscription: str | None
) -> list[Row]:
    """Return parked records by ascending id, after an id, of one subscription or of all."""
    return await tx.all(sql(service).listed, after=after, limit=limit, subscription=subscription)


async def show_parked(tx: ReadTx, *, service: str, parked_id: int) -> Row:
    """Return one parked record whole.

    Raises:
        ParkedRecordNotFoundError: there is none with this id.
    """
    row = await tx.first(sql(service).shown, id=parked_id)
    if row is None:
        raise ParkedRecordNotFoundError(f"Nothing is parked under {parked_id}.")
    return row


async def replay(database: Database, inboxes: dict[str, Inbox], *, parked_id: int) -> Replayed:
    """Apply a parked record and those behind it, oldest first, each in its own transaction.

    Raises:
        ParkedRecordNotFoundError: there is none with this id.
        ReplayFailedError: a handler failed again; what was applied before stays applied.
    """
    statements = sql(database.service)
    async with database.reading() as tx:
        first = await show_parked(tx, service=database.service, parked_id=parked_id)
    inbox = inboxes.get(first["subscription"])
    if inbox is None:
        raise ReplayFailedError(f"The subscription {first['subscription']} is no longer there.")
    values: dict[str, Any] = {"subscription": first["subscription"], "key": first["key"]}
    for applied in range(MAX_REPLAY):
        row: Row | None = None
        try:
            async with database.transaction() as tx:
                await tx.run(statements.lock_key, **values)
                row = await tx.first(statements.of_key, **values)
                if row is None:
                    return Replayed(applied=applied, left=False)
                await inbox.apply_replayed(tx, _delivery(row))
                await tx.run(statements.remove, id=row["id"])
        except DatabaseUnavailableError:
            raise
        except Exception as error:
            if row is None:
                raise
            text = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
            async with database.transaction() as tx:
                await tx.run(statements.retried, id=row["id"], error=text)
            _log.warning("replay failed", parked_id=row["id"], error=text)
            raise ReplayFailedError(
                f"Record {row['id']} failed again: {text}", extras={"applied": applied}
            ) from error
    return Replayed(applied=MAX_REPLAY, left=True)


async def discard(database: Database, *, parked_id: int, actor: str) -> None:
    """Give a parked record up; those behind it can then be replayed.

    Raises:
        ParkedRecordNotFoundError: there is none with this id.
    """
    statements = sql(database.service)
    async with database.transaction() as tx:
        row = await show_parked(tx, service=database.service, parked_id=parked_id)
        await tx.run(statements.lock_key, subscription=row["subscription"], key=row["key"])
        await tx.run(statements.remove, id=parked_id)
    _log.warning("parked record given up", parked_id=parked_id, key=row["key"], actor=actor)


def _delivery(row: Row) -> Delivery:
    headers = tuple((name, value.encode("latin-1")) for name, value in row["headers"])
    record = Record(row["topic"], row["record_key"], row["value"], headers)
    return Delivery(record, partition=-1, offset=row["id"])


async def subscription_states(tx: ReadTx, *, service: str) -> list[Row]:
    """Return, for each subscription that is stopped or has parked records, why and how many."""
    return await tx.all(sql(service).states)
