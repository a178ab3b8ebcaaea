"""Asking for a part of the map: what rests on something, what it rests on, what is nearest.

The whole map may have 100,000 configuration items and 400,000 dependencies. None of these
questions reads more of it than the part that they are about.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.views.graph import Edge, ServiceMap, Use, spare_of
from shared.db import ReadTx, statement

MOST_HOPS: Final = 10
MOST_NODES: Final = 5_000
"""So many configuration items are looked at for the services that are nearest to some."""
_VALID: Final = (
    "not d.removed and d.valid_from <= :instant and (d.valid_to is null or d.valid_to > :instant)"
)
# Each node's own dependencies are looked up by index. Left to itself, the planner takes a few
# nodes for many and reads all dependencies; ``offset 0`` keeps the look-up as it is written.
_CONSUMERS_OF: Final = (
    "cross join lateral (select d.dependency_id, d.from_id, d.from_kind, d.to_id"  # noqa: S608 - a fragment of ours
    f" from incident.view_dependency d where d.to_id = {{node}} and {_VALID} offset 0) d"
)
_RUNS: Final = (
    "not exists (select from incident.view_service s"
    " where s.service_id = d.from_id and s.phase = 'retired')"
)
_DOWN: Final = statement(
    "with recursive down(node) as (select unnest(cast(:origins as uuid[])) union"  # noqa: S608 - fragments of ours
    f" select d.from_id from down {_CONSUMERS_OF.format(node='down.node')} where {_RUNS})"
    " select d.from_id, d.from_kind, d.to_id, m.redundancy_group_id"
    f" from down {_CONSUMERS_OF.format(node='down.node')}"
    " left join lateral (select m.redundancy_group_id from incident.view_redundancy_member m"
    " where m.dependency_id = d.dependency_id offset 0) m on true"
)
_SPARE: Final = statement(
    "select g.redundancy_group_id, g.min_up, g.min_up_unit, count(distinct d.to_id) as members"  # noqa: S608 - a fragment of ours
    " from incident.view_redundancy_group g join incident.view_redundancy_member m"
    " using (redundancy_group_id) join incident.view_dependency d using (dependency_id)"
    f" where g.redundancy_group_id = any(cast(:groups as uuid[])) and {_VALID}"
    " and g.valid_from <= :instant and (g.valid_to is null or g.valid_to > :instant)"
    " group by g.redundancy_group_id"
)
_NAMES: Final = statement(
    "select service_id, name_business, phase from incident.view_service"
    " where service_id = any(cast(:nodes as uuid[]))"
)
_USES: Final = statement(
    "select u.customer_id, u.service_id from incident.view_service_use u"
    " where u.service_id = any(cast(:nodes as uuid[]))"
    " and u.valid_from <= :instant and (u.valid_to is null or u.valid_to > :instant)"
    " and not exists (select from incident.view_customer c"
    " where c.customer_id = u.customer_id and c.status = 'inactive')"
)
_VERSION: Final = statement(
    "select coalesce((select sum(sequence) from incident.view_service), 0)"
    " + coalesce((select sum(sequence) from incident.view_dependency), 0)"
    " + coalesce((select sum(sequence) from incident.view_service_use), 0)"
)
_UPSTREAM: Final = statement(
    "with recursive up(node, distance) as (select cast(:node as uuid), 0 union"  # noqa: S608 - a fragment of ours
    " select d.to_id, up.distance + 1 from up cross join lateral"
    f" (select d.to_id from incident.view_dependency d where d.from_id = up.node and {_VALID}"
    " offset 0) d where up.distance < :most)"
    " select node from up where node <> :node group by node order by min(distance), node"
)
_CONSUMERS: Final = statement(
    "select distinct n.origin, d.from_id as node, d.from_kind as kind"  # noqa: S608 - fragments of ours
    " from unnest(cast(:origins as uuid[]), cast(:nodes as uuid[])) n(origin, id)"
    f" {_CONSUMERS_OF.format(node='n.id')} where {_RUNS}"
)


async def load_map(
    tx: ReadTx, *, services: Collection[UUID], items: Collection[UUID], instant: datetime
) -> ServiceMap:
    """Return the map downstream of services and configuration items at an instant (aware UTC)."""
    origins = {*services, *items}
    rows = await tx.all(_DOWN, origins=list(origins), instant=instant)
    found = {row["from_id"]: row["from_kind"] for row in rows}
    through = {*items, *(one for one, kind in found.items() if kind != "service")}
    nodes = list((origins | found.keys()) - through)
    named = await tx.all(_NAMES, nodes=nodes)
    groups = {row["redundancy_group_id"] for row in rows} - {None}
    return ServiceMap(
        version=int(await tx.value(_VERSION)),
        names={row["service_id"]: row["name_business"] for row in named},
        retired=frozenset(row["service_id"] for row in named if row["phase"] == "retired"),
        edges=tuple(
            Edge(consumer=row["from_id"], provider=row["to_id"], group=row["redundancy_group_id"])
            for row in rows
        ),
        uses=tuple(
            Use(customer=row["customer_id"], service=row["service_id"])
            for row in await tx.all(_USES, nodes=nodes, instant=instant)
        ),
        items=frozenset(through),
        spare=await _spare(tx, groups, instant=instant) if groups else {},
    )


async def _spare(tx: ReadTx, group_ids: Collection[UUID], *, instant: datetime) -> dict[UUID, int]:
    rows = await tx.all(_SPARE, groups=list(group_ids), instant=instant)
    return {
        row["redundancy_group_id"]: spare_of(
            members=row["members"], min_up=row["min_up"], unit=row["min_up_unit"]
        )
        for row in rows
    }


async def upstream_of(tx: ReadTx, *, node_id: UUID, instant: datetime) -> list[UUID]:
    """Return what a service or configuration item rests on at an instant (aware UTC).

    The nearest come first, and none is further than ten hops.
    """
    rows = await tx.all(_UPSTREAM, node=node_id, instant=instant, most=MOST_HOPS)
    return [row["node"] for row in rows]


async def nearest_services(
    tx: ReadTx, *, item_ids: Collection[UUID], instant: datetime
) -> dict[UUID, UUID]:
    """Return, of some configuration items, those with one nearest service that rests on them.

    Where several are as near as each other, or none is within ten hops, there is no telling which
    is meant. ``instant`` is aware UTC.
    """
    seen = {(one, one) for one in item_ids}
    front = sorted(seen)
    nearest: dict[UUID, UUID] = {}
    for _ in range(MOST_HOPS):
        if not front or len(seen) > MOST_NODES:
            break
        rows = await tx.all(
            _CONSUMERS,
            origins=[origin for origin, _ in front],
            nodes=[node for _, node in front],
            instant=instant,
        )
        found: dict[UUID, set[UUID]] = {}
        for row in rows:
            if row["kind"] == "service":
                found.setdefault(row["origin"], set()).add(row["node"])
        nearest |= {origin: min(near) for origin, near in found.items() if len(near) == 1}
        beyond = {(row["origin"], row["node"]) for row in rows if row["origin"] not in found}
        front = sorted(beyond - seen)
        seen |= beyond
    return nearest
