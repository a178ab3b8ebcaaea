"""An embedded PostgreSQL in a program of its own, and what tests of its life ask."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from shared.embedded_postgres import binaries
from shared.embedded_postgres.binaries import Account, as_account
from tests.support.eventually import eventually
from tests.support.postgres import ROOT


@dataclass
class Owner:
    process: asyncio.subprocess.Process
    url: str
    server: int

    async def kill(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await self.process.wait()


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that every account reaches, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="itsm-embedded-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


def quiet(_: str) -> None:
    """Say nothing."""


@asynccontextmanager
async def owner(folder: Path, user: int | None = None) -> AsyncIterator[Owner]:
    arguments = [str(folder)] if user is None else [str(folder), str(user)]
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.postgres_owner",
        *arguments,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    server = 0
    try:
        line = await asyncio.wait_for(program.stdout.readline(), 15)
        if not line:
            _, said = await program.communicate()
            pytest.fail(said.decode())
        told = json.loads(line)
        server = told["pid"]
        yield Owner(program, told["url"], server)
    finally:
        if program.returncode is None:
            program.kill()
        await program.communicate()
        await eventually(lambda: not is_running(server), within=10)


def is_running(pid: int) -> bool:
    """Return whether that process, 0 for none, is there and no mere zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def child(command: list[str], account: Account | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd="/",
        env=binaries.CLEAN_ENVIRONMENT,
        stderr=subprocess.DEVNULL,
        **as_account(account),
    )


async def remember(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("create table if not exists kept (fact text)")
    await connection.execute("insert into kept values ('told 201')")
    await connection.close()


async def remembered(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval("select count(*) from kept")
    finally:
        await connection.close()
    return count
