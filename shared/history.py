"""What a record was like at an instant, and everything that ever happened to it.

Both are read from the event log, which is kept for ever and served by its unique index over key
and sequence. An event carries the whole state of its record, so the last one that was recorded at
or before an instant *is* the record as it was known then; nothing is kept a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel

from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Instant, Page, ResponseModel, of_row

Record = TypeVar("Record", bound=BaseModel)

AsOf = Annotated[
    Instant | None,
    Query(description="Answer with what was known at this instant; a record made later is a 404."),
]
"""The parameter of a read that answers for an instant; left out, it answers for now."""


class HistoryEntry(ResponseModel):
    """One thing that happened to a record; ``data`` is the record's state after it."""

    event_id: UUID
    sequence: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the last event up to an instant said, and when the first and this one were recorded."""

    key: UUID
    sequence: int
    data: str
    created_at: datetime
    updated_at: datetime

    def record(self, record: type[Record], payload: type[BaseModel]) -> Record:
        """Return the record as HTTP shows it, rebuilt from the event.

        ``payload`` is the event's model: it supplies the defaults of fields that the event is too
        old to have. The record has the payload's fields under the same names; its ``id`` is the
        event's key, its ``version`` the event's sequence.
        """
        state = payload.model_validate_json(self.data).model_dump(by_alias=False)
        own = {"id": self.key, "version": self.sequence}
        times = {"created_at": self.created_at, "updated_at": self.updated_at}
        values = {**state, **own, **times}
        return of_row(record, values)


class History:
    """The history of one kind of record, ``itsm.<aggregate>.…``, in its service's event log."""

    def __init__(self, service: str, aggregate: str) -> None:
        """Name the records; the kind is part of every question, for ids of other kinds differ."""
        log = sa.table(
            "event_log",
            sa.column("event_id", sa.Uuid),
            sa.column("key", sa.Uuid),
            sa.column("sequence", sa.BigInteger),
            sa.column("type", sa.Text),
            sa.column("recorded_at", sa.DateTime(timezone=True)),
            sa.column("occurred_at", sa.DateTime(timezone=True)),
            sa.column("actor", sa.Text),
            sa.column("data", sa.Text),
            schema=service,
        )
        self._log: Final = log
        self._prefix: Final = f"itsm.{aggregate}."
        self._listing: Final = Listing(
            source=sa.select(log),
            key=log.c.event_id,
            filters={
                "type": log.c.type,
                "occurred_at": log.c.occurred_at,
                "recorded_at": log.c.recorded_at,
            },
            sorts={"sequence": log.c.sequence},
            default_sort="sequence",
        )
        self._first: Final = statement(
            f"select recorded_at from {service}.event_log"
            " where key = :key and sequence = 1 and starts_with(type, :prefix)"
        )
        self._last: Final = statement(
            "select told.sequence, told.data, told.recorded_at, first.recorded_at as created_at"
            f" from {service}.event_log first cross join lateral (select sequence, data,"
            f" recorded_at from {service}.event_log where key = :key and recorded_at <= :as_of"
            " order by sequence desc limit 1) told where first.key = :key and first.sequence = 1"
            " and starts_with(first.type, :prefix)"
        )

    def parameters(self) -> Callable[..., PageRequest]:
        """Return the dependency that reads the parameters of a list of entries."""
        return self._listing.parameters()

    async def state_at(self, tx: ReadTx, *, key: UUID, as_of: datetime) -> Told | None:
        """Return what was known of a record at an instant, None if it was not there yet.

        ``as_of`` is compared with the times of recording, so the answer for a past instant stays
        the same whatever is recorded later; an instant to come is answered with what is known now.
        """
        row = await tx.first(self._last, key=key, as_of=as_of, prefix=self._prefix)
        if row is None:
            return None
        return Told(
            key=key,
            sequence=row["sequence"],
            data=row["data"],
            created_at=row["created_at"],
            updated_at=row["recorded_at"],
        )

    async def entries(
        self, tx: ReadTx, *, key: UUID, asked: PageRequest
    ) -> Page[HistoryEntry] | None:
        """Return a page of a record's events by sequence, None if there never was such a record.

        Raises:
            ProblemError: a parameter is not valid.
        """
        if await tx.value(self._first, key=key, prefix=self._prefix) is None:
            return None
        rows, following = await page(tx, self._listing, asked, where=[self._log.c.key == key])
        items = [
            HistoryEntry(
                event_id=row["event_id"],
                sequence=row["sequence"],
                type=row["type"],
                occurred_at=row["occurred_at"],
                recorded_at=row["recorded_at"],
                actor=row["actor"],
                data=orjson.loads(row["data"]),
            )
            for row in rows
        ]
        return Page[HistoryEntry](items=items, next=following)
