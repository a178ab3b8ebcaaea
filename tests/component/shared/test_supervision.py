"""A process whose part dies goes down visibly; one that is told to stop fails nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from shared import failpoints
from shared.auth import LocalIssuer
from shared.settings import ConfigurationError
from tests.support.eventually import eventually
from tests.support.sample import THINGS, Factory, SampleHome, bearer, fetch, make


@asynccontextmanager
async def serving(
    home: SampleHome, **variables: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Serve in a process of its own; give the process and its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.sample_service", "serve", str(home.folder)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ".", "ITSM_PORT": "0", **variables},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    log = asyncio.create_task(process.stderr.read())
    try:
        line = await asyncio.wait_for(process.stdout.readline(), timeout=20)
        assert line.strip().isdigit(), (await log).decode()
        address = f"http://127.0.0.1:{int(line)}"
        await eventually(lambda: _alive(address), within=10)
        yield process, address
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await log


async def _alive(address: str) -> bool:
    async with httpx.AsyncClient(base_url=address) as client:
        try:
            return (await client.get("/livez")).status_code == 200
        except httpx.ConnectError:
            return False


async def test_a_part_that_dies_takes_readiness_down_and_asks_for_the_end(sample: Factory) -> None:
    stage = await sample(start=True)
    probe = stage.http()
    await eventually(lambda: stage.part("sample").relay.leading, within=5)
    assert (await probe.get("/readyz")).status_code == 200
    failpoints.arm("R1:1:raise", environment="test")
    await make(stage.keeper())
    await asyncio.wait_for(stage.running.stopping.wait(), timeout=5)
    answer = await probe.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["details"]["process"] == "sample relay died: FailPointError"
    assert (await probe.get("/livez")).status_code == 200


async def test_a_process_whose_part_died_ends_with_a_failure(
    sample_environment: SampleHome, issuer: tuple[LocalIssuer, Path]
) -> None:
    headers = bearer(issuer[0], "keeper")
    async with serving(sample_environment, ITSM_FAILPOINT="R1:1:raise") as (process, address):
        async with httpx.AsyncClient(base_url=address, headers=headers) as client:
            await make(client)
        assert await asyncio.wait_for(process.wait(), timeout=10) == 1
    async with serving(sample_environment) as (process, _):

        async def sent() -> bool:
            return len(await fetch(sample_environment.database, "select from sample.feed")) == 1

        await eventually(sent, within=10)


async def load(
    address: str, headers: dict[str, str], outcomes: Counter[str], stopping: asyncio.Event
) -> None:
    """Make things one after another until the address is gone; count what came of it.

    A connection that the server closed is opened anew by the client; refused ones count apart.
    """
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=10) as client:
        while True:
            body = {"name": f"thing {uuid4()}", "size": 1}
            try:
                answer = await client.post(THINGS, json=body)
            except httpx.ConnectError:
                outcomes["refused after the stop" if stopping.is_set() else "refused"] += 1
                return
            except httpx.HTTPError as error:
                outcomes[f"{type(error).__name__} {error}"] += 1
                return
            outcomes[str(answer.status_code)] += 1


async def test_a_graceful_stop_under_load_fails_no_request(
    sample_environment: SampleHome, issuer: tuple[LocalIssuer, Path]
) -> None:
    headers = bearer(issuer[0], "keeper")
    outcomes: Counter[str] = Counter()
    stopping = asyncio.Event()
    async with serving(sample_environment, ITSM_DRAIN_SECONDS="0.5") as (process, address):
        clients = [
            asyncio.create_task(load(address, headers, outcomes, stopping)) for _ in range(6)
        ]
        await eventually(lambda: outcomes["201"] > 60, within=15)
        stopping.set()
        process.send_signal(signal.SIGTERM)
        async with httpx.AsyncClient(base_url=address) as probe:
            answer = await probe.get("/readyz")
        assert answer.json()["details"]["process"] == "stopping"
        assert await asyncio.wait_for(process.wait(), timeout=15) == 0
        await asyncio.wait_for(asyncio.gather(*clients), timeout=15)
    assert set(outcomes) <= {"201", "refused after the stop"}, outcomes
    assert outcomes["refused after the stop"] == 6
    rows = await fetch(sample_environment.database, "select count(*) from sample.thing")
    assert rows[0][0] == outcomes["201"]
    relayed = await fetch(sample_environment.database, "select count(*) from sample.event_log")
    assert relayed[0][0] == outcomes["201"]


async def test_a_long_poll_does_not_hold_up_a_stop(
    sample_environment: SampleHome, issuer: tuple[LocalIssuer, Path]
) -> None:
    headers = bearer(issuer[0], "admin")
    async with serving(sample_environment, ITSM_DRAIN_SECONDS="0.2") as (process, address):
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
            polling = asyncio.create_task(client.get("/sample/v1/events", params={"wait": 30}))
            await eventually(lambda: _polls(sample_environment), within=5)
            process.send_signal(signal.SIGTERM)
            answer = await asyncio.wait_for(polling, timeout=5)
        assert (answer.status_code, answer.json()["items"]) == (200, [])
        assert await asyncio.wait_for(process.wait(), timeout=10) == 0


async def _polls(home: SampleHome) -> bool:
    return bool(
        await fetch(
            home.database,
            "select from pg_stat_activity where application_name = 'itsm-sample'"
            " and query like '%feed%' and datname = current_database()",
        )
    )


RAW: dict[str, bytes] = {
    "a path of bytes": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path of nothing": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "another host": b"GET http://else.where/sample/v1/things HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT else.where:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an encoded NUL": b"GET /sample/v1/things/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "encoded dots": b"GET /sample/v1/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "two slashes": b"GET //sample/v1/things HTTP/1.1\r\nHost: x\r\n\r\n",
    "a made-up method": b"BREW /sample/v1/things HTTP/1.1\r\nHost: x\r\n\r\n",
    "no JSON at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two lengths": b"POST /sample/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Content-Length: 5\r\nContent-Type: application/json\r\n\r\n{}   ",
    "length and chunks": b"POST /sample/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n",
    "a wrong chunk": b"POST /sample/v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/json\r\n\r\nzz\r\n",
    "a huge length": b"POST /sample/v1/things HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 99999999999999999999\r\nContent-Type: application/json\r\n\r\n",
    "a negative length": b"POST /sample/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n"
    b"Content-Type: application/json\r\n\r\n",
    "a large header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    "folded header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
}


async def test_broken_transport_is_refused_and_the_server_lives(
    sample_environment: SampleHome,
) -> None:
    answers: dict[str, bytes] = {}
    async with serving(sample_environment) as (_, address):
        port = int(address.rpartition(":")[2])
        for name, sent in RAW.items():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.write_eof()
            try:
                answers[name] = (await asyncio.wait_for(reader.read(64), timeout=5))[:13]
            except ConnectionResetError:
                answers[name] = b"reset"
            writer.close()
        async with httpx.AsyncClient(base_url=address) as client:
            assert (await client.get("/livez")).status_code == 200
    allowed = {b"HTTP/1.1 4", b"", b"reset", b"HTTP/1.1 20"}
    odd = {
        name: answer
        for name, answer in answers.items()
        if not any(answer.startswith(one) if one else answer == one for one in allowed)
    }
    assert not odd


async def test_without_a_broker_one_process_alone_may_serve_a_database(
    sample: Factory, sample_environment: SampleHome
) -> None:
    first = await sample()
    with pytest.raises(ConfigurationError, match="another process serves this database"):
        await sample()
    await make(first.keeper())
    await first.stop()
    again = await sample()
    await make(again.keeper())
    assert len(await fetch(sample_environment.database, "select from sample.thing")) == 2
