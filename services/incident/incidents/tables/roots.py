"""Looking up the incidents of some nodes of the map: of services and configuration items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from shared.db import ReadTx, statement

_OPEN: Final = "i.state in ('new', 'assigned', 'in_progress', 'on_hold')"
_OPEN_ON: Final = statement(
    "select i.id from unnest(cast(:nodes as uuid[])) with ordinality n(id, place)"  # noqa: S608 - a fragment of ours
    " cross join lateral (select i.id from incident.incident i"
    f" where i.service_id = n.id and {_OPEN} union all select i.id from incident.incident i"
    f" where i.ci_ids <> '{{}}' and i.ci_ids @> array[n.id] and {_OPEN} offset 0) i"
    " where i.id is distinct from cast(:besides as uuid) order by n.place, i.id limit 1"
)
_EFFECT: Final = (
    f"{_OPEN} and i.parent_id is null and i.channel = 'monitoring' and i.dedup_key is not null"
    " and i.major_state <> 'accepted' and i.id <> :besides"
)
_EFFECTS: Final = statement(
    "select i.id from unnest(cast(:nodes as uuid[])) n(id) cross join lateral"  # noqa: S608 - fragments of ours
    " (select i.id from incident.incident i where i.service_id = n.id and i.ci_ids = '{}'"
    f" and {_EFFECT} union all select i.id from incident.incident i where i.ci_ids <> '{{}}'"
    f" and i.ci_ids @> array[n.id] and i.ci_ids[1] = n.id and {_EFFECT} offset 0) i"
)


async def open_incident_on(
    tx: ReadTx, *, nodes: Sequence[UUID], besides: UUID | None = None
) -> UUID | None:
    """Return the oldest open incident of the first of some nodes that has one.

    A node has those of the service that it is, and those that name it as a configuration item.
    """
    row = await tx.first(_OPEN_ON, nodes=list(nodes), besides=besides)
    return None if row is None else row["id"]


async def possible_effects_on(tx: ReadTx, *, nodes: Collection[UUID], besides: UUID) -> list[UUID]:
    """Return the open incidents standing at some nodes that may be put below another one."""
    return [row["id"] for row in await tx.all(_EFFECTS, nodes=list(nodes), besides=besides)]
