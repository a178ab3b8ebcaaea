"""Both buses for whole flows, a mail server, and programs that never outlive their test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.support.kafka_cluster import Cluster
from tests.support.smtp import MailServer, mail_server
from tests.system.programs import Programs


@pytest.fixture(params=["local", "kafka"])
def bootstrap(request: pytest.FixtureRequest) -> str:
    """Return the brokers' address; empty for the bus in the process.

    A broker of the test's own: topics and groups have fixed names, so platforms that share one
    would read each other's events.
    """
    if request.param == "local":
        return ""
    cluster: Callable[..., Cluster] = request.getfixturevalue("cluster")
    return cluster().bootstrap


@pytest.fixture
async def mail(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """A mail server that notify sends to; ask for it before the platform."""
    async with mail_server() as server:
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_PORT", str(server.port))
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_SECURITY", "none")
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_FROM", "desk@provider.example")
        yield server


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    """Programs of this test; what they said is shown if the test fails, then they are ended."""
    started = Programs(tmp_path)
    yield started
    started.close()


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder for the program's data that the database's account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="itsm-system-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
