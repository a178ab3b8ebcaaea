"""What a process says about itself, and the outermost layer of its HTTP side.

``/livez`` fails only when a loop no longer turns; ``/readyz`` says whether requests should come
here; ``/metrics`` answers loopback callers; ``/version`` says what runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import orjson
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from shared import failpoints
from shared.problems import problem
from shared.telemetry import REQUESTS, current_trace, incoming_trace

LOOPBACK: Final = ("127.", "::1")
OWN: Final = frozenset({"livez", "readyz", "version", "metrics"})
WRITES: Final = frozenset({"POST", "PATCH", "PUT"})
MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 32 * 1024


@dataclass
class Condition:
    """The process's state as its probes see it; ``checks`` are asked at each ``/readyz``.

    A check returns None when all is well, else one line. ``notes`` add details that never make a
    process unready, such as a broker that is away.
    """

    version: Mapping[str, str]
    checks: dict[str, Callable[[], str | None]] = field(default_factory=dict)
    notes: dict[str, Callable[[], str | None]] = field(default_factory=dict)
    draining: bool = False
    failed: str | None = None

    def readiness(self) -> tuple[bool, dict[str, str]]:
        """Return whether requests should come here, and every line worth knowing."""
        troubles = {name: line for name, check in self.checks.items() if (line := check())}
        if self.draining:
            troubles["process"] = "stopping"
        if self.failed:
            troubles["process"] = self.failed
        remarks = {name: line for name, check in self.notes.items() if (line := check())}
        return not troubles, {**remarks, **troubles}


class Process:
    """The ASGI application of a process: its services by path, its probes, its correlation ids."""

    def __init__(self, apps: Mapping[str, FastAPI], condition: Condition) -> None:
        """Serve each application below ``/<service>``."""
        self._apps = apps
        self._condition = condition

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; lifespan messages are answered so that a server can start us."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        trace = incoming_trace(
            headers.get(b"x-correlation-id", b"").decode("latin-1"),
            headers.get(b"traceparent", b"").decode("latin-1"),
        )
        token = current_trace.set(trace)
        started = time.perf_counter()
        status = 500
        closing = self._condition.draining

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-correlation-id", (trace.correlation_id or "").encode()),
                    (b"cache-control", b"no-store"),
                    (b"x-content-type-options", b"nosniff"),
                    *([(b"connection", b"close")] if closing else ()),
                ]
            await send(message)

        # An address may also be "*", which has no parts.
        name = scope["path"].strip("/").partition("/")[0]
        app = self._apps.get(name)
        try:
            if _oversized(scope):
                refused = problem(431, "The headers are too large.", instance=scope["path"])
                await refused(scope, receive, answer)
            elif app is not None:
                await app(scope, receive, answer)
            else:
                await self._own(scope)(scope, receive, answer)
        finally:
            current_trace.reset(token)
            route = scope.get("route")
            # Addresses that callers make up must not become labels: each is kept for ever.
            own = name if name in OWN else ""
            operation = getattr(route, "name", "") if app is not None else own
            elapsed = time.perf_counter() - started
            _observer(name if app is not None else "", operation, status).observe(elapsed)
        if scope["method"] in WRITES:
            await failpoints.reach("A5")

    def _own(self, scope: Scope) -> Response:
        path = scope["path"]
        if path == "/livez":
            return Response("alive\n", media_type="text/plain")
        if path == "/readyz":
            ready, lines = self._condition.readiness()
            body = orjson.dumps({"ready": ready, "details": lines})
            return Response(body, 200 if ready else 503, media_type="application/json")
        if path == "/version":
            return Response(orjson.dumps(self._condition.version), media_type="application/json")
        client = scope.get("client")
        if path == "/metrics" and client and str(client[0]).startswith(LOOPBACK):
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
        return problem(404, "There is nothing at this address.", instance=path)


@cache
def _observer(service: str, operation: str, status: int) -> Histogram:
    """Return the one series of these labels; looking it up anew cost more than observing."""
    return REQUESTS.labels(service, operation, status)


def _oversized(scope: Scope) -> bool:
    """Tell whether a request carries more headers than anybody needs; the server has no limit."""
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    return len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


async def metrics_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer ``/metrics`` alone: for a port of its own that other machines may reach."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/metrics":
        found = Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
    else:
        found = problem(404, "Only /metrics is here.", instance=scope["path"])
    await found(scope, receive, send)
