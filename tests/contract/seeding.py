"""One platform with something in each of its services, for tests that ask for every operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from shared.service import Service
from tests.support.app import Stage
from tests.support.builders import event
from tests.support.organisation import Organisation, alert_body, found

Body = dict[str, Any]


@dataclass
class Known:
    """The records there are by their collection's path, and the secrets of senders."""

    paths: dict[str, list[str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def add(self, location: str) -> None:
        """Remember a record by its path, for instance ``/change/v1/changes/<id>``."""
        collection, _, reference = location.rpartition("/")
        self.paths.setdefault(collection, []).append(reference)


@dataclass
class World(Known):
    """All that, and the organisation that it belongs to."""

    organisation: Organisation = field(kw_only=True)


async def populate(stage: Stage) -> World:
    """Make an organisation, an incident, a change and an endpoint; move every event by hand."""
    http = stage.http("admin", "integration", sub="seeder")
    world = World(organisation=await found(http))
    for name, value in vars(world.organisation).items():
        collection = {"team": "teams", "nordwind": "customers", "suedwind": "customers"}.get(name)
        if collection is None:
            collection = _collection_of(value)
        world.add(f"/catalog/v1/{collection}/{value['id']}")
    await _move(stage, "catalog")
    await _of_incident(stage, world, http)
    await _of_change(world, http)
    await _of_notify(world, http)
    for part in stage.running.parts:
        await _of_kernel(stage, world, part.service)
    return world


def _collection_of(record: Body) -> str:
    for mark, collection in (
        ("roles", "contacts"),
        ("owner_team_id", "services"),
        ("from_id", "dependencies"),
        ("weeks", "calendars"),
        ("tier", "offerings"),
        ("form_schema", "request-items"),
        ("customer_id", "service-uses"),
    ):
        if mark in record:
            return collection
    raise LookupError(f"no collection has records like {sorted(record)}")


async def _make(http: httpx.AsyncClient, world: World, path: str, body: Body) -> Body:
    answer = await http.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: Body = answer.json()
    world.add(f"{path}/{made['id']}")
    return made


async def _move(stage: Stage, service: str) -> None:
    """Deliver all that a service has published to everybody who follows it."""
    events = await stage.events(service)
    for part in stage.running.parts:
        await stage.deliver(part.service.name, *events)


async def _of_incident(stage: Stage, world: World, http: httpx.AsyncClient) -> None:
    await _make(
        http,
        world,
        "/incident/v1/incidents",
        {
            "title": "Orders cannot be stored",
            "service_id": world.organisation.database["id"],
            "customer_ids": [world.organisation.nordwind["id"]],
            "impact": 1,
            "urgency": 1,
        },
    )
    for kind in ("alertmanager", "generic"):
        body = {"name": f"Signals by {kind}", "kind": kind}
        answer = await http.post("/incident/v1/integrations", json=body)
        assert answer.status_code == 201, answer.text
        # Not among the paths of integrations: nobody is to retire the ones that signals come from.
        integration = answer.json()
        world.add(f"/incident/v1/intake/{kind}/{integration['id']}")
        world.secrets[integration["id"]] = integration["secret"]
        await _make(http, world, "/incident/v1/integrations", {**body, "name": f"Another {kind}"})
    await _alert(stage, world)
    # The second time brings what following the first ones led to: whom they reach.
    await _move(stage, "incident")
    await _move(stage, "incident")


async def _alert(stage: Stage, world: World) -> None:
    place = "/incident/v1/intake/alertmanager"
    integration_id = world.paths[place][0]
    http = stage.http("admin", sub="seeder")
    taken = await http.post(
        f"{place}/{integration_id}",
        json=alert_body("payroll-web"),
        headers={"Authorization": f"Bearer {world.secrets[integration_id]}"},
    )
    assert taken.status_code == 200, taken.text
    for signal in (await http.get("/incident/v1/signals")).json()["items"]:
        world.add(f"/incident/v1/signals/{signal['id']}")


async def _of_change(world: World, http: httpx.AsyncClient) -> None:
    touched = [world.organisation.database["id"], world.organisation.shop["id"]]
    await _make(
        http,
        world,
        "/change/v1/changes",
        {"title": "Replace the storage", "service_ids": touched},
    )


async def _of_notify(world: World, http: httpx.AsyncClient) -> None:
    await _make(
        http,
        world,
        "/notify/v1/webhook-endpoints",
        {"name": "Chat bridge", "url": "https://hooks.example.com/itsm"},
    )
    for collection in ("rules", "notifications"):
        listed = await http.get(f"/notify/v1/{collection}")
        assert listed.status_code == 200, listed.text
        for item in listed.json()["items"]:
            world.add(f"/notify/v1/{collection}/{item['id']}")
    assert world.paths["/notify/v1/notifications"], "the incident told nobody"


async def _of_kernel(stage: Stage, world: World, service: Service) -> None:
    """Park a record that each subscription cannot read."""
    for subscription in service.subscriptions:
        world.add(f"/{service.name}/v1/subscriptions/{subscription.name}")
    for sender in {topic.split(".")[1] for one in service.subscriptions for topic in one.topics}:
        for subscription in service.subscriptions:
            for reaction in subscription.reactions:
                if any(field.is_required() for field in reaction.model.model_fields.values()):
                    poison = event(reaction.types[0], uuid4(), 1, {}, service=sender)
                    await stage.deliver(service.name, poison)
    listed = await stage.http("admin", sub="seeder").get(f"/{service.name}/v1/parked")
    for item in listed.json()["items"]:
        world.add(f"/{service.name}/v1/parked/{item['id']}")
