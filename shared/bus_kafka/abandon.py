"""Closing aiokafka clients that may never answer: the only place that reaches into them.

aiokafka 0.14 has no way to give up. A producer's ``stop`` flushes first, and with idempotence on a
flush lasts as long as the brokers are away; a consumer's ``stop`` waits for whatever request is on
the wire. Cancelling either leaves tasks behind that retry until the process ends, and a forgotten
producer would deliver its old records whenever the brokers return. These functions can go once
both calls take a deadline.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.log import logger

GIVE_UP_SECONDS: Final = 2.0
LEAVE_SECONDS: Final = 5.0
"""A consumer that stops in good health commits nothing more and tells its group that it leaves."""
_log = logger(__name__)


async def abandon_producer(producer: AIOKafkaProducer) -> None:
    """Close a producer without sending anything that it still holds; never raises."""
    # stop() waits for a flush or for the end of the sender, whichever comes first.
    stopping = asyncio.create_task(producer.stop())  # noqa: TID251
    await asyncio.sleep(0)
    sender = producer._sender.sender_task  # noqa: SLF001
    if sender is not None:
        # Cancelled once it waits for the requests on the wire, cancelled twice it ends.
        sender.cancel()
        await _finish(sender, "sender", GIVE_UP_SECONDS)
    await _finish(stopping, "producer", GIVE_UP_SECONDS)
    _settle_batches(producer)


async def abandon_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and close a consumer, in bounded time; never raises."""
    if not await _finish(
        asyncio.create_task(consumer.stop()),  # noqa: TID251
        "consumer",
        LEAVE_SECONDS,
    ):
        await _finish(
            asyncio.create_task(consumer._client.close()),  # noqa: SLF001, TID251
            "consumer connections",
            GIVE_UP_SECONDS,
        )


def _settle_batches(producer: AIOKafkaProducer) -> None:
    """Tell whoever still waits for a batch that nobody knows what became of it."""
    accumulator = producer._message_accumulator  # noqa: SLF001
    pending = accumulator._pending_batches  # noqa: SLF001
    # A batch that was tried before expects to be found among the pending ones when it ends.
    pending.update(batch for queue in accumulator._batches.values() for batch in queue)  # noqa: SLF001
    for batch in list(pending):
        # Drained first, because an error nobody waits for would be logged as forgotten.
        batch.drain_ready()
        batch.failure(KafkaError("the producer was discarded"))


async def _finish(task: asyncio.Task[None], what: str, seconds: float) -> bool:
    """Wait for a task, then cancel it and wait a little more; return whether it ended well."""
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if not task.done():
        _log.warning("could not close", what=what)
        return False
    return not task.cancelled() and task.exception() is None
