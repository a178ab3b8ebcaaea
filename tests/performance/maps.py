"""The pure map at the size of real ones: 100,000 nodes in layers, 400,000 dependencies.

The map lies in five sites that share nothing. Every node rests on neighbours one layer below,
some on a hub of their part of the site, the lowest layer on the core of the site. So a node in the
middle hits about 200 others and the core of a site all of it: 20,000.

What is kept between two questions is the adjacency alone, no answer; a changed dependency
replaces its own slot and is seen by the next question. Timed are the answer and its graph
document together, since a page needs both. The figures with goals are those over HTTP, in
``impacts``; these say how much of them is the map itself.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

import psutil
from rich.console import Console
from rich.progress import Progress

from services.catalog.components.domain import DependencyId, GroupId, NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.circles import circles
from services.catalog.impact.graph.drawing import Drawing, draw_impact
from services.catalog.impact.graph.impact import downstream
from services.catalog.impact.graph.probability import Likelihood, probability
from services.catalog.impact.graph.rows import Level, MapDependency, MapGroup, MapNode
from tests.performance.report import Report

SITES: Final = 5
LAYERS: Final = 10
WIDTH: Final = 2_000
DEPENDENCIES: Final = 400_000
NEIGHBOURHOOD: Final = 28
"""A provider stands at most so many places beside its consumer."""
HUB_SPAN: Final = 100
AT: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEGAN: Final = datetime(2025, 1, 1, tzinfo=UTC)
SEED: Final = 20260302
SAMPLED, ROUNDS = 301, 7

_Result = TypeVar("_Result")


def node_id(site: int, layer: int, place: int) -> NodeId:
    """Return the id of a node by where it stands; layer 0 is the lowest, its place 0 the core."""
    return NodeId(UUID(int=1 << 96 | site << 64 | layer << 32 | place))


def nodes() -> Iterator[MapNode]:
    """Yield all nodes: technology below, services on top."""
    kinds = ("hardware", "network", "software", "data")
    for site in range(SITES):
        for layer in range(LAYERS):
            kind = "service" if layer >= LAYERS - 2 else kinds[min(layer // 2, 3)]
            for place in range(WIDTH):
                yield MapNode(node_id(site, layer, place), kind, f"{kind} {site}.{layer}.{place}")


def groups() -> Iterator[MapGroup]:
    """Yield the redundancy groups: in every tenth node from layer 2 up, one of two is enough."""
    for site in range(SITES):
        for layer in range(2, LAYERS):
            for place in range(0, WIDTH, 10):
                consumer = node_id(site, layer, place)
                yield MapGroup(GroupId(UUID(int=consumer.int | 1 << 126)), consumer, 1)


def dependencies(seed: int = SEED) -> Iterator[MapDependency]:
    """Yield all dependencies: three in ten uncertain, one in eight only degrading."""
    chance = random.Random(seed)
    for number, (consumer, provider, group) in enumerate(_pairs(chance), 1):
        strength = round(chance.uniform(0.2, 0.9), 2) if chance.random() < 0.3 else 1.0
        yield MapDependency(
            DependencyId(UUID(int=1 << 127 | number)),
            consumer,
            provider,
            strength,
            "degrade" if chance.random() < 0.125 else "down",
            group,
            BEGAN,
        )


def build(seed: int = SEED) -> ServiceMap:
    """Return the whole map."""
    return ServiceMap.build(nodes(), groups(), dependencies(seed))


def answer(service_map: ServiceMap, node: NodeId) -> Drawing:
    """Return the impact of a node as a page gets it."""
    impact = downstream(service_map, {node: Level.DOWN}, as_of=AT)
    return draw_impact(service_map, impact)


def measure(report: Report, progress: Progress) -> None:
    """Measure building, asking and changing the map; note what it holds in memory."""
    task = progress.add_task("map", total=5)
    process = psutil.Process()
    before = process.memory_info().rss
    build_ms, service_map = _timed(build)
    size = (len(service_map.nodes), len(service_map.dependencies.consumer))
    if size != (SITES * LAYERS * WIDTH, DEPENDENCIES):
        message = f"the map has {size[0]} nodes and {size[1]} dependencies"
        raise RuntimeError(message)
    report.add("map_100k_build", [build_ms / 1000], "s")
    report.add("map_100k_memory", [(process.memory_info().rss - before) / 2**20], "MB")
    progress.advance(task)
    chance = random.Random(SEED)
    asked = [one.id for one in chance.sample(service_map.nodes, SAMPLED)]
    for node in asked[:20]:
        answer(service_map, node)
    answers = [_timed(partial(answer, service_map, node)) for node in asked]
    report.add("map_100k", [spent for spent, _ in answers], "ms")
    reached = [drawing.total - 1 for _, drawing in answers]
    report.add("map_100k_reach", [statistics.median(reached)], "nodes")
    progress.advance(task)
    core = node_id(0, 0, 0)
    largest = [_timed(partial(answer, service_map, core)) for _ in range(ROUNDS)]
    report.add("map_100k_largest", [spent for spent, _ in largest], "ms")
    report.add("map_100k_largest_reach", [largest[0][1].total - 1], "nodes")
    progress.advance(task)
    report.add("map_100k_refresh", _refreshes(service_map), "ms")
    progress.advance(task)
    _measure_chances(service_map, asked, report)
    progress.advance(task)


def _refreshes(service_map: ServiceMap) -> list[float]:
    """Return what it takes from a change to the largest answer that shows it."""
    core, other = node_id(1, 0, 0), node_id(4, LAYERS - 1, 0)
    known = answer(service_map, core).total

    def refresh(row: MapDependency) -> Drawing:
        service_map.put_dependency(row)
        return answer(service_map, core)

    spent = []
    for number in range(ROUNDS):
        id_ = DependencyId(UUID(int=1 << 120 | number))
        row = MapDependency(id_, other, core, 1.0, "down", None, BEGAN)
        needed, drawing = _timed(partial(refresh, row))
        if drawing.total != known + 1:
            message = "the answer does not show the change"
            raise RuntimeError(message)
        service_map.drop_dependency(row.id, consumer=other)
        spent.append(needed)
    return spent


def _measure_chances(service_map: ServiceMap, asked: list[NodeId], report: Report) -> None:
    """Note what probabilities and the whole map's circles take; they have no goals."""

    def chances(node: NodeId) -> Likelihood:
        return probability(service_map, {node: Level.DOWN}, as_of=AT, seed=SEED)

    few = [_timed(partial(chances, node))[0] for node in asked[:51]]
    report.add("map_100k_chances", few, "ms")
    largest, _ = _timed(partial(chances, node_id(0, 0, 0)))
    report.add("map_100k_chances_largest", [largest], "ms")
    whole, _ = _timed(partial(circles, service_map, as_of=AT))
    report.add("map_100k_circles", [whole], "ms")


def _pairs(chance: random.Random) -> Iterator[tuple[NodeId, NodeId, GroupId | None]]:
    """Yield who rests on whom; the upper layers share what the lowest leaves of the total."""
    upper = SITES * (LAYERS - 1) * WIDTH
    left = DEPENDENCIES - SITES * (WIDTH - 1)
    for site in range(SITES):
        core = node_id(site, 0, 0)
        for place in range(1, WIDTH):
            yield node_id(site, 0, place), core, None
        for layer in range(1, LAYERS):
            for place in range(WIDTH):
                # The rounding error of one node goes to the next, so the total is exact.
                count = left // upper + (chance.random() < left % upper / upper)
                left, upper = left - count, upper - 1
                yield from _of_node(chance, site, layer, place, count)


def _of_node(
    chance: random.Random, site: int, layer: int, place: int, count: int
) -> Iterator[tuple[NodeId, NodeId, GroupId | None]]:
    near = range(max(place - NEIGHBOURHOOD, 1), min(place + NEIGHBOURHOOD + 1, WIDTH))
    providers = [node_id(site, layer - 1, one) for one in chance.sample(near, count)]
    if layer > 1 and chance.random() < 0.1:
        hub = max(place // HUB_SPAN * HUB_SPAN, 1)
        providers[-1] = node_id(site, layer - 2, hub)
    consumer = node_id(site, layer, place)
    redundant = layer >= 2 and place % 10 == 0
    group = GroupId(UUID(int=consumer.int | 1 << 126)) if redundant else None
    for position, provider in enumerate(providers):
        yield consumer, provider, group if position < 2 else None


def _timed(run: Callable[[], _Result]) -> tuple[float, _Result]:
    """Return the milliseconds that something took, and its result."""
    began = time.perf_counter()
    result = run()
    return (time.perf_counter() - began) * 1000, result


def main() -> int:
    """Measure the map alone and print the figures."""
    console, report = Console(), Report()
    with Progress(console=console) as progress:
        measure(report, progress)
    for name, one in report.figures.items():
        console.print(f"{name:30} {one.value:12,.2f} {one.unit:6} {one.spread:6.0%} {one.goal}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
