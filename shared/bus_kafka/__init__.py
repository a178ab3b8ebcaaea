"""The bus on Apache Kafka: ``acks=all``, idempotent producer, offsets committed by hand.

``publisher`` sends, ``member`` is one group's membership, ``topics`` creates and verifies; this
module is the ``EventBus`` that the rest of the program sees. Nothing outside this package knows
aiokafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from shared.bus import Group, Progress
from shared.bus_kafka.member import Member
from shared.bus_kafka.publisher import Publisher
from shared.bus_kafka.topics import ensure_topics
from shared.envelope import Record
from shared.log import logger
from shared.settings import KernelSettings

LEAVE_SECONDS: Final = 8.0
"""Beyond the grace for batches in hand: commit, leave the group, close the connections."""
_log = logger(__name__)


class KafkaBus:
    """``EventBus`` on a Kafka cluster; one object per process."""

    def __init__(self, settings: KernelSettings, client_id: str) -> None:
        """Keep the settings; nothing is connected before ``start``.

        ``client_id`` names this process in the broker's logs and quotas.
        """
        self._settings = settings
        self._client_id = client_id
        self._publisher = Publisher(settings, client_id)
        self._members: dict[str, Member] = {}
        self._stopping = asyncio.Event()

    async def start(self, topics: Sequence[str]) -> None:
        """Connect, then create the topics or verify those that exist.

        Raises:
            ConfigurationError: no broker answers within 15 s, or a topic is less safe than the
                settings ask for.
        """
        await ensure_topics(self._settings, self._client_id, topics)

    async def publish(self, records: Sequence[Record]) -> None:
        """Send records, in order per key; return once every in-sync replica has them.

        Raises:
            BusUnavailableError: the outcome is unknown.
            RecordRefusedError: one record is larger than the broker takes.
        """
        if records:
            await self._publisher.publish(records)

    def subscribe(self, group: Group) -> None:
        """Register a group; call before ``consume``.

        Raises:
            ValueError: the name is taken.
        """
        if group.name in self._members:
            raise ValueError(f"group {group.name} is registered already")
        self._members[group.name] = Member(group, self._settings, self._client_id)

    async def consume(self, name: str) -> None:
        """Serve one registered group until ``stop``; a batch in hand is finished first.

        Survives brokers that go away, rebalances and being thrown out of the group: each costs
        time and copies, never a record.
        """
        await self._members[name].run(self._stopping)

    def progress(self, name: str) -> Progress:
        """Return how far a group's share in this process is, without asking the broker."""
        return self._members[name].progress()

    async def stop(self) -> None:
        """Let every ``consume`` finish and leave its group, then close the producer."""
        self._stopping.set()
        try:
            async with asyncio.timeout(self._settings.shutdown_grace_seconds + LEAVE_SECONDS):
                for member in self._members.values():
                    await member.finished.wait()
        except TimeoutError:
            late = [name for name, member in self._members.items() if not member.finished.is_set()]
            _log.warning("groups did not stop in time", groups=late)
        await self._publisher.close()
