"""Whether incidents stay flat: a service desk with 1,000,000 behind it beside one with 10,000.

As in ``lists``, two databases and two processes are asked in turns. What reads is asked as staff,
and once more as a customer's user where those see it; what writes takes an incident and an alert
through their lives. Each has its own ratio of medians; the figure with the goal is the worst. A
page is as long as the smaller desk can fill it, 50 at most, for both.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from rich.progress import Progress

from tests.performance import asking, years
from tests.performance.promising import Promised, database_of, promise
from tests.performance.report import Report
from tests.performance.stage import Stage, prepare
from tests.support.eventually import eventually

SMALL, LARGE = 10_000, 1_000_000
TURNS, WARMING, LEAST_TURNS = 25, 6, 5
LONGEST_SECONDS: Final = 200
"""A busy machine takes fewer turns than planned, not longer."""
MOST_RATIO: Final = 1.3
_INCIDENTS: Final = "/incident/v1/incidents"
_INTEGRATION: Final = f"/incident/v1/integrations/{years.INTEGRATION}"
_INTAKE: Final = f"/incident/v1/intake/generic/{years.INTEGRATION}"


@dataclass(frozen=True, slots=True)
class Desk:
    """One service desk: who asks it, and how many milliseconds each question took so far."""

    http: httpx.AsyncClient
    promised: Promised
    callers: dict[str, dict[str, str]]
    sender: dict[str, str]
    count: int
    spent: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def ask(
        self, name: str, method: str, path: str, *, headers: dict[str, str], body: object = None
    ) -> Any:  # noqa: ANN401 - JSON
        """Note how long an answer took, and return it.

        Raises:
            RuntimeError: it was refused.
        """
        began = time.perf_counter()
        answer = await self.http.request(method, path, headers=headers, json=body)
        self.spent[name].append((time.perf_counter() - began) * 1000)
        if answer.is_error:
            message = f"{name}: {answer.text[:300]}"
            raise RuntimeError(message)
        return answer.json()


async def measure(stage: Stage, report: Report, progress: Progress) -> None:
    """Fill both, then ask both the same, in turns."""
    small = await prepare(stage.folder, stage.server, f"{stage.database}_small")
    task = progress.add_task("flat", total=10 + WARMING + TURNS)
    for one, count in ((small, SMALL), (stage, LARGE)):
        await years.fill(one, count, lambda: progress.advance(task))
    async with AsyncExitStack() as exits:
        desks = [
            await exits.enter_async_context(desk(one, count))
            for one, count in ((small, SMALL), (stage, LARGE))
        ]
        limits: dict[tuple[str, str], int] = defaultdict(lambda: asking.PAGE)
        began = time.monotonic()
        for turn in range(WARMING + TURNS):
            late = time.monotonic() - began > LONGEST_SECONDS
            if late and turn >= WARMING + LEAST_TURNS:
                break
            if turn == WARMING:
                for asked in desks:
                    asked.spent.clear()
            await take_turn(desks, limits)
            progress.advance(task)
    note(report, desks)


@asynccontextmanager
async def desk(stage: Stage, count: int) -> AsyncIterator[Desk]:
    """Run a process on a filled database, for as long as the block lasts."""
    database = await database_of(stage)
    async with database.transaction() as tx:
        promised = await promise(tx)
    await database.close()
    staff = {"Authorization": f"Bearer {stage.token()}"}
    user = stage.issuer.token(
        sub="user",
        roles=["customer_user"],
        audience="itsm",
        issued_at=datetime.now(UTC),
        lifetime=timedelta(hours=6),
        customer_id=UUID(years.customer(7)),
    )
    with stage.process(["-m", "services"]) as (port, _):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            known = (await http.get(_INTEGRATION, headers=staff)).json()
            rotated = await http.post(
                f"{_INTEGRATION}/secret-rotations",
                headers={**staff, "If-Match": f'"{known["version"]}"'},
            )
            rotated.raise_for_status()
            sender = {"Authorization": f"Bearer {rotated.json()['secret']}"}
            callers = {"staff": staff, "user": {"Authorization": f"Bearer {user}"}}
            yield Desk(http, promised, callers, sender, count)


async def take_turn(desks: list[Desk], limits: dict[tuple[str, str], int]) -> None:
    """Ask each desk everything once, the smaller first; a slow moment hits both alike.

    ``limits`` are the lengths of pages by question and caller, learnt in the first turn.
    """
    now = datetime.now(UTC)
    asked = [asking.questions(one.count, now) for one in desks]
    for name in asked[0]:
        for who in ("staff", "user") if name in asking.OF_CUSTOMERS else ("staff",):
            for one, questions in zip(desks, asked, strict=True):
                path = questions[name].replace("{limit}", str(limits[name, who]))
                found = await one.ask(f"{name}_as_{who}", "GET", path, headers=one.callers[who])
                if one is desks[0] and "{limit}" in questions[name]:
                    limits[name, who] = max(1, len(found["items"]))
    for one in desks:
        await _live(one)
        await _alert(one)


async def _live(one: Desk) -> None:
    """Take an incident from its declaration to its closure."""
    key = {**one.callers["staff"], "Idempotency-Key": uuid4().hex}
    said = {
        "title": "Orders fail",
        "description_technical": "p99 of POST /orders is 9 s since the last deployment",
        "channel": "api",
        "service_id": str(one.promised.service),
        "affected_service_ids": [str(one.promised.service)],
        "customer_ids": [str(one.promised.customer)],
        "impact": 2,
        "urgency": 2,
    }
    made = await one.ask("create_incident", "POST", _INCIDENTS, headers=key, body=said)
    await one.ask("create_incident_again", "POST", _INCIDENTS, headers=key, body=said)
    path = f"{_INCIDENTS}/{made['id']}"

    async def assessed() -> Any:  # noqa: ANN401 - JSON
        record = (await one.http.get(path, headers=one.callers["staff"])).json()
        return record if record["impact_assessed_at"] is not None else None

    began = time.perf_counter()
    record = await eventually(assessed, within=20, every=0.005)
    one.spent["follow_up"].append((time.perf_counter() - began) * 1000)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    solved = {"resolution_technical": "Rolled back", "resolution_business": "Orders work again"}
    for name, step in {
        "start_incident": {"to": "in_progress", "assignee": "nora.okafor"},
        "hold_incident": {"to": "on_hold", "reason": "awaiting_caller", "follow_up_at": soon},
        "resume_incident": {"to": "in_progress"},
        "resolve_incident": {"to": "resolved", "resolution_code": "fixed", **solved},
        "close_incident": {"to": "closed"},
    }.items():
        headers = {**one.callers["staff"], "If-Match": f'"{record["version"]}"'}
        record = await one.ask(name, "POST", f"{path}/transitions", headers=headers, body=step)


async def _alert(one: Desk) -> None:
    """Let an alert fire, fire again and end."""
    alert = {
        "dedup_key": uuid4().hex,
        "severity": "warning",
        "service": str(one.promised.service),
        "summary": "Last night's backup failed",
    }
    for name, action in {
        "signal_fires": "trigger",
        "signal_again": "trigger",
        "signal_ends": "resolve",
    }.items():
        body = {**alert, "action": action}
        await one.ask(name, "POST", _INTAKE, headers=one.sender, body=body)


def note(report: Report, desks: list[Desk]) -> None:
    """Add each figure of the larger desk with its ratio to the smaller one's, and the worst."""
    few, many = desks
    ratios = {}
    for name, spent in many.spent.items():
        middle = report.add(f"{name}_1m", spent, "ms")
        ratios[name] = middle / statistics.median(few.spent[name])
        report.add(f"{name}_1m_ratio", [ratios[name]], "x")
    report.below("flat_1m", [max(ratios.values())], "x", MOST_RATIO)
