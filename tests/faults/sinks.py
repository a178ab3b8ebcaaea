"""Where mails and webhooks go: servers on loopback that take everything and remember it raw."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.dumps import Receipt

HOST: Final = "127.0.0.1"
READ_SECONDS: Final = 10


def _noted(sink: str, stable_id: str, recipient: str, raw: bytes) -> Receipt:
    digest = hashlib.sha256(raw).hexdigest()
    return Receipt(sink, stable_id, recipient, digest, datetime.now(UTC))


@dataclass
class Sinks:
    """A mail server and a webhook receiver, and what came to them."""

    receipts: list[Receipt] = field(default_factory=list)
    mail_port: int = 0
    web_port: int = 0
    servers: list[asyncio.Server] = field(default_factory=list)

    async def start(self) -> None:
        """Listen on two free ports."""
        loop = asyncio.get_running_loop()
        mail = await loop.create_server(
            lambda: SMTP(_Mailbox(self), hostname="sink.example", enable_SMTPUTF8=True), HOST, 0
        )
        web = await asyncio.start_server(self._take_request, HOST, 0)
        self.servers = [mail, web]
        self.mail_port, self.web_port = (one.sockets[0].getsockname()[1] for one in self.servers)

    async def stop(self) -> None:
        """Listen no more."""
        for server in self.servers:
            server.close()

    async def _take_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request with 204 and close; whatever is cut short is not taken."""
        with suppress(asyncio.IncompleteReadError, OSError, TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request, *lines = head.split("\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = request.split(" ")[1]
                self.receipts.append(_noted("webhook", headers.get("webhook-id", ""), path, body))
                writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
                await writer.drain()
        writer.close()


class _Mailbox:
    """Takes a mail once its last byte is there, as a mail server does."""

    def __init__(self, sinks: Sinks) -> None:
        self._sinks = sinks

    async def handle_DATA(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        stable_id = str(message_from_bytes(raw).get("Message-ID", "")).strip("<>").split("@")[0]
        for recipient in envelope.rcpt_tos:
            self._sinks.receipts.append(_noted("mail", stable_id, recipient, raw))
        return "250 taken"
