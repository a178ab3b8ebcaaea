"""What people do while services die: a small organisation, and users who work in it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.faults.clients import Client, Done

PAUSE_SECONDS: Final = (0.0, 0.06)
CLOCK_SECONDS: Final = 1
"""How long each promise of the agreement is; response and resolution alike."""
STALE: Final = '"999"'
DUTY: Final = "duty@provider.example"


@dataclass(frozen=True)
class Organisation:
    """Ids of what the users work with."""

    team: str
    customer: str
    services: tuple[str, ...]
    endpoint: str


def representative(number: int) -> str:
    """Return the address of a customer's representative."""
    return f"rep{number}@customer{number}.example"


async def register_organisation(client: Client, *, hooks: str) -> Organisation:
    """Make a team on duty, two customers with representatives, and three services they use."""
    team = await _made(client, "catalog", "teams", {"name": "Operations", "purpose": "First"})
    duty = {"name": "Duty", "email": DUTY, "team_id": team, "roles": ["duty"]}
    await _made(client, "catalog", "contacts", duty)
    customers: list[str] = []
    for number in (1, 2):
        customer = {"name": f"Customer {number}", "time_zone": "Europe/Berlin"}
        customer |= {"language": "en", "currency": "EUR"}
        customers.append(await _made(client, "catalog", "customers", customer))
        person = {"name": f"Rep {number}", "email": representative(number)}
        roles = {"customer_id": customers[-1], "roles": ["representative"]}
        await _made(client, "catalog", "contacts", {**person, **roles})
    services: list[str] = []
    for number in range(3):
        service = {"name_business": f"Service {number}", "name_technical": f"service-{number}"}
        service |= {"status": "build_test_release", "owner_team_id": team}
        services.append(
            await _made(client, "catalog", "services", {**service, "criticality": number + 2})
        )
        use = {"customer_id": customers[number % 2], "service_id": services[-1]}
        await _made(client, "catalog", "service-uses", use)
    for consumer, provider in ((0, 1), (1, 2)):
        ends = {"from_id": services[consumer], "to_id": services[provider]}
        await _made(client, "catalog", "dependencies", ends)
    await _agree(client, customers, services)
    hook = {"name": "Sink", "url": hooks, "event_types": ["itsm.incident.declared.v1"]}
    endpoint = await _made(client, "notify", "webhook-endpoints", hook)
    return Organisation(team, customers[0], tuple(services), endpoint)


async def _agree(client: Client, customers: list[str], services: list[str]) -> None:
    """Promise every customer so little time that most clocks come to their end in a trial."""
    targets = [
        {"metric": metric, "seconds": CLOCK_SECONDS, "thresholds": [50, 100]}
        for metric in ("response", "resolution")
    ]
    cover = {"service_ids": services, "record_types": ["incident"], "targets": targets}
    body = {"type": "sla", "name": "Gold", "customer_ids": customers, "covers": [cover]}
    done = await client.do("catalog", "set up agreements", "POST", "agreements", body)
    for to in ("proposed", "agreed", "active"):
        if done.outcome != "ok":
            break
        place = f"agreements/{done.id}/transitions"
        done = await client.do("catalog", f"to {to}", "POST", place, {"to": to}, etag=done.etag)
    if done.outcome != "ok":
        raise RuntimeError(f"the agreement cannot be set up: {done.outcome}, see the history")


async def _made(client: Client, service: str, path: str, body: Mapping[str, Any]) -> str:
    done = await client.do(service, f"set up {path}", "POST", path, body)
    if done.outcome != "ok":
        raise RuntimeError(f"{path} cannot be set up: {done.outcome}, see the history")
    return done.id


@dataclass
class User:
    """Somebody at work: one flow after the other until it is time to stop."""

    client: Client
    organisation: Organisation
    rng: random.Random
    at_once: bool = False
    """Whether each creation is sent twice in the same instant."""

    async def work(self, flow: Callable[[User], Awaitable[None]], enough: asyncio.Event) -> None:
        """Repeat a flow; the one in hand is finished."""
        while not enough.is_set():
            await flow(self)

    async def pause(self) -> None:
        """Do nothing for a moment."""
        await asyncio.sleep(self.rng.uniform(*PAUSE_SECONDS))

    async def create(self, service: str, path: str, body: Mapping[str, Any]) -> Done:
        """Create something."""
        times = 2 if self.at_once else 1
        done = await self.client.do(service, f"create {path}", "POST", path, body, at_once=times)
        await self.pause()
        return done

    async def move(self, service: str, path: str, done: Done, body: Mapping[str, Any]) -> Done:
        """Take something to another state, with the version that was answered last."""
        place = f"{path}/{done.id}/transitions"
        moved = await self.client.do(
            service, f"to {body['to']}", "POST", place, body, etag=done.etag
        )
        await self.pause()
        return moved

    async def change(
        self, service: str, path: str, done: Done, body: Mapping[str, Any], *, stale: bool = False
    ) -> Done:
        """Change something, on request with a version that nobody ever saw."""
        etag = STALE if stale else done.etag
        changed = await self.client.do(
            service, f"change {path}", "PATCH", f"{path}/{done.id}", body, etag=etag
        )
        await self.pause()
        return changed


async def keep_catalog(user: User) -> None:
    """Register a team, change it, be refused, and describe a service anew."""
    name = f"Team {user.rng.getrandbits(40):x}"
    team = await user.create("catalog", "teams", {"name": name, "purpose": "new"})
    if team.outcome != "ok":
        return
    await user.change("catalog", "teams", team, {"purpose": "never"}, stale=True)
    await user.change("catalog", "teams", team, {"purpose": f"{user.rng.getrandbits(30)}"})
    place = f"services/{user.rng.choice(user.organisation.services)}"
    known = await user.client.read("catalog", place)
    service = Done("ok", known, f'"{known["version"]}"')
    text = {"description_technical": f"{user.rng.getrandbits(30)}"}
    await user.change("catalog", "services", service, text)


async def work_on_incidents(user: User) -> None:
    """Declare an incident and take it to its resolution; it closes by itself."""
    body = {
        "title": f"Disturbance {user.rng.getrandbits(30)}",
        "description_technical": "Timeouts towards the database.",
        "description_business": "Orders cannot be placed.",
        "channel": "phone",
        "service_id": user.rng.choice(user.organisation.services),
        "impact": user.rng.randint(1, 3),
        "urgency": user.rng.randint(1, 3),
    }
    incident = await user.create("incident", "incidents", body)
    if incident.outcome != "ok":
        return
    await user.client.do(
        "incident",
        "an impossible transition",
        "POST",
        f"incidents/{incident.id}/transitions",
        {"to": "closed"},
        etag=incident.etag,
    )
    await user.pause()
    for _ in range(3):
        # The reach may have been assessed meanwhile, which is a version of its own.
        known = await user.client.read("incident", f"incidents/{incident.id}")
        now = Done("ok", known, f'"{known["version"]}"')
        if known["state"] == "assigned":
            step = {"to": "in_progress", "assignee": "mara.lind"}
            await user.move("incident", "incidents", now, step)
        elif known["state"] == "in_progress":
            words = {
                "resolution_code": "permanent_fix",
                "resolution_technical": "Restarted the database.",
                "resolution_business": "Orders can be placed again.",
            }
            await user.move("incident", "incidents", now, {"to": "resolved", **words})


async def request_changes(user: User) -> None:
    """Request a change, complete it, be refused, and hand it in."""
    start = datetime.now(UTC) + timedelta(days=7)
    body = {
        "title": f"Change {user.rng.getrandbits(30)}",
        "service_ids": [user.rng.choice(user.organisation.services)],
        "planned_start": start.isoformat(),
        "planned_end": (start + timedelta(hours=2)).isoformat(),
        "implementation_plan": "One node after the other.",
        "backout_plan": "Back to the old one.",
    }
    change = await user.create("change", "changes", body)
    if change.outcome != "ok":
        return
    change = await user.change("change", "changes", change, {"reason": "It is old."})
    await user.change("change", "changes", change, {"reason": "Never."}, stale=True)
    await user.move("change", "changes", change, {"to": "assess"})


FLOWS: Final = (keep_catalog, work_on_incidents, work_on_incidents, request_changes)
