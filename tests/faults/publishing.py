"""K1 to K4: what the topics hold, against what was committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.dumps import Dumps, Published


def what_is_committed_is_published(dumps: Dumps) -> Iterator[str]:
    """K1: every committed event is in its topic at least once."""
    there = {(record.topic, record.event_id) for record in dumps.published}
    for row in dumps.logged:
        if (row.topic, row.event_id) not in there:
            waits = " (still queued)" if (row.service, row.log_id) in dumps.queued else ""
            yield (
                f"{row.service} log {row.log_id}: {row.type} v{row.sequence} of {row.key},"
                f" event {row.event_id}, is not in {row.topic}{waits}"
            )


def what_is_published_is_committed(dumps: Dumps) -> Iterator[str]:
    """K2: nothing is in a topic that no transaction committed."""
    committed = {(row.topic, row.event_id) for row in dumps.logged}
    for record in dumps.published:
        if (record.topic, record.event_id) not in committed:
            yield f"{_place(record)}: {_event(record)} was never committed"


def first_copies_ascend(dumps: Dumps) -> Iterator[str]:
    """K3: a key stays in one partition, where first copies ascend by version."""
    by_key: dict[tuple[str, str], list[Published]] = defaultdict(list)
    for record in dumps.published:
        by_key[record.topic, record.key].append(record)
    for (topic, key), records in by_key.items():
        partitions = {record.partition for record in records}
        if len(partitions) > 1:
            yield f"{topic}: key {key} is in partitions {sorted(partitions)}"
            continue
        seen: set[str] = set()
        highest: Published | None = None
        for record in sorted(records, key=lambda one: one.offset):
            if record.event_id in seen:
                continue
            seen.add(record.event_id)
            if highest is not None and record.sequence <= highest.sequence:
                yield f"{_place(record)}: {_event(record)} first comes after v{highest.sequence}"
            highest = record


def copies_are_identical(dumps: Dumps) -> Iterator[str]:
    """K4: all copies of an event are the same bytes, those that the log says."""
    logged = {row.event_id: row.digest for row in dumps.logged}
    first: dict[str, Published] = {}
    for record in dumps.published:
        before = first.setdefault(record.event_id, record)
        if record.digest != before.digest:
            yield f"{_place(record)} differs from {_place(before)}: {_event(record)}"
        elif record is before and logged.get(record.event_id, record.digest) != record.digest:
            yield f"{_place(record)} differs from the log: {_event(record)}"


def _place(record: Published) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _event(record: Published) -> str:
    return f"{record.type} v{record.sequence} of {record.key}, event {record.event_id}"
