"""W1 to W3 and O1: what clients were told, against what the owner's database holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.faults.dumps import Attempt, Dumps, Logged, Operation


def acknowledged_writes_are_durable(dumps: Dumps) -> Iterator[str]:
    """W1: an answer of 2xx names a record and version that the event log and the table have."""
    logged = {(row.service, row.key, row.sequence): row for row in dumps.logged}
    tables = {(row.service, row.key): row.version for row in dumps.aggregates}
    for operation in dumps.operations:
        for attempt in operation.attempts:
            if attempt.outcome != "ok" or attempt.record is None or attempt.version is None:
                continue
            row = logged.get((operation.service, attempt.record, attempt.version))
            held = tables.get((operation.service, attempt.record), 0)
            if row is None:
                yield _about(operation, attempt, "answered, and the log has no such version")
            elif row.correlation_id != operation.id:
                yield _about(operation, attempt, f"answered, and {row.correlation_id} wrote that")
            elif held < attempt.version:
                yield _about(operation, attempt, f"answered, and the table is at version {held}")


def refused_writes_have_no_effect(dumps: Dumps) -> Iterator[str]:
    """W2: what was refused in the end left no event behind."""
    effects = _effects(dumps)
    for operation in dumps.operations:
        if operation.outcome == "refused" and (rows := effects.get(operation.id)):
            last = operation.attempts[-1]
            yield _about(operation, last, f"refused, and yet there is {_events(rows)}")


def a_key_has_one_effect(dumps: Dumps) -> Iterator[str]:
    """W3: one effect and one answer per idempotency key; of an unknown one at most one effect.

    An effect may be several events, of several records too, but no type of event comes twice;
    of clocks, of which a record has several, none comes twice for the same one.
    """
    effects = _effects(dumps)
    for operation in dumps.operations:
        rows = effects.get(operation.id, ())
        times = Counter((row.type, row.key if _is_of_clock(row) else "") for row in rows)
        if any(count > 1 for count in times.values()):
            yield f"{_name(operation)}: more than one effect: {_events(rows)}"
        good = [attempt for attempt in operation.attempts if attempt.outcome == "ok"]
        if good and not rows:
            yield _about(operation, good[0], "answered, and nothing was written in its name")
        if len({attempt.answer for attempt in good}) > 1:
            yield f"{_name(operation)}: its answers differ: {[one.answer for one in good]}"


def each_change_is_one_event(dumps: Dumps) -> Iterator[str]:
    """O1: versions are contiguous and each is logged, queued or sent once, in step with tables."""
    sequences: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in dumps.logged:
        sequences[row.service, row.key].append(row.sequence)
    for (service, key), found in sequences.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"{service} {key}: logged versions are {sorted(found)}"
    for held in dumps.aggregates:
        top = max(sequences.get((held.service, held.key), [0]))
        if top != held.version:
            yield f"{held.service}.{held.table} {held.key}: version {held.version}, logged {top}"
    known = {(held.service, held.key) for held in dumps.aggregates}
    for row in dumps.logged:
        if (row.service, row.key) not in known:
            yield f"{row.service}: {row.type} v{row.sequence} of {row.key}, which does not exist"
    yield from _feed_faults(dumps)


def _feed_faults(dumps: Dumps) -> Iterator[str]:
    times = Counter((entry.service, entry.log_id) for entry in dumps.feed)
    times.update(dumps.queued)
    for row in dumps.logged:
        count = times[row.service, row.log_id]
        if count != 1:
            yield f"{row.service} log {row.log_id} ({row.type} of {row.key}): {count} times out"
    positions: dict[str, list[int]] = defaultdict(list)
    for entry in dumps.feed:
        positions[entry.service].append(entry.position)
    for service, found in positions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            gap = next(n for n, one in enumerate(sorted(found), start=1) if one != n)
            yield f"{service}: position {gap} of the feed is missing or there twice"


def _effects(dumps: Dumps) -> dict[str, list[Logged]]:
    """Return what was written by requests themselves; follow-ups name their cause."""
    found: dict[str, list[Logged]] = defaultdict(list)
    for row in dumps.logged:
        if row.correlation_id is not None and row.causation_id is None:
            found[row.correlation_id].append(row)
    return found


def _is_of_clock(row: Logged) -> bool:
    return row.type.startswith("itsm.sla_clock.")


def _name(operation: Operation) -> str:
    return f"trial {operation.trial}, {operation.service}: {operation.what} ({operation.id})"


def _about(operation: Operation, attempt: Attempt, text: str) -> str:
    told = f"attempt {attempt.number}: {attempt.status} {attempt.code or ''}".strip()
    place = f" {attempt.record} v{attempt.version}" if attempt.record else ""
    return f"{_name(operation)}: {told}{place}: {text}"


def _events(rows: Sequence[Logged]) -> str:
    return ", ".join(f"{row.type} v{row.sequence} of {row.key}" for row in rows)
