"""What is published is named, described and kept as its readers were told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema
import orjson
import pytest
from pydantic import BaseModel

from shared import asyncapi, contracts
from shared.outbox import topic_of
from tests.contract.schemas import breaking, every_name
from tests.support.app import NAMES, service

AGGREGATES = {
    "catalog": {"customer", "contact", "team", "service", "service_use", "dependency"}
    | {"offering", "request_item", "calendar", "configuration_item", "redundancy_group"}
    | {"supplier", "agreement", "service_health"},
    "incident": {"incident", "integration", "signal", "priority_matrix", "sla_clock"}
    | {"outage", "routing_rule"},
    "change": {"change"},
    "notify": {"rule", "notification", "webhook_endpoint"},
}
PAST_WITHOUT_ED = {"sent", "put", "overran", "stood", "withdrawn", "met"}
STANDING = {"at_risk", "follow_up_due"}
"""Facts that say how something stands from now on, as the field has it."""
IDS = {"sla_clock": "clock_id"}
PERSONAL = re.compile(r"mail|phone|mobile|address|street|birth|first_name|last_name|postal")
ADDRESS = re.compile(r"[^\s@\"]+@[^\s@\"]+\.[a-z]+|\+[0-9][0-9 ]{6,}")
EACH_SERVICE = pytest.mark.parametrize("name", NAMES)


def published() -> Iterator[tuple[str, str, type[BaseModel]]]:
    """Yield service, type and model of every payload there is."""
    for name in NAMES:
        for model in service(name).published:
            yield name, contracts.golden(model)["type"], model


EACH_PAYLOAD = pytest.mark.parametrize(
    ("owner", "type_", "model"), [pytest.param(*one, id=one[1]) for one in published()]
)


def kept(owner: str, type_: str) -> dict[str, Any]:
    """Return the golden file of a payload."""
    path = service(owner).folder / "contracts" / f"{type_}.json"
    assert path.exists(), f"{type_} has no golden file: make contracts"
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


@EACH_SERVICE
def test_the_golden_files_are_in_step_with_the_code(name: str) -> None:
    differing = contracts.write(service(name), check=True)
    assert [path.name for path in differing] == []


@EACH_PAYLOAD
def test_a_payload_only_adds_to_what_was_published(
    owner: str, type_: str, model: type[BaseModel]
) -> None:
    assert breaking(kept(owner, type_)["schema"], contracts.golden(model)["schema"]) == []


@EACH_PAYLOAD
def test_a_type_is_named_for_its_aggregate_and_a_past_fact(
    owner: str, type_: str, model: type[BaseModel]
) -> None:
    match = re.fullmatch(r"itsm\.([a-z_]+)\.([a-z_]+)\.v[1-9][0-9]*", type_)
    assert match, type_
    aggregate, fact = match.groups()
    assert aggregate in AGGREGATES[owner]
    words = fact.split("_")
    past = any(word.endswith("ed") or word in PAST_WITHOUT_ED for word in words)
    assert past or fact in STANDING, fact
    assert IDS.get(aggregate, f"{aggregate}_id") in model.model_fields


def test_each_type_has_one_publisher() -> None:
    counted = Counter(type_ for _, type_, _ in published())
    assert {type_ for type_, count in counted.items() if count > 1} == set()


@EACH_PAYLOAD
def test_an_example_satisfies_its_schema(owner: str, type_: str, model: type[BaseModel]) -> None:
    golden = kept(owner, type_)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(golden["example"], golden["schema"], format_checker=checker)
    assert model.model_validate(golden["example"]).model_dump(mode="json") == golden["example"]


@EACH_SERVICE
def test_payloads_hold_what_they_declare_and_never_change(name: str) -> None:
    for model in service(name).published:
        assert model.model_config.get("extra") == "forbid", model
        assert model.model_config.get("frozen") is True, model


@EACH_PAYLOAD
def test_personal_data_stays_in_events_of_contacts(
    owner: str, type_: str, model: type[BaseModel]
) -> None:
    golden = contracts.golden(model)
    personal = {one for one in every_name(golden["schema"]) if PERSONAL.search(one)}
    told = ADDRESS.findall(orjson.dumps(kept(owner, type_)["example"]).decode())
    if type_.startswith("itsm.contact."):
        assert personal == {"email", "phone"}
    else:
        assert personal == set()
        assert told == []


@EACH_SERVICE
def test_the_asyncapi_document_is_whole(name: str) -> None:
    document = asyncapi.document(service(name))
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"]["events"]["address"] == topic_of(name)
    types = {type_ for owner, type_, _ in published() if owner == name}
    assert document["channels"]["events"]["messages"].keys() == types
    assert document["components"]["messages"].keys() == types
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', orjson.dumps(document).decode()):
        place: Any = document
        for step in reference.split("/"):
            assert step in place, f"{reference} leads nowhere"
            place = place[step]


@EACH_SERVICE
def test_the_asyncapi_document_describes_what_is_published(name: str) -> None:
    document = asyncapi.document(service(name))
    for type_, message in document["components"]["messages"].items():
        schema = {**message["payload"], "components": document["components"]}
        jsonschema.validate(kept(name, type_)["example"], schema)


BEFORE = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"enum": ["open", "closed"]},
        "note": {"type": "string"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
    },
    "$defs": {
        "Part": {
            "type": "object",
            "required": ["size"],
            "properties": {"size": {"type": "integer"}},
        }
    },
}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("properties", "note"), None, "payload.note is gone"),
        (("required",), ["id", "state", "note"], "payload.note is required now"),
        (("required",), ["id"], "payload.state may be missing now"),
        (
            ("properties", "id", "type"),
            "integer",
            "payload.id was string and is integer",
        ),
        (("properties", "state", "enum"), ["open"], "payload.state can no longer be closed"),
        (("$defs", "Part", "properties", "size"), None, "payload.parts[].size is gone"),
    ],
)
def test_a_breaking_difference_is_named(path: tuple[str, ...], value: object, said: str) -> None:
    after = orjson.loads(orjson.dumps(BEFORE))
    place = after
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert said in breaking(BEFORE, after)


def test_a_new_optional_field_breaks_nobody() -> None:
    after = orjson.loads(orjson.dumps(BEFORE))
    after["properties"]["colour"] = {"type": "string"}
    assert breaking(BEFORE, after) == []
