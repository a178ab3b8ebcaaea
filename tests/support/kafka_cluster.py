"""Apache Kafka brokers of our own, from jars: one or three, to start, kill, freeze and thaw."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
START: Final = ROOT / "deploy" / "kafka" / "start"
POM: Final = ROOT / "deploy" / "kafka" / "pom.xml"
LIB: Final = ROOT / "var" / "kafka" / "lib"
START_SECONDS: Final = 40.0
FETCH_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.05


class BrokerMissingError(Exception):
    """No broker can be had here; the message says what was tried."""


class Cluster:
    """One or three brokers on loopback; they die with the process that made them."""

    def __init__(self, folder: Path, *, nodes: int = 1) -> None:
        """Choose ports and folders; nothing runs before ``start``."""
        self._folder = folder
        ports = free_ports(2 * nodes)
        self._ports = {node: ports[2 * node - 2] for node in range(1, nodes + 1)}
        self._layout = ",".join(
            f"{node}:{ports[2 * node - 2]}:{ports[2 * node - 1]}" for node in self._ports
        )
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        """Return the addresses of all nodes, as clients want them."""
        return ",".join(f"127.0.0.1:{port}" for port in self._ports.values())

    def start(self) -> None:
        """Start every node and wait until each answers.

        Raises:
            RuntimeError: a node ended or did not answer in time; with its last words.
        """
        for node in self._ports:
            self.launch(node)
        self.wait()

    def wait(self) -> None:
        """Wait until every node answers."""
        deadline = time.monotonic() + START_SECONDS
        for node, port in self._ports.items():
            while not answers(port):
                if time.monotonic() > deadline or self._processes[node].poll() is not None:
                    raise RuntimeError(f"broker {node} did not start: {self._last_words(node)}")
                time.sleep(POLL_SECONDS)

    def launch(self, node: int = 1) -> None:
        """Start one node, on the data it had, without waiting for it."""
        home = self._folder / str(node)
        home.mkdir(parents=True, exist_ok=True)
        with (home / "output").open("ab") as output:
            self._processes[node] = subprocess.Popen(
                [str(START), str(home), str(node), self._layout],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call into libc, no threads yet
                env={**os.environ, "KAFKA_LIB": str(LIB)},
            )

    def kill(self, node: int = 1) -> None:
        """End one node as if it lost power."""
        self._processes[node].kill()
        self._processes[node].wait()

    def freeze(self, node: int = 1) -> None:
        """Stop one node from running; its connections stay open."""
        self._processes[node].send_signal(signal.SIGSTOP)

    def thaw(self, node: int = 1) -> None:
        """Let a frozen node go on."""
        self._processes[node].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End every node and remove the data."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _last_words(self, node: int) -> str:
        output = self._folder / str(node) / "output"
        return output.read_text(errors="replace")[-2000:] if output.exists() else "nothing"


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody listens on right now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def answers(port: int) -> bool:
    """Return whether something listens on a loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def require_jars() -> None:
    """Make sure that the broker's jars are there, fetching them once.

    Raises:
        BrokerMissingError: no Java, or no jars and no Maven that can fetch them.
    """
    if shutil.which("java") is None:
        raise BrokerMissingError("no Java")
    LIB.mkdir(parents=True, exist_ok=True)
    with locked(LIB.parent / "fetch.lock"):
        if any(LIB.glob("kafka_2.13-*.jar")):
            return
        maven = shutil.which("mvn")
        if maven is None:
            raise BrokerMissingError(f"no jars in {LIB.relative_to(ROOT)} and no Maven")
        # Into a folder beside it first: half a set of jars must not pass for a whole one.
        fetched = LIB.with_name("lib.part")
        into = [f"-DoutputDirectory={fetched}", "-DincludeScope=runtime"]
        done = subprocess.run(
            [maven, "-q", "-B", "-f", POM, "dependency:copy-dependencies", *into],
            capture_output=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
        if done.returncode:
            raise BrokerMissingError("Maven could not fetch the jars")
        shutil.rmtree(LIB)
        fetched.rename(LIB)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
