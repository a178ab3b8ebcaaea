"""Sending: one deadline round a batch, and a new producer after every doubt.

aiokafka advances a partition's sequence number when it drains a batch and never goes back, so one
batch that fails for good makes every later send to that partition fail; and with idempotence on it
retries for ever. Hence a producer that failed once, or did not answer in time, is thrown away. Its
records may or may not be in Kafka: whoever published them publishes them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from shared import failpoints
from shared.bus import BusUnavailableError, RecordRefusedError
from shared.bus_kafka.abandon import abandon_producer
from shared.envelope import Record
from shared.settings import KernelSettings

BATCH_BYTES: Final = 256 * 1024
"""Of one request per partition: well below the megabyte that a broker takes by default."""
CLOSE_SECONDS: Final = 5.0
_REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


class Publisher:
    """Owns the one producer of a process, and its replacement."""

    def __init__(self, settings: KernelSettings, client_id: str) -> None:
        """Keep the settings; the producer is made by the first ``publish``."""
        self._settings = settings
        self._client_id = client_id
        self._deadline = settings.kafka_send_deadline_seconds
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def publish(self, records: Sequence[Record]) -> None:
        """Send records, in order per key; return once every in-sync replica has them.

        Raises:
            BusUnavailableError: the outcome is unknown.
            RecordRefusedError: one record is larger than the broker takes.
        """
        try:
            await self._attempt(records)
        except RecordRefusedError:
            if len(records) == 1:
                raise
        else:
            return
        # The broker refuses whole batches, so any record of the batch may be the one it cannot
        # take: sent one by one, the first that is refused is the one.
        for index, record in enumerate(records):
            try:
                await self._attempt([record])
            except RecordRefusedError as error:
                raise RecordRefusedError(index, error.reason) from error

    async def close(self) -> None:
        """Close the producer and those thrown away before, in bounded time."""
        if self._producer is not None:
            self._discard(self._producer)
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)

    async def _attempt(self, records: Sequence[Record]) -> None:
        producer: AIOKafkaProducer | None = None
        pending: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self._deadline):
                producer = await self._current()
                half = len(records) // 2 if failpoints.armed("R5") else 0
                if half:
                    await self._send(producer, records[:half], pending)
                    await failpoints.reach("R5")
                await self._send(producer, records[half:], pending)
        except _REFUSALS as error:
            self._discard(producer)
            raise RecordRefusedError(0, f"too large for the broker: {error}") from error
        except TimeoutError as error:
            self._discard(producer)
            raise BusUnavailableError(f"no answer within {self._deadline:g} s") from error
        except (KafkaError, OSError) as error:
            self._discard(producer)
            raise BusUnavailableError(f"{type(error).__name__}: {error}") from error
        finally:
            for future in pending:
                # Nobody waits for these any more; asking marks the errors as seen.
                if not future.cancel() and not future.cancelled():
                    future.exception()

    async def _send(
        self,
        producer: AIOKafkaProducer,
        records: Sequence[Record],
        pending: list[asyncio.Future[Any]],
    ) -> None:
        for record in records:
            headers = list(record.headers)
            sent = await producer.send(record.topic, record.value, record.key, headers=headers)
            pending.append(sent)
        await failpoints.reach("R2")
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        for future in pending:
            if future.done():
                future.result()

    async def _current(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._settings.kafka_bootstrap,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=BATCH_BYTES,
                    request_timeout_ms=round(self._deadline * 1000),
                    retry_backoff_ms=200,
                    metadata_max_age_ms=60_000,
                )
                try:
                    await producer.start()
                except BaseException:
                    self._close_beside(producer)
                    raise
                self._producer = producer
            return self._producer

    def _discard(self, producer: AIOKafkaProducer | None) -> None:
        """Never use this producer again; whoever comes first has it closed."""
        if producer is not None and self._producer is producer:
            self._producer = None
            self._close_beside(producer)

    def _close_beside(self, producer: AIOKafkaProducer) -> None:
        # Bounded in time, kept until done, awaited by close(): supervised as far as it needs.
        task = asyncio.create_task(abandon_producer(producer))  # noqa: TID251
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
