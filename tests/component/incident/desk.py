"""The people, the senders and the news that tests of the incident service need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson

from shared.db import statement
from shared.envelope import Event
from tests.support.app import Stage
from tests.support.builders import event

PATH = "/incident/v1/incidents"
INTEGRATIONS = "/incident/v1/integrations"
BODIES = Path(__file__).parent / "signals" / "bodies"
Body = dict[str, Any]


def minutes_from_now(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


MOVES: dict[str, Body] = {
    "assigned": {"assignee": "nora"},
    "in_progress": {"assignee": "nora"},
    "resolved": {
        "resolution_code": "permanent_fix",
        "resolution_technical": "Restarted order-db.",
        "resolution_business": "Orders work again.",
    },
    "cancelled": {"reason": "A test."},
}


@dataclass
class Desk:
    """One incident service, its people, and the news that it gets."""

    stage: Stage
    staff: httpx.AsyncClient = field(init=False)
    major: httpx.AsyncClient = field(init=False)
    nobody: httpx.AsyncClient = field(init=False)
    sequences: dict[UUID, int] = field(default_factory=dict)
    items: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.staff = self.stage.http("resolver", "incident_manager", sub="nora")
        self.major = self.stage.http("major_incident_manager", sub="mara")
        self.nobody = self.stage.http()

    def customer(self, customer_id: UUID | None, *, sub: str = "carl") -> httpx.AsyncClient:
        return self.stage.http("customer_user", customer_id=customer_id, sub=sub)

    async def tell(self, type_: str, key: UUID, **data: Any) -> Event:  # noqa: ANN401 - any payload
        """Deliver the next event of a record of the catalog."""
        self.sequences[key] = self.sequences.get(key, 0) + 1
        told = event(f"itsm.{type_}.v1", key, self.sequences[key], data, service="catalog")
        await self.stage.deliver("incident", told)
        return told

    async def team(self, name: str = "Shop platform", *, status: str = "active") -> UUID:
        key = uuid4()
        await self.tell("team.changed", key, team_id=str(key), name=name, status=status)
        return key

    async def service(
        self,
        number: str = "SVC0000001",
        *,
        name: str = "Web shop",
        technical: str = "shop-web",
        team: UUID | None = None,
        phase: str = "catalogue",
        key: UUID | None = None,
    ) -> UUID:
        key = key or uuid4()
        await self.tell(
            "service.updated",
            key,
            service_id=str(key),
            number=number,
            name_business=name,
            name_technical=technical,
            kind="business",
            phase=phase,
            owner_team_id=str(team) if team else None,
            criticality=4,
        )
        return key

    async def register_customer(self, parent: UUID | None = None) -> UUID:
        key = uuid4()
        await self.tell(
            "customer.registered",
            key,
            customer_id=str(key),
            number="CUS0000001",
            name="Someone",
            parent_id=str(parent) if parent else None,
            status="active",
        )
        return key

    async def use(
        self, customer: UUID, service: UUID, *, begins: float = -600000, ends: float | None = None
    ) -> None:
        """Say that a customer uses a service, from and to minutes from now."""
        key = uuid4()
        await self.tell(
            "service_use.started",
            key,
            service_use_id=str(key),
            customer_id=str(customer),
            service_id=str(service),
            valid_from=minutes_from_now(begins),
            valid_to=None if ends is None else minutes_from_now(ends),
        )

    async def item(
        self, number: str = "CI0000001", *, name: str = "db-1", status: str = "live"
    ) -> UUID:
        key = uuid4()
        self.items.add(key)
        await self.tell(
            "configuration_item.registered",
            key,
            configuration_item_id=str(key),
            number=number,
            name=name,
            kind="data",
            status=status,
            **{"class": "database"},
        )
        return key

    def _kind(self, node: UUID) -> str:
        return "configuration_item" if node in self.items else "service"

    async def depend(self, consumer: UUID, provider: UUID, *, group: UUID | None = None) -> UUID:
        key = uuid4()
        await self.tell(
            "dependency.declared",
            key,
            dependency_id=str(key),
            from_id=str(consumer),
            from_kind=self._kind(consumer),
            to_id=str(provider),
            to_kind=self._kind(provider),
            valid_from=minutes_from_now(-600000),
            valid_to=None,
            redundancy_group_id=str(group) if group else None,
        )
        return key

    async def declare(self, *, by: httpx.AsyncClient | None = None, **body: Any) -> Body:  # noqa: ANN401 - any field
        answer = await (by or self.staff).post(PATH, json={"title": "Orders fail", **body})
        assert answer.status_code == 201, answer.text
        found: Body = answer.json()
        return found

    async def read(self, incident: Body | str, *, by: httpx.AsyncClient | None = None) -> Body:
        key = incident if isinstance(incident, str) else incident["id"]
        answer = await (by or self.staff).get(f"{PATH}/{key}")
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def try_move(
        self,
        incident: Body,
        to: str,
        *,
        by: httpx.AsyncClient | None = None,
        path: str = "transitions",
        **more: Any,  # noqa: ANN401 - any field
    ) -> httpx.Response:
        """Ask for a transition from the incident's version, with what it needs by default."""
        usual = dict(MOVES.get(to, {})) if path == "transitions" else {}
        if to == "on_hold":
            usual = {"reason": "awaiting_supplier", "follow_up_at": minutes_from_now(60)}
        return await (by or self.staff).post(
            f"{PATH}/{incident['id']}/{path}",
            json={"to": to, **usual, **more},
            headers={"If-Match": f'"{incident["version"]}"'},
        )

    async def move(self, incident: Body, *path: str) -> Body:
        for to in path:
            answer = await self.try_move(incident, to)
            assert answer.status_code == 200, answer.text
            incident = answer.json()
        return incident

    async def change(self, incident: Body, **changes: Any) -> httpx.Response:  # noqa: ANN401 - any field
        return await self.staff.patch(
            f"{PATH}/{incident['id']}",
            json=changes,
            headers={"If-Match": f'"{incident["version"]}"'},
        )

    async def follow(self) -> None:
        """Give the service its own events, as the bus would."""
        await self.stage.deliver("incident", *await self.stage.events("incident"))

    async def facts(self, of: Body | None = None) -> list[str]:
        """Return the types of the events so far, without what they have in common."""
        return [
            one.type.removeprefix("itsm.").removesuffix(".v1")
            for one in await self.stage.events("incident")
            if of is None or str(one.key) == of["id"]
        ]

    async def last(self, type_: str) -> Body:
        """Return the payload of the newest event of a type."""
        found = [
            one for one in await self.stage.events("incident") if one.type == f"itsm.{type_}.v1"
        ]
        data: Body = orjson.loads(found[-1].data)
        return data

    async def integration(self, kind: str = "alertmanager", **fields: Any) -> Body:  # noqa: ANN401 - any field
        body = {"name": f"Monitoring {uuid4().hex[:6]}", "kind": kind, **fields}
        answer = await self.staff.post(INTEGRATIONS, json=body)
        assert answer.status_code == 201, answer.text
        found: Body = answer.json()
        return found

    async def send(
        self,
        integration: Body,
        body: Any,  # noqa: ANN401 - any JSON value
        *,
        secret: str | None = None,
    ) -> httpx.Response:
        token = integration["secret"] if secret is None else secret
        return await self.nobody.post(
            integration["intake_path"],
            content=orjson.dumps(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )

    async def take(self, integration: Body, body: Body) -> Body:
        """Send what is taken in, and return the receipt."""
        answer = await self.send(integration, body)
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def rows(self, sql: str) -> list[Body]:
        async with self.stage.database("incident").reading() as tx:
            return [dict(row) for row in await tx.all(statement(sql))]


def sample(name: str) -> Body:
    """Return a body as Alertmanager sends it."""
    found: Body = orjson.loads((BODIES / f"{name}.json").read_bytes())
    return found


def alert(
    fingerprint: str = "aa11",
    *,
    status: str = "firing",
    starts: str = "2026-03-02T09:00:00Z",
    ends: str = "0001-01-01T00:00:00Z",
    annotations: Body | None = None,
    **labels: str,
) -> Body:
    return {
        "status": status,
        "labels": {"alertname": "OrderErrors", **labels},
        "annotations": {"summary": "Orders fail"} if annotations is None else annotations,
        "startsAt": starts,
        "endsAt": ends,
        "generatorURL": "",
        "fingerprint": fingerprint,
    }


def group(*alerts: Body, key: str = '{}:{alertname="OrderErrors"}') -> Body:
    firing = any(one["status"] == "firing" for one in alerts)
    return {
        "version": "4",
        "groupKey": key,
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": "itsm",
        "groupLabels": {"alertname": "OrderErrors"},
        "commonLabels": {"alertname": "OrderErrors"},
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": list(alerts),
    }
