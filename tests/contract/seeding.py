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
    await _of_map(world, http)
    world.add(f"/catalog/v1/service-health/{world.organisation.shop['id']}")
    await _of_parties(world, http)
    await _of_pipeline(world, http)
    await _of_agreements(world, http)
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


async def _of_map(world: World, http: httpx.AsyncClient) -> None:
    base = "/catalog/v1"
    host = {"kind": "hardware", "class": "server", "name": "db-host-1"}
    item = await _make(http, world, f"{base}/configuration-items", host)
    shop = world.organisation.shop["id"]
    ends = {"from_id": shop, "to_id": item["id"]}
    member = await _make(http, world, f"{base}/dependencies", ends)
    group = {"node_id": shop, "name": "hosts", "min_up": 1, "dependency_ids": [member["id"]]}
    await _make(http, world, f"{base}/redundancy-groups", group)


async def _of_parties(world: World, http: httpx.AsyncClient) -> None:
    await _make(http, world, "/catalog/v1/suppliers", {"name": "Rechenwerk"})


async def _of_pipeline(world: World, http: httpx.AsyncClient) -> None:
    """Make services that have most of their way before them, so that by chance one goes on."""
    for status in ("requirements", "definition", "analysis", "approved", "chartered", "design"):
        idea = {
            "name_business": "An idea",
            "name_technical": f"idea-{status}",
            "status": status,
            "owner_team_id": world.organisation.team["id"],
            "criticality": 2,
        }
        await _make(http, world, "/catalog/v1/services", idea)


async def _of_agreements(world: World, http: httpx.AsyncClient) -> None:
    """Agree with Nordwind on requests about the shop; incidents are another one's matter."""
    path = "/catalog/v1/agreements"
    terms = {
        "service_ids": [world.organisation.shop["id"]],
        "record_types": ["service_request"],
        "targets": [{"metric": "fulfilment", "seconds": 86400}],
    }
    agreement = await _make(
        http,
        world,
        path,
        {
            "type": "sla",
            "name": "Requests",
            "customer_ids": [world.organisation.nordwind["id"]],
            # As early as can be, so that an amendment may begin whenever it likes.
            "valid_from": "1900-01-01T00:00:00Z",
            "covers": [terms],
        },
    )
    for version, to in enumerate(("proposed", "agreed", "active"), start=1):
        answer = await http.post(
            f"{path}/{agreement['id']}/transitions",
            json={"to": to},
            headers={"If-Match": f'"{version}"'},
        )
        assert answer.status_code == 200, answer.text


async def _promise(stage: Stage, world: World) -> None:
    """Let the incident service hear of an agreement on the database, so that clocks start."""
    key, target = uuid4(), str(uuid4())
    customers = [world.organisation.nordwind["id"]]
    promised: Body = {
        "agreement_id": str(key),
        "number": "AGR9999999",
        "name": "Database, around the clock",
        "type": "sla",
        "status": "active",
        "team_id": None,
        "supplier_id": None,
        "agreement_version": 1,
        "targets": [
            {
                "target_id": target,
                "agreement_version": 1,
                "metric": "resolution",
                "seconds": 14400,
                "percent": None,
                "period": None,
                "calendar_id": None,
                "pause_on": [],
                "runs_only_on": [],
                "thresholds": [50, 75, 100],
            }
        ],
        "lines": [
            {
                "agreement_version": 1,
                "customer_ids": customers,
                "service_id": world.organisation.database["id"],
                "offering_id": None,
                "record_type": "incident",
                "priority": None,
                "target_ids": [target],
                "calendar_id": None,
                "valid_from": "2020-01-01T00:00:00Z",
                "valid_to": None,
            }
        ],
    }
    told = event("itsm.agreement.activated.v1", key, 1, promised, service="catalog")
    await stage.deliver("incident", told)


async def _of_incident(stage: Stage, world: World, http: httpx.AsyncClient) -> None:
    await _promise(stage, world)
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
    for clock in (await http.get("/incident/v1/clocks")).json()["items"]:
        world.add(f"/incident/v1/clocks/{clock['id']}")
    for kind in ("alertmanager", "generic"):
        body = {"name": f"Signals by {kind}", "kind": kind}
        answer = await http.post("/incident/v1/integrations", json=body)
        assert answer.status_code == 201, answer.text
        # Not among the paths of integrations: nobody is to retire the ones that signals come from.
        integration = answer.json()
        world.add(f"/incident/v1/intake/{kind}/{integration['id']}")
        world.secrets[integration["id"]] = integration["secret"]
        await _make(http, world, "/incident/v1/integrations", {**body, "name": f"Another {kind}"})
    rule = {"name": "Databases", "position": 1, "team_id": world.organisation.team["id"]}
    await _make(http, world, "/incident/v1/routing-rules", rule)
    await _alert(stage, world)
    # The second time brings what following the first ones led to: whom they reach.
    await _move(stage, "incident")
    await _move(stage, "incident")
    for kind in ("planned", "degradation"):
        shop = world.organisation.shop["id"]
        await _make(http, world, "/incident/v1/outages", {"service_id": shop, "kind": kind})


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
