"""Whether lists and reads stay flat: a catalog of 1,000,000 configuration items beside 10,000.

Two databases and two processes are asked in turns, so that a slow moment of the machine hits both
alike. Each question has its own ratio of medians; the figure with the goal is the worst of them.
Every database has the same 500 services, which lie on the same map as the items.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import httpx
from rich.progress import Progress

from tests.performance.report import Report
from tests.performance.stage import Stage, prepare

SMALL, LARGE = 10_000, 1_000_000
TURNS, WARMING = 120, 20
MOST_RATIO: Final = 1.3
ITEMS, SERVICES = "/catalog/v1/configuration-items", "/catalog/v1/services"
_TEAM: Final = "01970000-0000-7000-8000-00000000a001"
_MIDDLE: Final = "01970000-0000-7000-8000-000000001388"
QUESTIONS: Final = {
    "items": ITEMS,
    "items_newest": f"{ITEMS}?sort=-created_at&limit=50",
    "items_of_a_kind": f"{ITEMS}?kind=network&limit=50",
    "items_with_a_rare_status": f"{ITEMS}?status=planned&limit=50",
    "items_by_two_filters": f"{ITEMS}?kind=data&environment=test&limit=50",
    "item_by_id": f"{ITEMS}/{_MIDDLE}",
    "item_by_number": f"{ITEMS}/CI0005000",
    "services": f"{SERVICES}?limit=50",
    "services_by_name": f"{SERVICES}?sort=-name_technical&limit=50",
}
_FILL: Final = """
insert into catalog.team (id, name, purpose, status, version, created_at, updated_at)
values (':team', 'Bench', 'Owns everything', 'active', 1, now(), now());
insert into catalog.node (id, kind, label, number, status)
select ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'configuration_item',
       'item-' || n, 'CI' || lpad(n::text, 7, '0'), 'active'
from generate_series(1, :count) as n;
insert into catalog.configuration_item
    (id, number, kind, item_class, name, environment, location, owner_team_id, status, attributes,
     external_refs, version, created_at, updated_at)
select id, number, ('{hardware,network,software,data}'::text[])[1 + n % 4], 'class-' || n % 20,
       md5(n::text), ('{production,staging,test,development}'::text[])[1 + n / 4 % 4],
       'room-' || n % 100, ':team', case when n % 100 = 0 then 'planned' else 'live' end,
       '{"cores": "8"}', '[]', 1, now() - n * interval '1 second', now()
from (select *, substr(number, 3)::int as n from catalog.node) as made;
insert into catalog.node (id, kind, label, number, status)
select ('01970000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'service', 'service-' || n,
       'SVC' || lpad(n::text, 7, '0'), 'active'
from generate_series(1, 500) as n;
insert into catalog.service
    (id, number, name_business, name_technical, description_business, description_technical, kind,
     phase, status, owner_team_id, criticality, version, created_at, updated_at)
select id, number, 'Service ' || label, label, '', '', 'business', 'catalogue', 'operational',
       ':team', 3, 1, now(), now()
from catalog.node where kind = 'service';
"""


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Ask both catalogs the same, in turns."""
    small = await prepare(stage.folder, stage.server, f"{stage.database}_small")
    task = progress.add_task("lists", total=2 + TURNS)
    for one, count in ((small, SMALL), (stage, LARGE)):
        await _fill(one, count)
        progress.advance(task)
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in QUESTIONS}
    async with AsyncExitStack() as exits:
        catalogs = []
        for one in (small, stage):
            port, _ = exits.enter_context(one.process(["-m", "services"]))
            catalogs.append(
                await exits.enter_async_context(
                    httpx.AsyncClient(
                        base_url=f"http://127.0.0.1:{port}",
                        headers={"Authorization": f"Bearer {one.token()}"},
                    )
                )
            )
        for turn in range(TURNS + WARMING):
            for name, path in QUESTIONS.items():
                for http, spent in zip(catalogs, found[name], strict=True):
                    took = await _ask(http, path)
                    if turn >= WARMING:
                        spent.append(took)
            progress.advance(task)
    _note(report, found)


def _note(report: Report, found: dict[str, tuple[list[float], list[float]]]) -> None:
    ratios: list[float] = []
    for name, (few, many) in found.items():
        report.add(f"list_1m_{name}", many, "ms")
        ratios.append(_ratio(few, many))
        report.add(f"list_1m_{name}_ratio", [ratios[-1]], "x")
    report.below("list_services_1m", [max(ratios)], "x", MOST_RATIO)


def _ratio(few: Sequence[float], many: Sequence[float]) -> float:
    return statistics.median(many) / statistics.median(few)


async def _fill(stage: Stage, count: int) -> None:
    connection = await asyncpg.connect(stage.admin)
    try:
        filled = _FILL.replace(":count", str(count)).replace(":team", _TEAM)
        await connection.execute(filled, timeout=900)
        await connection.execute("vacuum analyze", timeout=600)
    finally:
        await connection.close()


async def _ask(http: httpx.AsyncClient, path: str) -> float:
    """Return the milliseconds of one answer."""
    began = time.perf_counter()
    answer = await http.get(path)
    spent = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(answer.text[:300])
    return spent
