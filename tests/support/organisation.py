"""A small provider with two customers, made over HTTP: what whole flows and contracts begin with.

Nordwind uses the online shop, which rests on the order database; Südwind uses payroll alone. One
team owns everything. Whatever breaks the database reaches Nordwind and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.support.operation import AROUND_THE_CLOCK, about_to_run, put_into_operation

Body = dict[str, Any]
DUTY_MAIL: Final = "duty@shop-platform.example"
NORDWIND_MAIL: Final = "ada.brandt@nordwind.example"
SUEDWIND_MAIL: Final = "emil.vogt@suedwind.example"


@dataclass(frozen=True)
class Organisation:
    """The records as the catalog answered them."""

    team: Body
    duty: Body
    nordwind: Body
    nordwind_representative: Body
    suedwind: Body
    suedwind_representative: Body
    shop: Body
    database: Body
    payroll: Body
    nordwind_use: Body
    suedwind_use: Body
    dependency: Body
    calendar: Body
    shop_offering: Body
    shop_access: Body


async def found(http: httpx.AsyncClient) -> Organisation:
    """Make the organisation as somebody with the role ``service_manager``."""

    async def make(collection: str, **body: object) -> Body:
        answer = await http.post(f"/catalog/v1/{collection}", json=body)
        assert answer.status_code == 201, answer.text
        made: Body = answer.json()
        return made

    async def customer(name: str) -> Body:
        return await make(
            "customers", name=name, time_zone="Europe/Berlin", language="de", currency="EUR"
        )

    async def representative(of: Body, name: str, email: str) -> Body:
        roles = ["representative"]
        return await make("contacts", name=name, email=email, customer_id=of["id"], roles=roles)

    async def service(business: str, technical: str, criticality: int) -> tuple[Body, Body]:
        made = await make(
            "services",
            name_business=business,
            name_technical=technical,
            owner_team_id=team["id"],
            criticality=criticality,
            **about_to_run(calendar["id"]),
        )
        return await put_into_operation(http, made)

    team = await make("teams", name="Shop platform", purpose="Runs what customers use")
    duty = await make(
        "contacts", name="Duty phone", email=DUTY_MAIL, team_id=team["id"], roles=["duty"]
    )
    nordwind, suedwind = await customer("Nordwind Logistics"), await customer("Südwind Foods")
    speaks_for_nordwind = await representative(nordwind, "Ada Brandt", NORDWIND_MAIL)
    speaks_for_suedwind = await representative(suedwind, "Emil Vogt", SUEDWIND_MAIL)
    calendar = await make("calendars", **AROUND_THE_CLOCK)
    shop, shop_offering = await service("Online shop", "shop-web", 5)
    database, _ = await service("Order storage", "order-db", 4)
    payroll, _ = await service("Payroll", "payroll-web", 3)
    return Organisation(
        team=team,
        duty=duty,
        nordwind=nordwind,
        nordwind_representative=speaks_for_nordwind,
        suedwind=suedwind,
        suedwind_representative=speaks_for_suedwind,
        shop=shop,
        database=database,
        payroll=payroll,
        nordwind_use=await make("service-uses", customer_id=nordwind["id"], service_id=shop["id"]),
        suedwind_use=await make(
            "service-uses", customer_id=suedwind["id"], service_id=payroll["id"]
        ),
        dependency=await make("dependencies", from_id=shop["id"], to_id=database["id"]),
        calendar=calendar,
        shop_offering=shop_offering,
        shop_access=await make(
            "request-items",
            offering_id=shop_offering["id"],
            name="Access to the back office",
            form_schema={"type": "object", "properties": {"login": {"type": "string"}}},
        ),
    )


def alert_body(service: str, *, status: str = "firing", group: str = "OrderErrors") -> Body:
    """Return a notification as Alertmanager sends it, about a service by its technical name."""
    labels = {"alertname": group, "service": service, "severity": "critical"}
    firing = status == "firing"
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{group}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "itsm",
        "groupLabels": {"alertname": group},
        "commonLabels": labels,
        "commonAnnotations": {"summary": "Writes to the order storage fail"} if firing else {},
        "externalURL": "",
        "alerts": [
            {
                "status": status,
                "labels": labels,
                "annotations": {"summary": "Writes to the order storage fail"} if firing else {},
                "startsAt": "2026-03-02T09:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z" if firing else "2026-03-02T09:20:00Z",
                "generatorURL": "",
                "fingerprint": "b3a1c7e09d2f4a61",
            }
        ],
    }
