"""The people and things that tests of the catalog need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import orjson

from shared.audit import verify_tables
from shared.db import Tx
from tests.support.app import Stage
from tests.support.operation import about_to_run, put_into_operation

CALENDARS = "/catalog/v1/calendars"
CUSTOMERS = "/catalog/v1/customers"
CONTACTS = "/catalog/v1/contacts"
SUPPLIERS = "/catalog/v1/suppliers"
TEAMS = "/catalog/v1/teams"
SERVICES = "/catalog/v1/services"
OFFERINGS = "/catalog/v1/offerings"
REQUEST_ITEMS = "/catalog/v1/request-items"
CATALOGUE = "/catalog/v1/catalogue"
USES = "/catalog/v1/service-uses"
DEPENDENCIES = "/catalog/v1/dependencies"
NOBODY = UUID("01970000-0000-7000-8000-0000deadbeef")
Body = dict[str, Any]


@dataclass
class Desk:
    """One catalog, its keeper, and things to begin with."""

    stage: Stage
    keeper: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = self.stage.http("service_manager", "auditor", sub="keeper")

    def user_of(self, customer: Body | None) -> httpx.AsyncClient:
        """Return a client for a customer's user; None for one whose token names no customer."""
        customer_id = None if customer is None else UUID(customer["id"])
        return self.stage.http("customer_user", customer_id=customer_id, sub="user")

    def bound_keeper(self, customer: Body) -> httpx.AsyncClient:
        """Return a client with a keeper's role and a customer in its token."""
        customer_id = UUID(customer["id"])
        return self.stage.http("service_manager", customer_id=customer_id, sub="bound")

    async def make(self, path: str, **body: Any) -> Body:  # noqa: ANN401 - any field
        answer = await self.keeper.post(path, json=body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["ETag"] == '"1"'
        made: Body = answer.json()
        assert answer.headers["Location"] == f"{path}/{made['id']}"
        return made

    async def customer(self, **body: Any) -> Body:  # noqa: ANN401 - any field
        given = {"name": "Nordwind", "time_zone": "Europe/Berlin", "language": "de"}
        return await self.make(CUSTOMERS, **{**given, "currency": "EUR", **body})

    async def team(self, name: str = "Shop platform", **body: Any) -> Body:  # noqa: ANN401
        return await self.make(TEAMS, name=name, **body)

    async def calendar(self, name: str = "Office", **body: Any) -> Body:  # noqa: ANN401
        """Make a calendar that is open on Mondays from nine to five, but for what is given."""
        hours = {"monday": [{"start": "09:00", "end": "17:00"}]}
        given = {"time_zone": "Europe/Berlin", "weeks": [{"hours": hours}]}
        return await self.make(CALENDARS, **{"name": name, **given, **body})

    async def supplier(self, name: str = "Elbe Hosting", **body: Any) -> Body:  # noqa: ANN401
        return await self.make(SUPPLIERS, name=name, **body)

    async def contact(self, **body: Any) -> Body:  # noqa: ANN401 - any field
        given = {"name": "Ada Brandt", "email": "ada@nordwind.example"}
        return await self.make(CONTACTS, **{**given, **body})

    async def service(self, name: str, team: Body, **body: Any) -> Body:  # noqa: ANN401
        """Make a service that is built and does not run yet."""
        given = {
            "name_business": name.capitalize(),
            "name_technical": name,
            "status": "build_test_release",
            "owner_team_id": team["id"],
            "criticality": 3,
        }
        return await self.make(SERVICES, **{**given, **body})

    async def running(
        self,
        name: str,
        team: Body,
        calendar: Body,
        **body: Any,  # noqa: ANN401 - any field
    ) -> tuple[Body, Body]:
        """Make a service that runs, with its one offering."""
        service = await self.service(name, team, **{**about_to_run(calendar["id"]), **body})
        return await put_into_operation(self.keeper, service)

    async def offering(self, service: Body, name: str = "Standard", **body: Any) -> Body:  # noqa: ANN401
        """Draft an offering."""
        return await self.make(OFFERINGS, service_id=service["id"], name=name, **body)

    async def published(self, service: Body, name: str = "Standard", **body: Any) -> Body:  # noqa: ANN401
        """Draft an offering and publish it."""
        moved = await self.move(OFFERINGS, await self.offering(service, name, **body), "published")
        assert moved.status_code == 200, moved.text
        offering: Body = moved.json()
        return offering

    async def item(self, offering: Body, name: str = "Access", **body: Any) -> Body:  # noqa: ANN401
        """Publish a request item, by default with a form that has one field."""
        form = {"type": "object", "properties": {"login": {"type": "string", "maxLength": 40}}}
        given = {"offering_id": offering["id"], "name": name, "form_schema": form}
        return await self.make(REQUEST_ITEMS, **{**given, **body})

    async def use(self, customer: Body, service: Body, **body: Any) -> Body:  # noqa: ANN401
        ends = {"customer_id": customer["id"], "service_id": service["id"]}
        return await self.make(USES, **{**ends, **body})

    async def dependency(self, consumer: Body, provider: Body, **body: Any) -> Body:  # noqa: ANN401
        ends = {"from_id": consumer["id"], "to_id": provider["id"]}
        return await self.make(DEPENDENCIES, **{**ends, **body})

    async def change(self, path: str, record: Body, **changes: Any) -> httpx.Response:  # noqa: ANN401
        """Send a merge patch from the version that the record has."""
        return await self.keeper.patch(
            f"{path}/{record['id']}",
            json=changes,
            headers={"If-Match": f'"{record["version"]}"'},
        )

    async def move(self, path: str, record: Body, to: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        """Ask for a transition from the version that the record has."""
        return await self.keeper.post(
            f"{path}/{record['id']}/transitions",
            json={"to": to, **more},
            headers={"If-Match": f'"{record["version"]}"'},
        )

    async def read(self, path: str, record: Body) -> Body:
        answer = await self.keeper.get(f"{path}/{record['id']}")
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def at(self, path: str, record_id: str, instant: str) -> Body:
        """Return a record as it was known at an instant."""
        answer = await self.keeper.get(f"{path}/{record_id}", params={"as_of": instant})
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def events(self, record: Body | None = None) -> list[tuple[str, Body]]:
        """Return type and payload of a record's events, or of all, in order.

        Every record's version is its last sequence, or this fails.
        """
        logged = await self.stage.events("catalog")
        part = self.stage.part("catalog")
        tables = [name for area in part.service.areas for name in area.aggregates]
        assert await verify_tables(part.database, tables) == []
        return [
            (one.type.removeprefix("itsm.").removesuffix(".v1"), orjson.loads(one.data))
            for one in logged
            if record is None or str(one.key) == record["id"]
        ]

    async def facts(self, record: Body | None = None) -> list[str]:
        return [name for name, _ in await self.events(record)]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        async with self.stage.database("catalog").transaction() as tx:
            yield tx


def ids(answer: httpx.Response) -> list[str]:
    """Return the ids on a page."""
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"] == f"/problems/{document['code']}"
    return answer.status_code, document["code"]


def pointers(answer: httpx.Response) -> set[str]:
    """Return the fields at fault."""
    return {error["pointer"] for error in answer.json()["errors"]}
