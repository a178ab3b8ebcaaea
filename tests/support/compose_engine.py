"""The compose file under a real engine: its commands, its containers, and what they weigh."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("catalog", "incident", "change", "notify")
COMMAND_SECONDS: Final = 900.0


@dataclass(frozen=True)
class Compose:
    """One project of docker-compose.yml: a set of containers and volumes beside any other's."""

    project: str
    port: int
    profile: str = "distributed"

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run one command of Compose; return what it printed.

        Raises:
            RuntimeError: it failed; with its last words.
        """
        flags = ("--project-name", self.project, "--profile", self.profile)
        extra = {"GATEWAY_PORT": str(self.port), "COMMIT": commit()}
        return command(["docker", "compose", *flags, *arguments], check=check, extra=extra)

    def up(self, *arguments: str) -> float:
        """Start what is not running and wait until all is healthy; return the seconds it took."""
        began = time.monotonic()
        self.run("up", "--detach", "--wait", "--wait-timeout", "180", *arguments)
        return time.monotonic() - began

    def containers(self, service: str) -> list[str]:
        """Return the ids of a service's running containers, oldest number first."""
        listed = self.run("ps", "--format", "json", service)
        rows = [json.loads(line) for line in listed.splitlines() if line.strip()]
        return [row["ID"] for row in sorted(rows, key=lambda row: str(row["Name"]))]


def command(
    words: Sequence[str], *, check: bool = True, extra: Mapping[str, str] | None = None
) -> str:
    """Run a command; return its standard output.

    Raises:
        RuntimeError: it failed; with its last words.
    """
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, **(extra or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {(done.stderr or done.stdout)[-3000:]}")
    return done.stdout


def commit() -> str:
    """Return the short name of the commit that is checked out, or ``unknown``."""
    if shutil.which("git") is None:
        return "unknown"
    return command(["git", "rev-parse", "--short", "HEAD"], check=False).strip() or "unknown"


def inspect(kind: str, name: str) -> dict[str, Any]:
    """Return what the engine knows of an image or a container."""
    found: dict[str, Any] = json.loads(command(["docker", kind, "inspect", name]))[0]
    return found


def kill_process(container: str) -> None:
    """End a container's first process as a crash would: after ``docker kill`` none is restarted."""
    os.kill(int(inspect("container", container)["State"]["Pid"]), signal.SIGKILL)


def inside(container: str, *words: str, check: bool = True) -> str:
    """Run a command in a running container; return what it printed."""
    return command(["docker", "exec", container, *words], check=check)


def metrics(container: str) -> dict[str, float]:
    """Return a process's metrics, each by its name with labels."""
    code = (
        "from urllib.request import urlopen;"
        "print(urlopen('http://127.0.0.1:8000/metrics').read().decode())"
    )
    lines = inside(container, "python", "-c", code).splitlines()
    pairs = [line.rpartition(" ") for line in lines if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in pairs}


def memory_mib(containers: Sequence[str]) -> list[float]:
    """Return the memory that containers use, as the engine counts it."""
    table = command(["docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", *containers])
    units = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}
    used = [line.split("/")[0].strip() for line in table.splitlines() if line.strip()]
    return [round(float(text[:-3]) * units[text[-3:]], 1) for text in used]
