"""Clients that never give up a write: the same key again until they know, and all of it noted."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import orjson

from tests.faults.dumps import Attempt, Operation, Outcome

TIMEOUT_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 25.0
PAUSE_SECONDS: Final = 0.05
IN_USE: Final = "idempotency-key-in-use"
OUTCOME_UNKNOWN: Final = "outcome-unknown"


@dataclass
class History:
    """Every operation of every client, in memory and as JSON lines while it happens."""

    path: Path
    operations: list[Operation] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Answers of 500: nobody may ever see one."""
    doubles: Counter[str] = field(default_factory=Counter)
    """Per service, how often one key went out twice in the same instant."""

    def note(self, kind: str, operation: str, **fields: object) -> None:
        """Write one line at once."""
        line = {"at": time.time(), "kind": kind, "operation": operation, **fields}
        with self.path.open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")

    @property
    def acknowledged(self) -> int:
        """Return how many operations were answered 2xx."""
        return sum(one.outcome == "ok" for one in self.operations)


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation came to: the record as answered, None where it was refused."""

    outcome: Outcome
    record: Mapping[str, Any]
    etag: str | None

    @property
    def id(self) -> str:
        """Return the record's id."""
        return str(self.record["id"])


class Client:
    """One user of the platform: one thing at a time."""

    def __init__(
        self, *, ports: Mapping[str, int], token: str, history: History, rng: random.Random
    ) -> None:
        """Keep where the services are; ``rng`` makes ids, so that a seed makes the same ones."""
        self._ports = ports
        self._history = history
        self._rng = rng
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, headers={"Authorization": f"Bearer {token}"}
        )
        self.trial = "set-up"

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def read(self, service: str, path: str) -> dict[str, Any]:
        """Return a record, however often the service goes down meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = await self._http.get(self._url(service, path))
                if answer.status_code == httpx.codes.OK:
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{service} does not answer {path}")
            await asyncio.sleep(PAUSE_SECONDS)

    async def do(
        self,
        service: str,
        what: str,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        etag: str | None = None,
        at_once: int = 1,
    ) -> Done:
        """Do one thing once; ``at_once`` requests with the one key leave in the same instant."""
        name = str(UUID(int=self._rng.getrandbits(128), version=4))
        headers = {"Idempotency-Key": name, "X-Correlation-Id": name}
        if etag is not None:
            headers["If-Match"] = etag
        request = self._http.build_request(method, self._url(service, path), json=body)
        request.headers.update(headers)
        attempts: list[Attempt] = []
        found: list[tuple[Attempt, httpx.Response | None]] = []
        self._history.note("invoke", name, trial=self.trial, service=service, what=what, path=path)
        self._history.doubles[service] += at_once > 1
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            first = len(attempts) + 1
            numbers = range(first, first + (at_once if first == 1 else 1))
            found = await asyncio.gather(*(self._attempt(request, number) for number in numbers))
            attempts += [attempt for attempt, _ in found]
            for attempt, _ in found:
                self._history.note(attempt.outcome, name, **asdict(attempt))
            if any(attempt.outcome in ("ok", "refused") for attempt, _ in found):
                break
            await asyncio.sleep(PAUSE_SECONDS)
        operation = Operation(name, self.trial, service, what, tuple(attempts))
        self._history.operations.append(operation)
        for attempt, answer in found:
            if attempt.outcome == "ok" and answer is not None:
                return Done("ok", answer.json(), answer.headers.get("etag"))
        return Done(operation.outcome, {}, None)

    async def _attempt(
        self, request: httpx.Request, number: int
    ) -> tuple[Attempt, httpx.Response | None]:
        try:
            answer = await self._http.send(_copy(request))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Attempt(number, "later", code="not-sent"), None
        except httpx.TransportError as error:
            return Attempt(number, "unknown", code=type(error).__name__), None
        return self._judge(request, number, answer), answer

    def _judge(self, request: httpx.Request, number: int, answer: httpx.Response) -> Attempt:
        status = answer.status_code
        if answer.is_success:
            record = answer.json()
            etag = answer.headers.get("etag", "").strip('"')
            return Attempt(
                number,
                "ok",
                status,
                record=record.get("id"),
                version=int(etag) if etag else None,
                answer=hashlib.sha256(answer.content).hexdigest(),
            )
        code = str(answer.json().get("code", ""))
        if status == httpx.codes.INTERNAL_SERVER_ERROR:
            line = f"{request.method} {request.url.path}: {answer.text}"
            self._history.failures.append(line)
            return Attempt(number, "unknown", status, code)
        if code in (IN_USE, OUTCOME_UNKNOWN):
            return Attempt(number, "later" if code == IN_USE else "unknown", status, code)
        # Of the other 503s nothing was stored, and the same may succeed a moment later.
        again = status == httpx.codes.SERVICE_UNAVAILABLE
        return Attempt(number, "later" if again else "refused", status, code)

    def _url(self, service: str, path: str) -> str:
        return f"http://127.0.0.1:{self._ports[service]}/{service}/v1/{path}"


def _copy(request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method, request.url, headers=request.headers, content=request.content
    )
