"""One subscription at work: batches, single tries, parking, and the stop that protects the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from shared import clock, failpoints
from shared.bus import Delivery
from shared.db import Database, DatabaseUnavailableError, Tx
from shared.envelope import MalformedRecordError
from shared.inbox.subscription import Incoming, Subscription, caused_by, read
from shared.inbox_store import sql
from shared.log import logger
from shared.telemetry import HANDLED, PARKED

RETRY_DELAYS_SECONDS: Final = (0.0, 0.2, 0.8, 2.0, 5.0)
FAILING_KEYS_LIMIT: Final = 10
RESUME_POLL_SECONDS: Final = 1.0
_log = logger(__name__)


class SubscriptionStoppedError(Exception):
    """Too many keys failed in a row; nothing more is handled until someone resumes it."""


class Inbox:
    """One subscription at work in one process."""

    def __init__(
        self,
        database: Database,
        subscription: Subscription,
        retry_delays: Sequence[float] = RETRY_DELAYS_SECONDS,
    ) -> None:
        """Bind a subscription to its service's database; before each single try comes a delay."""
        self.retry_delays = retry_delays
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
        await self._refuse_while_stopped()
        events = [entry for one in batch if (entry := read(self.subscription, one)) is not None]
        if not events:
            return
        try:
            async with self._database.transaction() as tx:
                applied = await self._apply(tx, events)
            self._note_success(applied)
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

    def _note_success(self, applied: int) -> None:
        """Begin the row of failing keys anew, if a handler did its work.

        Copies and records that were set aside unseen say nothing about the handlers.
        """
        if applied:
            self._failing.clear()

    async def _apply(self, tx: Tx, entries: Sequence[Incoming]) -> int:
        """Run the handlers of the entries that are new, in order; return how many ran."""
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
            with caused_by(event):
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
        return applied

    async def apply_replayed(self, tx: Tx, delivery: Delivery) -> None:
        """Run the handler of a parked record in the caller's transaction, unless it is stale.

        Raises:
            MalformedRecordError: the record still cannot be read.
        """
        entry = read(self.subscription, delivery)
        if entry is None:
            return
        if entry.fault is not None or entry.event is None or entry.reaction is None:
            raise MalformedRecordError(entry.fault or "unreadable")
        now = clock.now()
        event = entry.event
        reached = await self._sequences(tx, [entry])
        if event.sequence <= reached.get(event.key, 0):
            return
        with caused_by(event):
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
        for delay in self.retry_delays:
            await asyncio.sleep(delay)
            try:
                async with self._database.transaction() as tx:
                    applied = await self._apply(tx, [entry])
            except DatabaseUnavailableError:
                raise
            except Exception as failure:  # noqa: BLE001 - what a handler may raise is not ours to list
                error = failure
            else:
                self._note_success(applied)
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
                attempts = len(self.retry_delays)
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
            # A foreign record may have a header without a value, whatever its type says.
            headers=[[name, (value or b"").decode("latin-1")] for name, value in record.headers],
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
