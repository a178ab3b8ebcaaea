"""What every use case of clocks begins and ends with: promises, calendars, and the writing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from services.incident.clocks.domain import CLOCKED, ClockId, Record, Target
from services.incident.clocks.engine.changes import told
from services.incident.clocks.engine.settling import Offer, Settled, supplier_of
from services.incident.clocks.engine.spans import in_order, spans
from services.incident.clocks.events import AgreementType
from services.incident.clocks.tables import clocks as tables
from services.incident.views.domain import KnownCalendar, Promise
from services.incident.views.queries import promises as views
from shared import clock, outbox, timers
from shared.auth import Actor
from shared.db import ReadTx, Tx

WAKE: Final = "sla_clock"


def new_ids() -> Iterator[ClockId]:
    """Yield ids for new clocks."""
    while True:
        yield ClockId(clock.new_id())


async def look_up(tx: ReadTx, record: Record) -> list[Promise]:
    """Return what was promised when a record began, for all that it touches."""
    if not record.services:
        return []
    return await views.lines_for(
        tx,
        customers=record.covers,
        services=record.services,
        record_type=record.type,
        at=in_order(record.facts)[0].at,
    )


def offers_of(found: Collection[Promise], record: Record) -> list[Offer]:
    """Return the promises that clocks can be made of.

    A promise by a calendar that is not known yet waits for it: by another it would be wrong.
    """
    return [
        Offer(
            agreement_id=one.agreement_id,
            agreement_type=cast("AgreementType", one.agreement_type),
            agreement_sequence=one.agreement_sequence,
            metric=one.metric,
            service_id=one.service_id,
            customer_id=one.customer_id,
            team_id=one.team_id,
            supplier_id=one.supplier_id,
            priority=one.priority,
            for_offering=one.offering_id is not None,
            target=Target(
                target_id=one.target_id,
                agreement_version=one.agreement_version,
                seconds=one.seconds,
                calendar_id=one.calendar_id,
                pause_on=frozenset(one.pause_on),
                runs_only_on=frozenset(one.runs_only_on),
                thresholds=one.thresholds,
            ),
        )
        for one in found
        if one.metric in CLOCKED[record.type]
        and (one.calendar_id is None or one.calendar_sequence is not None)
    ]


async def load_known(
    tx: ReadTx, kept: Collection[tables.Kept], found: Collection[Promise] = ()
) -> dict[UUID, KnownCalendar]:
    """Return the calendars of clocks and promises as they are now; most are in memory."""
    wanted = {key: sequence for one in kept for key, sequence in one.newest.items()}
    for one in found:
        if one.calendar_id is not None and one.calendar_sequence is not None:
            wanted[one.calendar_id] = max(
                one.calendar_sequence, wanted.get(one.calendar_id, one.calendar_sequence)
            )
    return await views.load_calendars(tx, wanted=wanted)


def noted(record: Record, offers: Sequence[Offer] | None, *, now: datetime) -> Record:
    """Return a record with what its facts and offers say of it as a whole."""
    supplier_id = record.supplier_id if offers is None else supplier_of(offers, record)
    is_open = spans(record.facts)[-1].standing.phase == "open"
    return replace(record, supplier_id=supplier_id, is_open=is_open, updated_at=now)


def tell(
    tx: Tx, record: Record, settled: Collection[Settled], *, actor: Actor, now: datetime
) -> None:
    """Append the events of clocks, each at the instant that it is about."""
    for one in settled:
        first = one.clock.version - len(one.changes) + 1
        for version, change in enumerate(one.changes, start=first):
            outbox.append(
                tx,
                key=one.clock.id,
                version=version,
                events=[told(record, one.clock, change, before=one.before)],
                actor=actor,
                occurred_at=change.at,
                now=now,
            )


async def keep(
    tx: Tx,
    record: Record | None,
    settled: Sequence[Settled],
    *,
    of: Record,
    now: datetime,
    actor: Actor,
) -> None:
    """Write changed clocks of a locked record, and the record unless it stayed as it was (None)."""
    changed = [one.clock for one in settled]
    if record is not None:
        await tables.save(tx, record, changed)
    elif changed:
        await tables.save_clocks(tx, of, changed)
    due = wakes(settled)
    if len(due) == 1 and (armed := next(iter(due.values()))) is not None:
        await timers.arm(tx, kind=WAKE, subject=next(iter(due)), due_at=armed)
    elif due:
        await timers.set_many(tx, kind=WAKE, due=due)
    tell(tx, of, settled, actor=actor, now=now)


def wakes(settled: Collection[Settled]) -> Mapping[UUID, datetime | None]:
    """Return the timers to set: those of clocks whose next threshold is another instant now."""
    return {
        one.clock.id: one.clock.reading.wake_at
        for one in settled
        if one.clock.reading.wake_at != (one.before.reading.wake_at if one.before else None)
    }
