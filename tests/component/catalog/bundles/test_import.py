"""Bundles by HTTP: checked whole, applied, found again, exported."""

from __future__ import annotations

from tests.component.catalog.bundles.documents import export, send
from tests.component.catalog.desk import Desk

SMALL = """\
apiVersion: itsm/v1
calendars:
- key: office
  name: Office hours
  time_zone: Europe/Berlin
  weeks:
  - hours:
      monday: [{start: 08:00, end: 12:00}, {start: 13:00, end: 17:00}]
      friday: [{start: 08:00, end: 12:00}]
  exceptions:
  - {date: 2026-12-31, name: New Year's Eve, hours: []}
  - {date: 2026-12-24, name: Christmas Eve, hours: [{start: 08:00, end: 12:00}]}
customers:
- key: nordwind-it
  parent: nordwind
  name: Nordwind IT
  time_zone: Europe/Berlin
  language: de
  currency: EUR
- key: nordwind
  name: Nordwind
  time_zone: Europe/Berlin
  language: de
  currency: EUR
teams:
- key: shop
  name: Shop platform
suppliers:
- {key: elbe, name: Elbe Hosting, support_calendar: office}
contacts:
- key: ada
  name: Ada Brandt
  email: ada@nordwind.example
  customer: nordwind
  roles: [representative]
services:
- key: shop-web
  name_business: Shop
  name_technical: shop-web
  owner_team: shop
  support_calendar: office
  criticality: 5
  no_agreement_needed: true
  status: operational
offerings:
- key: gold
  service: shop-web
  name: Gold
  commitments: [{metric: availability, value: "99.9"}]
  price: {amount: "12.50", currency: EUR, period: month}
  status: published
request_items:
- key: login
  offering: gold
  name: A login
  form_schema: {type: object, properties: {name: {type: string}}, required: [name]}
configuration_items:
- key: db-1
  kind: software
  class: database
  name: db-1
  owner_team: shop
  attributes: {version: "16", cores: "4"}
  external_refs: [{system: inventory, id: "9"}, {system: inventory, id: "10"}]
- {key: db-2, kind: software, class: database, name: db-2, owner_team: shop}
- {key: db-3, kind: software, class: database, name: db-3, status: planned}
dependencies:
- {from: service/shop-web, to: configuration_item/db-1}
- {from: service/shop-web, to: configuration_item/db-2, strength: 0.5}
redundancy_groups:
- key: databases
  node: service/shop-web
  name: databases
  min_up: 1
  members: [configuration_item/db-2, configuration_item/db-1]
agreements:
- key: gold-nordwind
  type: sla
  name: Gold for Nordwind
  customers: [nordwind]
  valid_from: 2026-03-02T09:00:00Z
  covers:
  - offerings: [gold]
    record_types: [incident]
    targets: [{metric: response, seconds: 900, calendar: office}]
  penalties:
  - {metric: response, basis: per_breach, price: {amount: "50", currency: EUR}}
  status: active
service_uses:
- {customer: nordwind, service: shop-web, offering: gold, valid_from: 2026-03-02T09:00:00Z}
"""


async def test_a_bundle_makes_what_it_says_and_its_own_export_changes_nothing(desk: Desk) -> None:
    answer = await send(desk, SMALL)
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["dependency"] == {"create": 2}
    exported = await export(desk)
    before = await desk.facts()
    again = await send(desk, exported)
    assert again.status_code == 200, again.text
    assert {action for counts in again.json()["counts"].values() for action in counts} == {
        "unchanged"
    }
    assert await desk.facts() == before
    assert (await send(desk, SMALL)).json()["changes"] == []
    assert await export(desk) == exported


async def test_a_changed_bundle_changes_what_it_says_and_nothing_else(desk: Desk) -> None:
    assert (await send(desk, SMALL)).status_code == 200
    known = len(await desk.events())
    changed = (
        SMALL.replace('version: "16"', 'version: "17"')
        .replace(
            "members: [configuration_item/db-2, configuration_item/db-1]",
            "members: [configuration_item/db-1]",
        )
        .replace("strength: 0.5", "strength: 0.25")
        .replace("name: Elbe Hosting", "name: Elbe Colocation")
        .replace("status: planned", "status: live")
        .replace('"12.50"', '"13.00"')
    )
    answer = await send(desk, changed)
    assert answer.status_code == 200, answer.text
    assert {
        (one["kind"], one["key"]): (one["action"], sorted(one["fields"]), one["moves"])
        for one in answer.json()["changes"]
    } == {
        ("supplier", "elbe"): ("change", ["name"], []),
        ("offering", "gold"): ("change", ["price"], []),
        ("configuration_item", "db-1"): ("change", ["attributes"], []),
        ("configuration_item", "db-3"): ("change", [], ["live"]),
        ("dependency", "service/shop-web>configuration_item/db-2:depends_on"): (
            "change",
            ["strength"],
            [],
        ),
        ("redundancy_group", "databases"): ("change", ["members"], []),
    }
    facts = [name for name, _ in (await desk.events())[known:]]
    assert sorted(facts) == [
        "configuration_item.status_changed",
        "configuration_item.updated",
        "dependency.changed",
        "dependency.changed",
        "offering.changed",
        "supplier.changed",
    ]
    assert (await send(desk, changed)).json()["changes"] == []


async def test_what_ends_ends_last_and_comes_back_as_something_new(desk: Desk) -> None:
    assert (await send(desk, SMALL)).status_code == 200
    ends = (
        SMALL.replace("strength: 0.5}", "strength: 0.5, status: removed}")
        .replace("[configuration_item/db-2, configuration_item/db-1]", "[configuration_item/db-1]")
        .replace("- {key: db-2,", "- {key: db-2, status: retired,")
    )
    answer = await send(desk, ends)
    assert answer.status_code == 200, answer.text
    ended = {one["kind"] for one in answer.json()["changes"] if one["action"] == "end"}
    assert ended == {"configuration_item", "dependency"}
    assert "db-2" not in await export(desk)
    assert (await send(desk, ends)).json()["changes"] == []
    answer = await send(desk, SMALL)
    assert answer.status_code == 200, answer.text
    assert {one["key"] for one in answer.json()["changes"] if one["action"] == "create"} == {
        "db-2",
        "service/shop-web>configuration_item/db-2:depends_on",
    }


async def test_other_terms_of_an_agreement_in_force_are_its_next_version(desk: Desk) -> None:
    assert (await send(desk, SMALL)).status_code == 200
    changed = SMALL.replace("seconds: 900", "seconds: 600")
    answer = await send(desk, changed)
    assert answer.status_code == 200, answer.text
    [change] = answer.json()["changes"]
    assert (change["kind"], change["action"], list(change["fields"])) == (
        "agreement",
        "change",
        ["covers"],
    )
    [agreement] = (await desk.keeper.get("/catalog/v1/agreements")).json()["items"]
    versions = await desk.keeper.get(f"/catalog/v1/agreements/{agreement['id']}/versions")
    seconds = [one["covers"][0]["targets"][0]["seconds"] for one in versions.json()["items"]]
    assert seconds == [900, 600]
    assert (await send(desk, changed)).json()["changes"] == []
    renamed = await send(desk, changed.replace("name: Gold for Nordwind", "name: Gold"))
    assert renamed.status_code == 422
    assert renamed.json()["errors"][0]["pointer"].startswith("/agreements/0")
