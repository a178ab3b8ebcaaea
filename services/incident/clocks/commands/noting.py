"""What upper areas call: their records begin, and something happens to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.clocks.commands.judging import judge_anew
from services.incident.clocks.commands.recording import (
    WAKE,
    keep,
    load_known,
    look_up,
    new_ids,
    noted,
    offers_of,
    tell,
    wakes,
)
from services.incident.clocks.domain import Belongs, Fact, Note, Record, UnknownFactError
from services.incident.clocks.engine.settling import Case, outdated, settle, supplier_of
from services.incident.clocks.engine.spans import in_force
from services.incident.clocks.events import RecordType
from services.incident.clocks.tables import clocks as tables
from services.incident.views.domain import Promise
from shared import timers
from shared.auth import Actor, platform_actor
from shared.db import Tx

_MAY_NEED_PROMISES: Final = frozenset({"weighed", "assigned", "held", "reopened", "corrected"})


async def start_clocks(
    tx: Tx,
    *,
    record_type: RecordType,
    record_id: UUID,
    record_number: str,
    customer_ids: Collection[UUID],
    service_id: UUID | None,
    team_id: UUID | None,
    priority: int,
    at: datetime,
    actor: Actor,
    now: datetime,
    promised: Collection[Promise] | None = None,
    at_the_end: bool = False,
) -> None:
    """Begin to keep the clocks of a new record, which was reported ``at`` (aware UTC).

    ``promised`` is what ``lines_for`` would find, where the caller has asked already.
    ``at_the_end``: nothing else in the transaction needs the clocks, so they can wait for the last
    statement.

    Emits:
        itsm.sla_clock.started.v1 for each promise that applies; the events of what a record
        reported belatedly has used up by now
    """
    record = Record(
        id=record_id,
        type=record_type,
        number=record_number,
        service_id=service_id,
        supplier_id=None,
        is_open=True,
        facts=(Fact(1, "started", at, priority=priority, team_id=team_id),),
        customer_ids=tuple(customer_ids),
        reached={},
        created_at=now,
        updated_at=now,
    )
    found = await look_up(tx, record) if promised is None else promised
    offers = offers_of(found, record)
    calendars = await load_known(tx, (), found) if offers else {}
    if (supplier_id := supplier_of(offers, record)) is not None:
        record = replace(record, supplier_id=supplier_id)
    case = Case(record=record, calendars=calendars, at=at, now=now)
    settled = settle(case, (), offers, new_ids=new_ids())
    new = [one.clock for one in settled]
    await tables.insert_record(tx, record, new, at_the_end=at_the_end)
    due = wakes(settled)
    if at_the_end:
        armed = {key: instant for key, instant in due.items() if instant is not None}
        timers.arm_at_the_end(tx, kind=WAKE, due=armed)
    elif due:
        await timers.set_many(tx, kind=WAKE, due=due)
    tell(tx, record, settled, actor=actor, now=now)


async def note_facts(
    tx: Tx,
    *,
    record_id: UUID,
    notes: Sequence[Note] = (),
    belongs: Belongs | None = None,
    reached: Mapping[UUID, Sequence[UUID]] | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Note what happened to a record, and settle its clocks; one without clocks stays without.

    ``belongs`` gives it another service or other customers, ``reached`` says whom it reaches and
    by which of their services, the nearest first; None leaves either as it is. A note of kind
    ``corrected`` gives the fact that it means another time or value.

    An update of a record that promises none is only noted, in one statement: another priority or
    agreement may promise them later.

    Raises:
        UnknownFactError: a correction of what was never noted.
    Emits:
        the events of clocks that show something else now
    """
    kinds = {one.kind for one in notes}
    if kinds == {"updated"}:
        facts = _with_notes((), notes)
        if await tables.note_in_passing(tx, record_id, facts, metric="update", now=now):
            return
    before = await tables.load_record(tx, record_id)
    if before is None:
        return
    record = replace(before, facts=_with_notes(before.facts, notes))
    if belongs is not None:
        record = replace(record, service_id=belongs.service_id, customer_ids=belongs.customer_ids)
    if reached is not None:
        found_by = {key: tuple(services) for key, services in reached.items()}
        record = replace(record, reached=found_by)
    if record == before:
        return
    kept = await tables.load_clocks(tx, record_id)
    if any(outdated(one.clock, one.newest) for one in kept):
        # The job has not come to it yet; the difference is told before what follows from it.
        judged = await judge_anew(tx, record_id=record_id, now=now)
        if judged is not None:
            record = replace(record, supplier_id=judged.supplier_id)
        kept = await tables.load_clocks(tx, record_id)
    if "updated" in kinds:
        known = replace(before, supplier_id=record.supplier_id)
        kept = await _caught_up(tx, known, kept, now=now)
    moved = belongs is not None or reached is not None
    asks = moved or not kinds.isdisjoint(_MAY_NEED_PROMISES)
    found = await look_up(tx, record) if asks else []
    offers = offers_of(found, record) if asks else None
    record = noted(record, offers, now=now)
    case = Case(
        record=record,
        calendars=await load_known(tx, kept, found),
        at=max((one.at for one in notes if one.kind != "corrected"), default=now),
        now=now,
        anew="corrected" in kinds,
        updated="updated" in kinds,
    )
    settled = settle(case, [one.clock for one in kept], offers, new_ids=new_ids())
    await keep(tx, record, settled, of=record, actor=actor, now=now)


async def _caught_up(
    tx: Tx, record: Record, kept: list[tables.Kept], *, now: datetime
) -> list[tables.Kept]:
    """Tell what clocks had used up before now, where a timer is late; return them after that.

    A new period begins at nothing: what the one before had reached could not be told after it. What
    would be used up at this very instant is not: the update came in time.
    """
    late = [one for one in kept if (wake := one.clock.reading.wake_at) is not None and wake < now]
    if not late:
        return kept
    before = now - datetime.resolution
    case = Case(record=record, calendars=await load_known(tx, late), at=before, now=before)
    settled = settle(case, [one.clock for one in late], None, new_ids=new_ids())
    await keep(tx, None, settled, of=record, actor=platform_actor("incident"), now=now)
    return await tables.load_clocks(tx, record.id)


def _with_notes(facts: tuple[Fact, ...], notes: Sequence[Note]) -> tuple[Fact, ...]:
    found = list(facts)
    for note in notes:
        corrects: int | None = None
        if note.kind == "corrected":
            corrects = _meant(found, note)
            if corrects is None:
                continue
        found.append(
            Fact(
                sequence=len(found) + 1,
                kind=note.kind,
                at=note.at,
                reason=note.reason,
                priority=note.priority,
                team_id=note.team_id,
                corrects=corrects,
                entry=note.entry if corrects is None else None,
            )
        )
    return tuple(found)


def _meant(facts: Sequence[Fact], note: Note) -> int | None:
    """Return the fact that a correction means; None for an entry that told the clocks nothing."""
    known = [one for one in reversed(in_force(facts)) if one.kind == note.corrects]
    if note.entry is not None:
        of_entry = [one for one in known if one.entry == note.entry]
        older = [one for one in known if one.entry is None and one.at == note.was]
        return next((one.sequence for one in (*of_entry, *older)), None)
    if note.was is not None:
        known = [one for one in known if one.at == note.was]
    if not known:
        raise UnknownFactError(f"Nothing was noted as {note.corrects} then.")
    return known[0].sequence
