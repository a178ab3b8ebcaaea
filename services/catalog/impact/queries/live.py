"""The whole map in the memory of one process, as it is now.

Cached is the map alone (``graph.ServiceMap``), never an answer. It is read from one snapshot when
the first question comes. From then on events keep it fresh: each question first asks, in one
statement, which events have been committed since the last one, whether the bus has them already
(the feed) or not (the queue of the outbox), so that an answer is complete even while the bus is
down. If one of them is of the map, the rows it names are read anew, in one snapshot with the
position, and put on the map. Rows and not payloads: a row read twice changes nothing, so neither
the order of events nor a repeated one can do harm, and a label needs no rule of its own here. If
too much is new, or the feed is behind us (another database), everything is read anew.

One lock holds over all of it and over the question, for a question reads the map while it goes. The
work is done in a thread, since a large answer takes a third of a second; a request that is given
up keeps the lock until its thread is done.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from services.catalog.components.queries import whole_map
from services.catalog.components.queries.whole_map import DependencyRow, GroupRow, NodeRow
from services.catalog.impact.domain import MapBusyError
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.rows import MapDependency, MapGroup, MapNode
from shared.db import Database, ReadTx
from shared.feed import News, changed_keys, read_news

WAIT_SECONDS: Final = 25.0
"""So long a question waits for those before it."""
SENT_AT_ONCE: Final = 200_000
"""Behind by more events than this, the map is read anew."""
CHANGED_AT_ONCE: Final = 20_000
"""The same for records of the map that changed: reading all is quicker then."""
SETTLED_FROM: Final = 10_000
"""A map of so many nodes is kept out of the garbage collector's sight."""
_NODES: Final = ("service", "configuration_item")
_AGGREGATES: Final = (*_NODES, "redundancy_group", "dependency")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Held:
    """The map, the feed's position it is of, and which of the waiting events it has."""

    map: ServiceMap
    position: int
    waiting: frozenset[int]


class LiveMap:
    """The map of one application: made with its database, filled by the first question."""

    def __init__(self, database: Database) -> None:
        """Begin with nothing."""
        self.database = database
        self._lock = asyncio.Lock()
        self._held: _Held | None = None

    async def ask(self, question: Callable[[ServiceMap], Answer], *, now: datetime) -> Answer:
        """Return what a function finds on the map, fresh as of this call; it runs in a thread.

        Raises:
            MapBusyError: those before did not get done in time.
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise MapBusyError("Others are asking the map; try again.") from None
        try:
            held = await self._fresh(now)
            return await in_thread(partial(question, held.map))
        finally:
            self._lock.release()

    async def _fresh(self, now: datetime) -> _Held:
        """Return the map with all that is committed by now."""
        held = self._held
        if held is not None:
            async with self.database.reading() as tx:
                news = await self._news(tx, held.position)
            if _is_lost(held, news):
                held = None
            elif _unknown(held, news):
                held = await self._follow(held, now)
            else:
                held.position, held.waiting = news.head, frozenset(news.waiting)
        if held is None:
            # What stops half-way leaves no map, so the next question begins anew.
            self._held = None
            held = await self._read(now)
        self._held = held
        return held

    async def _follow(self, held: _Held, now: datetime) -> _Held | None:
        """Return the map with what is new, None where it must be read anew."""
        self._held = None
        async with self.database.snapshot() as tx:
            news = await self._news(tx, held.position)
            unknown = _unknown(held, news)
            if _is_lost(held, news):
                return None
            keys = await changed_keys(
                tx, service=self.database.service, log_ids=unknown, aggregates=_AGGREGATES
            )
            if sum(map(len, keys.values())) > CHANGED_AT_ONCE:
                return None
            nodes = await whole_map.some_nodes(tx, ids=keys["service"] | keys["configuration_item"])
            groups = await whole_map.some_groups(tx, ids=keys["redundancy_group"])
            dependencies = await whole_map.some_dependencies(tx, ids=keys["dependency"])
        await in_thread(partial(_put, held.map, nodes, groups, dependencies, now))
        return _Held(held.map, news.head, frozenset(news.waiting))

    async def _read(self, now: datetime) -> _Held:
        """Read everything, in one snapshot."""
        new = ServiceMap()
        async with self.database.snapshot() as tx:
            news = await read_news(tx, service=self.database.service, after=0, limit=0)
            async for nodes in whole_map.all_nodes(tx):
                await in_thread(partial(_put, new, nodes, (), (), now))
            async for groups in whole_map.all_groups(tx):
                await in_thread(partial(_put, new, (), groups, (), now))
            async for rows in whole_map.all_dependencies(tx, now=now):
                await in_thread(partial(new.add, map(_map_dependency, rows)))
        if len(new.nodes) >= SETTLED_FROM:
            await in_thread(_settle)
        return _Held(new, news.head, frozenset(news.waiting))

    async def _news(self, tx: ReadTx, after: int) -> News:
        service = self.database.service
        return await read_news(tx, service=service, after=after, limit=SENT_AT_ONCE)


def map_of(
    nodes: Iterable[NodeRow], groups: Iterable[GroupRow], dependencies: Iterable[DependencyRow]
) -> ServiceMap:
    """Return the map of some rows, each the only one of its record."""
    return ServiceMap.build(
        (MapNode(*row) for row in nodes),
        (MapGroup(*row) for row in groups),
        map(_map_dependency, dependencies),
    )


def _map_dependency(row: DependencyRow) -> MapDependency:
    """Return a row as the map takes it."""
    return MapDependency(
        row.id,
        row.from_id,
        row.to_id,
        row.strength,
        row.failure_mode,
        row.redundancy_group_id,
        row.valid_from,
        row.valid_to,
    )


def _is_lost(held: _Held, news: News) -> bool:
    """Tell whether the map cannot follow: another feed, or more that is new than was read."""
    return news.head < held.position or len(news.sent) >= SENT_AT_ONCE


def _unknown(held: _Held, news: News) -> list[int]:
    return [one for one in (*news.sent, *news.waiting) if one not in held.waiting]


def _put(
    service_map: ServiceMap,
    nodes: Collection[NodeRow],
    groups: Collection[GroupRow],
    dependencies: Collection[DependencyRow],
    now: datetime,
) -> None:
    for node in nodes:
        service_map.put_node(MapNode(*node))
    for group in groups:
        service_map.put_group(MapGroup(*group))
    for one in dependencies:
        if one.valid_to is not None and one.valid_to <= now:
            service_map.drop_dependency(one.id, consumer=one.from_id)
        else:
            service_map.put_dependency(_map_dependency(one))


def _settle() -> None:
    """Spare the garbage collector what stays: walking a large map stops all threads for 0.1 s."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def in_thread(work: Callable[[], Answer]) -> Answer:
    """Run work beside the event loop, and wait for its end even if nobody wants it any more."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
