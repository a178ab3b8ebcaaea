"""A real mail server on loopback that can misbehave, and the mails that it took."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST: Final = "127.0.0.1"


@dataclass
class MailServer:
    """What the server answers, and what it took; change the answers while it runs.

    ``hang`` makes it take the text and never answer, ``drop`` cut the line after the text.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK: queued as 42"
    hang: bool = False
    drop: bool = False

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(  # noqa: N802 - the server's name for it
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        if self.data_answer.startswith("250"):
            self.raw.append(raw)
            message = message_from_bytes(raw, policy=default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
        if self.drop:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.hang:
            await asyncio.Event().wait()
        return self.data_answer


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """Run a mail server on a free port; with ``tls`` it offers STARTTLS and insists on it."""
    state = MailServer()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        wanted: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls else {}
        sessions.append(SMTP(state, hostname="mail.example", enable_SMTPUTF8=True, **wanted))
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(session, HOST, 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()
        # The sessions' own tasks end with their connections.
        await asyncio.sleep(0)
        handlers = [one._handler_coroutine for one in sessions if one._handler_coroutine]  # noqa: SLF001
        for handler in handlers:
            handler.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*handlers, return_exceptions=True)


@asynccontextmanager
async def raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Run a server that speaks whatever ``talk`` says; yield its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await talk(reader, writer)
                writer.close()
                async with asyncio.timeout(1):
                    await writer.wait_closed()
        except (asyncio.CancelledError, TimeoutError):
            # Ended by the test: what has not gone out by now is not wanted.
            return
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(guarded, HOST, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # An aborted transport gives its socket back one turn of the loop later.
        await asyncio.sleep(0)
