"""Reading clocks, each caller as much as concerns them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.clocks.domain import Clock, ClockNotFoundError, Record
from services.incident.clocks.engine.account import arithmetic, steps
from services.incident.clocks.engine.reading import Calendars, calendar_of, read
from services.incident.clocks.engine.spans import in_order, spans
from services.incident.clocks.events import SlaClockEvent
from services.incident.clocks.schemas import (
    ClockAsOf,
    ClockRecord,
    Explanation,
    FactRecord,
    HitRecord,
    Place,
    StepRecord,
)
from services.incident.clocks.tables.clocks import CLOCK
from services.incident.clocks.tables.rows import clock_of, record_of
from services.incident.views.domain import Scope
from services.incident.views.queries import promises as views
from services.incident.views.queries import scope_of
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

_EARLIER: Final = CLOCK.alias("earlier")


def _runs(clock: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(clock.c.running, clock.c.deadline.is_not(None))


DUE: Final = (
    sa.select(CLOCK.c.id.label("clock_id"), CLOCK.c.record_id, CLOCK.c.deadline)
    .where(
        _runs(CLOCK),
        ~sa.exists().where(
            _EARLIER.c.record_id == CLOCK.c.record_id,
            _runs(_EARLIER),
            sa.tuple_(_EARLIER.c.deadline, _EARLIER.c.id) < sa.tuple_(CLOCK.c.deadline, CLOCK.c.id),
        ),
    )
    .subquery("due")
)
"""Of each record with running clocks the one that is due first, for lists of an upper area."""


def next_deadline(record_id: sa.ColumnElement[UUID]) -> sa.ScalarSelect[datetime]:
    """Return the nearest deadline of a record's running clocks, as part of a statement."""
    nearest = sa.select(sa.func.min(_EARLIER.c.deadline))
    return nearest.where(_EARLIER.c.record_id == record_id, _runs(_EARLIER)).scalar_subquery()


def is_due(record_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Return the condition that a clock with a deadline runs for a record."""
    return sa.exists().where(_EARLIER.c.record_id == record_id, _runs(_EARLIER))


CLOCKS: Final = Listing(
    source=sa.select(CLOCK),
    key=CLOCK.c.id,
    filters={
        "record_id": CLOCK.c.record_id,
        "record_number": CLOCK.c.record_number,
        "customer_id": CLOCK.c.customer_id,
        "service_id": CLOCK.c.service_id,
        "team_id": CLOCK.c.team_id,
        "supplier_id": CLOCK.c.supplier_id,
        "agreement_id": CLOCK.c.agreement_id,
        "agreement_type": CLOCK.c.agreement_type,
        "metric": CLOCK.c.metric,
        "state": CLOCK.c.state,
        "running": CLOCK.c.running,
        "deadline": CLOCK.c.deadline,
        "breached_at": CLOCK.c.breached_at,
        "stopped_at": CLOCK.c.stopped_at,
        "started_at": CLOCK.c.started_at,
    },
    # An id says when it was made.
    sorts={"id": CLOCK.c.id, "created_at": CLOCK.c.id},
    default_sort="-id",
)
HISTORY: Final = History("incident", "sla_clock")
_READ: Final = statement(
    "select c.* from incident.sla_clock c where c.id = :id and (cast(:everything as boolean)"
    " or c.customer_id = any(cast(:customers as uuid[])))"
)
_RECORD: Final = statement("select * from incident.clock_record where id = :id")


async def list_clocks(
    tx: ReadTx, *, asked: PageRequest, actor: Actor, now: datetime
) -> Page[ClockRecord]:
    """Return a page of clocks as they stand ``now``; customers' users see those of their SLAs.

    Raises:
        ProblemError: a parameter is not valid.
    """
    scope = await scope_of(tx, actor=actor)
    where: list[sa.ColumnElement[bool]] = []
    if scope.customers is not None:
        ids = sa.literal(list(scope.customers), postgresql.ARRAY(sa.Uuid))
        where.append(CLOCK.c.customer_id == sa.any_(ids))
    rows, following = await page(tx, CLOCKS, asked, where=where)
    names = CLOCK.c.keys()
    clocks = [clock_of({name: row[name] for name in names}) for row in rows]
    numbers = {row["id"]: Place(row["record_number"], row["record_type"]) for row in rows}
    calendars = await _calendars(tx, clocks)
    items = [_seen(_at(one, calendars, now), numbers[one.id], scope) for one in clocks]
    return Page[ClockRecord](items=items, next=following)


async def read_clock(
    tx: ReadTx, *, clock_id: UUID, as_of: datetime | None, actor: Actor, now: datetime
) -> ClockRecord:
    """Return a clock as it stands ``now``, or as it was known at an instant.

    Raises:
        ClockNotFoundError: there is none, or none that the actor may see, or not yet by then.
    """
    clock, scope, place = await _find(tx, clock_id=clock_id, actor=actor)
    if as_of is not None:
        return await _known_at(tx, clock_id, as_of, scope)
    calendars = await _calendars(tx, [clock])
    return _seen(_at(clock, calendars, now), place, scope)


async def read_clock_history(
    tx: ReadTx, *, clock_id: UUID, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of everything that happened to a clock.

    Raises:
        ClockNotFoundError: there is none, or none that the actor may see.
        ProblemError: a parameter is not valid.
    """
    await _find(tx, clock_id=clock_id, actor=actor)
    found = await HISTORY.entries(tx, key=clock_id, asked=asked)
    if found is None:
        raise ClockNotFoundError(f"There is no clock {clock_id}.")
    return found


async def explain_clock(tx: ReadTx, *, clock_id: UUID, actor: Actor, now: datetime) -> Explanation:
    """Return how a clock comes to what it shows ``now``; one that has ended, when it did.

    Raises:
        ClockNotFoundError: there is none, or none that the actor may see.
    """
    clock, scope, place = await _find(tx, clock_id=clock_id, actor=actor)
    row = await tx.first(_RECORD, id=clock.record_id)
    if row is None:
        raise AssertionError
    record = record_of(row)
    calendars = await _calendars(tx, [clock], of_terms=True)
    at = clock.reading.at if clock.reading.stopped_at is not None else now
    stood = spans(record.facts)
    shown = read(stood, clock.rules, calendars, at=at, supplier_id=record.supplier_id)
    reading = clock.reading if shown is None else shown
    found = steps(stood, clock.rules, calendars, at=reading.at)
    calendar = calendar_of(reading.target, calendars)
    named = reading.target.calendar_id
    now_clock = replace(
        clock,
        reading=reading,
        calendar_version=None if named is None else calendar.version,
    )
    return Explanation(
        clock=_seen(now_clock, place, scope),
        measured_at=reading.at,
        calendar=ClockAsOf(
            id=named,
            version=None if named is None else calendar.version,
            time_zone=calendar.zone,
        ),
        pauses_on=sorted(reading.target.pause_on),
        runs_only_on=sorted(reading.target.runs_only_on),
        facts=_facts(record),
        steps=[StepRecord.of(one) for one in found],
        thresholds=[HitRecord(percent=one.percent, at=one.at) for one in reading.hits],
        arithmetic=arithmetic(reading, found),
    )


async def _find(tx: ReadTx, *, clock_id: UUID, actor: Actor) -> tuple[Clock, Scope, Place]:
    scope = await scope_of(tx, actor=actor)
    row = await tx.first(
        _READ,
        id=clock_id,
        everything=scope.unbounded,
        customers=list(scope.customers or ()),
    )
    if row is None:
        raise ClockNotFoundError(f"There is no clock {clock_id}.")
    return clock_of(row), scope, Place(row["record_number"], row["record_type"])


async def _known_at(tx: ReadTx, clock_id: UUID, as_of: datetime, scope: Scope) -> ClockRecord:
    told = await HISTORY.state_at(tx, key=clock_id, as_of=as_of)
    if told is None:
        raise ClockNotFoundError(f"There was no clock {clock_id} at {as_of.isoformat()}.")
    said = SlaClockEvent.model_validate_json(told.data)
    values = said.model_dump(exclude={"clock_id", "threshold", "previous"})
    record = ClockRecord(
        **values,
        id=told.key,
        measured_at=told.updated_at,
        version=told.sequence,
        created_at=told.created_at,
        updated_at=told.updated_at,
    )
    return record if scope.customers is None else record.for_customers()


async def _calendars(tx: ReadTx, clocks: Collection[Clock], *, of_terms: bool = False) -> Calendars:
    """Return the calendars of clocks: as they are now, or as an ended clock was judged by."""
    ids = {one.reading.target.calendar_id for one in clocks}
    if of_terms:
        ids |= {
            target.calendar_id
            for one in clocks
            for target in one.rules.terms.values()
            if target is not None
        }
    newest = await views.newest_calendars(tx, ids=[one for one in ids if one is not None])
    found = {key: one.calendar for key, one in newest.items()}
    if of_terms:
        judged = {
            one.reading.target.calendar_id: one.calendar_sequence
            for one in clocks
            if one.reading.stopped_at is not None
        }
        wanted = {key: value for key, value in judged.items() if key is not None and value}
        pinned = await views.load_calendars(tx, wanted=wanted)
        found |= {key: one.calendar for key, one in pinned.items()}
    return found


def _at(clock: Clock, calendars: Calendars, now: datetime) -> Clock:
    """Return a clock with the time that has run since it was last looked at."""
    shown = clock.reading
    if not shown.running or now <= shown.at:
        return clock
    more = calendar_of(shown.target, calendars).open_microseconds(shown.at, now)
    return replace(clock, reading=replace(shown, at=now, elapsed=shown.elapsed + more))


def _seen(clock: Clock, place: Place, scope: Scope) -> ClockRecord:
    record = ClockRecord.of(clock, place)
    return record if scope.customers is None else record.for_customers()


def _facts(record: Record) -> list[FactRecord]:
    corrected = {one.corrects for one in record.facts if one.kind == "corrected"}
    return [
        FactRecord(
            sequence=one.sequence,
            kind=one.kind,
            at=one.at,
            reason=one.reason,
            priority=one.priority,
            corrected=one.sequence in corrected,
        )
        for one in in_order(record.facts)
    ]
