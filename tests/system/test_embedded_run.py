"""``python -m services`` as somebody runs it who has nothing but Python."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import httpx
import pytest

from tests.support.app import NAMES
from tests.support.eventually import eventually
from tests.support.organisation import found
from tests.system.deployment import Deployment, of_its_own, printed_token
from tests.system.programs import Program, Programs


@pytest.fixture
def deployment(programs: Programs, data_folder: Path) -> Deployment:
    return of_its_own(programs, data_folder)


def introduced_token(program: Program) -> str:
    """Return the token that the program printed on a line of its own."""
    match = re.search(r"^(eyJ[\w-]+\.[\w-]+\.[\w-]+)$", program.said, re.MULTILINE)
    return match[1] if match else ""


def client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=20)


async def test_it_starts_introduces_itself_lets_no_other_in_and_keeps_what_it_was_told(
    deployment: Deployment, data_folder: Path
) -> None:
    first = deployment.start()
    url = await first.ready()
    token = await eventually(lambda: introduced_token(first), within=10)
    async with client(url, token) as http:
        for name in NAMES:
            assert f"{url}/{name}/docs" in first.said
            assert (await http.get(f"/{name}/docs")).status_code == 200
        assert (await http.get("/livez")).text == "alive\n"
        assert set((await http.get("/version")).json()) >= {"version", "services"}
        assert (await http.get("/metrics")).status_code == 200
        nobody = {"Authorization": ""}
        assert (await http.get("/catalog/v1/teams", headers=nobody)).status_code == 401
        organisation = await found(http)
    another = deployment.start()
    assert await another.ended() == 2
    assert re.fullmatch(r"itsm: another program \(process \d+\) uses .+\n", another.said)
    assert await first.stop() == 0

    second = deployment.start()
    # The token that was printed before is still good, and another can be had at any time.
    for again in (token, printed_token(data_folder)):
        async with client(await second.ready(), again) as http:
            kept = await http.get(f"/catalog/v1/services/{organisation.shop['number']}")
            assert kept.json() == organisation.shop
    assert await second.stop() == 0


async def test_a_port_in_use_is_one_clear_line(deployment: Deployment) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = deployment.start(port=port)
        assert await program.ended() == 2
    refusals = [line for line in program.said.splitlines() if line.startswith("itsm: ")]
    assert refusals == [
        f"itsm: ITSM_PORT: cannot listen on 127.0.0.1:{port}: Address already in use"
    ]
    assert "Traceback" not in program.said


async def test_the_demonstration_tells_the_story_of_an_alert(deployment: Deployment) -> None:
    program = deployment.programs.start("--demonstration", **deployment.settings)
    await program.ready()
    await eventually(lambda: introduced_token(program), within=40)
    for told in ("INC0000001", "priority 1", "It reaches", "technical", "business", "is resolved"):
        assert told in program.said, program.said
    assert await program.stop() == 0
