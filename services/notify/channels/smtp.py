"""The mail channel: hands one mail to the configured server and reports what became of it.

A lost answer after the text was sent leaves the outcome unknown; the mail goes again with the same
Message-ID, so that mail programs can tell a copy.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError, MessageError
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Final, Literal

import aiosmtplib

from services.notify.channels.domain import Receipt

PERMANENT: Final = 500
QUIT_SECONDS: Final = 1.0
_RECEIPT_CHARS: Final = 200
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]\\@\x00-\x1f\x7f-\uffff]+@[A-Za-z0-9.-]+")
_BREAK: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server as configured; ``timeout_seconds`` bounds each mail as a whole."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: Callable[[], str]
    sender: str
    timeout_seconds: float
    tls: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person, with an id that stays the same on every try.

    ``thread_id`` is the same for all mails about one record.
    """

    message_id: str
    thread_id: str
    to: str
    subject: str
    body: str
    written_at: datetime


class UnsafeHeaderError(ValueError):
    """A value that would break out of its header."""


def compose(mail: Mail, *, sender: str) -> EmailMessage:
    """Return the mail as it goes over the wire.

    Raises:
        UnsafeHeaderError: subject or address hold a line break or another control character.
    """
    if _BREAK.search(mail.subject) or not _ADDRESS.fullmatch(mail.to):
        reason = "a header may not hold control characters"
        raise UnsafeHeaderError(reason)
    domain = sender.rpartition("@")[2].rstrip(">")
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.message_id}@{domain}>"
    message["References"] = f"<{mail.thread_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, cte="quoted-printable")
    return message


async def send(mail: Mail, server: Server) -> Receipt:
    """Hand a mail over; 5xx about it or its recipient is final, everything else is tried again."""
    try:
        message = compose(mail, sender=server.sender)
    except (UnsafeHeaderError, HeaderParseError, MessageError, ValueError) as error:
        return Receipt("refused", f"cannot be written: {type(error).__name__}")
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user or None,
        password=server.password() if server.user else None,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=server.tls if server.security != "none" else None,
        # Asked from the resolver otherwise, which can take long and names this machine.
        local_hostname=server.sender.rpartition("@")[2].rstrip(">"),
        timeout=server.timeout_seconds,
    )
    try:
        async with asyncio.timeout(server.timeout_seconds):
            await client.connect()
            _, answer = await client.send_message(message, recipients=[mail.to])
    except (TimeoutError, aiosmtplib.SMTPException, OSError, ValueError) as error:
        return _judged(error)
    finally:
        await _leave(client)
    provider = _BREAK.sub(" ", answer)[:_RECEIPT_CHARS]
    return Receipt("accepted", "taken by the mail server", 250, provider_id=provider)


def _judged(error: Exception) -> Receipt:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _by_code(error.recipients[0].code, "recipient not taken")
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _by_code(error.code, "mail not taken")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPSenderRefused):
        # Ours to set right, not the mail's fault: it waits for that.
        return Receipt("failed", "login or sender refused", error.code, slow_down=True)
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
    return Receipt("failed", f"connection: {type(error).__name__}", code, slow_down=True)


async def _leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye, shortly and whatever comes of it: the receipt stands already."""
    try:
        async with asyncio.timeout(QUIT_SECONDS):
            if client.is_connected:
                await client.quit()
    except (TimeoutError, aiosmtplib.SMTPException, OSError):
        return
    finally:
        client.close()


def _by_code(code: int, detail: str) -> Receipt:
    return Receipt("refused" if code >= PERMANENT else "failed", detail, code)
