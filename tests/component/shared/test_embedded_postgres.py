"""The private PostgreSQL ends with its program, recovers, and has one door."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from shared import embedded_postgres
from shared.embedded_postgres import process
from tests.support.eventually import eventually
from tests.support.postgres_life import (
    child,
    is_running,
    open_folder,
    owner,
    quiet,
    remember,
    remembered,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


async def test_a_second_start_keeps_the_data(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        await remember(server.url())
        first = server.pid
    assert not is_running(first)
    async with embedded_postgres.running(folder, announce=quiet) as server:
        assert await remembered(server.url()) == 1


async def test_a_killed_program_takes_its_server_along_and_loses_nothing(folder: Path) -> None:
    async with owner(folder) as program:
        await remember(program.url)
        await program.kill(signal.SIGKILL)
        await eventually(lambda: not is_running(program.server), within=5)
    async with embedded_postgres.running(folder, announce=quiet) as server:
        assert await remembered(server.url()) == 1


async def test_the_next_start_need_not_wait_for_the_killed_programs_server(folder: Path) -> None:
    for round_number in range(1, 4):
        async with owner(folder) as program:
            await remember(program.url)
            await program.kill(signal.SIGKILL)
            async with embedded_postgres.running(folder, announce=quiet) as server:
                assert await remembered(server.url()) == round_number


async def test_program_and_server_killed_together_lose_nothing(folder: Path) -> None:
    async with owner(folder) as program:
        await remember(program.url)
        os.kill(program.server, signal.SIGKILL)
        await program.kill(signal.SIGKILL)
    began = time.monotonic()
    async with embedded_postgres.running(folder, announce=quiet) as server:
        assert await remembered(server.url()) == 1
    assert time.monotonic() - began < 10
    assert "was interrupted" in (folder / "postgres.log").read_text(encoding="utf-8")


async def test_a_terminated_program_takes_its_server_along(folder: Path) -> None:
    async with owner(folder) as program:
        await program.kill(signal.SIGTERM)
        await eventually(lambda: not is_running(program.server), within=5)
    assert "database system is shut down" in (folder / "postgres.log").read_text(encoding="utf-8")


async def test_a_server_left_behind_is_stopped_by_the_next_start(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        await remember(server.url())
        place = server.place
    # As it is left where the kernel does not tell a child that its parent is gone.
    program = str(place.installation.bin / "postgres")
    options = ["-c", "unix_socket_directories=", "-c", f"port={process.free_port()}"]
    left = child([program, "-D", str(place.data), *options], place.account)
    try:
        pid_file = place.data / "postmaster.pid"
        await eventually(lambda: pid_file.exists() and "ready" in pid_file.read_text(), within=10)
        async with embedded_postgres.running(folder, announce=quiet) as server:
            assert await remembered(server.url()) == 1
            assert left.poll() == 0
    finally:
        if left.poll() is None:
            left.kill()
        left.wait()


async def test_a_stale_pid_file_with_a_strangers_number_harms_neither(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        data = server.place.data
    stranger = child(["/bin/sleep", "30"])
    try:
        lines = [str(stranger.pid), str(data), "1", "5432", "", "127.0.0.1", "", "ready"]
        (data / "postmaster.pid").write_text("\n".join(lines), encoding="ascii")
        async with embedded_postgres.running(folder, announce=quiet) as server:
            assert server.alive
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    partial = folder / "server" / "data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18", encoding="ascii")
    async with embedded_postgres.running(folder, announce=quiet) as server:
        await remember(server.url())
    assert not partial.exists()


async def test_a_cancelled_start_leaves_no_server_and_no_lock(folder: Path) -> None:
    async def begin() -> None:
        async with embedded_postgres.running(folder, announce=quiet):
            pytest.fail("it was cancelled before")

    starting = asyncio.create_task(begin())
    await eventually((folder / "server").exists, within=5)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    async with embedded_postgres.running(folder, announce=quiet) as server:
        assert server.alive


async def test_a_server_that_dies_is_noticed(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        os.kill(server.pid, signal.SIGQUIT)
        await asyncio.wait_for(server.died(), 10)
        assert not server.alive


async def test_only_loopback_and_the_password_lead_in(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        connection = await asyncpg.connect(server.url())
        settings = {
            name: await connection.fetchval("select current_setting($1)", name)
            for name in ("listen_addresses", "unix_socket_directories", "fsync", "TimeZone", "jit")
        }
        method = await connection.fetch("select distinct auth_method from pg_hba_file_rules")
        await connection.close()
        assert settings == {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "on",
            "TimeZone": "UTC",
            "jit": "off",
        }
        assert [row["auth_method"] for row in method] == ["scram-sha-256"]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url().replace(server.password, "guessed"))
        secret = server.place.home / "superuser.password"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.stat().st_uid == server.place.data.stat().st_uid
        assert server.password not in command_line(server.pid)


async def test_text_is_utf8_and_letters_have_cases(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        connection = await asyncpg.connect(server.url())
        assert await connection.fetchval("select lower('ÄÖÜ') || upper('ß€é')") == "äöüß€É"
        await connection.close()
