"""One group's membership in this process: polls, hands batches over, commits what was handled.

A partition has at most one batch in hand; several partitions go at once, a few handlers at a time.
The offset is committed after the handler returned, and only under the assignment the batch came
with: a member that was thrown out finds its commit refused, joins again and gets the batch again.
Whatever else goes wrong with the connection, the consumer is thrown away and a new one made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared import failpoints
from shared.bus import Delivery, Group, Progress
from shared.bus_kafka.abandon import abandon_consumer
from shared.bus_kafka.consumer import make_consumer, request_seconds, to_delivery
from shared.bus_kafka.standing import Standing
from shared.log import logger
from shared.settings import KernelSettings

BATCH_RECORDS: Final = 500
HANDLERS: Final = 3
"""Handlers of one group at a time: a group must not take every connection of its service."""
POLL_MS: Final = 500
RETRY_SECONDS: Final = 0.1
RETRY_LIMIT_SECONDS: Final = 5.0
_log = logger(__name__)


class _DoubtError(Exception):
    """The consumer may never move again as it is."""


class Member(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """A group's member, rebuilt as often as it takes."""

    def __init__(self, group: Group, settings: KernelSettings, client_id: str) -> None:
        """Keep what is needed; ``run`` connects."""
        self._group = group
        self._settings = settings
        self._client_id = client_id
        self._session_seconds = settings.kafka_session_timeout_seconds
        self._request_seconds = request_seconds(settings)
        self._doubt_seconds = 3 * self._request_seconds
        self._standing = Standing()
        self._slots = asyncio.Semaphore(HANDLERS)
        self._hands: dict[TopicPartition, asyncio.Task[None]] = {}
        self._generation = 0
        self._leaving = asyncio.Event()
        self._stop = asyncio.Event()
        self.finished = asyncio.Event()
        self.finished.set()

    def progress(self) -> Progress:
        """Return how far the partitions that are ours right now have come."""
        return self._standing.progress()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve the group until ``stop``, whatever the brokers do."""
        self._stop = stop
        self.finished.clear()
        delay = RETRY_SECONDS
        try:
            while not stop.is_set():
                try:
                    await self._session()
                    delay = RETRY_SECONDS
                except (KafkaError, OSError, TimeoutError, _DoubtError) as error:
                    _log.warning(
                        "consumer rebuilt", group=self._group.name, error=repr(error), after=delay
                    )
                    await _wait(stop, delay)
                    delay = min(delay * 2, RETRY_LIMIT_SECONDS)
        finally:
            self.finished.set()

    async def _session(self) -> None:
        """Serve with one consumer object until stopped, or until it cannot be trusted."""
        consumer = make_consumer(self._settings, self._client_id, self._group.name)
        consumer.subscribe(self._group.topics, listener=self)
        self._leaving.clear()
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._standing.watch(consumer))
                try:
                    if await self._join(consumer, tasks):
                        await self._serve(consumer, tasks)
                finally:
                    watch.cancel()
                    await self._finish_hands(self._settings.shutdown_grace_seconds)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._generation += 1
            self._standing.revoked()
            await abandon_consumer(consumer)

    async def _join(self, consumer: AIOKafkaConsumer, tasks: asyncio.TaskGroup) -> bool:
        """Connect and wait for the first assignment; return False if stopped meanwhile."""
        starting = tasks.create_task(_outcome(consumer.start()))
        stopping = tasks.create_task(self._stop.wait())
        await asyncio.wait(
            {starting, stopping},
            timeout=self._doubt_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        stopping.cancel()
        if starting.done():
            _raise(starting.result())
            return not self._stop.is_set()
        starting.cancel()
        if self._stop.is_set():
            return False
        raise _DoubtError("no assignment")

    async def _serve(self, consumer: AIOKafkaConsumer, tasks: asyncio.TaskGroup) -> None:
        stopping = tasks.create_task(self._stop.wait())
        try:
            while not self._stop.is_set():
                await self._step(consumer, tasks, stopping)
                if self._standing.silent_seconds() > self._doubt_seconds:
                    raise _DoubtError("no broker answers")
        finally:
            stopping.cancel()
            self._leaving.set()

    async def _step(
        self, consumer: AIOKafkaConsumer, tasks: asyncio.TaskGroup, stopping: asyncio.Task[Any]
    ) -> None:
        """Poll the partitions with nothing in hand, until records, a free hand or a stop come."""
        idle = consumer.assignment() - self._hands.keys()
        waiting: set[asyncio.Task[Any]] = {stopping, *self._hands.values()}
        polling: asyncio.Task[Any] | None = None
        # Naming no partition would mean all of them, those in hand as well.
        if idle or not self._hands:
            polling = tasks.create_task(_outcome(self._poll(consumer, idle)))
            waiting.add(polling)
        timeout = self._doubt_seconds if polling else POLL_MS / 1000
        done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if polling is not None:
            # Cancelled while it waits, a poll has taken nothing yet: taking is one step with
            # returning.
            polling.cancel()
            await asyncio.wait({polling})
            if not done:
                raise _DoubtError("a poll does not return")
            if not polling.cancelled():
                generation, found = _raise(polling.result())
                # Records of an assignment that is gone come again, to whoever has them now.
                if generation == self._generation and not self._leaving.is_set():
                    self._take(consumer, tasks, found)
        self._standing.note(consumer, self._hands)

    async def _poll(
        self, consumer: AIOKafkaConsumer, idle: Iterable[TopicPartition]
    ) -> tuple[int, Mapping[TopicPartition, Sequence[Any]]]:
        """Return records and the generation they were taken under: a poll may outlast several."""
        found = await consumer.getmany(*idle, timeout_ms=POLL_MS, max_records=BATCH_RECORDS)
        return self._generation, found

    def _take(
        self,
        consumer: AIOKafkaConsumer,
        tasks: asyncio.TaskGroup,
        found: Mapping[TopicPartition, Sequence[Any]],
    ) -> None:
        """Start handling one batch per partition."""
        for partition, records in found.items():
            self._standing.begun(partition, records[0].offset)
            hand = tasks.create_task(self._handle(consumer, partition, records))
            self._hands[partition] = hand
            hand.add_done_callback(partial(self._hand_free, partition))

    def _hand_free(self, partition: TopicPartition, _: asyncio.Task[None]) -> None:
        del self._hands[partition]

    async def _handle(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: Sequence[Any]
    ) -> None:
        """Have a batch handled, however often it takes, then commit its offset."""
        generation = self._generation
        batch = [to_delivery(record) for record in records]
        await failpoints.reach("C1")
        delay = RETRY_SECONDS
        while not await self._handled(batch):
            await _wait(self._leaving, delay)
            if self._leaving.is_set():
                return
            delay = min(delay * 2, RETRY_LIMIT_SECONDS)
        if generation != self._generation:
            return
        self._standing.done(partition, records[-1].offset + 1)
        await failpoints.reach("C4")
        if await self._commit(consumer, partition, records[-1].offset + 1):
            await failpoints.reach("C5")

    async def _handled(self, batch: Sequence[Delivery]) -> bool:
        async with self._slots:
            if self._leaving.is_set():
                return False
            try:
                await self._group.handle(batch)
            except Exception as error:  # noqa: BLE001 - the batch comes again, whatever it was
                _log.warning(
                    "batch not handled, again soon",
                    group=self._group.name,
                    topic=batch[0].record.topic,
                    partition=batch[0].partition,
                    offset=batch[0].offset,
                    error=repr(error),
                )
                return False
        return True

    async def _commit(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int
    ) -> bool:
        """Commit an offset, or leave that to the next batch: its records would only come again."""
        try:
            async with asyncio.timeout(self._request_seconds):
                await consumer.commit({partition: offset})
        except (CommitFailedError, IllegalStateError) as error:
            # Thrown out of the group meanwhile; aiokafka joins again by itself.
            _log.info("commit refused", group=self._group.name, error=type(error).__name__)
            return False
        except (KafkaError, TimeoutError) as error:
            _log.warning("commit failed", group=self._group.name, error=repr(error))
            return False
        return True

    async def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ANN401, ARG002
        """Finish what is in hand before the partitions go to others; called by aiokafka."""
        self._leaving.set()
        await self._finish_hands(self._session_seconds * 0.8)
        try:
            await failpoints.reach("C6")
        finally:
            self._generation += 1
            self._standing.revoked()
            # Nothing is polled between here and the next assignment.
            if not self._stop.is_set():
                self._leaving.clear()

    async def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ANN401
        """Begin anew with what is ours now; called by aiokafka."""
        self._standing.assigned(frozenset(assigned))

    async def _finish_hands(self, seconds: float) -> None:
        """Wait for the batches in hand, then cancel what is left: its transaction is undone."""
        hands = set(self._hands.values())
        if not hands:
            return
        _, late = await asyncio.wait(hands, timeout=seconds)
        for hand in late:
            hand.cancel()
        if late:
            _log.warning("batches in hand cancelled", group=self._group.name, count=len(late))
            await asyncio.wait(late, timeout=1)


async def _outcome(work: Awaitable[Any]) -> Any:  # noqa: ANN401
    """Return what comes out, an error of the connection included: batches in hand go on."""
    try:
        return await work
    except (KafkaError, OSError) as error:
        return error


def _raise(outcome: Any) -> Any:  # noqa: ANN401
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except TimeoutError:
        return
