"""A private PostgreSQL that the program starts and stops itself, from installed binaries.

It is a child process that listens on loopback only and ends with its parent: on Linux the kernel
tells it when the thread that started it dies, so a killed program leaves no server behind for
long. Whatever is left behind elsewhere is found by its pid file and stopped by the next start,
and PostgreSQL itself recovers what was committed.

``binaries`` finds the programs, ``place`` settles where the data live, ``process`` runs them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from shared.embedded_postgres import process
from shared.embedded_postgres.place import Place, Surroundings, settle
from shared.settings import ConfigurationError

SUPERUSER: Final = "postgres"
_BUILTIN_LOCALE_SINCE: Final = 17
_HERE: Final = Surroundings()


class Server:
    """A running PostgreSQL of ours, made by ``start``."""

    host: Final = process.HOST
    superuser: Final = SUPERUSER

    def __init__(
        self,
        *,
        port: int,
        password: str,
        folder: Path,
        place: Place,
        postmaster: subprocess.Popen[bytes],
        lock: int,
    ) -> None:
        """Take over a process that is ready, and the descriptor of the folder's lock."""
        self.port = port
        self.password = password
        self.folder = folder
        self.place = place
        self._process = postmaster
        self._lock = lock

    def url(self, database: str = "postgres") -> str:
        """Return the superuser's URL of a database; it holds the password."""
        return f"postgresql://{self.superuser}:{self.password}@{self.host}:{self.port}/{quote(database)}"

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    async def died(self) -> None:
        """Wait until the server is no longer there, for whatever reason."""
        while self.alive:  # noqa: ASYNC110 - a process of the system sets no event
            await asyncio.sleep(0.25)

    def stop(self) -> None:
        """End all sessions, write everything down and stop; twice is harmless."""
        try:
            process.end(self._process)
        finally:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1


def start(
    folder: Path,
    *,
    announce: Callable[[str], None],
    durable: bool = True,
    around: Surroundings = _HERE,
) -> Server:
    """Start the PostgreSQL of ``folder``, made on first use; blocks until it answers.

    The calling thread must outlive the server, which stops when that thread ends. ``durable=False``
    trades safety against power loss for speed: for tests. ``announce`` is told where things are.

    Raises:
        ConfigurationError: another program uses the folder, its data are of another major
            version, or no server can be had here.
    """
    lock = _take_lock(folder)
    try:
        place = settle(folder.resolve(), around, announce)
        password = _prepare(place, durable=durable)
        log = folder / "postgres.log"
        postmaster, port = process.launch(place, log, durable=durable)
    except BaseException:
        os.close(lock)
        raise
    announce(
        f"PostgreSQL {place.installation.major} on {process.HOST}:{port}, data in {place.data}"
    )
    return Server(
        port=port, password=password, folder=folder, place=place, postmaster=postmaster, lock=lock
    )


@asynccontextmanager
async def running(
    folder: Path,
    *,
    announce: Callable[[str], None],
    durable: bool = True,
    around: Surroundings = _HERE,
) -> AsyncIterator[Server]:
    """Run the PostgreSQL of ``folder`` for as long as the block lasts; see ``start``.

    Raises:
        ConfigurationError: as ``start``.
    """
    # One thread of its own starts, keeps and stops it: the kernel ties the server to a thread.
    keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-keeper")
    starting: Future[Server] = keeper.submit(
        start, folder, announce=announce, durable=durable, around=around
    )
    try:
        yield await asyncio.shield(asyncio.wrap_future(starting))
    finally:
        # Queued behind the start, so that a cancelled start is stopped as well.
        stopping = keeper.submit(_stop_if_started, starting)
        keeper.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(stopping))


def _stop_if_started(starting: Future[Server]) -> None:
    if starting.exception() is None:
        starting.result().stop()


def _take_lock(folder: Path) -> int:
    """Return a descriptor that holds the folder's lock; the kernel drops it with the process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        message = f"cannot use the folder {folder}: {error.strerror}"
        raise ConfigurationError(message) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
        os.close(descriptor)
        message = f"another program (process {holder}) uses the database in {folder}: stop it first"
        raise ConfigurationError(message) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _prepare(place: Place, *, durable: bool) -> str:
    """Make or check the data folder, end what is left of an earlier run; return the password."""
    secret = place.home / "superuser.password"
    if not place.data.is_dir():
        password = secrets.token_urlsafe(24)
        _write_secret(secret, password, place)
        _initialise(place, secret, durable=durable)
        return password
    try:
        major = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        password = secret.read_text(encoding="ascii").strip()
    except OSError as error:
        message = f"the data folder is not whole: {error.filename}: {error.strerror}"
        raise ConfigurationError(message) from error
    if major != str(place.installation.major):
        message = (
            f"the data in {place.data} are of PostgreSQL {major}, the program has "
            f"{place.installation.major}: dump them with {major} and restore, or move them away"
        )
        raise ConfigurationError(message)
    process.end_leftover(place.data)
    return password


def _write_secret(path: Path, text: str, place: Place) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if place.account is not None:
            os.fchown(descriptor, place.account.uid, place.account.gid)
        file.write(f"{text}\n")
        file.flush()
        os.fsync(descriptor)


def _initialise(place: Place, secret: Path, *, durable: bool) -> None:
    """Run initdb beside the data folder, then rename: a start that was killed leaves no half."""
    partial = place.home / "data.partial"
    shutil.rmtree(partial, ignore_errors=True)
    command = [
        f"{place.installation.bin / 'initdb'}",
        f"--pgdata={partial}",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
    ]
    if place.installation.major >= _BUILTIN_LOCALE_SINCE:
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        command += ["--locale=C.UTF-8"]
    if not durable:
        command.append("--no-sync")
    child = process.spawn(place, command, subprocess.PIPE, death_signal=signal.SIGKILL)
    try:
        output, _ = child.communicate(timeout=process.START_SECONDS)
    except BaseException:
        child.kill()
        child.communicate()
        raise
    if child.returncode != 0:
        lines = output.decode(errors="replace").strip().splitlines()
        message = f"initdb failed: {lines[-1] if lines else child.returncode}"
        raise ConfigurationError(message)
    partial.rename(place.data)
    _sync(place.home)


def _sync(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
