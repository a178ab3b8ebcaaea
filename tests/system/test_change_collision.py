"""A change that would start where something is badly broken says so, as long as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.app import Factory
from tests.support.organisation import Organisation, found
from tests.support.postgres import Database
from tests.system.watch import at_rest

Body = dict[str, Any]
CHANGES = "/change/v1/changes"
INCIDENTS = "/incident/v1/incidents"


class Flow:
    """A running platform, its people, and one broken service."""

    def __init__(self, http: httpx.AsyncClient, organisation: Organisation, url: str) -> None:
        self.http = http
        self.organisation = organisation
        self.url = url

    async def made(self, path: str, body: Body) -> Body:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        record: Body = answer.json()
        return record

    async def incident(self, *, impact: int = 1) -> Body:
        """Declare an incident of the database; with impact 1 its priority is 1."""
        record = await self.made(
            INCIDENTS,
            {
                "title": "Orders cannot be stored",
                "service_id": self.organisation.database["id"],
                "impact": impact,
                "urgency": impact,
            },
        )
        await at_rest(self.url)
        return record

    async def change(self, service: Body) -> Body:
        starts = datetime.now(UTC) + timedelta(hours=1)
        return await self.made(
            CHANGES,
            {
                "title": "Replace the storage",
                "service_ids": [service["id"]],
                "planned_start": starts.isoformat(),
                "planned_end": (starts + timedelta(hours=2)).isoformat(),
                "implementation_plan": "One node after the other.",
                "backout_plan": "Back to the old array.",
            },
        )

    async def warnings(self, change: Body) -> list[Body]:
        read = (await self.http.get(f"{CHANGES}/{change['id']}")).json()
        found: list[Body] = read["warnings"]
        return found

    async def move(self, path: str, record: Body, **body: object) -> Body:
        current = await self.http.get(f"{path}/{record['id']}")
        answer = await self.http.post(
            f"{path}/{record['id']}/transitions",
            json=body,
            headers={"If-Match": current.headers["ETag"]},
        )
        assert answer.status_code == 200, answer.text
        await at_rest(self.url)
        moved: Body = answer.json()
        return moved


@pytest.fixture
async def flow(platform: Factory, bootstrap: str, database: Database) -> Flow:
    stage = await platform(start=True, kafka=bootstrap)
    http = stage.http("admin", "service_manager", "incident_manager", "change_manager", sub="desk")
    organisation = await found(http)
    await at_rest(database.admin)
    return Flow(http, organisation, database.admin)


async def test_a_change_warns_of_an_open_priority_1_incident_until_it_is_resolved(
    flow: Flow,
) -> None:
    change = await flow.change(flow.organisation.database)
    assert change["warnings"] == []
    incident = await flow.incident()
    assert incident["priority"] == 1
    warning = {
        "code": "open-priority-1-incident",
        "service_id": flow.organisation.database["id"],
        "incident_id": incident["id"],
        "incident_number": incident["number"],
    }
    assert await flow.warnings(change) == [warning]
    assert (await flow.change(flow.organisation.database))["warnings"] == [warning]
    assert (await flow.move(CHANGES, change, to="assess"))["warnings"] == [warning]

    await flow.move(INCIDENTS, incident, to="in_progress", assignee="ada")
    await flow.move(
        INCIDENTS,
        incident,
        to="resolved",
        resolution_code="fixed",
        resolution_technical="Replaced a disk",
        resolution_business="Orders are stored again",
    )
    assert await flow.warnings(change) == []


async def test_only_what_a_priority_1_incident_reaches_is_warned_about(flow: Flow) -> None:
    its = flow.organisation
    changes = [await flow.change(one) for one in (its.database, its.shop, its.payroll)]
    await flow.incident(impact=2)
    assert [await flow.warnings(change) for change in changes] == [[], [], []]
    incident = await flow.incident()
    warned = [[one["incident_id"] for one in await flow.warnings(change)] for change in changes]
    assert warned == [[incident["id"]], [incident["id"]], []]
