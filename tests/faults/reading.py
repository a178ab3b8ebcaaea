"""Taking the dumps: tables as the superuser sees them, topics from where the system began."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.envelope import Record, to_record
from shared.outbox import event_of, topic_of
from shared.service import Service
from tests.faults import dumps
from tests.faults.dumps import Logged, Wakeup
from tests.faults.workload import CLOCK_SECONDS

RESOLVED: Final = "itsm.incident.resolved.v1"
CLOSED: Final = "itsm.incident.closed.v1"
REOPENED: Final = "itsm.incident.reopened.v1"
CLOCK: Final = "itsm.sla_clock."
PLATFORM: Final = "itsm:incident"
FETCH_MS: Final = 500
PARTITIONS: Final = 3
"""Of each topic, as ``System`` has them made."""


def digest(record: Record) -> str:
    """Return the hash of all that goes over the wire."""
    parts = (record.key, record.value, repr(sorted(record.headers)).encode())
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()


def readers(services: Sequence[Service]) -> list[dumps.Reader]:
    """Return every subscription of the services."""
    return [
        dumps.Reader(service.name, one.name, frozenset(one.topics), frozenset(one.by_type))
        for service in services
        for one in service.subscriptions
    ]


class Topics:
    """A look at the broker from outside: ends, offsets of groups, and every record."""

    def __init__(self, bootstrap: str) -> None:
        """Connect with ``start``."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()
        await self._admin.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._admin.close()

    async def ends(self, topics: Sequence[str]) -> dict[TopicPartition, int]:
        """Return where each partition ends now; topics that do not exist have none."""
        there = await self._consumer.topics()
        parts = [
            TopicPartition(topic, number)
            for topic in topics
            if topic in there
            for number in range(PARTITIONS)
        ]
        found: dict[TopicPartition, int] = await self._consumer.end_offsets(parts) if parts else {}
        return found

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """Return a group's committed offsets."""
        found = await self._admin.list_consumer_group_offsets(group)
        return {place: entry.offset for place, entry in found.items() if entry.offset >= 0}

    async def records(
        self, topics: Sequence[str], since: Mapping[TopicPartition, int]
    ) -> list[dumps.Published]:
        """Return all records that came since the given offsets, every copy."""
        ends = await self.ends(topics)
        wanted = {place: end for place, end in ends.items() if end > since.get(place, 0)}
        if not wanted:
            return []
        self._consumer.assign(list(wanted))
        for place in wanted:
            self._consumer.seek(place, since.get(place, 0))
        found: list[dumps.Published] = []
        left = dict(wanted)
        while left:
            batch = await self._consumer.getmany(*left, timeout_ms=FETCH_MS)
            for place, records in batch.items():
                found += [_published(record) for record in records]
                if records[-1].offset + 1 >= left[place]:
                    del left[place]
        return found


def _published(record: Any) -> dumps.Published:  # noqa: ANN401 - the client has no types
    headers = {name: value.decode() for name, value in record.headers}
    raw = Record(record.topic, record.key, record.value, tuple(record.headers))
    return dumps.Published(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key.decode(),
        event_id=headers["ce_id"],
        sequence=int(headers["ce_sequence"]),
        type=headers["ce_type"],
        digest=digest(raw),
    )


async def tables(url: str, services: Sequence[Service], *, closes_after: float) -> dict[str, Any]:
    """Return what the tables say, as the fields of ``Dumps`` that come from them."""
    found: dict[str, Any] = defaultdict(list)
    queued: set[tuple[str, int]] = set()
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for service in services:
                await _read_service(connection, service, found, queued)
            await _read_ledger(connection, found)
            if any(service.name == "notify" for service in services):
                found["notices"] = await _notices(connection)
                found["expected"] = await _expected(connection)
    finally:
        await connection.close()
    found["wakeups"] = [
        *wakeups(found["logged"], timedelta(seconds=closes_after)),
        *breaches(found["logged"]),
    ]
    return {**found, "queued": frozenset(queued)}


async def _read_service(
    connection: Any,  # noqa: ANN401 - the driver has no types
    service: Service,
    found: dict[str, Any],
    queued: set[tuple[str, int]],
) -> None:
    name = service.name
    for row in await connection.fetch(f"select * from {name}.event_log order by id"):
        found["logged"].append(_logged(row, name))
    for row in await connection.fetch(f"select log_id from {name}.outbox"):
        queued.add((name, row["log_id"]))
    for row in await connection.fetch(f"select position, log_id from {name}.feed"):
        found["feed"].append(dumps.Sent(name, row["position"], row["log_id"]))
    for area in service.areas:
        for table in area.aggregates:
            rows = await connection.fetch(f"select id, version from {name}.{table}")
            found["aggregates"] += [
                dumps.Aggregate(name, table, str(row["id"]), row["version"]) for row in rows
            ]
    for row in await connection.fetch(f"select * from {name}.parked"):
        # A codec may or may not be set for this connection's JSON: only one header matters.
        event_id = str(row["headers"]).partition('"ce_id", "')[2][:36] or None
        found["parked"].append(
            dumps.Parked(name, row["subscription"], row["key"], event_id, row["error"])
        )
    for row in await connection.fetch(f"select * from {name}.timer"):
        timer = (row["kind"], str(row["subject"]), row["generation"], row["armed"], row["due_at"])
        found["timers"].append(dumps.Timer(name, *timer))


async def _read_ledger(connection: Any, found: dict[str, Any]) -> None:  # noqa: ANN401
    for row in await connection.fetch("select * from ledger.effect order by id"):
        found["effects"].append(
            dumps.Effect(
                row["id"],
                row["subscription"],
                str(row["event_id"]),
                str(row["key"]),
                row["sequence"],
            )
        )
    for row in await connection.fetch("select * from ledger.firing order by id"):
        timer = (row["kind"], str(row["subject"]), row["generation"])
        found["firings"].append(
            dumps.Firing(row["service"], *timer, row["due_at"], row["fired_at"])
        )


async def _notices(connection: Any) -> list[dumps.Notice]:  # noqa: ANN401
    addresses = {
        row["contact_id"]: row["email"]
        for row in await connection.fetch("select contact_id, email from notify.view_contact")
    }
    for row in await connection.fetch("select id, url from notify.webhook_endpoint"):
        addresses[row["id"]] = urlsplit(row["url"]).path
    query = (
        "select id, event_id, recipient_id, coalesce(channel, '-') as channel,"
        " state || coalesce(': ' || reason, '') as state from notify.notification"
    )
    return [
        dumps.Notice(
            str(row["id"]),
            str(row["event_id"]),
            str(addresses.get(row["recipient_id"], row["recipient_id"])),
            row["channel"],
            row["state"],
        )
        for row in await connection.fetch(query)
    ]


async def _expected(connection: Any) -> list[dumps.Expected]:  # noqa: ANN401
    """Return who must be told: duty and hook of each declaration, representatives of the reach."""
    declared = (
        "select l.event_id, e.address from incident.event_log l cross join ("
        " select email as address from notify.view_contact where 'duty' = any(roles)"
        " union all select id::text from notify.webhook_endpoint) e"
        " where l.type = 'itsm.incident.declared.v1'"
    )
    assessed = (
        "select l.event_id, c.email as address from (select distinct on (key) event_id, data"
        " from incident.event_log where type = 'itsm.incident.impact_assessed.v1'"
        " order by key, sequence) l, json_array_elements(l.data::json -> 'customers') r"
        " join notify.view_contact c on c.customer_id::text = r ->> 'customer_id'"
        " where 'representative' = any(c.roles)"
    )
    paths = {
        str(row["id"]): urlsplit(row["url"]).path
        for row in await connection.fetch("select id, url from notify.webhook_endpoint")
    }
    rows = [*await connection.fetch(declared), *await connection.fetch(assessed)]
    return [
        dumps.Expected(str(row["event_id"]), paths.get(row["address"], row["address"]))
        for row in rows
    ]


def _logged(row: Any, service: str) -> Logged:  # noqa: ANN401
    event = event_of(row, service)
    return Logged(
        service=service,
        log_id=row["id"],
        event_id=str(event.id),
        topic=topic_of(service),
        key=str(event.key),
        sequence=event.sequence,
        type=event.type,
        recorded_at=event.recorded_at.astimezone(UTC),
        actor=event.actor,
        correlation_id=event.correlation_id,
        causation_id=str(event.causation_id) if event.causation_id else None,
        digest=digest(to_record(event)),
        occurred_at=event.occurred_at,
    )


def wakeups(logged: Sequence[Logged], after: timedelta) -> list[Wakeup]:
    """Return when resolved incidents should have closed by themselves, and when they did."""
    by_key: dict[str, list[Logged]] = defaultdict(list)
    for row in sorted(logged, key=lambda one: one.sequence):
        if row.type in (RESOLVED, CLOSED, REOPENED):
            by_key[row.key].append(row)
    found: list[Wakeup] = []
    for key, rows in by_key.items():
        starts = [index for index, row in enumerate(rows) if row.type == RESOLVED]
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            later = rows[start + 1 : end]
            happened = tuple(
                row.recorded_at for row in later if row.type == CLOSED and row.actor == PLATFORM
            )
            taken_back = any(row.type == REOPENED or row.actor != PLATFORM for row in later)
            due_at: datetime = rows[start].recorded_at + after
            found.append(Wakeup(key, due_at, wanted=not taken_back, happened=happened))
    return found


def breaches(logged: Sequence[Logged]) -> list[Wakeup]:
    """Return when clocks should have been breached, and when that was noted.

    They run in real time and nobody is put on hold, so that a clock that was not met in time or
    cancelled is breached so long after it began.
    """
    by_key: dict[str, list[Logged]] = defaultdict(list)
    for row in sorted(logged, key=lambda one: one.sequence):
        if row.type.startswith(CLOCK):
            by_key[row.key].append(row)
    return [
        Wakeup(
            key,
            (rows[0].occurred_at or rows[0].recorded_at) + timedelta(seconds=CLOCK_SECONDS),
            wanted=all(row.type not in (f"{CLOCK}met.v1", f"{CLOCK}cancelled.v1") for row in rows),
            happened=tuple(row.recorded_at for row in rows if row.type == f"{CLOCK}breached.v1"),
        )
        for key, rows in by_key.items()
    ]
