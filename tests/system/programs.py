"""The program as people start it: a process of its own, killed with the test that started it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from tests.support.eventually import eventually

ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
KEPT: Final = ("PATH", "HOME", "LANG")
_LISTENING: Final = re.compile(r"Listening on (http://127\.0\.0\.1:\d+)")


class Program:
    """One start of ``python -m services`` with some arguments and settings."""

    def __init__(self, log: Path, arguments: tuple[str, ...], settings: Mapping[str, str]) -> None:
        """Start it; nothing is waited for."""
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services", *arguments],
                cwd=ROOT,
                env={**inherited(), "ITSM_PORT": "0", "PYTHONUNBUFFERED": "1", **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call into libc
            )

    @property
    def said(self) -> str:
        """Return everything it has printed so far."""
        return self.log.read_text(errors="replace")

    async def ready(self) -> str:
        """Wait until it answers and is ready; return its address.

        Raises:
            RuntimeError: it has ended.
            AssertionError: it is not ready in time.
        """

        def listening() -> str:
            if self.process.poll() is not None:
                raise RuntimeError(f"the program has ended: {self.said[-2000:]}")
            found = _LISTENING.search(self.said)
            return found[1] if found else ""

        url = await eventually(listening, within=START_SECONDS)
        async with httpx.AsyncClient(base_url=url, timeout=5) as http:

            async def is_ready() -> bool:
                answer = await http.get("/readyz")
                assert answer.status_code == 200, answer.text
                return True

            await eventually(is_ready, within=START_SECONDS)
        return url

    async def ended(self, within: float = START_SECONDS) -> int:
        """Wait for its end; return its exit status."""
        return await asyncio.to_thread(self.process.wait, within)

    async def stop(self) -> int:
        """Ask it to stop, as a service manager does; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(STOP_SECONDS)

    async def kill(self) -> None:
        """End it as if it lost power."""
        self.process.kill()
        await self.ended(STOP_SECONDS)


class Programs:
    """All programs of one test."""

    def __init__(self, folder: Path) -> None:
        """Keep their output in a folder."""
        self._folder = folder
        self._started: list[Program] = []

    def start(self, *arguments: str, **settings: object) -> Program:
        """Start a program with some ``ITSM_*`` settings, named without that prefix."""
        named = {f"ITSM_{name.upper()}": str(value) for name, value in settings.items()}
        log = self._folder / f"program-{len(self._started) + 1}.log"
        self._started.append(Program(log, arguments, named))
        return self._started[-1]

    def close(self) -> None:
        """End what still runs, and print what each program said last: shown for failures."""
        for program in self._started:
            if program.process.poll() is None:
                program.process.terminate()
        for program in self._started:
            try:
                program.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                program.process.kill()
                program.process.wait(STOP_SECONDS)
            sys.stdout.write(f"\n--- {program.log.name}\n{program.said[-4000:]}")


def inherited() -> dict[str, str]:
    """Return what a program gets of our own environment: nothing of the platform's."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
