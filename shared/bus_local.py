"""The bus inside one process: no queue of its own, so nothing that it could lose.

``publish`` returns once every subscribed group has committed or parked the records; until then
they are the publisher's, in its database. It therefore works only where the whole platform is one
process. A group that does not take part right now makes ``publish`` fail, and the publisher tries
again; groups that already had the records see them a second time.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from shared import failpoints
from shared.bus import BusUnavailableError, Delivery, Group, Progress
from shared.envelope import Record
from shared.log import logger

PARTITION: Final = 0
STOP_SECONDS: Final = 10.0
"""How long ``stop`` waits for the batches in hand; what takes longer is cancelled."""
_log = logger(__name__)


@dataclass(slots=True)
class _Batch:
    """Records of one topic on their way to one group, and where their publisher waits."""

    deliveries: Sequence[Delivery]
    done: asyncio.Future[None]


_Lane: TypeAlias = "asyncio.Queue[_Batch | None]"
"""What waits for one group and topic; None wakes its worker up to end."""


@dataclass(slots=True)
class _Served:
    """A group, with one lane per topic: what is in a lane goes in order, one batch at a time."""

    group: Group
    lanes: dict[str, _Lane]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    waiting: int = 0
    serving: bool = False
    ever_served: bool = False
    moved_at: float = field(default_factory=time.monotonic)
    finished: asyncio.Event = field(default_factory=asyncio.Event)


class LocalBus:
    """``EventBus`` without a broker."""

    def __init__(self, *, stop_seconds: float = STOP_SECONDS) -> None:
        """Make a bus with no groups; ``stop_seconds`` bounds what is in hand when it stops."""
        self._stop_seconds = stop_seconds
        self._groups: dict[str, _Served] = {}
        self._offsets: defaultdict[str, int] = defaultdict(int)
        self._stopping = asyncio.Event()

    async def start(self, topics: Sequence[str]) -> None:
        """Do nothing: there is nowhere to connect to, and a topic is only a name."""

    def subscribe(self, group: Group) -> None:
        """Register a group; call before ``consume`` and before anything is published.

        Raises:
            ValueError: the name is taken.
        """
        if group.name in self._groups:
            raise ValueError(f"group {group.name} is registered already")
        lanes: dict[str, _Lane] = {topic: asyncio.Queue() for topic in group.topics}
        self._groups[group.name] = _Served(group, lanes)

    async def publish(self, records: Sequence[Record]) -> None:
        """Hand records to every group of their topics; return once all have handled them.

        Raises:
            BusUnavailableError: a group does not take part, or its handler failed. Others may have
                handled the records.
        """
        if not records:
            return
        by_topic: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_topic[record.topic].append(record)
        self._refuse_unserved(by_topic)
        waiting: list[asyncio.Future[None]] = []
        # No await between the first lane and the last: two publishers cannot interleave, so every
        # group sees their records in the same order.
        for topic, some in by_topic.items():
            waiting += self._enqueue(topic, some)
        await failpoints.reach("R2")
        if not waiting:
            return
        try:
            await asyncio.wait(waiting)
        except asyncio.CancelledError:
            # Nobody will ask any more; the groups finish with the records all the same.
            for one in waiting:
                one.cancel()
            raise
        failures = [failure for one in waiting if (failure := one.exception()) is not None]
        if failures:
            raise BusUnavailableError(str(failures[0])) from failures[0]

    async def consume(self, name: str) -> None:
        """Serve one registered group until ``stop``; a batch in hand is finished first."""
        served = self._groups[name]
        if self._stopping.is_set():
            return
        served.serving = served.ever_served = True
        served.finished.clear()
        try:
            async with asyncio.TaskGroup() as lanes:
                served.tasks = [
                    lanes.create_task(self._serve_lane(served, lane))
                    for lane in served.lanes.values()
                ]
        finally:
            served.serving = False
            for lane in served.lanes.values():
                while not lane.empty():
                    if (batch := lane.get_nowait()) is not None:
                        self._settle(served, batch, _not_served(name))
            served.finished.set()

    def progress(self, name: str) -> Progress:
        """Return how far a group is: what is queued or in hand is its lag."""
        served = self._groups[name]
        idle = time.monotonic() - served.moved_at if served.waiting else 0.0
        return Progress(served.waiting, served.ever_served, idle)

    async def stop(self) -> None:
        """Let every group finish the batch in hand; what has not begun goes back to its publisher.

        A batch that takes longer than ``stop_seconds`` is cancelled.
        """
        self._stopping.set()
        serving = [served for served in self._groups.values() if served.serving]
        for served in serving:
            for lane in served.lanes.values():
                lane.put_nowait(None)
        try:
            async with asyncio.timeout(self._stop_seconds):
                for served in serving:
                    await served.finished.wait()
        except TimeoutError:
            late = [served for served in serving if served.serving]
            _log.warning("batch in hand cancelled", groups=[served.group.name for served in late])
            for served in late:
                for task in served.tasks:
                    task.cancel()

    def _refuse_unserved(self, topics: Iterable[str]) -> None:
        wanted = set(topics)
        for served in self._groups.values():
            if not served.serving and wanted.intersection(served.lanes):
                raise _not_served(served.group.name)

    def _enqueue(self, topic: str, records: Sequence[Record]) -> list[asyncio.Future[None]]:
        first = self._offsets[topic]
        self._offsets[topic] += len(records)
        deliveries = tuple(
            Delivery(record, PARTITION, offset) for offset, record in enumerate(records, first)
        )
        waiting = []
        for served in self._groups.values():
            if topic not in served.lanes:
                continue
            batch = _Batch(deliveries, asyncio.get_running_loop().create_future())
            if not served.waiting:
                served.moved_at = time.monotonic()
            served.waiting += len(deliveries)
            served.lanes[topic].put_nowait(batch)
            waiting.append(batch.done)
        return waiting

    async def _serve_lane(self, served: _Served, lane: _Lane) -> None:
        while not self._stopping.is_set():
            batch = await lane.get()
            if batch is None:
                return
            if self._stopping.is_set():
                self._settle(served, batch, _not_served(served.group.name))
                return
            await self._serve_batch(served, batch)

    async def _serve_batch(self, served: _Served, batch: _Batch) -> None:
        failure: BaseException | None = asyncio.CancelledError()
        try:
            await failpoints.reach("C1")
            await served.group.handle(batch.deliveries)
            await failpoints.reach("C4")
            failure = None
        except Exception as error:  # noqa: BLE001 - whatever it is, the publisher has to try again
            failure = error
        finally:
            self._settle(served, batch, failure)
        if failure is None:
            await failpoints.reach("C5")

    def _settle(self, served: _Served, batch: _Batch, failure: BaseException | None) -> None:
        """Tell the publisher what became of its batch."""
        served.waiting -= len(batch.deliveries)
        if failure is None or not served.waiting:
            served.moved_at = time.monotonic()
        if batch.done.done():
            return
        if failure is None:
            batch.done.set_result(None)
        else:
            name = served.group.name
            reason = f"group {name} failed: {type(failure).__name__}: {failure}"
            batch.done.set_exception(BusUnavailableError(reason))


def _not_served(name: str) -> BusUnavailableError:
    return BusUnavailableError(f"group {name} is not being served")
