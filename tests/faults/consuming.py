"""C1 to C3: what each subscription did with what was published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.faults.dumps import Dumps, Effect, Logged


def each_effect_happens_once(dumps: Dumps) -> Iterator[str]:
    """C1: each event has its effect once per subscription that reads its type; none is set aside.

    Two events of one type and key with one cause are a handler's effect twice as well.
    """
    for one in dumps.parked:
        yield f"{one.subscription}: {one.event_id or 'a record'} of {one.key} parked: {one.error}"
    yield from _wrong_counts(dumps)
    follow_ups: dict[tuple[str, str, str, str], list[Logged]] = defaultdict(list)
    for row in dumps.logged:
        if row.causation_id is not None:
            follow_ups[row.service, row.type, row.key, row.causation_id].append(row)
    for (service, name, key, cause), rows in follow_ups.items():
        if len(rows) > 1:
            versions = [row.sequence for row in rows]
            yield f"{service}: {name} of {key} caused by {cause} more than once: v{versions}"


def _wrong_counts(dumps: Dumps) -> Iterator[str]:
    times = Counter((effect.subscription, effect.event_id) for effect in dumps.effects)
    aside = {(one.subscription, one.event_id) for one in dumps.parked}
    for reader in dumps.readers:
        for row in dumps.logged:
            if row.topic not in reader.topics or row.type not in reader.types:
                continue
            place = (reader.subscription, row.event_id)
            if not times[place] and place not in aside:
                yield (
                    f"{reader.subscription}: no effect of {row.type} v{row.sequence}"
                    f" of {row.key}, event {row.event_id}"
                )
    for effect in dumps.effects:
        count = times.pop((effect.subscription, effect.event_id), 0)
        if count > 1:
            yield (
                f"{effect.subscription}: {count} effects of event {effect.event_id},"
                f" v{effect.sequence} of {effect.key}"
            )


def applied_versions_ascend(dumps: Dumps) -> Iterator[str]:
    """C2: what a subscription applied of one record ascends strictly by version."""
    highest: dict[tuple[str, str], Effect] = {}
    for effect in sorted(dumps.effects, key=lambda one: one.order):
        before = highest.get((effect.subscription, effect.key))
        if before is not None and effect.sequence <= before.sequence:
            yield (
                f"{effect.subscription}: {effect.key} v{effect.sequence} (event {effect.event_id})"
                f" was applied after v{before.sequence} (event {before.event_id})"
            )
        highest[effect.subscription, effect.key] = effect


def offsets_stay_behind_effects(dumps: Dumps) -> Iterator[str]:
    """C3: whatever lies before a committed offset has had its effect, or was set aside."""
    done = {(effect.subscription, effect.event_id) for effect in dumps.effects}
    done |= {(one.subscription, one.event_id) for one in dumps.parked if one.event_id}
    readers = {reader.subscription: reader for reader in dumps.readers}
    for (name, topic, partition), committed in dumps.committed.items():
        reader = readers.get(name)
        for record in dumps.published if reader is not None else ():
            if (
                (record.topic, record.partition) == (topic, partition)
                and record.offset < committed
                and record.type in readers[name].types
                and (name, record.event_id) not in done
            ):
                yield (
                    f"{name}: {topic}/{partition} committed {committed}, and {record.type}"
                    f" v{record.sequence} of {record.key} at {record.offset} has had no effect"
                )
