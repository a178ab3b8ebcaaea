"""How far a member has come: what is left, whether it saw the end once, since when it stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.bus import Progress

LEARN_AGAIN_SECONDS: Final = 0.5


class Standing:
    """The partitions that are ours, where each ends and which offset is next to be handled."""

    def __init__(self) -> None:
        """Begin with nothing assigned."""
        self._ours: frozenset[TopicPartition] | None = None
        self._next: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._goals: dict[TopicPartition, int] = {}
        self._changed = asyncio.Event()
        self._lag = 0
        self._bootstrapped = False
        self._moved_at = self._heard_at = time.monotonic()
        self._newest_answer = 0

    def assigned(self, partitions: frozenset[TopicPartition]) -> None:
        """Take over partitions; ``watch`` finds out where they begin and end."""
        self._ours = partitions
        self._next.clear()
        self._heard_at = time.monotonic()
        self._changed.set()

    def revoked(self) -> None:
        """Give all partitions back; lag stays as last known until the next assignment."""
        self._ours = None

    def begun(self, partition: TopicPartition, offset: int) -> None:
        """Note that a batch that starts at this offset is in hand."""
        self._next[partition] = offset

    def done(self, partition: TopicPartition, offset: int) -> None:
        """Note that everything before this offset was handled."""
        self._next[partition] = offset
        self._moved_at = time.monotonic()

    def progress(self) -> Progress:
        """Return the state at the last look, with the time since the last move."""
        idle = time.monotonic() - self._moved_at if self._lag else 0.0
        return Progress(self._lag, self._bootstrapped, idle)

    def note(self, consumer: AIOKafkaConsumer, in_hand: Iterable[TopicPartition]) -> None:
        """Look at what the last fetches said."""
        now = time.monotonic()
        current = consumer.assignment()
        ours = {one for one in self._ours or () if one in current}
        for one in ours:
            self._ends[one] = max(self._ends.get(one, 0), consumer.highwater(one) or 0)
        self._listen(consumer, ours, in_hand, now)
        if self._ours is None:
            return
        self._lag = sum(
            max(0, self._ends.get(one, 0) - place)
            for one, place in self._next.items()
            if one in ours
        )
        if not self._lag:
            self._moved_at = now
        if not self._bootstrapped:
            self._bootstrapped = all(
                one in self._goals and self._next.get(one, -1) >= self._goals[one]
                for one in self._ours
            )

    def silent_seconds(self) -> float:
        """Return for how long no broker has answered a fetch while there was something to ask."""
        return time.monotonic() - self._heard_at

    async def watch(self, consumer: AIOKafkaConsumer) -> None:
        """After each assignment find out where its partitions begin and end, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._learn(consumer)
            except (KafkaError, IllegalStateError, OSError):
                # Revoked meanwhile, or no broker: there will be another look.
                await asyncio.sleep(LEARN_AGAIN_SECONDS)
                self._changed.set()

    async def _learn(self, consumer: AIOKafkaConsumer) -> None:
        ours = self._ours
        if not ours:
            return
        # The end to be reached is the one seen first: it must not run away from a slow member.
        unseen = ours - self._goals.keys()
        if unseen:
            ends = await consumer.end_offsets(unseen)
            self._goals.update(ends)
            self._ends.update(ends)
        for one in ours:
            place = await consumer.position(one)
            if self._ours is not ours:
                return
            self._next.setdefault(one, place)

    def _listen(
        self,
        consumer: AIOKafkaConsumer,
        ours: set[TopicPartition],
        in_hand: Iterable[TopicPartition],
        now: float,
    ) -> None:
        answers = (consumer.last_poll_timestamp(one) or 0 for one in ours)
        newest = max(answers, default=0)
        # What is in hand is not asked for; without anything to ask for, silence means nothing.
        if newest != self._newest_answer or not ours.difference(in_hand):
            self._newest_answer = newest
            self._heard_at = now
