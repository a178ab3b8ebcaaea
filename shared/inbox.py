"""How events arrive: each applied once, in order per aggregate, or set aside where it cannot be.

A subscription handles a batch in one transaction: it notes the event ids (a copy notes nothing and
is skipped), runs the handlers of the new ones in order, raises the last applied sequence per
aggregate, and commits with whatever the handlers wrote. Only then does the bus forget the batch.

If the batch fails it is rolled back and its events go one by one, five tries within ten seconds;
one that still fails is *parked* in the service's own schema with its error, and later events of
its key are parked behind it. Handlers failing for ten different keys in a row stop the
subscription: a bad deployment must not park everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import BaseModel, ValidationError

from shared import clock, failpoints
from shared.bus import Delivery
from shared.db import Database, DatabaseUnavailableError, Tx
from shared.envelope import Event, MalformedRecordError, from_record
from shared.inbox_store import sql
from shared.log import logger
from shared.telemetry import HANDLED, PARKED, Trace, current_trace

RETRY_DELAYS_SECONDS: Final = (0.0, 0.2, 0.8, 2.0, 5.0)
FAILING_KEYS_LIMIT: Final = 10
RESUME_POLL_SECONDS: Final = 1.0
Body = TypeVar("Body", bound=BaseModel)
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a subscription does with one event type: the fields it reads, and the handler."""

    types: tuple[str, ...]
    model: type[BaseModel]
    handle: Callable[[Tx, Event, Any, datetime], Awaitable[None]]


def on(
    types: str | tuple[str, ...],
    model: type[Body],
    handle: Callable[[Tx, Event, Body, datetime], Awaitable[None]],
) -> Reaction:
    """Bind event types to a handler ``(tx, event, body, now)``; ``body`` has what it reads."""
    return Reaction((types,) if isinstance(types, str) else types, model, handle)


@dataclass(frozen=True)
class Subscription:
    """A named reader of some services' events; the name is for ever, for it keys what was read."""

    name: str
    topics: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    by_type: Mapping[str, Reaction] = field(init=False)

    def __post_init__(self) -> None:
        """Index the reactions by event type."""
        table = {name: reaction for reaction in self.reactions for name in reaction.types}
        object.__setattr__(self, "by_type", table)


class SubscriptionStoppedError(Exception):
    """Too many keys failed in a row; nothing more is handled until someone resumes it."""


class Inbox:
    """One subscription at work in one process."""

    def __init__(self, database: Database, subscription: Subscription) -> None:
        """Bind a subscription to its service's database."""
        self.subscription = subscription
        self._database = database
        self._sql = sql(database.service)
        self._failing: list[str] = []
        self.stopped = False

    async def resume(self) -> None:
        """Forget a stop; a restart does the same."""
        async with self._database.transaction() as tx:
            await tx.run(self._sql.resume, subscription=self.subscription.name)
        self._failing.clear()
        self.stopped = False

    async def handle(self, batch: Sequence[Delivery]) -> None:
        """Apply or park every record of one partition's batch; return once that is committed.

        Raises:
            SubscriptionStoppedError: the subscription is stopped; nothing was changed.
            DatabaseUnavailableError: try the same batch again later.
        """
        await failpoints.reach("C1")
        await self._refuse_while_stopped()
        events = [entry for one in batch if (entry := self._read(one)) is not None]
        if not events:
            return
        try:
            async with self._database.transaction() as tx:
                await self._apply(tx, events)
            self._failing.clear()
        except DatabaseUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - any handler's failure leads to single tries
            _log.warning(
                "batch failed, going one by one",
                subscription=self.subscription.name,
                error=type(error).__name__,
            )
            for entry in events:
                await self._apply_alone(entry)

    def _read(self, delivery: Delivery) -> Incoming | None:
        """Return what the record means to this subscription; None if it does not concern it."""
        record = delivery.record
        try:
            event = from_record(record)
        except MalformedRecordError as error:
            return Incoming(delivery, None, None, None, str(error))
        reaction = self.subscription.by_type.get(event.type)
        if reaction is None:
            return None
        try:
            body = reaction.model.model_validate_json(event.data)
        except ValidationError as error:
            return Incoming(delivery, event, None, reaction, f"payload: {error.errors()[0]['msg']}")
        return Incoming(delivery, event, body, reaction, None)

    async def _apply(self, tx: Tx, entries: Sequence[Incoming]) -> None:
        """Run the handlers of the entries that are new, in order, and note what was done."""
        now = clock.now()
        name = self.subscription.name
        ids = [entry.identity for entry in entries]
        fresh = {
            row["event_id"]
            for row in await tx.all(self._sql.note, subscription=name, ids=ids, now=now)
        }
        await failpoints.reach("C2")
        blocked = await self._blocked_keys(tx, {entry.key for entry in entries})
        reached = await self._sequences(tx, entries)
        applied = 0
        for entry in entries:
            event = entry.event
            if entry.identity not in fresh:
                continue
            fresh.discard(entry.identity)
            if entry.fault is not None or entry.key in blocked:
                reason = "behind" if entry.key in blocked else "malformed"
                error = entry.fault or "waits behind an earlier record of its key"
                await self._park(tx, entry, reason=reason, error=error, attempts=0)
                blocked.add(entry.key)
                continue
            if (
                event is None
                or entry.reaction is None
                or event.sequence <= reached.get(event.key, 0)
            ):
                continue
            with _caused_by(event):
                await entry.reaction.handle(tx, event, entry.body, now)
            reached[event.key] = event.sequence
            applied += 1
        await failpoints.reach("C3")
        keys = sorted(reached)
        await tx.run(
            self._sql.raise_sequences,
            subscription=name,
            keys=keys,
            sequences=[reached[key] for key in keys],
        )
        if tx.pending:
            await failpoints.reach("C7")
        HANDLED.labels(name).inc(applied)

    async def apply_replayed(self, tx: Tx, delivery: Delivery) -> None:
        """Run the handler of a parked record in the caller's transaction, unless it is stale.

        Raises:
            MalformedRecordError: the record still cannot be read.
        """
        entry = self._read(delivery)
        if entry is None:
            return
        if entry.fault is not None or entry.event is None or entry.reaction is None:
            raise MalformedRecordError(entry.fault or "unreadable")
        now = clock.now()
        event = entry.event
        reached = await self._sequences(tx, [entry])
        if event.sequence <= reached.get(event.key, 0):
            return
        with _caused_by(event):
            await entry.reaction.handle(tx, event, entry.body, now)
        await tx.run(
            self._sql.raise_sequences,
            subscription=self.subscription.name,
            keys=[event.key],
            sequences=[event.sequence],
        )

    async def _blocked_keys(self, tx: Tx, keys: Iterable[str]) -> set[str]:
        """Return the keys with parked records; their lock is held until the transaction ends.

        A replay holds the same lock, so a record is never parked behind one just replayed.
        """
        name = self.subscription.name
        wanted = sorted(keys)
        suspected = await tx.all(self._sql.blocked, subscription=name, keys=wanted)
        if not suspected:
            return set()
        for row in sorted(suspected, key=lambda one: str(one["key"])):
            await tx.run(self._sql.lock_key, subscription=name, key=row["key"])
        found = await tx.all(self._sql.blocked, subscription=name, keys=wanted)
        return {row["key"] for row in found}

    async def _sequences(self, tx: Tx, entries: Sequence[Incoming]) -> dict[Any, int]:
        keys = list({entry.event.key for entry in entries if entry.event})
        rows = await tx.all(self._sql.sequences, subscription=self.subscription.name, keys=keys)
        return {row["key"]: row["sequence"] for row in rows}

    async def _apply_alone(self, entry: Incoming) -> None:
        """Try one record five times within ten seconds, then park it."""
        error: Exception | None = None
        for delay in RETRY_DELAYS_SECONDS:
            await asyncio.sleep(delay)
            try:
                async with self._database.transaction() as tx:
                    await self._apply(tx, [entry])
            except DatabaseUnavailableError:
                raise
            except Exception as failure:  # noqa: BLE001 - what a handler may raise is not ours to list
                error = failure
            else:
                self._failing.clear()
                return
        _log.error(
            "event parked",
            subscription=self.subscription.name,
            type=entry.event.type if entry.event else None,
            key=entry.key,
            exc_info=error,
        )
        await self._park_failed(entry, f"{type(error).__name__}: {error}")

    async def _park_failed(self, entry: Incoming, error: str) -> None:
        now = clock.now()
        name = self.subscription.name
        async with self._database.transaction() as tx:
            await tx.run(self._sql.lock_key, subscription=name, key=entry.key)
            noted = await tx.all(self._sql.note, subscription=name, ids=[entry.identity], now=now)
            if noted:
                attempts = len(RETRY_DELAYS_SECONDS)
                await self._park(tx, entry, reason="failed", error=error, attempts=attempts)
        if entry.key not in self._failing:
            self._failing.append(entry.key)
        if len(self._failing) >= FAILING_KEYS_LIMIT:
            self.stopped = True
            reason = f"handlers failed for {FAILING_KEYS_LIMIT} keys in a row; last: {error}"[:500]
            async with self._database.transaction() as tx:
                await tx.run(self._sql.stop, subscription=name, reason=reason, now=now)
            _log.error("subscription stopped", subscription=name, error=error)
            raise SubscriptionStoppedError(reason)

    async def _park(
        self, tx: Tx, entry: Incoming, *, reason: str, error: str, attempts: int
    ) -> None:
        record = entry.delivery.record
        await tx.run(
            self._sql.park,
            subscription=self.subscription.name,
            key=entry.key,
            topic=record.topic,
            type=entry.event.type if entry.event else None,
            headers=[[name, value.decode("latin-1")] for name, value in record.headers],
            value=record.value,
            record_key=record.key,
            reason=reason,
            error=error[:2000].replace("\x00", ""),
            attempts=attempts,
            now=clock.now(),
        )
        PARKED.labels(self.subscription.name, reason).inc()

    async def _refuse_while_stopped(self) -> None:
        if not self.stopped:
            return
        async with self._database.reading() as tx:
            reason = await tx.value(self._sql.stopped, subscription=self.subscription.name)
        if reason is not None:
            await asyncio.sleep(RESUME_POLL_SECONDS)
            raise SubscriptionStoppedError(reason)
        self._failing.clear()
        self.stopped = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as this subscription reads it; ``fault`` says why it cannot."""

    delivery: Delivery
    event: Event | None
    body: BaseModel | None
    reaction: Reaction | None
    fault: str | None

    @property
    def identity(self) -> UUID:
        """Return the event's id; for a record that has none, one made from where it came from."""
        if self.event is not None:
            return self.event.id
        place = f"{self.delivery.record.topic}/{self.delivery.partition}/{self.delivery.offset}"
        return uuid5(NAMESPACE_OID, place)

    @property
    def key(self) -> str:
        """Return the record's key as text, readable even where the record is not."""
        return self.delivery.record.key.decode("utf-8", "backslashreplace").replace("\x00", "")[
            :200
        ]


@contextmanager
def _caused_by(event: Event) -> Iterator[None]:
    """Make what a handler emits carry the event's correlation, trace and id as its cause."""
    token = current_trace.set(Trace(event.correlation_id, event.traceparent, event.id))
    try:
        yield
    finally:
        current_trace.reset(token)
