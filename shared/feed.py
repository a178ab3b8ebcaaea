"""What went out, by position: for subscribers without Kafka, and to be sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from shared.db import Database, ReadTx, Statement, statement
from shared.envelope import Event
from shared.outbox import event_of

REPUBLISH_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the feed: events with their positions, and the position to go on after."""

    events: list[tuple[int, Event]]
    next: int


async def read_feed(
    tx: ReadTx, *, service: str, after: int, types: Sequence[str], limit: int
) -> Stretch:
    """Return what follows a position, of some types or of all, in the order it went out.

    ``next`` is the last position looked at, so that a reader of rare types makes progress.
    Positions are given by one writer and commit in order: nothing appears before ``next`` later.
    """
    rows = await tx.all(
        statement(
            f"select f.position, l.* from {service}.feed f"
            f" join {service}.event_log l on l.id = f.log_id where f.position > :after"
            " and (cardinality(cast(:types as text[])) = 0 or l.type = any(cast(:types as text[])))"
            " and f.position <= :until order by f.position limit :limit"
        ),
        after=after,
        types=list(types),
        until=(head := await _head(tx, service)),
        limit=limit,
    )
    events = [(row["position"], event_of(row, service)) for row in rows]
    full = len(events) == limit
    return Stretch(events, next=events[-1][0] if full else max(head, after))


@dataclass(frozen=True, slots=True)
class News:
    """What was committed since a position: log ids in their order, sent ones and waiting ones.

    ``head`` is the last position there is. ``waiting`` are all that are still queued, however long
    they have been; whoever keeps up remembers which of them it has seen.
    """

    head: int
    sent: list[int]
    waiting: list[int]


async def read_news(tx: ReadTx, *, service: str, after: int, limit: int) -> News:
    """Return what is new since a position, whether the bus has it already or not.

    At most ``limit`` sent ones, the first; so many means that there may be more. It is one
    statement, so no event is missed between the queue and the feed.
    """
    (row,) = await tx.all(_news(service), after=after, limit=limit)
    return News(row["head"], row["sent"], row["waiting"])


async def changed_keys(
    tx: ReadTx, *, service: str, log_ids: Sequence[int], aggregates: Sequence[str]
) -> dict[str, set[UUID]]:
    """Return by aggregate whose events these are, of those aggregates alone."""
    rows = await tx.all(_changed(service), ids=list(log_ids), aggregates=list(aggregates))
    found: dict[str, set[UUID]] = {aggregate: set() for aggregate in aggregates}
    for row in rows:
        found[row["aggregate"]].add(row["key"])
    return found


@cache
def _news(service: str) -> Statement:
    return statement(
        f"select coalesce((select max(position) from {service}.feed), 0) as head,"
        f" array(select log_id from {service}.feed where position > :after"
        " order by position limit :limit) as sent,"
        f" array(select log_id from {service}.outbox order by log_id) as waiting"
    )


@cache
def _changed(service: str) -> Statement:
    return statement(
        "select distinct split_part(type, '.', 2) as aggregate, key"
        f" from {service}.event_log where id = any(cast(:ids as bigint[]))"
        " and split_part(type, '.', 2) = any(cast(:aggregates as text[]))"
    )


async def _head(tx: ReadTx, service: str) -> int:
    head: int | None = await tx.value(statement(f"select max(position) from {service}.feed"))
    return head or 0


async def republish(
    database: Database,
    *,
    key: UUID | None = None,
    event_type: str | None = None,
    since: datetime | None = None,
) -> AsyncIterator[int]:
    """Queue logged events to go out again, ids unchanged; yield how many so far, per batch.

    Without a filter it is the whole log, in its order; the relay sends them like new ones. Readers
    that have an event ignore it, and its place in the feed stays what it was.
    """
    service = database.service
    query = statement(
        "with wanted as (select id from "
        f"{service}.event_log where id > :after"
        " and (cast(:key as uuid) is null or key = :key)"
        " and (cast(:type as text) is null or type = :type)"
        " and (cast(:since as timestamptz) is null or recorded_at >= :since)"
        f" order by id limit {REPUBLISH_BATCH}),"
        f" queued as (insert into {service}.outbox (log_id) select id from wanted"
        " on conflict do nothing)"
        " select count(*) as count, max(id) as last from wanted"
    )
    after, queued = 0, 0
    while True:
        async with database.transaction() as tx:
            row = await tx.first(query, after=after, key=key, type=event_type, since=since)
        if row is None or not row["count"]:
            return
        database.after_commit()
        after = row["last"]
        queued += row["count"]
        yield queued
