"""What was answered with 2xx is there after a crash, and everybody hears of it exactly once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.auth import LocalIssuer
from tests.support.eventually import eventually
from tests.support.kafka_cluster import Cluster
from tests.support.organisation import Organisation, found
from tests.support.postgres import Database
from tests.system.deployment import Deployment, of_its_own, on_kafka
from tests.system.programs import Programs

Body = dict[str, Any]
INCIDENTS = "/incident/v1/incidents"
WRITERS = 4
ACKNOWLEDGED_BEFORE_THE_KILL = 30
RECOVERY_SECONDS = 40.0


@pytest.fixture(params=["local", "kafka"])
def deployment(request: pytest.FixtureRequest, programs: Programs, data_folder: Path) -> Deployment:
    """The all-in-one program: by itself, or on Kafka and a PostgreSQL that others look after."""
    if request.param == "local":
        return of_its_own(programs, data_folder)
    cluster: Callable[..., Cluster] = request.getfixturevalue("cluster")
    database: Database = request.getfixturevalue("database")
    identity: tuple[LocalIssuer, Path] = request.getfixturevalue("issuer")
    return on_kafka(
        programs,
        bootstrap=cluster().bootstrap,
        database=database,
        identity=identity,
        data_folder=data_folder,
    )


class Clients:
    """Clients that declare incidents, and remember what they were answered."""

    def __init__(self, organisation: Organisation) -> None:
        self._service = organisation.database["id"]
        self._numbers = itertools.count(1)
        self.acknowledged: dict[str, Body] = {}
        self.unknown: list[str] = []

    async def declare(self, http: httpx.AsyncClient, key: str) -> None:
        """Declare an incident; an answer counts, a broken connection leaves it open."""
        body = {"title": f"Disturbance {key}", "service_id": self._service}
        try:
            answer = await http.post(INCIDENTS, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            self.unknown.append(key)
            return
        assert answer.status_code == 201, answer.text
        self.acknowledged[key] = answer.json()

    async def write(self, http: httpx.AsyncClient) -> None:
        """Declare one incident after the other until the program is gone."""
        while not self.unknown:
            await self.declare(http, f"key-{next(self._numbers)}")

    async def ask_again(self, http: httpx.AsyncClient) -> None:
        """Repeat what was not answered, with the keys it had."""
        unknown, self.unknown = self.unknown, []
        for key in unknown:
            await self.declare(http, key)


def client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=20)


async def pages(http: httpx.AsyncClient, path: str) -> list[Body]:
    """Return all items of a list."""
    items: list[Body] = []
    query: dict[str, str | int] = {"limit": 200}
    while True:
        page = (await http.get(path, params=query)).raise_for_status().json()
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]


async def until_incident_knows(http: httpx.AsyncClient, organisation: Organisation) -> None:
    """Wait until an incident can be declared for the organisation's database."""
    probe = {"name": "Probe", "kind": "generic"}
    probe["default_service_id"] = organisation.database["id"]

    async def known() -> bool:
        answer = await http.post("/incident/v1/integrations", json=probe)
        return answer.status_code == 201

    await eventually(known, within=RECOVERY_SECONDS, every=0.1)


async def killed_under_load(deployment: Deployment, clients: Clients, token: str) -> None:
    """Start the program, let clients write, and kill it in the middle of that."""
    program = deployment.start()
    async with client(await program.ready(), token) as http:
        await clients.ask_again(http)
        before = len(clients.acknowledged)
        async with asyncio.TaskGroup() as writers:
            for _ in range(WRITERS):
                writers.create_task(clients.write(http))
            await eventually(
                lambda: len(clients.acknowledged) - before >= ACKNOWLEDGED_BEFORE_THE_KILL,
                within=30,
                every=0.005,
            )
            await program.kill()
    assert clients.unknown, "it was killed while nobody asked for anything"


async def test_what_was_answered_survives_kill_9_and_is_told_once(deployment: Deployment) -> None:
    program = deployment.start()
    url = await program.ready()
    token = deployment.token()
    async with client(url, token) as http:
        organisation = await found(http)
        await until_incident_knows(http, organisation)
    await program.kill()
    clients = Clients(organisation)
    for _ in range(2):
        await killed_under_load(deployment, clients, token)

    async with client(await deployment.start().ready(), token) as http:
        await clients.ask_again(http)
        assert not clients.unknown
        stored = {one["id"]: one for one in await pages(http, INCIDENTS)}
        for answered in clients.acknowledged.values():
            assert stored[answered["id"]]["number"] == answered["number"]
        assert Counter(one["title"] for one in stored.values()).most_common(1)[0][1] == 1

        async def everybody_told() -> list[Body]:
            told = await pages(http, "/notify/v1/notifications")
            assert [one for one in told if one["state"] != "sent"] == []
            reached = {(one["record_id"], one["audience"]) for one in told}
            audiences = ("business", "technical")
            assert {(one, which) for one in stored for which in audiences} - reached == set()
            return told

        told = await eventually(everybody_told, within=RECOVERY_SECONDS, every=0.25)
        counted = Counter((one["record_id"], one["audience"], one["recipient_id"]) for one in told)
        assert {which: count for which, count in counted.items() if count > 1} == {}
        assert {one["record_id"] for one in told} == set(stored)
        for name in ("catalog", "incident", "notify"):
            assert (await http.get(f"/{name}/v1/parked")).json()["items"] == []
