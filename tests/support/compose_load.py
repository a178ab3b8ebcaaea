"""A light load through the gateway: callers who repeat a write, under its key, until they know."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx

CALLERS: Final = 4
PAUSE_SECONDS: Final = (0.1, 0.3)
AGAIN_SECONDS: Final = 0.2
TIMEOUT_SECONDS: Final = 15.0
PATIENCE_SECONDS: Final = 150.0
"""A request that is not answered after this long, however often repeated, ends the run."""
READS: Final = (
    "/incident/v1/incidents?limit=20",
    "/catalog/v1/services?limit=20",
    "/notify/v1/notifications?limit=20",
    "/change/v1/changes?limit=20",
)


@dataclass
class Phase:
    """What callers saw in one part of the run."""

    name: str
    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """Answers of 5xx and broken connections, by what they were; each was repeated."""
    slowest_seconds: float = 0.0


@dataclass
class Load:
    """Callers, what they were promised, and what went wrong on the way."""

    url: str
    token: str
    service_id: str
    rng: random.Random
    made: dict[str, list[str]] = field(default_factory=dict)
    """Ids of records whose creation was answered 2xx, by collection."""
    refused: Counter[str] = field(default_factory=Counter)
    """Answers of 4xx: none is expected."""
    phase: Phase = field(default_factory=lambda: Phase("none"))
    phases: list[Phase] = field(default_factory=list)
    _stopping: bool = False

    @contextlib.asynccontextmanager
    async def running(self, name: str) -> AsyncIterator[Phase]:
        """Run the callers while the block lasts; each then finishes what it has begun."""
        self.phase = Phase(name)
        self.phases.append(self.phase)
        self._stopping = False
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS
        ) as client:
            callers = [asyncio.create_task(self._call(client)) for _ in range(CALLERS)]
            try:
                yield self.phase
            finally:
                self._stopping = True
                await asyncio.gather(*callers)

    async def _call(self, client: httpx.AsyncClient) -> None:
        while not self._stopping:
            collection, body = self._next()
            record = await self._told(client, "POST", f"/{collection}", body)
            if record is not None:
                self.made.setdefault(collection, []).append(record["id"])
            await self._told(client, "GET", self.rng.choice(READS), None)
            await asyncio.sleep(self.rng.uniform(*PAUSE_SECONDS))

    def _next(self) -> tuple[str, Mapping[str, Any]]:
        name = f"load {self.rng.getrandbits(48):012x}"
        incident = {"title": name, "service_id": self.service_id, "impact": 2, "urgency": 2}
        kinds: list[tuple[str, Mapping[str, Any]]] = [
            ("incident/v1/incidents", incident),
            ("catalog/v1/teams", {"name": name, "purpose": "load"}),
            ("change/v1/changes", {"title": name, "type": "normal"}),
        ]
        return self.rng.choice(kinds)

    async def _told(
        self, client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        """Send one request until it is answered; each failure is noted, none is given up."""
        key = {"Idempotency-Key": str(UUID(int=self.rng.getrandbits(128), version=4))}
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            try:
                answer = await client.request(
                    method, path, json=body, headers=key if body is not None else None
                )
            except httpx.TransportError as error:
                self.phase.failed[type(error).__name__] += 1
            else:
                if not answer.is_server_error and answer.status_code != httpx.codes.CONFLICT:
                    return self._read(method, path, answer, seconds=loop.time() - began)
                self.phase.failed[str(answer.status_code)] += 1
            if loop.time() - began > PATIENCE_SECONDS:
                raise TimeoutError(f"{method} {path} was not answered: {self.phase.failed}")
            await asyncio.sleep(AGAIN_SECONDS)

    def _read(
        self, method: str, path: str, answer: httpx.Response, *, seconds: float
    ) -> dict[str, Any] | None:
        self.phase.slowest_seconds = max(self.phase.slowest_seconds, seconds)
        if answer.is_error:
            self.refused[f"{method} {path}: {answer.status_code} {answer.text[:200]}"] += 1
            return None
        self.phase.answered += 1
        found: dict[str, Any] = answer.json()
        return found
