"""Agreements as tests of them write and move them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.component.catalog.desk import Body, Desk

AGREEMENTS = "/catalog/v1/agreements"
ENTITLEMENTS = "/catalog/v1/entitlements"
DAY = timedelta(days=1)
RESPONSE: Body = {"metric": "response", "seconds": 900}
RESOLUTION: Body = {"metric": "resolution", "seconds": 14400, "pause_on": ["awaiting_caller"]}


def text(moment: datetime) -> str:
    """Return an instant as JSON has it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ahead(days: float) -> datetime:
    return datetime.now(UTC) + days * DAY


def cover(service: Body | None, *, offering: Body | None = None, **fields: Any) -> Body:  # noqa: ANN401
    named = {
        "service_ids": [] if service is None else [service["id"]],
        "offering_ids": [] if offering is None else [offering["id"]],
    }
    given = {"record_types": ["incident"], "targets": [RESPONSE, RESOLUTION]}
    return {**named, **given, **fields}


@dataclass
class Parties:
    """A customer, and a service that is built, with a desk to make agreements about them."""

    desk: Desk
    customer: Body
    team: Body
    service: Body

    @classmethod
    async def found(cls, desk: Desk) -> Parties:
        team = await desk.team()
        return cls(desk, await desk.customer(), team, await desk.service("shop-web", team))

    def body(self, **fields: Any) -> Body:  # noqa: ANN401 - any field
        given: Body = {
            "type": "sla",
            "name": "Gold",
            "customer_ids": [self.customer["id"]],
            "covers": [cover(self.service)],
        }
        return {**given, **fields}

    async def draft(self, **fields: Any) -> Body:  # noqa: ANN401 - any field
        return await self.desk.make(AGREEMENTS, **self.body(**fields))

    async def move(self, agreement: Body, *steps: str, **more: Any) -> Body:  # noqa: ANN401
        for to in steps:
            answer = await self.desk.move(AGREEMENTS, agreement, to, **more)
            assert answer.status_code == 200, answer.text
            agreement = answer.json()
        return agreement

    async def agreed(self, **fields: Any) -> Body:  # noqa: ANN401 - any field
        return await self.move(await self.draft(**fields), "proposed", "agreed")

    async def active(self, **fields: Any) -> Body:  # noqa: ANN401 - any field
        return await self.move(await self.agreed(**fields), "active")

    async def amend(self, agreement: Body, **fields: Any) -> httpx.Response:  # noqa: ANN401
        return await self.desk.keeper.post(
            f"{AGREEMENTS}/{agreement['id']}/amendments",
            json=fields,
            headers={"If-Match": f'"{agreement["version"]}"'},
        )

    async def amended(self, agreement: Body, **fields: Any) -> Body:  # noqa: ANN401 - any field
        answer = await self.amend(agreement, **fields)
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def entitled(
        self,
        http: httpx.AsyncClient | None = None,
        **asked: Any,  # noqa: ANN401 - any field
    ) -> Body:
        given = {"customer_id": self.customer["id"], "service_id": self.service["id"]}
        answer = await (http or self.desk.keeper).get(
            ENTITLEMENTS, params={**given, "priority": 1, **asked}
        )
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def read(self, agreement: Body) -> Body:
        return await self.desk.read(AGREEMENTS, agreement)
