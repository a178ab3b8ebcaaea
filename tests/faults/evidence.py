"""Putting the dumps of one system together, once it is at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from aiokafka import TopicPartition

from shared.outbox import topic_of
from tests.faults import reading
from tests.faults.clients import History
from tests.faults.dumps import Dumps
from tests.faults.system import CLOSE_AFTER_SECONDS, System


async def gather(
    system: System,
    topics: reading.Topics,
    history: History,
    *,
    since: Mapping[TopicPartition, int],
) -> Dumps:
    """Return everything that the checker looks at; topics from where the system began."""
    published = await topics.records([topic_of(name) for name in system.names], since)
    readers = reading.readers(system.services)
    committed = {
        (reader.subscription, place.topic, place.partition): offset
        for reader in readers
        for place, offset in (await topics.committed(reader.subscription)).items()
    }
    tables = await reading.tables(
        system.database.admin, system.services, closes_after=CLOSE_AFTER_SECONDS
    )
    return Dumps(
        taken_at=datetime.now(UTC),
        operations=history.operations,
        published=published,
        readers=readers,
        committed=committed,
        receipts=system.sinks.receipts,
        outages=system.outages,
        **tables,
    )


def amounts(dumps: Dumps) -> dict[str, int]:
    """Return how much of each kind of evidence there is, so that none is missing unnoticed."""
    copies = len(dumps.published) - len({record.event_id for record in dumps.published})
    sinks = Counter(receipt.sink for receipt in dumps.receipts)
    outcomes = Counter(operation.outcome for operation in dumps.operations)
    attempts = Counter(
        attempt.outcome for operation in dumps.operations for attempt in operation.attempts
    )
    return {
        "events": len(dumps.logged),
        "records": len(dumps.published),
        "copies": copies,
        "effects": len(dumps.effects),
        "offsets": len(dumps.committed),
        "timers_fired": len(dumps.firings),
        "closed_or_breached_by_time": sum(len(wakeup.happened) for wakeup in dumps.wakeups),
        "notifications_expected": len(dumps.expected),
        "mails": sinks["mail"],
        "webhooks": sinks["webhook"],
        "writes_refused": outcomes["refused"],
        "answers_lost": attempts["unknown"],
    }
