"""A small load generator: keep-alive connections, one request at a time on each, raw bytes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """One round: answers per second, and how many were not as expected."""

    per_second: float
    wrong: int


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of a POST with JSON."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def _connection(port: int, waiting: deque[bytes], expected: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    wrong = 0
    try:
        while waiting:
            writer.write(waiting.popleft())
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            wrong += not head.startswith(expected)
    finally:
        writer.close()
    return wrong


async def run_round(
    port: int,
    make: Callable[[int], bytes],
    *,
    requests: int,
    connections: int,
    expected: bytes = b"HTTP/1.1 201",
) -> Round:
    """Send a number of requests over some connections; ``make`` gives the bytes of the n-th.

    They are made before the clock starts: the maker shares the processors with who is measured.
    """
    waiting = deque(make(number) for number in range(requests))
    started = time.perf_counter()
    wrong = await asyncio.gather(
        *(_connection(port, waiting, expected) for _ in range(connections))
    )
    return Round(requests / (time.perf_counter() - started), sum(wrong))
