"""Services as processes of their own: started from a nursery, killed, and watched until they end.

A fork of a process that has imported everything takes a tenth of a start from nothing, so that a
campaign of hundreds of starts is bearable. Each process dies with the nursery, and that with us.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
POLL_SECONDS: Final = 0.02


class Running:
    """One process; everything goes through its pidfd, so that a reused pid is never hit."""

    def __init__(self, pid: int) -> None:
        """Take over a process that was just forked."""
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._pidfd >= 0 and not select.select([self._pidfd], [], [], 0)[0]

    def send(self, number: signal.Signals) -> None:
        """Send a signal; to a process that has ended that does nothing."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    async def ended(self, *, within: float) -> bool:
        """Wait for its end; return whether it came in time."""
        deadline = asyncio.get_running_loop().time() + within
        while self.alive:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def kill(self) -> None:
        """End it as if it lost power."""
        self.send(signal.SIGKILL)
        await self.ended(within=5)

    def close(self) -> None:
        """Kill it if it runs and forget it."""
        self.send(signal.SIGKILL)
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


class Nursery:
    """The process that services are forked from."""

    def __init__(self, log: Path, services: Sequence[str]) -> None:
        """Start it for some services; ``ready`` waits for its imports."""
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.planted", "--nursery", *services],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call into libc
            )
        self._log = log

    def ready(self) -> None:
        """Wait until it has imported everything.

        Raises:
            RuntimeError: it cannot; with its last words.
        """
        if self._line() != "ready":
            raise RuntimeError(f"no service can start: {self._log.read_text()[-2000:]}")

    def fork(
        self, service: str, environment: Mapping[str, str], *, output: Path, bug: str = "none"
    ) -> Running:
        """Start a service; its output is appended to a file.

        Raises:
            RuntimeError: the nursery has ended.
        """
        order = {
            "service": service,
            "bug": bug,
            "environment": dict(environment),
            "output": str(output),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._line()
        if not answer.isdigit():
            raise RuntimeError(f"the nursery has ended: {self._log.read_text()[-2000:]}")
        return Running(int(answer))

    def close(self) -> None:
        """End it, and with it every service that it started."""
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def listens(port: int) -> bool:
    """Return whether something accepts connections on a loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


async def is_ready(port: int) -> bool:
    """Return whether the service on a loopback port says that it is ready."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nhost: itsm\r\nconnection: close\r\n\r\n")
                status = await reader.readline()
            finally:
                writer.close()
            return b" 200 " in status
    return False


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
