"""Looking up the incidents above an incident."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shared.db import Tx, statement

_LOCK_FAMILY: Final = statement(
    "select pg_advisory_xact_lock(hashtextextended('incident.incident.parent_id', 0))"
)
_TRY_LOCK_FAMILY: Final = statement(
    "select pg_try_advisory_xact_lock(hashtextextended('incident.incident.parent_id', 0))"
)
_ANCESTORS: Final = statement(
    "with recursive line as (select id, number, parent_id, 1 as depth from incident.incident"
    " where id = :id union all select p.id, p.number, p.parent_id, l.depth + 1"
    " from line l join incident.incident p on p.id = l.parent_id where l.depth < :most)"
    " select id, number from line"
)


async def lock_family(tx: Tx) -> None:
    """Let no other transaction give an incident a parent until this one ends.

    It comes before any incident's row is locked: who has one and waits for the other makes both
    wait for ever.
    """
    await tx.run(_LOCK_FAMILY)


async def try_lock_family(tx: Tx) -> bool:
    """Do so without waiting, which is safe with rows locked; tell whether it went well."""
    locked: bool = await tx.value(_TRY_LOCK_FAMILY)
    return locked


async def ancestors(tx: Tx, incident_id: UUID, *, most: int) -> dict[UUID, str]:
    """Return an incident and those above it, with their numbers; none if it is not there."""
    return {row["id"]: row["number"] for row in await tx.all(_ANCESTORS, id=incident_id, most=most)}
