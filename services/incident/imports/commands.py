"""One portion of an import: some incidents, each wholly or not at all, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.incident.imports import tables
from services.incident.imports.domain import digest_of, ends_digest_of
from services.incident.imports.tables import ImportRecord
from services.incident.incidents.commands.history import Imported, extend_history, record_history
from services.incident.incidents.domain.past import Past
from shared.auth import Actor
from shared.db import Tx


@dataclass
class Outcome:
    """What became of a portion: the incidents that are stored, and why others are not."""

    incident_ids: list[UUID] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    new: int = 0
    longer: int = 0


async def import_portion(
    tx: Tx, *, pasts: Sequence[Past], actor: Actor, new_id: Callable[[], UUID], now: datetime
) -> Outcome:
    """Write the incidents that are not here yet, and add to those that went on since.

    An incident that says the same as before is left alone. One whose earlier rows are as they were
    and that has more of them gets what is new. One that contradicts what was imported, or that was
    changed here since, is refused.

    Emits:
        itsm.incident.declared.v1 and what followed it, with the origin ``import``
    """
    await tables.lock_imports(tx)
    source = pasts[0].source
    known = await tables.load_records(
        tx, source=source, numbers=[past.source_number for past in pasts]
    )
    outcome = Outcome()
    records: list[ImportRecord] = []
    fresh = [(new_id(), past) for past in pasts if past.source_number not in known]
    if fresh:
        done = await record_history(tx, pasts=fresh, actor=actor, now=now)
        records += [_record(past, one, now) for (_, past), one in zip(fresh, done, strict=True)]
        outcome.new = len(done)
        outcome.incident_ids += [one.incident_id for one in done]
    for past in pasts:
        record = known.get(past.source_number)
        if record is None:
            continue
        if record.rows > len(past.facts) or record.digest != digest_of(past, record.rows):
            outcome.refused[past.source_number] = "it differs from what was imported before"
        elif record.rows == len(past.facts):
            if record.ends_digest == ends_digest_of(past):
                outcome.incident_ids.append(record.incident_id)
            else:
                outcome.refused[past.source_number] = "it ended otherwise than imported before"
        else:
            one = await extend_history(
                tx,
                incident_id=record.incident_id,
                past=past,
                known=record.events,
                actor=actor,
                now=now,
            )
            if one is None:
                outcome.refused[past.source_number] = "it was changed here since its import"
            else:
                records.append(_record(past, one, now))
                outcome.longer += 1
                outcome.incident_ids.append(one.incident_id)
    if records:
        await tables.write_records(tx, records)
    return outcome


def _record(past: Past, one: Imported, now: datetime) -> ImportRecord:
    return ImportRecord(
        source=past.source,
        source_number=past.source_number,
        incident_id=one.incident_id,
        rows=len(past.facts),
        events=one.events,
        digest=digest_of(past, len(past.facts)),
        ends_digest=ends_digest_of(past),
        imported_at=now,
    )
