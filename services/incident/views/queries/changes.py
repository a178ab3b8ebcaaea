"""Asking which changes take services down at present."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.db import ReadTx, statement

COVERS_FRAGMENT: Final = (
    "(c.state = 'implement' or c.state = 'scheduled'"
    " and c.planned_start <= :now and c.planned_end > :now)"
)
"""The condition that a change ``c`` takes down now what it is expected to take down."""


def plans_outage_fragment(service: str) -> str:
    """Return the condition that a change ``c`` is expected to take a service (SQL: its id) down."""
    return (
        "c.planned_outages @>"
        f" jsonb_build_array(jsonb_build_object('service_id', cast({service} as uuid)))"
    )


_COVERING: Final = statement(
    "select distinct on (s.id) s.id as service_id, c.change_id, c.number, c.title"  # noqa: S608 - a fragment of ours
    " from unnest(cast(:service_ids as uuid[])) s(id) join incident.view_change c"
    f" on {plans_outage_fragment('s.id')} and c.state in ('scheduled', 'implement')"
    f" where {COVERS_FRAGMENT} order by s.id, c.planned_start, c.change_id"
)
_NUMBER: Final = statement("select number from incident.view_change where change_id = :change_id")


@dataclass(frozen=True, slots=True)
class CoveringChange:
    """A change that takes a service down at present."""

    change_id: UUID
    number: str
    title: str


async def covering_changes(
    tx: ReadTx, *, service_ids: Collection[UUID], now: datetime
) -> dict[UUID, CoveringChange]:
    """Return, of some services, those that a change takes down now as planned, with the change.

    That is one with a planned outage of the service that is being carried out, or is scheduled
    and inside its planned window.
    """
    rows = await tx.all(_COVERING, service_ids=list(service_ids), now=now)
    return {
        row["service_id"]: CoveringChange(row["change_id"], row["number"], row["title"])
        for row in rows
    }


async def change_number(tx: ReadTx, *, change_id: UUID) -> str | None:
    """Return the number of a change, None if none is known."""
    row = await tx.first(_NUMBER, change_id=change_id)
    return None if row is None else row["number"]
