"""What rests on itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Final

from services.catalog.components.domain import NodeId
from services.catalog.components.queries import whole_map
from services.catalog.components.queries.whole_map import DependencyRow
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.circles import circles, components
from services.catalog.impact.graph.rows import MapNode
from services.catalog.impact.queries.live import LiveMap, in_thread
from services.catalog.impact.schemas import (
    CycleDependency,
    CycleNode,
    DependencyCycle,
    DependencyCycles,
)
from services.catalog.permissions import require_provider
from shared.auth import Actor

NODES_LOOKED_AT: Final = 20_000
DEPENDENCIES_LOOKED_AT: Final = 100_000
NODES_NAMED: Final = 200
DEPENDENCIES_NAMED: Final = 500


async def list_dependency_cycles(
    live: LiveMap, *, most: int, actor: Actor, now: datetime
) -> DependencyCycles:
    """Return at most so many of the sets of nodes that rest on each other now.

    Any dependency that can pass a failure on counts; the dangerous ones among them are marked.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        MapBusyError: others are asking.
    """
    require_provider(actor)
    found, nodes = await live.ask(partial(_named, now=now, most=most), now=now)
    looked_at = {node for one in nodes for node in (each.id for each in one)}
    rows: list[DependencyRow] = []
    if looked_at:
        async with live.database.reading() as tx:
            rows = await whole_map.dependencies_between(
                tx, nodes=looked_at, at=now, limit=DEPENDENCIES_LOOKED_AT
            )
    items = await in_thread(partial(_cycles, nodes, rows))
    return DependencyCycles(as_of=now, total=found, complete=len(nodes) == found, items=items)


def _named(service_map: ServiceMap, *, now: datetime, most: int) -> tuple[int, list[list[MapNode]]]:
    """Return how many cycles there are, and the nodes of the first, as many as can be looked at."""
    found = circles(service_map, as_of=now)
    sizes = accumulate(map(len, found))
    looked_at = [
        one for one, so_far in zip(found, sizes, strict=True) if so_far <= NODES_LOOKED_AT
    ] or list(found[:1])
    return len(found), [
        [service_map.nodes[service_map.positions[node]] for node in one] for one in looked_at[:most]
    ]


def _cycles(
    nodes: Sequence[Sequence[MapNode]], rows: Sequence[DependencyRow]
) -> list[DependencyCycle]:
    """Return the cycles of some nodes, each with those of the dependencies that are inside it."""
    own = {node.id: number for number, one in enumerate(nodes) for node in one}
    of: list[list[DependencyRow]] = [[] for _ in nodes]
    for row in sorted(rows, key=lambda one: one.id.int):
        if row.strength and own[row.from_id] == own[row.to_id]:
            of[own[row.from_id]].append(row)
    return [_cycle(one, inside) for one, inside in zip(nodes, of, strict=True)]


def _cycle(nodes: Sequence[MapNode], inside: Sequence[DependencyRow]) -> DependencyCycle:
    return DependencyCycle(
        size=len(nodes),
        certain=_is_certain(inside),
        complete=len(nodes) <= NODES_NAMED and len(inside) <= DEPENDENCIES_NAMED,
        nodes=[CycleNode(id=one.id, kind=one.kind, label=one.label) for one in nodes[:NODES_NAMED]],
        dependencies=[CycleDependency.of(one) for one in inside[:DEPENDENCIES_NAMED]],
    )


def _is_certain(inside: Sequence[DependencyRow]) -> bool:
    """Tell whether plain ``depends_on`` of strength 1 close a cycle by themselves."""
    numbers: dict[NodeId, int] = {}
    providers: dict[int, list[int]] = {}
    for row in inside:
        if row.type == "depends_on" and row.strength == 1 and row.redundancy_group_id is None:
            consumer, provider = (
                numbers.setdefault(end, len(numbers)) for end in (row.from_id, row.to_id)
            )
            providers.setdefault(consumer, []).append(provider)
    sets = components(list(providers), lambda node: providers.get(node, ()))
    return any(len(one) > 1 for one in sets)
