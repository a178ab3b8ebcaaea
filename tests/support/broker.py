"""A real Apache Kafka for tests: one for the whole session, and private ones to kill and freeze.

Where the session's broker comes from, first that can be had: ``ITSM_TEST_KAFKA`` (a bootstrap
address), the jars below ``var/kafka/lib`` (fetched by Maven if it is there), a Docker engine.
Where none can be had the tests are skipped and the summary says so in one line;
``ITSM_REQUIRE_KAFKA=1`` makes them fail instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.kafka_cluster import (
    POLL_SECONDS,
    ROOT,
    START_SECONDS,
    BrokerMissingError,
    Cluster,
    answers,
    free_ports,
    locked,
    require_jars,
)

IMAGE: Final = "apache/kafka:4.3.1"
NOT_RUN: Final = "Kafka tests not run"


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the bootstrap address of the session's broker, shared by all workers."""
    given = os.environ.get("ITSM_TEST_KAFKA", "")
    if given:
        return given
    base = tmp_path_factory.getbasetemp()
    worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = base.parent if worker else base
    # The broker lives as long as the process that runs the session, not as long as one worker.
    owner = os.getppid() if worker else os.getpid()
    with locked(shared / "broker.lock"):
        note = shared / "broker" / "bootstrap"
        if not note.exists():
            with _skipping():
                _start_keeper(note, owner)
        return note.read_text()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Return a maker of private clusters, started; what it made is stopped after the test."""
    made: list[Cluster] = []

    def make(*, nodes: int = 1) -> Cluster:
        with _skipping():
            require_jars()
        made.append(Cluster(tmp_path / f"cluster-{len(made)}", nodes=nodes))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, in one line, that tests on a real broker did not run."""
    reasons = [
        str(report.longrepr)
        for report in terminalreporter.stats.get("skipped", [])
        if NOT_RUN in str(report.longrepr)
    ]
    if reasons:
        reason = reasons[0].partition(NOT_RUN)[2].rstrip("')")
        line = f"!!! {len(reasons)} {NOT_RUN}{reason}"
        terminalreporter.write_line(line, red=True, bold=True)


@contextlib.contextmanager
def _skipping() -> Iterator[None]:
    try:
        yield
    except BrokerMissingError as error:
        reason = f"{NOT_RUN}: {error}"
        if os.environ.get("ITSM_REQUIRE_KAFKA") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def _start_keeper(note: Path, owner: int) -> None:
    """Start the process that keeps the broker, and wait for the address it notes."""
    kind = _choose()
    note.parent.mkdir(parents=True, exist_ok=True)
    log = note.parent / "keeper.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.support.broker", kind, str(note), str(owner)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not note.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the session's broker did not start: {log.read_text()[-2000:]}")
        time.sleep(POLL_SECONDS)
    # It outlives this function on purpose and ends with the owner; nobody will wait for it here.
    keeper.returncode = 0


def _choose() -> str:
    """Return where the broker comes from, the first that can be had.

    Raises:
        BrokerMissingError: neither jars nor a container engine.
    """
    try:
        require_jars()
    except BrokerMissingError as error:
        docker = shutil.which("docker")
        if docker is None:
            raise BrokerMissingError(f"{error}, no Docker, no ITSM_TEST_KAFKA") from error
        engine = subprocess.run([docker, "info"], capture_output=True, check=False, timeout=20)
        if engine.returncode:
            missing = f"{error}, no Docker engine, no ITSM_TEST_KAFKA"
            raise BrokerMissingError(missing) from error
        return "docker"
    return "jars"


def _keep(kind: str, note: Path, owner: int) -> None:
    """Run a broker as long as the owner lives, then remove every trace of it."""
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, note.parent, ignore_errors=True)
        if kind == "docker":
            bootstrap = _start_container(undo)
        else:
            made = Cluster(note.parent / "data")
            undo.callback(made.stop)
            made.start()
            bootstrap = made.bootstrap
        part = note.with_suffix(".part")
        part.write_text(bootstrap)
        part.rename(note)
        while Path(f"/proc/{owner}").exists():
            time.sleep(0.25)


def _start_container(undo: contextlib.ExitStack) -> str:
    docker = shutil.which("docker") or "docker"
    port = free_ports(1)[0]
    name = f"itsm-test-kafka-{os.getpid()}"
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://localhost:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "OFFSETS_TOPIC_NUM_PARTITIONS": "3",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "GROUP_MIN_SESSION_TIMEOUT_MS": "500",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    variables = [part for key, text in settings.items() for part in ("-e", f"KAFKA_{key}={text}")]
    publish = ["-p", f"127.0.0.1:{port}:{port}"]
    subprocess.run(
        [docker, "run", "-d", "--rm", "--name", name, *publish, *variables, IMAGE],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    undo.callback(
        subprocess.run, [docker, "rm", "-f", name], check=False, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + START_SECONDS
    while not answers(port) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return f"127.0.0.1:{port}"


if __name__ == "__main__":
    _keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
