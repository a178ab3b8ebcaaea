"""Requests that are right for sure, for operations that chance alone would hardly get right.

What they are about is not among the known records, so nothing that chance does spoils them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import uuid4

import httpx

from tests.contract.seeding import World
from tests.support.app import Stage
from tests.support.operation import AROUND_THE_CLOCK

Body: TypeAlias = dict[str, Any]
_PERSON: Final = {"name": "Night duty", "email": "night@shop-platform.example", "roles": ["duty"]}
CUSTOMER: Final = {"time_zone": "Europe/Berlin", "language": "de", "currency": "EUR"}
TIMES: Final = 3
"""So often each of these operations is asked in the right way."""


@dataclass(frozen=True)
class Right:
    """A request: the record in its path, its body, and nothing in its query."""

    reference: str | None = None
    body: Body | None = None
    path: Mapping[str, object] = field(default_factory=dict)


Rights: TypeAlias = dict[str, deque[Right]]


async def rights_of(stage: Stage, world: World, name: str) -> Rights:
    """Make what right requests to a service are about; return them by operation."""
    http = stage.http("admin", sub="seeder")
    found: dict[str, list[Right]] = {}
    for number in range(TIMES):
        if name == "catalog":
            made = await _of_catalog(http, world, number)
        elif name == "incident":
            made = await _of_incident(http, world, number)
        else:
            made = {}
        for label, right in made.items():
            found.setdefault(label, []).append(right)
    return {label: deque(rights) for label, rights in found.items()}


async def _made(
    http: httpx.AsyncClient, path: str, body: Body, *, version: int | None = None
) -> Body:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    answer = await http.post(path, json=body, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    made: Body = answer.json()
    return made


async def _of_catalog(http: httpx.AsyncClient, world: World, number: int) -> dict[str, Right]:
    path = "/catalog/v1"
    idea = {
        "name_business": "Another idea",
        "name_technical": f"another-idea-{number}",
        "status": "requirements",
        "owner_team_id": world.organisation.team["id"],
        "criticality": 2,
    }
    service = await _made(http, f"{path}/services", idea)
    offering = await _made(
        http, f"{path}/offerings", {"service_id": service["id"], "name": f"Standard {number}"}
    )
    calendar = {**AROUND_THE_CLOCK, "name": f"Day and night {number}"}
    kept = await _made(http, f"{path}/calendars", calendar)
    customer = await _made(http, f"{path}/customers", {**CUSTOMER, "name": f"Ostwind {number}"})
    promise = _promise(world, customer)
    agreement = await _made(http, f"{path}/agreements", promise)
    active = await _made(http, f"{path}/agreements", promise)
    for to in ("proposed", "agreed", "active"):
        moved = f"{path}/agreements/{active['id']}/transitions"
        active = await _made(http, moved, {"to": to}, version=active["version"])
    group = await _made(http, f"{path}/redundancy-groups", await _group(http, service, number))
    host = {"kind": "hardware", "class": "server", "name": f"shelf-{number}", "status": "live"}
    item = await _made(http, f"{path}/configuration-items", host)
    return {
        f"POST {path}/contacts": Right(
            body={**_PERSON, "team_id": world.organisation.team["id"]},
        ),
        f"POST {path}/suppliers": Right(body={"name": f"Steinwerk {number}"}),
        f"POST {path}/offerings": Right(
            body={"service_id": service["id"], "name": f"Larger {number}"}
        ),
        f"POST {path}/configuration-items/{{ref}}/transitions": Right(
            item["id"], {"to": "maintenance"}
        ),
        f"POST {path}/services": Right(body={**idea, "name_technical": f"one-more-{number}"}),
        f"POST {path}/services/{{ref}}/transitions": Right(service["id"], {"to": "definition"}),
        f"POST {path}/offerings/{{offering_id}}/transitions": Right(
            offering["id"], {"to": "published"}
        ),
        f"POST {path}/calendars": Right(body={**calendar, "name": f"Always {number}"}),
        f"PATCH {path}/calendars/{{calendar_id}}": Right(kept["id"], {"description": "Never shut"}),
        f"GET {path}/calendars/{{calendar_id}}/versions/{{calendar_version}}": Right(
            kept["id"], path={"calendar_version": 1}
        ),
        f"GET {path}/bundles": Right(),
        f"POST {path}/agreements": Right(body=promise),
        f"POST {path}/agreements/{{ref}}/transitions": Right(agreement["id"], {"to": "proposed"}),
        f"POST {path}/agreements/{{ref}}/amendments": Right(
            active["id"], {"valid_from": "2090-01-01T00:00:00Z", "reason": "Later, more."}
        ),
        f"POST {path}/redundancy-groups": Right(body=await _group(http, service, number)),
        f"POST {path}/redundancy-groups/{{group_id}}/transitions": Right(
            group["id"], {"to": "removed"}
        ),
    }


def _promise(world: World, customer: Body) -> Body:
    covered = {
        "service_ids": [world.organisation.payroll["id"]],
        "record_types": ["service_request"],
        "targets": [{"metric": "fulfilment", "seconds": 86400}],
    }
    return {
        "type": "sla",
        "name": "Payroll",
        "customer_ids": [customer["id"]],
        "valid_from": "1900-01-01T00:00:00Z",
        "covers": [covered],
    }


async def _group(http: httpx.AsyncClient, service: Body, number: int) -> Body:
    """Return the body of a group of one host that only it has."""
    host = {"kind": "hardware", "class": "server", "name": f"host-{number}-{uuid4().hex[:6]}"}
    item = await _made(http, "/catalog/v1/configuration-items", host)
    ends = {"from_id": service["id"], "to_id": item["id"]}
    member = await _made(http, "/catalog/v1/dependencies", ends)
    return {
        "node_id": service["id"],
        "name": f"Hosts {uuid4().hex[:6]}",
        "min_up": 1,
        "dependency_ids": [member["id"]],
    }


async def _of_incident(http: httpx.AsyncClient, world: World, number: int) -> dict[str, Right]:
    path = "/incident/v1"
    reported = datetime.now(UTC) - timedelta(minutes=1)
    incident, linked, weighty = [
        await _made(
            http,
            f"{path}/incidents",
            {"title": f"{title} {number}", "occurred_at": reported.isoformat()},
        )
        for title in ("Told late", "Linked", "Weighty")
    ]
    said = await _made(
        http, f"{path}/incidents/{incident['id']}/timeline", {"text": "!", "visibility": "public"}
    )
    problem = {"relation": "problem", "target_id": str(uuid4())}
    await _made(http, f"{path}/incidents/{linked['id']}/links", problem, version=1)
    outage = await _made(
        http,
        f"{path}/outages",
        {"service_id": world.organisation.payroll["id"], "kind": "planned"},
    )
    rule = {
        "name": f"Anything {number}",
        "position": 1000 + number,
        "team_id": world.organisation.team["id"],
        "category": "nothing/at/all",
    }
    record = f"{path}/incidents/{{reference}}"
    return {
        f"POST {path}/incidents": Right(body={"title": f"Slow {number}"}),
        f"POST {path}/integrations": Right(body={"name": f"More {number}", "kind": "generic"}),
        f"POST {record}/milestone-corrections": Right(
            incident["id"],
            {"milestones": {"started_at": "2020-03-02T08:55:00Z"}, "reason": "The log says so."},
        ),
        f"POST {record}/time-corrections": Right(
            incident["id"],
            {
                "sequence": said["sequence"],
                "occurred_at": reported.isoformat(),
                "reason": "It was on the status page by then.",
            },
        ),
        f"POST {record}/links": Right(incident["id"], problem),
        f"POST {record}/link-removals": Right(linked["id"], problem),
        f"POST {record}/major-transitions": Right(
            weighty["id"], {"to": "proposed", "reason": "Everybody is hit."}
        ),
        f"POST {path}/routing-rules": Right(body=rule),
        f"POST {path}/outages/{{outage_id}}/corrections": Right(
            outage["id"], {"started_at": f"2020-03-0{number + 1}T08:48:00Z", "reason": "The log."}
        ),
    }
