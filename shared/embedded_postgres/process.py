"""The server as a process: its command line, its readiness, its end, and what a crash leaves."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from shared.embedded_postgres.binaries import CLEAN_ENVIRONMENT, as_account
from shared.embedded_postgres.place import Place
from shared.settings import ConfigurationError

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0
"""Bound of a start; recovery after a crash may need a good part of it."""
STOP_SECONDS: Final = 10.0
"""Bound of a fast shutdown, then of an immediate one."""
_METHODS_OF_IO_SINCE: Final = 18
_LOG_KEEP_BYTES: Final = 1_000_000
_POLL_SECONDS: Final = 0.01
_PR_SET_PDEATHSIG: Final = 1
_ON_LINUX: Final = sys.platform == "linux"
_libc: Final = ctypes.CDLL(None) if _ON_LINUX else None


def spawn(
    place: Place, command: list[str], output: int, *, death_signal: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a child as the place's account, which gets ``death_signal`` when our thread ends."""
    parent = os.getpid()

    def tie_to_parent() -> None:
        # After the change of account, which would clear it; nothing here takes a lock.
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(  # noqa: S603 - our own command line
        command,
        cwd=place.home,
        env=CLEAN_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # An interrupt at the terminal is for us: we drain first and then stop the server.
        start_new_session=True,
        umask=0o077,
        preexec_fn=tie_to_parent,  # noqa: PLW1509 - see tie_to_parent
        **as_account(place.account),
    )


def _settings(place: Place, port: int, *, durable: bool) -> dict[str, str]:
    settings = {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "100",
        "shared_buffers": "64MB",
        "jit": "off",
        "max_wal_size": "512MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
    }
    if place.installation.major >= _METHODS_OF_IO_SINCE:
        # Worker processes for reads ahead cost memory that a small database never earns back.
        settings["io_method"] = "sync"
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= {"wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off"}
    return settings


def launch(place: Place, log: Path, *, durable: bool) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on a free port and wait until it is ready; return it and the port.

    Raises:
        ConfigurationError: it does not come up; the message has its own last word.
    """
    if log.exists() and log.stat().st_size > _LOG_KEEP_BYTES:
        log.replace(log.with_suffix(".log.1"))
    deadline = time.monotonic() + START_SECONDS
    while True:
        port = free_port()
        command = [f"{place.installation.bin / 'postgres'}", "-D", f"{place.data}"]
        for name, value in _settings(place, port, durable=durable).items():
            command += ["-c", f"{name}={value}"]
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            begin = os.fstat(descriptor).st_size
            process = spawn(place, command, descriptor, death_signal=signal.SIGINT)
        finally:
            os.close(descriptor)
        if _ready(place.data, process, deadline):
            return process, port
        said = log.read_bytes()[begin:].decode(errors="replace")
        # The port was taken meanwhile, or processes of a killed server are still going away.
        passing = "Address already in use" in said or "pre-existing shared memory" in said
        if not passing or time.monotonic() > deadline:
            fatal = [line for line in said.splitlines() if "FATAL" in line] or said.splitlines()
            reason = fatal[-1] if fatal else f"exit status {process.returncode}"
            message = f"PostgreSQL does not start: {reason} (see {log})"
            raise ConfigurationError(message)
        time.sleep(0.1)


def _ready(data: Path, process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait until the server says in its pid file that it is ready; False if it does not."""
    try:
        while process.poll() is None and time.monotonic() < deadline:
            lines = _pid_file(data)
            if lines[:1] == [str(process.pid)] and lines[7:8] == ["ready"]:
                return True
            time.sleep(_POLL_SECONDS)
    except BaseException:
        end(process)
        raise
    end(process)
    return False


def _pid_file(data: Path) -> list[str]:
    try:
        text = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child of ours: by fast shutdown, else immediately, else by force."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def end_leftover(data: Path) -> None:
    """Stop the server that a killed program left on this data folder, or drop its stale pid file.

    The caller holds the folder's lock, so whoever started that server is gone.

    Raises:
        ConfigurationError: it does not stop.
    """
    first = next(iter(_pid_file(data)), "")
    pid = int(first) if first.isdigit() else 0
    if pid <= 1 or not _is_server_of(data, pid):
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    for number in (signal.SIGINT, signal.SIGQUIT):
        deadline = time.monotonic() + STOP_SECONDS
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        while time.monotonic() < deadline:
            if not _is_server_of(data, pid):
                return
            time.sleep(_POLL_SECONDS)
    message = f"a PostgreSQL (process {pid}) on {data} does not stop: end it first"
    raise ConfigurationError(message)


def _is_server_of(data: Path, pid: int) -> bool:
    """Return whether that process is the server of this folder, not a stranger with its number."""
    if _ON_LINUX:
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data
        except OSError:
            return False
    listed = subprocess.run(  # noqa: S603 - fixed command, a number
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(data) in listed.stdout
