"""Durable timers: rows that wake a use case at an instant.

A timer is only a wake-up. Its handler recomputes the truth from facts, so a late timer still
yields the right instant. Arming again replaces the due time and raises the generation, so a wake-up
that was already on its way for the old one does nothing. Every replica claims due rows with
``SKIP LOCKED``; the effect, its events and the row's deletion are one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from shared import clock, failpoints
from shared.db import Closing, Database, DatabaseUnavailableError, Statement, Tx, statement
from shared.log import logger
from shared.telemetry import TIMER_DELAY, TIMERS_FIRED

BATCH: Final = 100
POLL_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 5
RETRY_LIMIT_SECONDS: Final = 600
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Timer:
    """A due timer: what kind, about which record, in which generation, and when it was due."""

    kind: str
    subject: UUID
    generation: int
    due_at: datetime


TimerHandler: TypeAlias = Callable[[Tx, Timer, datetime], Awaitable[None]]


def tables(metadata: sa.MetaData) -> None:
    """Declare the timers' table in a service's metadata."""
    sa.Table(
        "timer",
        metadata,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("subject", sa.Uuid, primary_key=True),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("armed", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Index(None, "retry_at", postgresql_where=sa.text("armed")),
    )


@dataclass(frozen=True, slots=True)
class _Sql:
    arm: Statement
    arm_new: Statement
    set_many: Statement
    disarm: Statement
    claim: Statement
    done: Statement
    later: Statement


_CACHE: Final[dict[str, _Sql]] = {}


def _sql(schema: str) -> _Sql:
    if schema not in _CACHE:
        new = (
            f"insert into {schema}.timer as held"
            " (kind, subject, generation, armed, due_at, retry_at, attempts)"
        )
        # The names are long because the statement may be part of a larger one.
        several = (
            f"armed_timers as ({new} select :timer_kind, t.subject, 1, true, t.due_at, t.due_at, 0"
            " from unnest(cast(:timer_subjects as uuid[]), cast(:timer_dues as timestamptz[]))"
            " t(subject, due_at)"
        )
        anew = (
            " on conflict (kind, subject) do update set generation = held.generation + 1,"
            " armed = true, due_at = excluded.due_at, retry_at = excluded.due_at, attempts = 0"
        )
        _CACHE[schema] = _Sql(
            arm=statement(
                f"{new} values (:kind, :subject, 1, true, :due_at, :due_at, 0){anew}"
                " returning generation"
            ),
            arm_new=statement(f"{several})"),
            set_many=statement(
                f"with {several}{anew})"
                f" update {schema}.timer set armed = false, generation = generation + 1"
                " where kind = :timer_kind and subject = any(cast(:stopped as uuid[])) and armed"
            ),
            disarm=statement(
                f"update {schema}.timer set armed = false, generation = generation + 1"
                " where kind = :kind and subject = :subject and armed"
            ),
            claim=statement(
                f"select kind, subject, generation, due_at, attempts from {schema}.timer"
                " where armed and retry_at <= :now and kind = any(cast(:kinds as text[]))"
                " order by retry_at limit :limit for update skip locked"
            ),
            # A handler may have armed it again: then the generation is another one and it stays.
            done=statement(
                f"update {schema}.timer t set armed = false from unnest(cast(:kinds as text[]),"
                " cast(:subjects as uuid[]), cast(:generations as bigint[]))"
                " d(kind, subject, generation) where t.kind = d.kind and t.subject = d.subject"
                " and t.generation = d.generation"
            ),
            later=statement(
                f"update {schema}.timer set attempts = attempts + 1, retry_at = :retry_at"
                " where kind = :kind and subject = :subject and generation = :generation"
            ),
        )
    return _CACHE[schema]


async def arm(tx: Tx, *, kind: str, subject: UUID, due_at: datetime) -> int:
    """Set, or set anew, the one timer of this kind for a record; return its generation."""
    generation: int = await tx.value(
        _sql(tx.service).arm, kind=kind, subject=subject, due_at=due_at
    )
    return generation


def arm_at_the_end(tx: Tx, *, kind: str, due: Mapping[UUID, datetime]) -> None:
    """Arm timers of new records in the transaction's last statement; once per transaction.

    For records that cannot have a timer of this kind yet: one that has breaks the transaction.
    """
    if due:
        arguments = (kind, list(due), list(due.values()))
        tx.close_with("timers", Closing(_sql(tx.service).arm_new, arguments))


async def set_many(tx: Tx, *, kind: str, due: Mapping[UUID, datetime | None]) -> None:
    """Arm, or with None take back, the timers of several records in one statement."""
    armed = {subject: at for subject, at in sorted(due.items()) if at is not None}
    await tx.run(
        _sql(tx.service).set_many,
        timer_kind=kind,
        timer_subjects=list(armed),
        timer_dues=list(armed.values()),
        stopped=[subject for subject, at in sorted(due.items()) if at is None],
    )


async def disarm(tx: Tx, *, kind: str, subject: UUID) -> bool:
    """Take the timer back; tell whether one was armed."""
    return await tx.run(_sql(tx.service).disarm, kind=kind, subject=subject) > 0


class _FailedTogetherError(Exception):
    """A handler raised in a transaction that it shares with other timers."""


class TimerLoop:
    """Fires one service's due timers until stopped."""

    def __init__(self, database: Database, handlers: Mapping[str, TimerHandler]) -> None:
        """Bind the handlers by kind; kinds without one stay armed for a process that has it."""
        self._database = database
        self._handlers = handlers
        self._sql = _sql(database.service)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Ask the loop to end after the batch in hand."""
        self._stop.set()

    async def run(self) -> None:
        """Fire what is due, then wait a quarter of a second, until stopped."""
        while not self._stop.is_set():
            try:
                fired = await self.fire_due(clock.now())
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                # Whatever the database made of it, a deadlock for instance, nothing is lost by
                # another try; a handler's own errors do not come this far.
                _log.warning("timers lost their database", error=str(error))
                fired = 0
            if fired < BATCH:
                try:
                    await asyncio.wait_for(self._stop.wait(), timeout=POLL_SECONDS)
                except TimeoutError:
                    continue

    async def fire_due(self, now: datetime) -> int:
        """Fire up to a batch of timers due at ``now`` in one transaction; return how many.

        If a handler raises, the batch is done again with each timer apart from the others: what
        raises is then undone alone and tried again after 5 s, doubling up to 10 min. Handlers
        touch the database only, so that nothing is left of the first try.
        """
        try:
            return await self._fire_batch(now, apart=False)
        except _FailedTogetherError:
            return await self._fire_batch(now, apart=True)

    async def _fire_batch(self, now: datetime, *, apart: bool) -> int:
        async with self._database.transaction() as tx:
            rows = await tx.all(self._sql.claim, now=now, kinds=list(self._handlers), limit=BATCH)
            if rows:
                await failpoints.reach("T1")
            fired: list[Timer] = []
            for row in rows:
                timer = Timer(row["kind"], row["subject"], row["generation"], row["due_at"])
                if not apart:
                    await self._fire_together(tx, timer, now=now)
                elif not await self._fire_apart(tx, timer, attempts=row["attempts"], now=now):
                    continue
                fired.append(timer)
            if fired:
                await tx.run(
                    self._sql.done,
                    kinds=[one.kind for one in fired],
                    subjects=[one.subject for one in fired],
                    generations=[one.generation for one in fired],
                )
            if rows:
                await failpoints.reach("T2")
        if rows:
            await failpoints.reach("T3")
        for timer in fired:
            TIMERS_FIRED.labels(self._database.service, timer.kind).inc()
            TIMER_DELAY.labels(self._database.service).observe(
                max((now - timer.due_at).total_seconds(), 0)
            )
        return len(rows)

    async def _fire_together(self, tx: Tx, timer: Timer, *, now: datetime) -> None:
        try:
            await self._handlers[timer.kind](tx, timer, now)
        except Exception as error:
            # Whatever it is, the connection's end included: the second try judges it.
            raise _FailedTogetherError from error

    async def _fire_apart(self, tx: Tx, timer: Timer, *, attempts: int, now: datetime) -> bool:
        """Fire a timer so that an error undoes it alone; tell whether it went well."""
        try:
            async with tx.savepoint():
                await self._handlers[timer.kind](tx, timer, now)
        except DatabaseUnavailableError:
            raise
        except Exception as error:
            if tx.connection.is_closed():
                raise
            wait = min(RETRY_SECONDS * 2**attempts, RETRY_LIMIT_SECONDS)
            await tx.run(
                self._sql.later,
                kind=timer.kind,
                subject=timer.subject,
                generation=timer.generation,
                retry_at=now + timedelta(seconds=wait),
            )
            _log.exception("timer failed", kind=timer.kind, error=type(error).__name__)
            return False
        return True
