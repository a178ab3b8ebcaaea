"""What tests change in a service before it starts; the product knows nothing of it.

A ledger: every handler's and timer's run notes itself in its own transaction, in a table without
any constraint, so that a second effect is seen even where the domain would hide it. And planted
bugs, each one function replaced, numbered as the list of bugs that a checker must find.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from shared import failpoints, inbox_store
from shared.bus_kafka import KafkaBus
from shared.db import Tx, statement
from shared.envelope import Event, Record, to_record
from shared.inbox import Reaction, work
from shared.relay import Relay
from shared.service import Service
from shared.timers import Timer, TimerHandler

LEDGER: Final = """
create schema ledger;
create table ledger.effect (
    id bigint generated always as identity, subscription text, event_id uuid, key uuid,
    sequence bigint);
create table ledger.firing (
    id bigint generated always as identity, service text, kind text, subject uuid,
    generation bigint, due_at timestamptz, fired_at timestamptz);
grant usage on schema ledger to {roles};
grant insert on all tables in schema ledger to {roles};
"""
_EFFECT: Final = statement(
    "insert into ledger.effect (subscription, event_id, key, sequence)"
    " values (:subscription, :event_id, :key, :sequence)"
)
_FIRING: Final = statement(
    "insert into ledger.firing (service, kind, subject, generation, due_at, fired_at)"
    " values (:service, :kind, :subject, :generation, :due_at, :fired_at)"
)


def keep_ledger(service: Service) -> None:
    """Make each handler and timer of a service note that it ran."""
    for subscription in service.subscriptions:
        noted = {
            name: dataclasses.replace(reaction, handle=_noting(subscription.name, reaction))
            for name, reaction in subscription.by_type.items()
        }
        object.__setattr__(subscription, "by_type", noted)
    for area in service.areas:
        timed = {kind: _noting_timer(service.name, run) for kind, run in area.timers.items()}
        object.__setattr__(area, "timers", timed)


def _noting(name: str, reaction: Reaction) -> Callable[..., Any]:
    async def handle(tx: Tx, event: Event, body: object, now: datetime) -> None:
        await reaction.handle(tx, event, body, now)
        await tx.run(
            _EFFECT,
            subscription=name,
            event_id=event.id,
            key=event.key,
            sequence=event.sequence,
        )

    return handle


def _noting_timer(service: str, run: TimerHandler) -> TimerHandler:
    async def fire(tx: Tx, timer: Timer, now: datetime) -> None:
        await run(tx, timer, now)
        await tx.run(
            _FIRING,
            service=service,
            kind=timer.kind,
            subject=timer.subject,
            generation=timer.generation,
            due_at=timer.due_at,
            fired_at=now,
        )

    return fire


def close_after(seconds: float) -> None:
    """Let resolved incidents close after seconds, where an operator can only say hours."""
    from services.incident.settings import Settings  # noqa: PLC0415 - only where incident runs

    after = property(lambda _: timedelta(seconds=seconds))
    Settings.auto_close_after = after  # type: ignore[method-assign,assignment]  # for this process


def publish_before_commit() -> None:
    """Bug 1: an event goes out before its transaction commits."""
    opened: list[KafkaBus] = []
    start, commit = KafkaBus.start, Tx.commit

    async def remember(self: KafkaBus, topics: Sequence[str]) -> None:
        opened.append(self)
        await start(self, topics)

    async def publish_and_commit(self: Tx) -> None:
        records = [to_record(one) for one in self.pending if isinstance(one, Event)]
        if records:  # what a start writes has none, and no bus yet
            await opened[0].publish(records)
        await commit(self)

    KafkaBus.start = remember  # type: ignore[method-assign]
    Tx.commit = publish_and_commit  # type: ignore[method-assign]


class _Held:
    """A bus that keeps what it is given: the relay believes that it is out."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def publish(self, records: Sequence[Record]) -> None:
        self.records += records


def mark_before_ack() -> None:
    """Bug 3: the relay writes events off before the bus has them."""
    move = Relay._move_batch  # noqa: SLF001

    async def marked_first(self: Any, connection: asyncpg.Connection) -> int:  # noqa: ANN401
        bus, held = self._bus, _Held()
        self._bus = held
        try:
            moved = await move(self, connection)
        finally:
            self._bus = bus
        if held.records:
            await failpoints.reach("R2")
            await bus.publish(held.records)
        return moved

    Relay._move_batch = marked_first  # type: ignore[method-assign]  # noqa: SLF001


def no_inbox() -> None:
    """Bug 5: nothing is remembered of what was applied."""
    original = inbox_store.sql

    def forgetful(schema: str) -> inbox_store.Sql:
        return dataclasses.replace(
            original(schema),
            note=statement(
                "select e as event_id from unnest(cast(:ids as uuid[])) as e"
                " where cast(:subscription as text) is not null"
                " and cast(:now as timestamptz) is not null"
            ),
            sequences=statement(
                "select k as key, 0 as sequence from unnest(cast(:keys as uuid[])) as k"
                " where cast(:subscription as text) is null"
            ),
        )

    work.sql = forgetful  # type: ignore[attr-defined]  # the name that the inbox calls


BUGS: Final[Mapping[str, Callable[[], None]]] = {
    "1": publish_before_commit,
    "3": mark_before_ack,
    "5": no_inbox,
}
