"""Answering requests and handling events, taken apart: two processes with Kafka between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from shared.auth import LocalIssuer
from tests.support.eventually import eventually
from tests.support.kafka_cluster import Cluster
from tests.support.organisation import Organisation, found
from tests.support.postgres import Database
from tests.system.deployment import Deployment, of_its_own, on_kafka
from tests.system.programs import Programs

NOTIFICATIONS = "/notify/v1/notifications"


@pytest.fixture
def deployment(
    programs: Programs,
    data_folder: Path,
    cluster: Callable[..., Cluster],
    database: Database,
    issuer: tuple[LocalIssuer, Path],
) -> Deployment:
    return on_kafka(
        programs,
        bootstrap=cluster().bootstrap,
        database=database,
        identity=issuer,
        data_folder=data_folder,
    )


async def incident_of_the_database(http: httpx.AsyncClient, organisation: Organisation) -> str:
    """Declare an incident once the incident service has heard of the database; return its id."""
    body = {"title": "Orders fail", "service_id": organisation.database["id"]}

    async def declared() -> str:
        answer = await http.post("/incident/v1/incidents", json=body)
        assert answer.status_code == 201, answer.text
        identity: str = answer.json()["id"]
        return identity

    return await eventually(declared, within=30, every=0.2)


async def told(http: httpx.AsyncClient, incident: str) -> list[str]:
    """Return who was sent what about an incident."""
    answer = await http.get(NOTIFICATIONS, params={"record_id": incident, "state": "sent"})
    return sorted(one["audience"] for one in answer.json()["items"])


async def test_one_process_answers_while_the_other_handles_events(deployment: Deployment) -> None:
    api, worker = deployment.start(roles="api"), deployment.start(roles="worker")
    url, worker_url = await api.ready(), await worker.ready()
    headers = {"Authorization": f"Bearer {deployment.token()}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as http:
        organisation = await found(http)
        refused = await http.get(f"{worker_url}/catalog/v1/teams")
        assert refused.status_code == 404
        incident = await incident_of_the_database(http, organisation)

        async def both_told() -> bool:
            return await told(http, incident) == ["business", "technical"]

        await eventually(both_told, within=30, every=0.1)

        # Without a worker requests are answered all the same; what follows from them waits.
        assert await worker.stop() == 0
        waiting = await incident_of_the_database(http, organisation)
        assert (await http.get(f"/incident/v1/incidents/{waiting}")).status_code == 200
        assert await told(http, waiting) == []
        await deployment.start(roles="worker").ready()

        async def told_late() -> bool:
            return await told(http, waiting) == ["business", "technical"]

        await eventually(told_late, within=30, every=0.1)
    assert await api.stop() == 0


async def test_without_kafka_one_role_alone_is_refused_in_one_line(
    programs: Programs, data_folder: Path
) -> None:
    deployment = of_its_own(programs, data_folder)
    for roles in ("api", "worker"):
        program = deployment.start(roles=roles)
        assert await program.ended() == 2
        last = program.said.splitlines()[-1]
        assert last.startswith("itsm: ITSM_KAFKA_BOOTSTRAP: ")
        assert f"ITSM_ROLES={roles}" in last
        assert "Traceback" not in program.said
