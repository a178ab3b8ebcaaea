"""The work queue: 50 by nearest deadline of 100,000 open incidents with three clocks each.

Beside them lie 900,000 incidents that are over, with their clocks, so that this is also the list
of a service desk with years behind it. One in ten of the open ones is on hold, its clocks paused.
"""

from __future__ import annotations

import time
from typing import Final

import asyncpg
import httpx
from rich.progress import Progress

from tests.performance.report import Report
from tests.performance.stage import Stage

OPEN, OVER = 100_000, 900_000
TURNS, WARMING = 200, 20
MOST_MILLISECONDS: Final = 30
QUEUE: Final = "/incident/v1/queue?limit=50"
_TEAM: Final = "01970000-0000-7000-8000-00000000a007"
QUESTIONS: Final = {
    "queue_100k": QUEUE,
    "queue_100k_by_priority": f"{QUEUE}&order=priority",
    "queue_100k_of_a_team": f"{QUEUE}&team_id={_TEAM}",
    "queue_100k_of_a_team_by_priority": f"{QUEUE}&order=priority&team_id={_TEAM}",
}
_FILL: Final = """
create temporary table made as
select n, n <= :open as is_open, n % 10 = 0 as held,
       ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id,
       'INC' || lpad(n::text, 7, '0') as number,
       now() - (n % 86400) * interval '1 second' as at,
       ('01970000-0000-7000-8000-00000000a' || lpad(to_hex(n % 200), 3, '0'))::uuid as team_id
from generate_series(1, :open + :over) as n;
insert into incident.incident
    (id, number, title, description_technical, description_business, channel, customer_ids,
     affected_service_ids, impact, urgency, priority, priority_source, assignment_team_id, state,
     state_since, started_at, detected_at, reported_at, version, created_at, updated_at)
select id, number, 'Orders fail', '', '', 'api', '{}', '{}', 2, 2, 1 + n % 5, 'matrix', team_id,
       case when not is_open then 'closed' when held then 'on_hold' else 'assigned' end,
       at, at, at, at, 1, at, at
from made;
insert into incident.clock_record
    (id, type, number, is_open, facts, customer_ids, reached, created_at, updated_at)
select id, 'incident', number, is_open, '[]', '{}', '{}', at, at from made;
insert into incident.sla_clock
    (id, record_type, record_id, record_number, service_id, agreement_id, agreement_type,
     agreement_version, agreement_sequence, metric, target_id, target_seconds, calendar_ids, terms,
     state, running, started_at, stopped_at, deadline, measured_at, elapsed, hits, attribution,
     version, created_at, updated_at)
select ('01970000-0000-7000-900' || k || '-' || lpad(to_hex(n), 12, '0'))::uuid, 'incident', id,
       number, id, ('01970000-0000-7000-8000-00000000b00' || k)::uuid, 'sla', 1, 1, 'resolution',
       id, 3600, '{}', '{}',
       case when not is_open then 'met' when held then 'paused' else 'running' end,
       is_open and not held, at, case when is_open then null else now() end,
       at + (n::bigint * 7919 % 1000000 + k * 3600) * interval '1 second',
       at, 0, '[]', '[]', 1, at, at
from made, generate_series(1, 3) as k;
"""


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Fill a database, then ask a process for the first page of the queue in each order."""
    task = progress.add_task("queues", total=1 + TURNS)
    await _fill(stage)
    progress.advance(task)
    spent: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    with stage.process(["-m", "services"]) as (port, _):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {stage.token()}"},
        ) as http:
            for turn in range(TURNS + WARMING):
                for name, path in QUESTIONS.items():
                    took = await _ask(http, path)
                    if turn >= WARMING:
                        spent[name].append(took)
                progress.advance(task)
    report.below("queue_100k", spent.pop("queue_100k"), "ms", MOST_MILLISECONDS)
    for name, rounds in spent.items():
        report.add(name, rounds, "ms")


async def _fill(stage: Stage) -> None:
    connection = await asyncpg.connect(stage.admin)
    try:
        filled = _FILL.replace(":open", str(OPEN)).replace(":over", str(OVER))
        await connection.execute(filled, timeout=1800)
        await connection.execute("vacuum analyze", timeout=900)
    finally:
        await connection.close()


async def _ask(http: httpx.AsyncClient, path: str) -> float:
    """Return the milliseconds of one answer with a full page."""
    began = time.perf_counter()
    answer = await http.get(path)
    spent = (time.perf_counter() - began) * 1000
    if answer.status_code != 200 or len(answer.json()["items"]) != 50:
        raise RuntimeError(answer.text[:300])
    return spent
