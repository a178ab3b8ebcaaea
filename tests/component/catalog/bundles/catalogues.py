"""Random catalogues as bundles: trees, retired owners, statuses, groups, ended things."""

from __future__ import annotations

from random import Random
from typing import Any

Document = dict[str, Any]
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC")
TEXTS = ("", "no", "08:00", "- not: a list", "two\nlines\n", "Größe € — ok", "1e3", "null", " x ")
STATUSES = ("requirements", "analysis", "design", "build_test_release", "operational", "retiring")
OFFERED = STATUSES[2:]
BEGAN = "2026-01-05T08:00:00Z"


def random_catalogue(rng: Random) -> Document:
    """Return a bundle that breaks no rule."""
    calendars = [_calendar(rng, number) for number in range(rng.randint(1, 3))]
    teams = [
        _named(rng, "team", number, purpose=rng.choice(TEXTS))
        for number in range(1, rng.randint(3, 6))
    ]
    customers = [_customer(rng, number) for number in range(rng.randint(1, 6))]
    suppliers = [_supplier(rng, number, calendars) for number in range(rng.randint(0, 3))]
    contacts = [_contact(rng, number, customers, teams) for number in range(rng.randint(0, 6))]
    services = [
        _service(rng, number, teams, calendars, contacts) for number in range(rng.randint(1, 6))
    ]
    items = [_item(rng, number, teams) for number in range(rng.randint(0, 10))]
    nodes = [f"service/{one['key']}" for one in services]
    nodes += [f"configuration_item/{one['key']}" for one in items]
    dependencies, groups = _map(rng, nodes)
    agreements = [
        _agreement(rng, number, one, services, calendars)
        for number, one in enumerate(customers)
        if rng.random() < 0.7
    ]
    if rng.random() < 0.5:
        # Its team is retired and still referred to: what was made with it stays.
        teams[0]["status"] = "retired"
    return {
        "apiVersion": "itsm/v1",
        "calendars": calendars,
        "customers": rng.sample(customers, len(customers)),
        "teams": teams,
        "suppliers": suppliers,
        "contacts": contacts,
        "services": services,
        "offerings": [
            _offering(rng, number, one)
            for number, one in enumerate(services)
            if one["status"] in OFFERED
        ],
        "configuration_items": items,
        "dependencies": dependencies,
        "redundancy_groups": groups,
        "service_uses": [_use(rng, one, services) for one in customers if rng.random() < 0.7],
        "agreements": agreements,
    }


def _named(rng: Random, kind: str, number: int, **more: Any) -> Document:  # noqa: ANN401 - any field
    return {
        "key": f"{kind}-{number}",
        "name": f"{kind.capitalize()} {number} {rng.random()}",
        **more,
    }


def _hours(rng: Random) -> list[Document]:
    cuts = sorted(rng.sample(range(24), 4))
    texts = [f"{cut:02d}:00" for cut in cuts]
    return [
        {"start": start, "end": end}
        for start, end in ((texts[0], texts[1]), (texts[2], texts[3]))
        if rng.random() < 0.8
    ]


def _calendar(rng: Random, number: int) -> Document:
    week = {day: _hours(rng) for day in ("monday", "thursday", "sunday") if rng.random() < 0.8}
    week["tuesday"] = [{"start": "00:00", "end": "24:00"}]
    exceptions = [
        {"date": f"2027-03-{day:02d}", "name": "Closed", "hours": _hours(rng)}
        for day in rng.sample(range(1, 29), rng.randint(0, 4))
    ]
    document = _named(rng, "calendar", number, time_zone=rng.choice(ZONES), exceptions=exceptions)
    document["weeks"] = [{"hours": week}]
    if rng.random() < 0.5:
        document["holidays"] = {"country": rng.choice(("DE", "CH", "US"))}
    return document


def _customer(rng: Random, number: int) -> Document:
    document = _named(
        rng, "customer", number, time_zone=rng.choice(ZONES), language="de", currency="EUR"
    )
    if number and rng.random() < 0.6:
        document["parent"] = f"customer-{rng.randrange(number)}"
    if rng.random() < 0.3:
        document["criticality"] = rng.randint(1, 5)
    return document


def _supplier(rng: Random, number: int, calendars: list[Document]) -> Document:
    document = _named(rng, "supplier", number)
    if rng.random() < 0.6:
        document["support_calendar"] = rng.choice(calendars)["key"]
    return document


def _contact(
    rng: Random, number: int, customers: list[Document], teams: list[Document]
) -> Document:
    document = _named(rng, "contact", number, email=f"c{number}@a.example")
    if rng.random() < 0.5:
        document["customer"] = rng.choice(customers)["key"]
        document["roles"] = rng.choice(([], ["representative"], ["buyer", "representative"]))
    else:
        document["team"] = rng.choice(teams)["key"]
        document["roles"] = ["duty"]
    return document


def _service(
    rng: Random,
    number: int,
    teams: list[Document],
    calendars: list[Document],
    contacts: list[Document],
) -> Document:
    document = {
        "key": f"service-{number}",
        "name_business": rng.choice(TEXTS).strip().replace("\n", " ") or "Shop",
        "name_technical": f"service-{number}",
        "owner_team": rng.choice(teams[1:])["key"],
        "criticality": rng.randint(1, 5),
        "description_business": rng.choice(TEXTS),
        "support_calendar": rng.choice(calendars)["key"],
        "no_agreement_needed": True,
        "status": rng.choice(STATUSES),
    }
    if contacts and rng.random() < 0.5:
        document["service_manager"] = rng.choice(contacts)["key"]
    return document


def _offering(rng: Random, number: int, service: Document) -> Document:
    document = _named(rng, "offering", number, service=service["key"], status="published")
    if rng.random() < 0.6:
        document["price"] = {"amount": "12.50", "currency": "EUR", "period": "month"}
        document["commitments"] = [{"metric": "availability", "value": "99.9"}]
    return document


def _item(rng: Random, number: int, teams: list[Document]) -> Document:
    document = {
        "key": f"item-{number}",
        "kind": rng.choice(("hardware", "network", "software", "data")),
        "class": rng.choice(("server", "database")),
        "name": f"item {number}",
        "status": rng.choice(("planned", "in_stock", "live", "maintenance")),
        "external_refs": [
            {"system": name, "id": f"{number}"}
            for name in rng.sample(("b", "a", "c"), rng.randint(0, 3))
        ],
        "attributes": {name: rng.choice(TEXTS) for name in rng.sample("dcba", rng.randint(0, 3))},
    }
    if rng.random() < 0.5:
        document["owner_team"] = rng.choice(teams)["key"]
    return document


def _map(rng: Random, nodes: list[str]) -> tuple[list[Document], list[Document]]:
    dependencies: list[Document] = []
    groups: list[Document] = []
    for consumer in nodes:
        providers = rng.sample(nodes, min(len(nodes), rng.randint(0, 4)))
        rests = [one for one in providers if one != consumer]
        for provider in rests:
            document: Document = {"from": consumer, "to": provider, "valid_from": BEGAN}
            if rng.random() < 0.4:
                document |= {"strength": rng.choice((0, 0.25, 1)), "type": "hosted_on"}
            if rng.random() < 0.2:
                document["key"] = f"dependency-{len(dependencies)}"
            dependencies.append(document)
        if len(rests) > 1 and rng.random() < 0.6:
            members = rng.sample(rests, 2)
            group = {"key": f"group-{len(groups)}", "node": consumer, "name": "pair"}
            groups.append(
                {**group, "min_up": rng.randint(1, 2), "members": members, "valid_from": BEGAN}
            )
    return dependencies, groups


def _use(rng: Random, customer: Document, services: list[Document]) -> Document:
    document = {
        "customer": customer["key"],
        "service": rng.choice(services)["key"],
        "valid_from": BEGAN,
    }
    if rng.random() < 0.4:
        document["valid_to"] = "2031-01-01T00:00:00Z"
    return document


def _agreement(
    rng: Random,
    number: int,
    customer: Document,
    services: list[Document],
    calendars: list[Document],
) -> Document:
    document = _named(rng, "agreement", number, type="sla", customers=[customer["key"]])
    chosen = rng.sample(services, rng.randint(1, len(services)))
    document["covers"] = [
        {
            "services": [one["key"] for one in chosen],
            "record_types": rng.sample(("incident", "service_request", "change"), 2),
            "priorities": rng.choice(([], [2, 1])),
            "calendar": rng.choice(calendars)["key"],
            "targets": [
                {"metric": "response", "seconds": 900, "calendar": rng.choice(calendars)["key"]},
                {"metric": "availability", "percent": "99.9", "period": "month"},
            ],
        }
    ]
    document["valid_from"] = BEGAN
    document["status"] = rng.choice(("draft", "proposed", "agreed", "active", "under_review"))
    if rng.random() < 0.5:
        price = {"amount": "500", "currency": "EUR"}
        document["penalties"] = [{"metric": "response", "basis": "per_breach", "price": price}]
    return document
