"""Waiting until the platform has come to rest: nothing queued, unread, unsent or due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from shared.outbox import topic_of
from tests.faults.reading import Topics, readers
from tests.faults.system import CLOSE_AFTER_SECONDS, System

LIMIT_SECONDS: Final = 30.0
"""Recovery without a human hand takes no longer."""
POLL_SECONDS: Final = 0.1
_TABLES: Final = (
    "select '{name} queue' as place, count(*) as count from {name}.outbox"
    " union all select '{name} timers', count(*) from {name}.timer where armed"
    " and due_at < now() + interval '{soon} seconds'"
)


class UnrestError(Exception):
    """The platform does not come to rest; the message shows what is left."""


class Watch:
    """Looks at one system's database and topics."""

    def __init__(self, system: System, topics: Topics) -> None:
        """Look at a system through a connected view of the broker."""
        self._system = system
        self._topics = topics
        self._names = system.names
        self._readers = readers(system.services)

    async def settled(self, *, within: float = LIMIT_SECONDS) -> float:
        """Wait until everything is at rest; return how many seconds that took.

        Raises:
            UnrestError: it was not in time; the processes that have ended are named as well.
        """
        began = time.monotonic()
        connection = await asyncpg.connect(self._system.database.admin)
        try:
            while left := await self._left(connection):
                if time.monotonic() - began > within:
                    raise UnrestError(f"after {within:g} s: {left}{self._ended()}")
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await connection.close()
        return time.monotonic() - began

    async def queue_empty(self, name: str) -> bool:
        """Return whether a service has nothing left to send."""
        connection = await asyncpg.connect(self._system.database.admin)
        try:
            count = await connection.fetchval(f"select count(*) from {name}.outbox")
        finally:
            await connection.close()
        return not count

    async def _left(self, connection: Any) -> Mapping[str, int]:  # noqa: ANN401
        if left := await self._in_tables(connection):
            return left
        ends = await self._topics.ends([topic_of(name) for name in self._names])
        lag: dict[str, int] = {}
        for reader in self._readers:
            committed = await self._topics.committed(reader.subscription)
            behind = sum(
                end - committed.get(place, 0)
                for place, end in ends.items()
                if place.topic in reader.topics
            )
            if behind:
                lag[f"{reader.subscription} behind"] = behind
        # What was read a moment ago may have been answered with new events.
        return lag or await self._in_tables(connection)

    async def _in_tables(self, connection: Any) -> Mapping[str, int]:  # noqa: ANN401
        parts = [_TABLES.format(name=name, soon=2 * CLOSE_AFTER_SECONDS) for name in self._names]
        if "notify" in self._names:
            parts.append(
                "select 'notifications', count(*) from notify.notification"
                " where state not in ('sent', 'suppressed', 'dead_lettered')"
            )
        rows = await connection.fetch(" union all ".join(parts))
        return {row["place"]: row["count"] for row in rows if row["count"]}

    def _ended(self) -> str:
        dead = [name for name, process in self._system.running.items() if not process.alive]
        return "".join(f"\n{name} has ended: {self._system.last_words(name)}" for name in dead)
