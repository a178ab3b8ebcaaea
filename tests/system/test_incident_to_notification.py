"""From an alert of monitoring to the mails of those who have to know, and to their all-clear."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

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
CAUSE = "Writes to the order storage fail"


@dataclass
class Flow:
    """A running platform that knows its organisation, and its monitoring."""

    stage: Stage
    url: str
    http: httpx.AsyncClient
    organisation: Organisation
    intake: str
    secret: str
    mail: MailServer

    async def alert(self, status: str = "firing") -> Body:
        """Send what Alertmanager sends about the database, and wait until all was done."""
        answer = await self.http.post(
            self.intake,
            json=alert_body("order-db", status=status),
            headers={"Authorization": f"Bearer {self.secret}"},
        )
        assert answer.status_code == 200, answer.text
        await at_rest(self.url)
        taken: Body = answer.json()
        return taken

    async def incident(self) -> Body:
        """Return the one incident that there is."""
        items = (await self.http.get("/incident/v1/incidents")).json()["items"]
        assert len(items) == 1
        only: Body = items[0]
        return only

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [one for one in self.mail.mails if address in str(one["To"])]

    async def mails(self, count: int, address: str) -> list[EmailMessage]:
        """Wait until somebody has got so many mails; return them."""
        await eventually(lambda: len(self.mails_to(address)) >= count, within=20)
        return self.mails_to(address)

    async def all_sent(self) -> list[Body]:
        """Return all notifications once they are sent."""
        answer = await self.http.get("/notify/v1/notifications", params={"limit": 200})
        told: list[Body] = answer.json()["items"]
        assert {one["state"] for one in told} == {"sent"}
        return told


@pytest.fixture
async def flow(mail: MailServer, platform: Factory, bootstrap: str, database: Database) -> Flow:
    stage = await platform(start=True, kafka=bootstrap)
    http = stage.http("admin", "auditor", "service_manager", "incident_manager", sub="desk")
    organisation = await found(http)
    made = await http.post(
        "/incident/v1/integrations", json={"name": "Alertmanager", "kind": "alertmanager"}
    )
    assert made.status_code == 201, made.text
    integration = made.json()
    intake = f"/incident/v1/intake/alertmanager/{integration['id']}"
    await at_rest(database.admin)
    return Flow(stage, database.admin, http, organisation, intake, integration["secret"], mail)


def text_of(mail: EmailMessage) -> str:
    return f"{mail['Subject']}\n{mail.get_content()}"


async def test_an_alert_reaches_everybody_in_their_own_words_and_so_does_its_end(
    flow: Flow,
) -> None:
    await flow.alert()
    incident = await flow.incident()
    assert incident["number"] == "INC0000001"
    assert (incident["impact"], incident["urgency"], incident["priority"]) == (1, 1, 1)
    assert incident["service_id"] == flow.organisation.database["id"]
    assert incident["assignment_team_id"] == flow.organisation.team["id"]
    reach = (await flow.http.get(f"/incident/v1/incidents/{incident['id']}/impact")).json()
    assert {one["service_id"]: one["distance"] for one in reach["services"]} == {
        flow.organisation.database["id"]: 0,
        flow.organisation.shop["id"]: 1,
    }
    assert [one["customer_id"] for one in reach["customers"]] == [flow.organisation.nordwind["id"]]
    team, customer = await flow.mails(1, DUTY_MAIL), await flow.mails(1, NORDWIND_MAIL)
    assert incident["number"] in text_of(team[0])
    assert CAUSE in text_of(team[0])
    assert "order-db" in text_of(team[0])
    assert incident["number"] in text_of(customer[0])
    assert "Online shop" in text_of(customer[0])
    for technical in (CAUSE, "order-db", "shop-web", "OrderErrors"):
        assert technical not in text_of(customer[0])

    await flow.alert("resolved")
    resolved = await flow.incident()
    assert resolved["state"] == "resolved"
    assert resolved["resolution_code"] == "cleared_by_monitoring"
    team, customer = await flow.mails(2, DUTY_MAIL), await flow.mails(2, NORDWIND_MAIL)
    assert "resolved" in text_of(team[-1])
    assert "over" in text_of(customer[-1])
    assert flow.mails_to(SUEDWIND_MAIL) == []


async def test_nobody_is_told_twice_and_each_mail_can_be_explained(flow: Flow) -> None:
    for _ in range(3):
        await flow.alert()
    await flow.mails(1, NORDWIND_MAIL)
    await flow.alert("resolved")
    await flow.alert("resolved")
    await flow.mails(2, DUTY_MAIL)
    await flow.mails(2, NORDWIND_MAIL)
    told = await eventually(flow.all_sent, within=20)
    ids = [str(one["Message-ID"]) for one in flow.mail.mails]
    assert len(ids) == len(set(ids)) == len(told)
    assert len(flow.mails_to(NORDWIND_MAIL)) == 2
    for notification in told:
        await explained(flow, notification)


async def explained(flow: Flow, notification: Body) -> None:
    """Check that a mail is explained from its event to its receipt."""
    path = f"/notify/v1/notifications/{notification['id']}/explain"
    found = (await flow.http.get(path)).json()
    assert found["event"]["record_number"] == notification["record_number"]
    assert found["channel"] == "email"
    assert found["receipt"]["result"] == "accepted"
    names = {"Duty phone": "technical", "Ada Brandt": "business"}
    assert found["audience"] == names[found["recipient"]["name"]]
