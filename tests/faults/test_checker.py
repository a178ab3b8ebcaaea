"""The checker finds what it is for, and finds nothing where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.faults.checker import INVARIANTS, check
from tests.faults.dumps import (
    Aggregate,
    Attempt,
    Dumps,
    Effect,
    Expected,
    Firing,
    Logged,
    Notice,
    Operation,
    Outage,
    Parked,
    Published,
    Reader,
    Receipt,
    Sent,
    Timer,
    Wakeup,
)

AT: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOPIC: Final = "itsm.incident.events"
DECLARED: Final = "itsm.incident.declared.v1"


def logged(sequence: int, event: str, operation: str | None, cause: str | None = None) -> Logged:
    name = DECLARED if sequence == 1 else f"itsm.incident.step{sequence}.v1"
    return Logged(
        service="incident",
        log_id=sequence,
        event_id=event,
        topic=TOPIC,
        key="inc",
        sequence=sequence,
        type=name,
        recorded_at=AT,
        actor="tester",
        correlation_id=operation,
        causation_id=cause,
        digest=f"bytes of {event}",
    )


def record(row: Logged, offset: int) -> Published:
    return Published(TOPIC, 0, offset, row.key, row.event_id, row.sequence, row.type, row.digest)


def receipt(at: datetime, digest: str = "mail") -> Receipt:
    return Receipt("mail", "n-1", "duty@example.org", digest, at)


def ok(number: int, version: int, answer: str = "body") -> Attempt:
    return Attempt(number, "ok", 201, None, "inc", version, answer)


def operation(name: str, *attempts: Attempt) -> Operation:
    return Operation(name, "7", "incident", "declare", attempts)


ROWS: Final = (logged(1, "e-1", "op-1"), logged(2, "e-2", "op-2"), logged(3, "e-3", "op-1", "e-1"))
CLEAN: Final = Dumps(
    taken_at=AT + timedelta(minutes=5),
    operations=(
        operation("op-1", Attempt(1, "unknown"), ok(2, 1), ok(3, 1)),
        operation("op-2", ok(1, 2)),
        operation("op-3", Attempt(1, "unknown"), Attempt(2, "refused", 412, "stale-version")),
        operation("op-4", Attempt(1, "unknown")),
    ),
    logged=ROWS,
    feed=tuple(Sent("incident", n, n) for n in (1, 2, 3)),
    aggregates=(Aggregate("incident", "incident", "inc", 3),),
    published=(
        record(ROWS[0], 0),
        record(ROWS[1], 1),
        record(ROWS[0], 2),
        record(ROWS[1], 3),
        record(ROWS[2], 4),
    ),
    readers=(Reader("notify", "notify.rules", frozenset({TOPIC}), frozenset({DECLARED})),),
    effects=(Effect(1, "notify.rules", "e-1", "inc", 1),),
    committed={("notify.rules", TOPIC, 0): 5},
    timers=(Timer("incident", "close", "inc", 1, armed=False, due_at=AT),),
    firings=(Firing("incident", "close", "inc", 1, AT, AT + timedelta(seconds=40)),),
    wakeups=(Wakeup("inc", AT, wanted=True, happened=(AT + timedelta(seconds=40),)),),
    notices=(Notice("n-1", "e-1", "duty@example.org", "email", "sent"),),
    expected=(Expected("e-1", "duty@example.org"),),
    receipts=(receipt(AT + timedelta(seconds=1)), receipt(AT + timedelta(seconds=15))),
    outages=(
        Outage("notify", AT + timedelta(seconds=2), AT + timedelta(seconds=12)),
        Outage("incident", AT + timedelta(seconds=5), AT + timedelta(seconds=20)),
    ),
)
EARLIER: Final = Firing("incident", "close", "inc", 1, AT, AT - timedelta(seconds=1))
BROKEN: Final = {
    "acknowledged and not logged": ("W1", replace(CLEAN, logged=ROWS[:1], feed=CLEAN.feed[:1])),
    "acknowledged and older in the table": (
        "W1",
        replace(CLEAN, aggregates=(Aggregate("incident", "incident", "inc", 1),)),
    ),
    "another operation's version acknowledged": (
        "W1",
        replace(CLEAN, operations=(operation("op-9", ok(1, 1)),)),
    ),
    "refused and done": (
        "W2",
        replace(CLEAN, operations=(operation("op-1", Attempt(1, "refused", 409)),)),
    ),
    "one key, two records": (
        "W3",
        replace(CLEAN, logged=(*ROWS, replace(logged(1, "e-9", "op-1"), key="inc-2", log_id=4))),
    ),
    "unknown and done twice": (
        "W3",
        replace(
            CLEAN,
            operations=(operation("op-2", Attempt(1, "unknown")),),
            logged=(*ROWS, replace(ROWS[1], event_id="e-9", sequence=4, log_id=4)),
        ),
    ),
    "one key, two answers": (
        "W3",
        replace(CLEAN, operations=(operation("op-1", ok(1, 1), ok(2, 1, "other")),)),
    ),
    "answered and nothing done": (
        "W3",
        replace(CLEAN, operations=(operation("op-8", Attempt(1, "ok", 200)),)),
    ),
    "a version without an event": (
        "O1",
        replace(CLEAN, aggregates=(Aggregate("incident", "incident", "inc", 4),)),
    ),
    "a gap in the versions": ("O1", replace(CLEAN, logged=(ROWS[0], ROWS[2]))),
    "an event without a record": ("O1", replace(CLEAN, aggregates=())),
    "an event neither queued nor sent": ("O1", replace(CLEAN, feed=CLEAN.feed[:2])),
    "an event queued and sent": ("O1", replace(CLEAN, queued=frozenset({("incident", 1)}))),
    "a hole in the feed": (
        "O1",
        replace(CLEAN, feed=(*CLEAN.feed[:2], Sent("incident", 9, 3))),
    ),
    "committed and never published": ("K1", replace(CLEAN, published=CLEAN.published[:4])),
    "published and never committed": (
        "K2",
        replace(CLEAN, published=(*CLEAN.published, record(logged(4, "e-4", None), 5))),
    ),
    "a later version first": (
        "K3",
        replace(CLEAN, published=(record(ROWS[1], 0), record(ROWS[0], 1), record(ROWS[2], 2))),
    ),
    "a key in two partitions": (
        "K3",
        replace(
            CLEAN,
            published=(*CLEAN.published[:4], replace(CLEAN.published[4], partition=1)),
        ),
    ),
    "a copy that differs": (
        "K4",
        replace(CLEAN, published=(*CLEAN.published, replace(record(ROWS[0], 5), digest="x"))),
    ),
    "published otherwise than logged": (
        "K4",
        replace(CLEAN, logged=(replace(ROWS[0], digest="other"), *ROWS[1:])),
    ),
    "no effect": ("C1", replace(CLEAN, effects=(), committed={})),
    "an effect twice": (
        "C1",
        replace(CLEAN, effects=(*CLEAN.effects, Effect(2, "notify.rules", "e-1", "inc", 1))),
    ),
    "a follow-up twice": (
        "C1",
        replace(CLEAN, logged=(*ROWS, replace(ROWS[2], event_id="e-9", sequence=4, log_id=4))),
    ),
    "set aside": (
        "C1",
        replace(CLEAN, parked=(Parked("notify", "notify.rules", "inc", "e-1", "KeyError"),)),
    ),
    "applied backwards": (
        "C2",
        replace(
            CLEAN,
            effects=(
                Effect(1, "notify.rules", "e-2", "inc", 2),
                Effect(2, "notify.rules", "e-1", "inc", 1),
            ),
        ),
    ),
    "an offset before its effect": ("C3", replace(CLEAN, effects=())),
    "fired early": ("T1", replace(CLEAN, firings=(EARLIER,))),
    "fired twice": ("T1", replace(CLEAN, firings=(*CLEAN.firings, *CLEAN.firings))),
    "fired late": ("T1", replace(CLEAN, outages=CLEAN.outages[:1])),
    "never fired": (
        "T1",
        replace(CLEAN, timers=(replace(CLEAN.timers[0], armed=True),)),
    ),
    "due and nothing happened": (
        "T1",
        replace(CLEAN, wakeups=(replace(CLEAN.wakeups[0], happened=()),)),
    ),
    "happened though taken back": (
        "T1",
        replace(CLEAN, wakeups=(replace(CLEAN.wakeups[0], wanted=False),)),
    ),
    "nobody told": ("N1", replace(CLEAN, notices=(), receipts=())),
    "sent to nobody": ("N1", replace(CLEAN, receipts=())),
    "still waiting": (
        "N1",
        replace(CLEAN, notices=(replace(CLEAN.notices[0], state="queued"),)),
    ),
    "more copies than crashes": ("N1", replace(CLEAN, outages=CLEAN.outages[1:])),
    "an id of nobody": (
        "N2",
        replace(CLEAN, receipts=(*CLEAN.receipts, replace(receipt(AT), stable_id="n-2"))),
    ),
    "another message under the id": (
        "N2",
        replace(CLEAN, receipts=(CLEAN.receipts[0], receipt(AT + timedelta(seconds=15), "x"))),
    ),
    "the wrong recipient": (
        "N2",
        replace(CLEAN, receipts=(replace(CLEAN.receipts[0], recipient="all@example.org"),)),
    ),
}


def test_sound_dumps_pass() -> None:
    assert check(CLEAN) == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_violation_is_found_under_its_name(case: str) -> None:
    invariant, dumps = BROKEN[case]
    assert invariant in {violation.invariant for violation in check(dumps)}


def test_each_invariant_is_seen_to_fail() -> None:
    assert {invariant for invariant, _ in BROKEN.values()} == set(INVARIANTS)


def test_the_smallest_witness_is_shown_and_the_others_counted() -> None:
    dumps = replace(CLEAN, published=())
    found = next(one for one in check(dumps) if one.invariant == "K1")
    assert found.witness.startswith("incident log ")
    assert found.witness.count("\n") == 1
    assert found.witness.endswith("(2 more)")
