"""Impact over HTTP on a large map: 100,000 nodes in layers, 400,000 dependencies.

The map of ``maps`` is written into the tables and asked through the whole platform, in one process
without Kafka: token, routing, the look for what is new, the answer in a thread, and the graph
document as JSON. The largest shows as many nodes as a page takes. A refresh is a dependency that
is declared over HTTP, and the largest answer that shows it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import asyncpg
import httpx
from rich.progress import Progress

from services.catalog.components.domain import NodeId
from tests.performance import maps
from tests.performance.report import Report
from tests.performance.stage import Stage

IMPACT: Final = "/catalog/v1/impact"
SAMPLED, WARMING, ROUNDS = 301, 20, 7
MEDIAN_GOAL_MS, LARGEST_GOAL_MS, REFRESH_GOAL_MS = 20.0, 500.0, 1000.0
FIRST_SECONDS: Final = 60.0
_DEPENDENCY: Final = (
    "id, from_id, from_kind, to_id, to_kind, type, strength, failure_mode, valid_from, version,"
    " created_at, updated_at, redundancy_group_id, evidence"
)
_GROUP: Final = (
    "id, node_id, node_kind, name, min_up, min_up_unit, valid_from, version, created_at, updated_at"
)


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Measure the first answer, warm ones, the largest, and one after a change."""
    task = progress.add_task("impact over HTTP", total=5)
    await load(stage)
    progress.advance(task)
    chance = random.Random(maps.SEED)
    asked = [one.id for one in chance.sample(list(maps.nodes()), SAMPLED)]
    core, other = maps.node_id(0, 0, 0), maps.node_id(4, maps.LAYERS - 1, 0)
    headers = {"Authorization": f"Bearer {stage.token()}"}
    with stage.process(["-m", "services"]) as (port, _):
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(
            base_url=address, headers=headers, timeout=FIRST_SECONDS
        ) as http:
            first, _ = await _ask(http, core)
            report.add("impact_100k_first", [first / 1000], "s")
            progress.advance(task)
            for node in asked[:WARMING]:
                await _ask(http, node)
            answers = [await _ask(http, node) for node in asked]
            report.below("impact_100k", [spent for spent, _ in answers], "ms", MEDIAN_GOAL_MS)
            progress.advance(task)
            largest = [await _ask(http, core) for _ in range(ROUNDS)]
            _require(largest[0][1]["total"] == maps.LAYERS * maps.WIDTH, "the reach is not whole")
            spent = [one for one, _ in largest]
            report.below("impact_100k_largest", spent, "ms", LARGEST_GOAL_MS)
            progress.advance(task)
            refreshes = await _refreshes(http, core, other)
            report.below("impact_100k_refresh", refreshes, "ms", REFRESH_GOAL_MS)
            progress.advance(task)


async def load(stage: Stage) -> None:
    """Write the map as rows, as an import would leave them."""
    connection = await asyncpg.connect(stage.admin)
    try:
        await _copy(connection, "node", "id, kind, label, status", _node_rows())
        await _copy(connection, "redundancy_group", _GROUP, _group_rows())
        await _copy(connection, "dependency", _DEPENDENCY, _dependency_rows())
        await connection.execute("analyze")
    finally:
        await connection.close()


def _node_rows() -> Iterator[tuple[Any, ...]]:
    for node in maps.nodes():
        yield node.id, _kind(node.id), node.label, "active"


def _group_rows() -> Iterator[tuple[Any, ...]]:
    for one in maps.groups():
        ends = (one.id, one.consumer, _kind(one.consumer), "spare")
        yield (*ends, one.min_up, one.min_up_unit, maps.BEGAN, 1, maps.BEGAN, maps.BEGAN)


def _dependency_rows() -> Iterator[tuple[Any, ...]]:
    # Two nodes may have a second dependency between them, of another type.
    seen: set[tuple[NodeId, NodeId]] = set()
    for one in maps.dependencies():
        type_ = "connects_to" if (one.consumer, one.provider) in seen else "depends_on"
        seen.add((one.consumer, one.provider))
        ends = (one.id, one.consumer, _kind(one.consumer), one.provider, _kind(one.provider))
        facts = (type_, one.strength, one.failure_mode, one.valid_from)
        yield (*ends, *facts, 1, maps.BEGAN, maps.BEGAN, one.group, "declared")


def _kind(node: NodeId) -> str:
    layer = node.int >> 32 & 0xFFFFFFFF
    return "service" if layer >= maps.LAYERS - 2 else "configuration_item"


async def _copy(
    connection: asyncpg.Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    names = [name.strip() for name in columns.split(",")]
    await connection.copy_records_to_table(
        table, schema_name="catalog", columns=names, records=rows
    )


async def _ask(http: httpx.AsyncClient, node: NodeId) -> tuple[float, dict[str, Any]]:
    """Return the milliseconds of one answer, and the answer."""
    began = time.perf_counter()
    answer = await http.get(IMPACT, params={"node": str(node)})
    spent = (time.perf_counter() - began) * 1000
    _require(answer.status_code == 200, answer.text[:300])
    found: dict[str, Any] = answer.json()
    return spent, found


async def _refreshes(http: httpx.AsyncClient, core: NodeId, other: NodeId) -> list[float]:
    """Return what it takes from a declared dependency to the largest answer that shows it."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        made = await http.post(
            "/catalog/v1/dependencies", json={"from_id": str(other), "to_id": str(core)}
        )
        _require(made.status_code == 201, made.text[:300])
        _, graph = await _ask(http, core)
        spent.append((time.perf_counter() - began) * 1000)
        _require(graph["total"] == maps.LAYERS * maps.WIDTH + 1, "the change is not in the answer")
        record = made.json()
        ended = await http.post(
            f"/catalog/v1/dependencies/{record['id']}/transitions",
            json={"to": "removed"},
            headers={"If-Match": f'"{record["version"]}"'},
        )
        _require(ended.status_code == 200, ended.text[:300])
        await _ask(http, core)
    return spent


def _require(holds: bool, message: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise RuntimeError(message)
