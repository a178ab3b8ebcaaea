"""T1, N1 and N2: clocks and the world outside, where nothing can be rolled back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tests.faults.dumps import Dumps, Receipt

LATE: Final = timedelta(seconds=30)
"""After the last fault that touches it has healed."""
DONE: Final = frozenset({"sent", "dead_lettered", "suppressed"})


def timers_fire_once_and_in_time(dumps: Dumps) -> Iterator[str]:
    """T1: what was due has fired, never early, never twice, soon after the last fault healed."""
    times = Counter((one.service, one.kind, one.subject, one.generation) for one in dumps.firings)
    for (service, kind, subject, generation), count in times.items():
        if count > 1:
            yield f"{service} {kind} of {subject}, generation {generation}, fired {count} times"
    for firing in dumps.firings:
        name = f"{firing.service} {firing.kind} of {firing.subject}"
        if firing.fired_at < firing.due_at:
            yield f"{name}: due {firing.due_at}, fired early at {firing.fired_at}"
        elif firing.fired_at > _deadline(dumps, firing.service, firing.due_at):
            yield f"{name}: due {firing.due_at}, fired late at {firing.fired_at}"
    for timer in dumps.timers:
        if timer.armed and dumps.taken_at > _deadline(dumps, timer.service, timer.due_at):
            yield f"{timer.service} {timer.kind} of {timer.subject}: due {timer.due_at}, not fired"
    yield from _wrong_wakeups(dumps)


def _wrong_wakeups(dumps: Dumps) -> Iterator[str]:
    for wakeup in dumps.wakeups:
        if wakeup.wanted and not wakeup.happened:
            yield f"{wakeup.subject}: due {wakeup.due_at}, and nothing happened"
        if len(wakeup.happened) > (1 if wakeup.wanted else 0):
            yield f"{wakeup.subject}: due {wakeup.due_at}, happened at {wakeup.happened}"
        if wakeup.happened and min(wakeup.happened) < wakeup.due_at:
            yield f"{wakeup.subject}: due {wakeup.due_at}, early at {min(wakeup.happened)}"


def _deadline(dumps: Dumps, service: str, due_at: datetime) -> datetime:
    """Return when it is late: 30 s after it was due, or after the outage that was in the way."""
    since = due_at
    for outage in sorted(dumps.outages, key=lambda one: one.began_at):
        if outage.service == service and outage.began_at <= since + LATE:
            since = max(since, outage.ended_at)
    return since + LATE


def everybody_is_told(dumps: Dumps) -> Iterator[str]:
    """N1: each expected notification exists and reached its sink, copies no more than crashes."""
    made = {(notice.event_id, notice.recipient) for notice in dumps.notices}
    for wanted in dumps.expected:
        if (wanted.event_id, wanted.recipient) not in made:
            yield f"event {wanted.event_id}: nobody told {wanted.recipient}"
    receipts: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in dumps.receipts:
        receipts[receipt.stable_id].append(receipt)
    for notice in dumps.notices:
        name = f"{notice.channel} {notice.stable_id} of event {notice.event_id}"
        taken = receipts.get(notice.stable_id, [])
        if notice.state not in DONE:
            yield f"{name} to {notice.recipient} is still {notice.state}"
        elif notice.state != "sent":
            yield f"{name} to {notice.recipient} ended as {notice.state}"
        elif not taken and notice.channel != "log":
            yield f"{name} is recorded as sent, and {notice.recipient} received nothing"
        if taken and len(taken) > 1 + _crashes(dumps, taken):
            times = [f"{one.at:%H:%M:%S.%f}" for one in taken]
            yield f"{name} came {len(taken)} times, more than crashes explain: {times}"


def _crashes(dumps: Dumps, taken: list[Receipt]) -> int:
    """Return how often notify went down while the copies arrived."""
    first, last = min(one.at for one in taken), max(one.at for one in taken)
    return sum(
        outage.service == "notify" and first <= outage.ended_at and outage.began_at <= last
        for outage in dumps.outages
    )


def ids_are_stable(dumps: Dumps) -> Iterator[str]:
    """N2: what arrives bears the id of its notification, and copies are the same message."""
    notices = {notice.stable_id: notice for notice in dumps.notices}
    first: dict[str, Receipt] = {}
    for receipt in dumps.receipts:
        notice = notices.get(receipt.stable_id)
        if notice is None:
            yield f"{receipt.sink} took {receipt.stable_id!r}, which is nobody's id"
        elif receipt.recipient != notice.recipient:
            yield f"{receipt.stable_id}: for {notice.recipient}, came to {receipt.recipient}"
        before = first.setdefault(receipt.stable_id, receipt)
        if receipt.digest != before.digest:
            yield f"{receipt.stable_id}: the copy of {receipt.at} is another message"
