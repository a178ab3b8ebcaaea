"""Reading and moving entries of a timeline that are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.incidents.domain.corrections import Told
from shared.db import ReadTx, Tx, statement

_STORY: Final = statement(
    "select sequence, kind, occurred_at, visibility, customer_id from incident.timeline"
    " where incident_id = :id and (sequence = :sequence or kind = any(cast(:kinds as text[])))"
    " order by sequence"
)
_MOVE: Final = statement(
    "update incident.timeline set occurred_at = :at"
    " where incident_id = :id and sequence = :sequence"
)
_MOVE_NEWEST: Final = statement(
    "update incident.timeline t set occurred_at = n.at from (select n.at, (select max(e.sequence)"
    " from incident.timeline e where e.incident_id = :id and e.kind = n.kind"
    " and (n.words is null or e.text = n.words)) as sequence"
    " from unnest(cast(:kinds as text[]), cast(:words as text[]), cast(:times as timestamptz[]))"
    " n(kind, words, at)) n"
    " where t.incident_id = :id and t.sequence = n.sequence"
)


async def load_story(
    tx: ReadTx, incident_id: UUID, *, kinds: Sequence[str], sequence: int | None = None
) -> list[Told]:
    """Return all entries of a timeline of some kinds, and one more if it is named, by sequence."""
    rows = await tx.all(_STORY, id=incident_id, sequence=sequence, kinds=list(kinds))
    return [Told(**row) for row in rows]


async def move_entry(tx: Tx, incident_id: UUID, *, sequence: int, at: datetime) -> None:
    """Give an entry another time; what it was is told by the entry of the correction."""
    await tx.run(_MOVE, id=incident_id, sequence=sequence, at=at)


async def move_newest(
    tx: Tx, incident_id: UUID, times: Mapping[tuple[str, str | None], datetime]
) -> None:
    """Give the newest entry of each kind another time; where words are named, the one of them."""
    await tx.run(
        _MOVE_NEWEST,
        id=incident_id,
        kinds=[kind for kind, _ in times],
        words=[words for _, words in times],
        times=list(times.values()),
    )
