"""The relay: takes a schema's queue to the bus, one relay at a time, and writes the feed.

Elected by a session advisory lock; every replica stands by. A batch is read, published with no
transaction open, and then, in one transaction on the connection that holds the lock, deleted from
the queue and appended to the feed with its link of the hash chain. A relay that lost its lock
without knowing can only publish copies: its feed rows collide with the new leader's. A record that
the bus will never take as it is waits in the queue, tried again from time to time, and holds back
nothing but the later events of its own aggregate.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from shared import failpoints
from shared.bus import BusUnavailableError, EventBus, RecordRefusedError
from shared.db import prepare_connection
from shared.envelope import attributes, chain_hash, to_record
from shared.log import logger
from shared.outbox import event_of
from shared.telemetry import (
    OUTBOX_DEPTH,
    OUTBOX_OLDEST,
    PUBLISH_FAILURES,
    PUBLISHED,
    RELAY_LEADER,
)

BATCH: Final = 500
POLL_SECONDS: Final = 0.025
POLL_IDLE_SECONDS: Final = 0.5
STANDBY_SECONDS: Final = 1.0
BACKOFF_SECONDS: Final = 30.0
MEASURE_EVERY_SECONDS: Final = 2.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Sql:
    lock: str
    read: str
    head: str
    finish: str
    measure: str


def _sql(service: str) -> _Sql:
    return _Sql(
        lock=f"select pg_try_advisory_lock(hashtextextended('itsm.relay.{service}', 0))",
        read="select l.*, f.position is not null as sent_before"
        f" from {service}.outbox o join {service}.event_log l on l.id = o.log_id"
        f" left join {service}.feed f on f.log_id = l.id where l.key <> all($1::uuid[])"
        f" order by o.log_id limit {BATCH}",
        head=f"select position, hash from {service}.feed order by position desc limit 1",
        finish=f"with gone as (delete from {service}.outbox where log_id = any($1::bigint[])"
        f" returning log_id), entered as (insert into {service}.feed (position, log_id, hash)"
        " select p, l, h from unnest($2::bigint[], $3::bigint[], $4::bytea[]) as f(p, l, h)"
        " join gone on gone.log_id = l returning 1)"
        " select (select count(*) from gone) as gone, (select count(*) from entered) as entered",
        measure=f"select (select count(*) from {service}.outbox),"
        f" (select extract(epoch from now() - recorded_at)::float8 from {service}.event_log"
        f" where id = (select min(log_id) from {service}.outbox))",
    )


class Relay:
    """Moves one service's events to the bus until it is stopped."""

    def __init__(self, *, url: str, service: str, bus: EventBus) -> None:
        """Keep what is needed; ``run`` opens a connection of its own."""
        self._url = url
        self._service = service
        self._bus = bus
        self._sql = _sql(service)
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._held: set[UUID] = set()
        self._held_until = 0.0
        self.leading = False
        self.trouble: str | None = None

    def wake(self) -> None:
        """Say that something was committed; the relay looks at once."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the relay to end after the batch in hand."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Stand by, lead, and begin again after every failure, until stopped."""
        delay = POLL_SECONDS
        while not self._stop.is_set():
            try:
                await self._session()
                delay = POLL_SECONDS
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                _log.warning("relay lost its database", service=self._service, error=str(error))
                await _wait(self._stop, delay)
                delay = min(delay * 2, 5.0)
            finally:
                self._lead(leading=False)
                # Whoever leads now sees how the bus is.
                self.trouble = None

    async def _session(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=5,
            command_timeout=30,
            server_settings={"application_name": f"itsm-{self._service}-relay"},
        )
        try:
            await prepare_connection(connection)
            while not self._stop.is_set() and not await connection.fetchval(self._sql.lock):
                await _wait(self._stop, STANDBY_SECONDS)
            self._lead(leading=not self._stop.is_set())
            await self._drain(connection)
        finally:
            await _close(connection)

    async def _drain(self, connection: asyncpg.Connection) -> None:
        idle = POLL_SECONDS
        backoff = POLL_SECONDS
        loop = asyncio.get_running_loop()
        measured_at = -MEASURE_EVERY_SECONDS
        while not self._stop.is_set():
            self._wake.clear()
            if loop.time() - measured_at >= MEASURE_EVERY_SECONDS:
                measured_at = loop.time()
                await self._measure(connection)
            try:
                moved = await self._move_batch(connection)
            except BusUnavailableError as error:
                self.trouble = f"events wait, the bus did not confirm: {error}"
                PUBLISH_FAILURES.labels(self._service).inc()
                _log.warning("bus did not confirm", service=self._service, error=str(error))
                await _wait(self._stop, backoff)
                backoff = min(backoff * 2, BACKOFF_SECONDS)
                continue
            except RecordRefusedError as error:
                PUBLISH_FAILURES.labels(self._service).inc()
                _log.error("bus refuses a record", service=self._service, error=str(error))
                continue
            self.trouble = None
            backoff = POLL_SECONDS
            idle = POLL_SECONDS if moved else min(idle * 2, POLL_IDLE_SECONDS)
            if moved < BATCH:
                await _wait(self._wake, idle)

    async def _move_batch(self, connection: asyncpg.Connection) -> int:
        """Publish the head of the queue, then write it off; return how many events that were.

        Raises:
            BusUnavailableError: the outcome is unknown; everything is still queued.
            RecordRefusedError: one can never go out as it is; its key is held back for a while.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._held_until:
            self._held.clear()
        rows = await connection.fetch(self._sql.read, list(self._held))
        if not rows:
            return 0
        await failpoints.reach("R1")
        events = [event_of(row, self._service) for row in rows]
        named = [attributes(event) for event in events]
        try:
            await self._bus.publish(list(map(to_record, events, named)))
        except RecordRefusedError as error:
            # Its record waits, and with it the later ones of its key; all others go on.
            self._held.add(events[error.index].key)
            self._held_until = now + BACKOFF_SECONDS
            raise
        await failpoints.reach("R3")
        await failpoints.reach("R6")
        head = await connection.fetchrow(self._sql.head)
        position, link = (head["position"], head["hash"]) if head else (0, b"")
        entered: list[int] = []
        links: list[bytes] = []
        for row, event, known in zip(rows, events, named, strict=True):
            # What was queued to go out again has its place in the feed already.
            if not row["sent_before"]:
                link = chain_hash(link, event, known)
                links.append(link)
                entered.append(row["id"])
        ids = [row["id"] for row in rows]
        positions = list(range(position + 1, position + 1 + len(entered)))
        async with connection.transaction():
            done = await connection.fetchrow(self._sql.finish, ids, positions, entered, links)
            if tuple(done) != (len(ids), len(entered)):
                # Somebody else wrote part of the batch off: we are not the leader we thought.
                message = "the queue moved under this relay"
                raise ConnectionError(message)
        await failpoints.reach("R4")
        PUBLISHED.labels(self._service).inc(len(ids))
        return len(ids)

    async def _measure(self, connection: asyncpg.Connection) -> None:
        depth, oldest = await connection.fetchrow(self._sql.measure)
        OUTBOX_DEPTH.labels(self._service).set(depth)
        OUTBOX_OLDEST.labels(self._service).set(max(oldest or 0.0, 0.0))

    def _lead(self, *, leading: bool) -> None:
        if leading != self.leading:
            _log.info("relay leads" if leading else "relay yields", service=self._service)
        self.leading = leading
        RELAY_LEADER.labels(self._service).set(int(leading))


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        connection.terminate()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except TimeoutError:
        return
