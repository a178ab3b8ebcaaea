"""One notify service for each test: by itself, with a mail server, with a webhook receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.component.notify.desk import LOOPBACK, Desk
from tests.support.app import Factory
from tests.support.smtp import MailServer, mail_server
from tests.support.webhook_sink import Sink, webhook_sink


@pytest.fixture
async def desk(platform: Factory) -> Desk:
    """A service without a mail server: messages go to the log."""
    return Desk(await platform("notify"))


@pytest.fixture
async def mail(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """A mail server; ask for it before ``postbox``."""
    async with mail_server() as server:
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_PORT", str(server.port))
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_SECURITY", "none")
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_FROM", "itsm@provider.example")
        monkeypatch.setenv("ITSM_NOTIFY_RETRY_JITTER", "0")
        yield server


@pytest.fixture
async def postbox(mail: MailServer, platform: Factory) -> Desk:
    """A service that sends its mails to ``mail``."""
    assert mail.port
    return Desk(await platform("notify"))


@pytest.fixture
async def sink(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sink]:
    """A receiver of webhooks."""
    async with webhook_sink() as receiver:
        monkeypatch.setenv("ITSM_NOTIFY_WEBHOOK_ALLOWED_NETWORKS", LOOPBACK)
        monkeypatch.setenv("ITSM_NOTIFY_RETRY_JITTER", "0")
        yield receiver


@pytest.fixture
async def hooks(sink: Sink, platform: Factory) -> Desk:
    """A service that may send webhooks to ``sink``."""
    assert sink.port
    return Desk(await platform("notify"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a delivery take one second at most, for tests that wait for the end of it."""
    monkeypatch.setenv("ITSM_NOTIFY_SMTP_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("ITSM_NOTIFY_WEBHOOK_TIMEOUT_SECONDS", "1")
