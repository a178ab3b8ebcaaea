"""What happens to clocks without anybody: time passes, calendars and agreements change."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.clocks.commands.recording import (
    WAKE,
    keep,
    load_known,
    look_up,
    new_ids,
    noted,
    offers_of,
)
from services.incident.clocks.domain import Record
from services.incident.clocks.engine.settling import Case, outdated, settle
from services.incident.clocks.tables import clocks as tables
from services.incident.clocks.tables import sources
from shared import timers
from shared.auth import platform_actor
from shared.db import Tx

RECORDS_AT_ONCE: Final = 25


async def wake_clock(tx: Tx, *, clock_id: UUID, due_at: datetime, now: datetime) -> None:
    """Look at a clock whose next threshold was due at ``due_at``; however late, its instants hold.

    Where somebody works on its record right now, it is looked at a moment later.

    Emits:
        itsm.sla_clock.at_risk.v1 and .breached.v1 for what was reached
    """
    locked = await tables.lock_clock(tx, clock_id)
    if locked is None:
        if await tables.is_there(tx, clock_id):
            await timers.arm(tx, kind=WAKE, subject=clock_id, due_at=due_at)
        return
    record, kept = locked
    if outdated(kept.clock, kept.newest):
        # The job has not come to it yet; the difference is told before what follows from it.
        await judge_anew(tx, record_id=record.id, now=now)
        return
    case = Case(record=record, calendars=await load_known(tx, [kept]), at=now, now=now)
    settled = settle(case, [kept.clock], None, new_ids=new_ids())
    await keep(tx, None, settled, of=record, actor=platform_actor("incident"), now=now)


async def judge_anew(tx: Tx, *, record_id: UUID, now: datetime) -> Record | None:
    """Settle the clocks of an open record by calendars and agreements as they are now.

    Return the record as that leaves it; None where there is none, or it is over.

    Emits:
        itsm.sla_clock.corrected.v1 with the difference, .started.v1 for promises that were not
        known, and the events of what they have used up by now
    """
    before = await tables.load_record(tx, record_id)
    if before is None or not before.is_open:
        return None
    kept = await tables.load_clocks(tx, record_id)
    found = await look_up(tx, before)
    offers = offers_of(found, before)
    record = noted(before, offers, now=now)
    calendars = await load_known(tx, kept, found)
    case = Case(record=record, calendars=calendars, at=now, now=now, anew=True)
    # What has ended keeps what it was judged by.
    clocks = [one.clock for one in kept]
    settled = [
        one
        for one in settle(case, clocks, offers, new_ids=new_ids())
        if one.before is None or one.before.reading.stopped_at is None
    ]
    changed = None if record.supplier_id == before.supplier_id else record
    await keep(tx, changed, settled, of=record, actor=platform_actor("incident"), now=now)
    return record


async def follow_source(tx: Tx, *, now: datetime) -> int:
    """Take some open records on to the newest state of one calendar or agreement; count them.

    Emits:
        as ``judge_anew``
    """
    source = await sources.behind(tx)
    if source is None:
        return 0
    source_id: UUID = source["id"]
    after = await sources.claim(tx, source_id, sequence=source["sequence"])
    found = await sources.records_of(tx, source_id, after=after, limit=RECORDS_AT_ONCE)
    for record_id in found:
        await judge_anew(tx, record_id=record_id, now=now)
    if len(found) < RECORDS_AT_ONCE:
        await sources.finish(tx, source_id)
    else:
        await sources.move_on(tx, source_id, place=found[-1])
    return 1 + len(found)
