"""The people, the news and the sinks that tests of notify need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.audit import verify_tables
from shared.db import Row, statement
from shared.envelope import Event
from tests.support.app import Stage
from tests.support.builders import event

Body = dict[str, Any]
NOTIFICATIONS = "/notify/v1/notifications"
DELIVERIES = "/notify/v1/deliveries"
RULES = "/notify/v1/rules"
ENDPOINTS = "/notify/v1/webhook-endpoints"
LOOPBACK = "127.0.0.0/8"


@dataclass
class Desk:
    """One notify service, its keeper, and the news that it gets."""

    stage: Stage
    keeper: httpx.AsyncClient = field(init=False)
    sequences: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keeper = self.stage.http("admin", sub="keeper")

    def customers_user(self, customer_id: UUID | None) -> httpx.AsyncClient:
        return self.stage.http("customer_user", customer_id=customer_id, sub="user")

    # News of the siblings

    def news(
        self,
        service: str,
        kind: str,
        key: UUID,
        data: Body,
        *,
        id: UUID | None = None,  # noqa: A002
    ) -> Event:
        self.sequences[key] = self.sequences.get(key, 0) + 1
        name = f"itsm.{kind}.v1"
        return event(name, key, self.sequences[key], data, service=service, id=id)

    async def tell(self, *events: Event) -> None:
        await self.stage.deliver("notify", *events)

    def team(self, team_id: UUID, name: str = "Shop platform") -> Event:
        data = {"team_id": str(team_id), "name": name, "purpose": "", "status": "active"}
        return self.news("catalog", "team.changed", team_id, data)

    def contact(
        self,
        contact_id: UUID,
        *,
        team: UUID | None = None,
        customer: UUID | None = None,
        email: str | None = "person@example.com",
        roles: Sequence[str] = (),
        status: str = "active",
    ) -> Event:
        data = {
            "contact_id": str(contact_id),
            "name": f"Person {str(contact_id)[-2:]}",
            "email": email,
            "phone": None,
            "language": "en",
            "customer_id": str(customer) if customer else None,
            "team_id": str(team) if team else None,
            "roles": list(roles),
            "status": status,
        }
        return self.news("catalog", "contact.changed", contact_id, data)

    def customer(
        self,
        customer_id: UUID,
        *,
        parent: UUID | None = None,
        representatives: Sequence[UUID] = (),
        name: str = "Nordwind",
    ) -> Event:
        data = {
            "customer_id": str(customer_id),
            "number": "CUS0000001",
            "name": name,
            "parent_id": str(parent) if parent else None,
            "kind": "external",
            "status": "active",
            "time_zone": "Europe/Berlin",
            "language": "de",
            "currency": "EUR",
            "representative_ids": [str(one) for one in representatives],
        }
        return self.news("catalog", "customer.updated", customer_id, data)

    def service(self, service_id: UUID, owner: UUID, name: str = "Web shop") -> Event:
        data = {
            "service_id": str(service_id),
            "number": "SVC0000001",
            "name_business": name,
            "name_technical": "shop-frontend",
            "kind": "business",
            "phase": "catalogue",
            "status": "operational",
            "previous_status": None,
            "owner_team_id": str(owner),
            "criticality": 5,
        }
        return self.news("catalog", "service.updated", service_id, data)

    def incident(self, fact: str, incident_id: UUID, **own: Any) -> Event:  # noqa: ANN401
        """Return an incident's event; UUIDs in it may be given as such."""
        data: Body = {
            "incident_id": incident_id,
            "number": "INC0000042",
            "title": "order-db primary failover",
            "state": "assigned",
            "priority": 1,
            "impact": 1,
            "urgency": 1,
            "service_id": None,
            "assignment_team_id": None,
            "assignee": None,
        }
        if fact == "declared":
            data |= {
                "description_technical": "alertname=OrderErrors",
                "description_business": "Orders cannot be placed.",
                "channel": "monitoring",
                "caller": None,
            }
        if fact == "reopened":
            data |= {"state": "assigned", "reason": "order-db fails again.", "reopen_count": 1}
        if fact == "cancelled":
            data |= {"state": "cancelled", "reason": "A planned failover of order-db."}
        if fact == "merged":
            data |= {
                "state": "merged",
                "duplicate_of": uuid4(),
                "duplicate_of_number": "INC0000041",
            }
        if fact == "resolved":
            data |= {
                "state": "resolved",
                "resolution_code": "permanent_fix",
                "resolution_technical": "Restarted order-db-2.",
                "resolution_business": "Orders can be placed again.",
            }
        return self.news("incident", f"incident.{fact}", incident_id, _plain({**data, **own}))

    def impact(
        self,
        incident_id: UUID,
        service: UUID,
        *customers: UUID,
        part: int = 1,
        parent_id: UUID | None = None,
    ) -> Event:
        return self.incident(
            "impact_assessed",
            incident_id,
            service_id=service,
            services=[{"service_id": service, "name_business": "Web shop", "distance": 0}],
            customers=[{"customer_id": one, "service_ids": [service]} for one in customers],
            map_version=1,
            part=part,
            parts=part,
            parent_id=parent_id,
        )

    # What became of it

    async def listed(self, path: str = NOTIFICATIONS, **filters: str) -> list[Body]:
        answer = await self.keeper.get(path, params={"sort": _sort(path), **filters})
        assert answer.status_code == 200, answer.text
        items: list[Body] = answer.json()["items"]
        return items

    async def only(self, **filters: str) -> Body:
        (one,) = await self.listed(**filters)
        return one

    async def facts(self) -> list[str]:
        """Return what notify has said about notifications, in short form and in order."""
        events = await self.stage.events("notify")
        return [
            one.type.split(".")[2] for one in events if one.type.startswith("itsm.notification.")
        ]

    async def send(self, *, after: timedelta = timedelta()) -> int:
        """Run both lanes once, some time from now; return how much was tried."""
        now = datetime.now(UTC) + after
        lanes = ("deliveries.send", "deliveries.send_doubtful")
        return sum([await self.stage.run_job("notify", lane, now) for lane in lanes])

    async def fire(self, *, after: timedelta) -> int:
        """Fire what is due some time from now."""
        return await self.stage.fire_timers("notify", datetime.now(UTC) + after)

    async def explain(self, notification_id: str) -> Body:
        answer = await self.keeper.get(f"{NOTIFICATIONS}/{notification_id}/explain")
        assert answer.status_code == 200, answer.text
        body: Body = answer.json()
        return body

    async def endpoint(self, url: str, **own: Any) -> Body:  # noqa: ANN401 - any field
        answer = await self.keeper.post(ENDPOINTS, json={"name": "Sink", "url": url, **own})
        assert answer.status_code == 201, answer.text
        body: Body = answer.json()
        return body

    async def is_consistent(self) -> None:
        """Check that each record's version is its last event's sequence."""
        aggregates = ("notification", "rule", "webhook_endpoint")
        assert await verify_tables(self.stage.database("notify"), aggregates) == []

    async def run_sql(self, text: str, **values: object) -> None:
        async with self.stage.database("notify").transaction() as tx:
            await tx.run(statement(text), **values)

    async def rows(self, query: str) -> list[Row]:
        async with self.stage.database("notify").reading() as tx:
            return await tx.all(statement(query))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def _sort(path: str) -> str:
    return "started_at" if path == DELIVERIES else "id"


@dataclass(frozen=True)
class Shop:
    """A service with an owner team of one person and a customer with one representative."""

    service: UUID = field(default_factory=uuid4)
    team: UUID = field(default_factory=uuid4)
    customer: UUID = field(default_factory=uuid4)
    engineer: UUID = field(default_factory=uuid4)
    representative: UUID = field(default_factory=uuid4)

    def news(self, desk: Desk) -> list[Event]:
        return [
            desk.team(self.team),
            desk.service(self.service, self.team),
            desk.customer(self.customer, representatives=[self.representative]),
            desk.contact(self.engineer, team=self.team, email="engineer@example.com"),
            desk.contact(
                self.representative,
                customer=self.customer,
                email="speaker@customer.example",
                roles=["representative"],
            ),
        ]

    def declared(self, desk: Desk, incident_id: UUID, **own: Any) -> Event:  # noqa: ANN401
        about = {"service_id": self.service, "assignment_team_id": self.team}
        return desk.incident("declared", incident_id, **{**about, **own})
