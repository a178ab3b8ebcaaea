"""The people and the news that tests of the change service need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.envelope import Event
from tests.support.app import Stage
from tests.support.builders import event

PATH = "/change/v1/changes"
Body = dict[str, Any]


def minutes_from_now(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def whole(*services: UUID, starts_in: float = 10, lasts: float = 120) -> Body:
    """Return a request that could be authorised as it stands."""
    return {
        "title": "Replace the order database's storage",
        "service_ids": [str(one) for one in services],
        "planned_start": minutes_from_now(starts_in),
        "planned_end": minutes_from_now(starts_in + lasts),
        "implementation_plan": "Move one node after the other.",
        "backout_plan": "Fail back to the old array.",
    }


MOVES: dict[str, Body] = {
    "authorize": {"risk_level": "medium", "assessment": "One node is always up."},
    "rejected": {"reason": "Not in the last week of a quarter."},
    "draft": {"reason": "The window moves."},
    "cancelled": {"reason": "No longer needed."},
    "review": {"outcome": "successful"},
    "closed": {"close_code": "successful", "review_text": "As planned."},
}


@dataclass
class Desk:
    """One change service, its people, and the news that it gets."""

    stage: Stage
    asker: httpx.AsyncClient = field(init=False)
    boss: httpx.AsyncClient = field(init=False)
    sequences: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asker = self.stage.http("change_requester", sub="asker")
        self.boss = self.stage.http("change_authority", "auditor", sub="boss")

    def customer(self, customer_id: UUID | None) -> httpx.AsyncClient:
        return self.stage.http("customer_user", customer_id=customer_id, sub="customer")

    async def tell(self, type_: str, key: UUID, *, service: str = "catalog", **data: Any) -> Event:  # noqa: ANN401 - any payload
        """Deliver the next event of a record."""
        self.sequences[key] = self.sequences.get(key, 0) + 1
        told = event(type_, key, self.sequences[key], data, service=service)
        await self.stage.deliver("change", told)
        return told

    async def service(self, service_id: UUID | None = None) -> UUID:
        key = service_id or uuid4()
        await self.tell(
            "itsm.service.proposed.v1",
            key,
            service_id=str(key),
            number="SVC0000001",
            name_business="Orders",
            name_technical="order-db",
            kind="business",
            phase="catalogue",
            status="operational",
        )
        return key

    async def register_customer(self, parent: UUID | None = None) -> UUID:
        key = uuid4()
        await self.tell(
            "itsm.customer.registered.v1",
            key,
            customer_id=str(key),
            number="CUS0000001",
            name="Someone",
            parent_id=str(parent) if parent else None,
            status="active",
        )
        return key

    async def use(
        self, customer: UUID, service: UUID, *, begins: float = -60, ends: float | None = None
    ) -> UUID:
        """Say that a customer uses a service, from and to minutes from now."""
        key = uuid4()
        await self.tell(
            "itsm.service_use.started.v1",
            key,
            service_use_id=str(key),
            customer_id=str(customer),
            service_id=str(service),
            valid_from=minutes_from_now(begins),
            valid_to=None if ends is None else minutes_from_now(ends),
        )
        return key

    async def incident(
        self,
        key: UUID,
        fact: str,
        *,
        state: str,
        priority: int,
        service: UUID | None,
        **more: Any,  # noqa: ANN401 - any payload
    ) -> None:
        await self.tell(
            f"itsm.incident.{fact}.v1",
            key,
            service="incident",
            incident_id=str(key),
            number="INC0000042",
            title="Orders fail",
            state=state,
            priority=priority,
            service_id=str(service) if service else None,
            **more,
        )

    async def request(self, body: Body) -> Body:
        answer = await self.asker.post(PATH, json=body)
        assert answer.status_code == 201, answer.text
        found: Body = answer.json()
        return found

    async def revise(self, change: Body, **changes: Any) -> Body:  # noqa: ANN401 - any field
        answer = await self.asker.patch(
            f"{PATH}/{change['id']}",
            json=changes,
            headers={"If-Match": f'"{change["version"]}"'},
        )
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def try_move(
        self,
        change: Body,
        to: str,
        *,
        by: httpx.AsyncClient | None = None,
        **more: Any,  # noqa: ANN401 - any field
    ) -> httpx.Response:
        """Ask for a transition from the change's version, with what it needs by default."""
        decides = to in ("scheduled", "rejected")
        client = by or (self.boss if decides else self.asker)
        return await client.post(
            f"{PATH}/{change['id']}/transitions",
            json={"to": to, **MOVES.get(to, {}), **more},
            headers={"If-Match": f'"{change["version"]}"'},
        )

    async def move(self, change: Body, *path: str) -> Body:
        for to in path:
            answer = await self.try_move(change, to)
            assert answer.status_code == 200, answer.text
            change = answer.json()
        return change

    async def facts(self) -> list[str]:
        """Return the types of all events so far, without what they have in common."""
        return [
            one.type.removeprefix("itsm.change.").removesuffix(".v1")
            for one in await self.stage.events("change")
        ]
