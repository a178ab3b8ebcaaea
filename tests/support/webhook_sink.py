"""A receiver of webhooks on loopback that remembers what came and answers as a test wants."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.support.smtp import HOST, raw_server


@dataclass(frozen=True)
class Delivered:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(self.body)
        return document


@dataclass(frozen=True)
class Answer:
    """What is answered: a status with headers and a body, maybe late, endless or never.

    ``trickle_seconds`` sends the body byte by byte with that pause; ``endless`` never ends it.
    """

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_seconds: float = 0
    endless: bool = False
    silent: bool = False
    trickle_seconds: float = 0


@dataclass
class Sink:
    """The receiver; answers by path, ``default`` for the others.

    A list of answers is used up, then its last one stays.
    """

    port: int = 0
    requests: list[Delivered] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    default: Answer = field(default_factory=Answer)
    sent_bytes: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://{HOST}:{self.port}{path}"

    def at(self, path: str) -> list[Delivered]:
        return [one for one in self.requests if one.path == path]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = request.split(" ")[1]
        self.requests.append(Delivered(path, headers, body))
        prepared = self.answers.get(path, [])
        answer = prepared.pop(0) if len(prepared) > 1 else (prepared or [self.default])[0]
        await self._answer(answer, writer)

    async def _answer(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        if answer.silent:
            await asyncio.Event().wait()
        await asyncio.sleep(answer.after_seconds)
        lines = [f"HTTP/1.1 {answer.status} x", "connection: close"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if not answer.endless and answer.status != 204:
            lines.append(f"content-length: {len(answer.body)}")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        while answer.endless:
            writer.write(b"x" * 65536)
            await writer.drain()
            self.sent_bytes += 65536
        for byte in answer.body if answer.trickle_seconds else b"":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(answer.trickle_seconds)
        if not answer.trickle_seconds:
            writer.write(answer.body)
            await writer.drain()


@asynccontextmanager
async def webhook_sink(tls: ssl.SSLContext | None = None) -> AsyncIterator[Sink]:
    """Run a receiver on a free port, encrypted if ``tls`` is given."""
    sink = Sink()
    async with raw_server(sink.talk, tls) as port:
        sink.port = port
        yield sink
