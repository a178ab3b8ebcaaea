"""The event store of a service, and how a use case appends to it.

Three tables per schema. ``event_log`` is append-only and kept for ever: the permanent record that
audit, replay and every checker read. ``outbox`` is a narrow queue of what still has to go out.
``feed`` says what went out and in which order, with a hash chain over it.

The log and the queue are written in the transaction of the change itself, so an event exists
exactly if its change does. Rows of one aggregate ascend in commit order, because an append comes
after the aggregate's row was locked or version-checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import ClassVar, Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from shared import clock
from shared.auth import Actor
from shared.db import Closing, Row, Statement, Tx, statement
from shared.envelope import Event
from shared.telemetry import current_trace

MAX_EVENT_BYTES: Final = 256 * 1024
"""A payload above this is refused before the commit: it must pass every broker's default limit."""


class Payload(Protocol):
    """A published payload: a frozen pydantic model that names its type."""

    TYPE: ClassVar[str]

    def model_dump_json(self) -> str:
        """Return the payload as JSON text."""


class EventTooLargeError(Exception):
    """A payload over the limit: a bug of the caller, whose inputs must be bounded."""


def topic_of(service: str) -> str:
    """Return the one topic a service publishes to."""
    return f"itsm.{service}.events"


def tables(metadata: sa.MetaData) -> None:
    """Declare the event store's tables in a service's metadata."""
    sa.Table(
        "event_log",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("origin", sa.Text),
        sa.Column("correlation_id", sa.Text),
        sa.Column("causation_id", sa.Uuid),
        sa.Column("traceparent", sa.Text),
        sa.Column("data", sa.Text, nullable=False, comment="JSON, byte for byte as published"),
        sa.UniqueConstraint("key", "sequence"),
    )
    sa.Table(
        "outbox",
        metadata,
        sa.Column("log_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    sa.Table(
        "feed",
        metadata,
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("log_id", sa.BigInteger, nullable=False, unique=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )


def append(
    tx: Tx,
    *,
    key: UUID,
    version: int,
    events: Sequence[Payload],
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
) -> None:
    """Add an aggregate's events to the transaction; they are written right before it commits.

    ``version`` is the aggregate's version after the last of the events; each event takes its own,
    so the first has ``version - len(events) + 1``. ``occurred_at`` is when the facts were so,
    ``now`` when they are recorded; both aware UTC. Correlation and trace come from the request.

    Raises:
        EventTooLargeError: a payload is over 256 KiB.
    """
    trace = current_trace.get()
    tx.closings["events"] = _closing
    for sequence, payload in enumerate(events, start=version - len(events) + 1):
        data = payload.model_dump_json().encode()
        if len(data) > MAX_EVENT_BYTES:
            message = f"{payload.TYPE} of {key}: {len(data)} bytes"
            raise EventTooLargeError(message)
        tx.pending.append(
            Event(
                id=clock.new_id(),
                source=f"/itsm/{tx.service}",
                topic=topic_of(tx.service),
                key=key,
                type=payload.TYPE,
                sequence=sequence,
                recorded_at=now,
                occurred_at=occurred_at,
                actor=actor.sub,
                origin=actor.origin,
                correlation_id=trace.correlation_id,
                causation_id=trace.causation_id,
                traceparent=trace.traceparent,
                data=data,
            )
        )


_COLUMNS: Final = (
    *("event_id", "key", "sequence", "type", "recorded_at", "occurred_at", "actor", "origin"),
    *("correlation_id", "causation_id", "traceparent", "data"),
)
_NAMES: Final = ", ".join(_COLUMNS)

_MANY: Final = 4
"""More events than this in one transaction are written from arrays, a column each."""
_MOST_BYTES: Final = 4 * 1024 * 1024
"""So much data goes into one statement, or one event more."""


@cache
def _insert(service: str, count: int) -> Statement:
    """Return the expressions that log some events, in order, and queue them.

    The rows of one ``values`` list get their ids in its order, so ids ascend with the events.
    """
    rows = ", ".join(
        f"({', '.join(f':event{number}_{name}' for name in _COLUMNS)})" for number in range(count)
    )
    return statement(
        f"logged as (insert into {service}.event_log ({_NAMES}) values {rows} returning id),"
        f" queued as (insert into {service}.outbox (log_id) select id from logged)"
    )


@cache
def _insert_arrays(service: str) -> Statement:
    """Return the statement that logs any number of events, in order, and queues them.

    An identity is drawn above the sort of the rows that are inserted, so ids ascend with them.
    """
    return statement(
        f"with logged as (insert into {service}.event_log ({_NAMES}) select {_NAMES}"
        " from unnest(cast(:event_id as uuid[]), cast(:key as uuid[]), cast(:sequence as bigint[]),"
        " cast(:type as text[]), cast(:recorded_at as timestamptz[]),"
        " cast(:occurred_at as timestamptz[]), cast(:actor as text[]), cast(:origin as text[]),"
        " cast(:correlation_id as text[]), cast(:causation_id as uuid[]),"
        " cast(:traceparent as text[]), cast(:data as text[]))"
        f" with ordinality as event({_NAMES}, place) order by place returning id)"
        f" insert into {service}.outbox (log_id) select id from logged"
    )


async def _closing(tx: Tx) -> Closing | None:
    events = [event for event in tx.pending if isinstance(event, Event)]
    if not events:
        return None
    if len(events) > _MANY:
        for part in _parts(events):
            columns = zip(*[_values(event) for event in part], strict=True)
            arrays = dict(zip(_COLUMNS, map(list, columns), strict=True))
            await tx.run(_insert_arrays(tx.service), **arrays)
        return None
    arguments = [value for event in events for value in _values(event)]
    return Closing(_insert(tx.service, len(events)), arguments)


def _parts(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Cut events into runs of bounded size, in their order."""
    part: list[Event] = []
    size = 0
    for event in events:
        part.append(event)
        size += len(event.data)
        if size >= _MOST_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _values(event: Event) -> tuple[object, ...]:
    """Return the values of a row of ``event_log``, in the order of ``_COLUMNS``."""
    return (
        event.id,
        event.key,
        event.sequence,
        event.type,
        event.recorded_at,
        event.occurred_at,
        event.actor,
        event.origin,
        event.correlation_id,
        event.causation_id,
        event.traceparent,
        event.data.decode(),
    )


def event_of(row: Row, service: str) -> Event:
    """Return the event that a row of ``event_log`` holds."""
    return Event(
        id=row["event_id"],
        source=f"/itsm/{service}",
        topic=topic_of(service),
        key=row["key"],
        type=row["type"],
        sequence=row["sequence"],
        recorded_at=row["recorded_at"],
        occurred_at=row["occurred_at"],
        actor=row["actor"],
        origin=row["origin"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
        data=row["data"].encode(),
    )
