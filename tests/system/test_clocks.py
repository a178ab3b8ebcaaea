"""From an agreement to its clocks: an alert, a hold, a response that came too late, the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

import httpx
import pytest

from tests.support.app import Factory, Stage
from tests.support.eventually import eventually
from tests.support.organisation import (
    DUTY_MAIL,
    NORDWIND_MAIL,
    SUEDWIND_MAIL,
    Organisation,
    alert_body,
    found,
)
from tests.support.postgres import Database
from tests.support.smtp import MailServer
from tests.system.watch import at_rest

Body = dict[str, Any]
AGREEMENTS: Final = "/catalog/v1/agreements"
CLOCKS: Final = "/incident/v1/clocks"
INCIDENTS: Final = "/incident/v1/incidents"
RESPONSE: Final = timedelta(seconds=6)
"""Longer than it takes until the incident was on hold and is not any more, on either bus."""
RESOLUTION: Final = timedelta(hours=4)
FIXED: Final = {
    "resolution_code": "permanent_fix",
    "resolution_technical": "The supplier replaced the disk.",
    "resolution_business": "Orders can be placed again.",
}


@dataclass
class Flow:
    """A running platform with an agreement; timers of incidents fire when the test says so."""

    stage: Stage
    url: str
    staff: httpx.AsyncClient
    bridge: httpx.AsyncClient
    organisation: Organisation
    mail: MailServer

    async def rest(self) -> None:
        await at_rest(self.url)

    async def alert(self) -> Body:
        """Let Alertmanager tell of the database, and return the incident after all was done."""
        kind = {"name": "Alertmanager", "kind": "alertmanager"}
        made = await self.staff.post("/incident/v1/integrations", json=kind)
        assert made.status_code == 201, made.text
        await self.rest()
        answer = await self.staff.post(
            f"/incident/v1/intake/alertmanager/{made.json()['id']}",
            json=alert_body("order-db"),
            headers={"Authorization": f"Bearer {made.json()['secret']}"},
        )
        assert answer.status_code == 200, answer.text
        await self.rest()
        (incident,) = (await self.staff.get(INCIDENTS)).json()["items"]
        return await self.incident(incident)

    async def incident(self, known: Body) -> Body:
        answer = await self.staff.get(f"{INCIDENTS}/{known['id']}")
        assert answer.status_code == 200, answer.text
        read: Body = answer.json()
        return read

    async def move(self, by: httpx.AsyncClient, incident: Body, to: str, **said: Any) -> Body:  # noqa: ANN401 - any field
        """Take the incident on from the state that it is in; return it."""
        known = await self.incident(incident)
        answer = await by.post(
            f"{INCIDENTS}/{known['id']}/transitions",
            json={"to": to, **said},
            headers={"If-Match": f'"{known["version"]}"'},
        )
        assert answer.status_code == 200, answer.text
        moved: Body = answer.json()
        return moved

    async def clocks(self, by: httpx.AsyncClient | None = None) -> dict[str, Body]:
        """Return the clocks by what they measure."""
        answer = await (by or self.staff).get(CLOCKS)
        assert answer.status_code == 200, answer.text
        return {one["metric"]: one for one in answer.json()["items"]}

    async def told_of(self, clock: Body) -> list[tuple[str, datetime, datetime]]:
        """Return what the service has told of a clock: fact, when it was so, when it was noted."""
        return [
            (one.type.split(".")[2], one.occurred_at, one.recorded_at)
            for one in await self.stage.events("incident")
            if str(one.key) == clock["id"]
        ]

    async def mails(self, count: int, address: str) -> list[EmailMessage]:
        """Wait until somebody has got so many mails; return them."""

        def got() -> list[EmailMessage]:
            return [one for one in self.mail.mails if address in str(one["To"])]

        await eventually(lambda: len(got()) >= count, within=20)
        return got()

    async def told_so_far(self, *, team: int, customer: int) -> list[str]:
        """Wait for the mails, check that there are no others; return the team's subjects."""
        to_team = await self.mails(team, DUTY_MAIL)
        to_customer = await self.mails(customer, NORDWIND_MAIL)
        await self.rest()
        listed = await self.staff.get("/notify/v1/notifications", params={"limit": 200})
        assert len(listed.json()["items"]) == team + customer
        assert (len(to_team), len(to_customer)) == (team, customer)
        return [str(one["Subject"]) for one in to_team]


async def agreed(http: httpx.AsyncClient, organisation: Organisation) -> Body:
    """Let the parties agree that the shop answers within a second and is back in four hours."""
    by = {"calendar_id": organisation.calendar["id"]}
    waits = ["awaiting_supplier", "awaiting_caller"]
    response, resolution = int(RESPONSE.total_seconds()), int(RESOLUTION.total_seconds())
    cover = {
        "service_ids": [organisation.shop["id"]],
        "record_types": ["incident"],
        "targets": [
            {"metric": "response", "seconds": response, **by},
            {"metric": "resolution", "seconds": resolution, "pause_on": waits, **by},
        ],
    }
    customers = [organisation.nordwind["id"]]
    body = {"type": "sla", "name": "Gold", "customer_ids": customers, "covers": [cover]}
    answer = await http.post(AGREEMENTS, json=body)
    for to in ("proposed", "agreed", "active"):
        assert answer.status_code in (200, 201), answer.text
        answer = await http.post(
            f"{AGREEMENTS}/{answer.json()['id']}/transitions",
            json={"to": to},
            headers={"If-Match": answer.headers["ETag"]},
        )
    assert answer.status_code == 200, answer.text
    agreement: Body = answer.json()
    return agreement


@pytest.fixture
async def flow(mail: MailServer, platform: Factory, bootstrap: str, database: Database) -> Flow:
    stage = await platform(start=True, kafka=bootstrap)
    staff = stage.http("admin", "auditor", "service_manager", "incident_manager", sub="desk")
    bridge = stage.http("integration", sub="supplier-bridge")
    organisation = await found(staff)
    agreement = await agreed(staff, organisation)
    assert agreement["status"] == "active"
    # The worker that wakes clocks is away until the test does its work, so that it comes late.
    stage.running.tasks["incident timers"].cancel()
    return Flow(stage, database.admin, staff, bridge, organisation, mail)


async def begun(flow: Flow) -> tuple[Body, Body, Body]:
    """Return the incident of an alert with the clocks for response and resolution."""
    incident = await flow.alert()
    assert (incident["state"], incident["priority"]) == ("assigned", 1)
    clocks = await flow.clocks()
    assert set(clocks) == {"response", "resolution"}
    for metric, length in (("response", RESPONSE), ("resolution", RESOLUTION)):
        clock = clocks[metric]
        assert (clock["record_id"], clock["state"]) == (incident["id"], "running")
        assert clock["customer_id"] == flow.organisation.nordwind["id"]
        assert clock["service_id"] == flow.organisation.shop["id"]
        assert clock["started_at"] == incident["milestones"]["reported_at"]
        assert moment(clock["deadline"]) == moment(clock["started_at"]) + length
    return incident, clocks["response"], clocks["resolution"]


async def waited(flow: Flow, incident: Body, response: Body, resolution: Body) -> timedelta:
    """Let the incident wait for its supplier for a moment; return how long it did.

    The supplier's own system moves it: nobody of the provider has taken notice by that.
    """
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    held = {"reason": "awaiting_supplier", "follow_up_at": ahead}
    await flow.move(flow.bridge, incident, "on_hold", **held)
    clocks = await flow.clocks()
    assert (clocks["resolution"]["state"], clocks["resolution"]["deadline"]) == ("paused", None)
    assert clocks["response"]["deadline"] == response["deadline"]
    resumed = await flow.move(flow.bridge, incident, "assigned")
    assert resumed["milestones"]["acknowledged_at"] is None
    facts = {fact: at for fact, at, _ in await flow.told_of(resolution)}
    paused = facts["resumed"] - facts["paused"]
    assert paused > timedelta(0)
    going_on = (await flow.clocks())["resolution"]
    assert going_on["state"] == "running"
    assert moment(going_on["deadline"]) == moment(resolution["deadline"]) + paused
    return paused


async def breach_noted_late(flow: Flow, response: Body) -> datetime:
    """Wake the clock well after its time; return the instant of the breach."""
    due = moment(response["deadline"])
    await eventually(lambda: datetime.now(UTC) > due + timedelta(seconds=0.2), within=20)
    assert "breached" not in {fact for fact, *_ in await flow.told_of(response)}
    fired_at = datetime.now(UTC)
    assert await flow.stage.fire_timers("incident", fired_at) >= 1
    told = {fact: (at, noted) for fact, at, noted in await flow.told_of(response)}
    assert told["breached"] == (due, fired_at)
    return due


async def test_an_agreement_measures_an_incident_from_its_alert_to_its_closure(flow: Flow) -> None:
    incident, response, resolution = await begun(flow)
    paused = await waited(flow, incident, response, resolution)
    (assigned,) = await flow.told_so_far(team=1, customer=1)
    assert incident["number"] in assigned

    due = await breach_noted_late(flow, response)
    _, overdue = await flow.told_so_far(team=2, customer=1)
    assert overdue.startswith(f"[{incident['number']}] overdue")

    await flow.move(flow.staff, incident, "in_progress", assignee="mara.lind")
    resolved = await flow.move(flow.staff, incident, "resolved", **FIXED)
    clocks = await flow.clocks()
    assert (clocks["resolution"]["state"], clocks["response"]["state"]) == ("met", "breached")
    assert moment(clocks["response"]["breached_at"]) == due
    ended = moment(resolved["milestones"]["resolved_at"])
    spent = ended - moment(resolution["started_at"]) - paused
    assert clocks["resolution"]["elapsed_seconds"] == int(spent.total_seconds())
    *_, over = await flow.told_so_far(team=3, customer=2)
    assert over.startswith(f"[{incident['number']}] resolved")

    # Nothing but the closure is due by then: clocks that have stopped wake nobody.
    assert await flow.stage.fire_timers("incident", ended + timedelta(hours=73)) == 1
    assert (await flow.incident(incident))["state"] == "closed"
    assert await flow.clocks() == clocks
    await flow.told_so_far(team=3, customer=2)
    assert not [one for one in flow.mail.mails if SUEDWIND_MAIL in str(one["To"])]


async def test_a_customer_sees_the_clocks_of_its_own_agreement_and_how_they_count(
    flow: Flow,
) -> None:
    _, response, _ = await begun(flow)
    path = f"{CLOCKS}/{response['id']}/explain"
    metrics = {"response", "resolution"}
    for customer, status, seen in (
        (flow.organisation.nordwind, 200, metrics),
        (flow.organisation.suedwind, 404, set[str]()),
    ):
        user = flow.stage.http("customer_user", customer_id=customer["id"], sub="user")
        assert (await user.get(path)).status_code == status
        assert set(await flow.clocks(user)) == seen


def moment(text: str) -> datetime:
    """Return the instant that JSON holds."""
    return datetime.fromisoformat(text)
