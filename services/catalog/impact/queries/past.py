"""The part of the map that a question needs, as it was known at a past instant.

Nothing of it is cached. It is read from one snapshot, step by step from what was asked: who rests
on that and on those, as far as the question goes. What changed since is read from the event log,
the rest is as its row says. Where something stood on the map, and what people call it, is the
present answer: a label of today is what one finds it under.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from services.catalog.components.domain import NodeId
from services.catalog.components.queries import whole_map
from services.catalog.impact.domain import AskedUnknownError, ReachTooLargeError
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.queries.live import map_of
from shared.db import ReadTx

MOST_NODES: Final = 20_000
"""A question that reaches more nodes than this is refused."""
MOST_DEPENDENCIES: Final = 100_000


async def past_map(
    tx: ReadTx, *, asked: Collection[NodeId], up: bool, depth: int | None, as_of: datetime
) -> ServiceMap:
    """Return the map around some nodes as it was known at an instant; ``tx`` is a snapshot.

    It holds what a question about them, ``up`` or down and so many dependencies far, looks at.

    Raises:
        AskedUnknownError: one of the nodes was not there yet.
        ReachTooLargeError: that is too much.
    """
    known = await whole_map.nodes_known(tx, ids=asked, as_of=as_of)
    for node in asked:
        if node not in known:
            detail = f"There was nothing {node} on the map at that instant."
            raise AskedUnknownError(detail, pointer="node")
    reached = await _reach(tx, asked, up=up, depth=depth, as_of=as_of)
    dependencies = await whole_map.dependencies_at(
        tx, consumers=reached, as_of=as_of, limit=MOST_DEPENDENCIES + 1
    )
    if len(dependencies) > MOST_DEPENDENCIES:
        raise _too_large(MOST_DEPENDENCIES, "dependencies")
    groups = await whole_map.groups_at(tx, consumers=reached, as_of=as_of)
    ends = {one.to_id for one in dependencies}
    nodes = await whole_map.some_nodes(tx, ids=reached | ends)
    return map_of(nodes, groups, dependencies)


async def _reach(
    tx: ReadTx, asked: Collection[NodeId], *, up: bool, depth: int | None, as_of: datetime
) -> set[NodeId]:
    """Return all nodes that a question can come to, one further than its depth."""
    reached = set(asked)
    frontier: Collection[NodeId] = reached
    # One more step tells whether there is anything beyond the depth.
    left = None if depth is None else depth + 1
    while frontier and left != 0:
        found = await whole_map.neighbours(
            tx, nodes=frontier, up=up, as_of=as_of, limit=MOST_NODES + 1
        )
        frontier = set(found) - reached
        reached |= frontier
        if len(reached) > MOST_NODES:
            raise _too_large(MOST_NODES, "nodes")
        left = None if left is None else left - 1
    return reached


def _too_large(most: int, what: str) -> ReachTooLargeError:
    detail = f"It would look at more than {most} {what} of that time: ask less deep, or for now."
    return ReachTooLargeError(detail, pointer="as_of", extras={"most": most})
