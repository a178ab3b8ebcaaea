"""Every operation of every service refuses the same way: with a problem document that says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute

from shared.problems import MEDIA_TYPE, Problem
from shared.runtime import service_app
from shared.web import ANYONE
from tests.contract.operations import Operation, ask, operations
from tests.contract.seeding import World, populate
from tests.support.app import NAMES, Factory, Stage, service

MALFORMED = ("not-an-id", "%00", "..%2F..", "x" * 300, "99999999999999999999", "%F0%9F%A6%84")
# They tell what can be asked, and nothing of anyone.
OPEN = ("docs", "openapi.json", "asyncapi.json")


def all_operations(stage: Stage) -> Iterator[Operation]:
    """Yield the operations of every service in the process."""
    for part in stage.running.parts:
        yield from operations(part.service.name, part.app.openapi())


def is_for(operation: Operation, *roles: str) -> bool:
    """Tell whether one of the roles may use an operation."""
    return not service(operation.service).permissions[operation.name].isdisjoint(roles)


def everybody(stage: Stage) -> httpx.AsyncClient:
    """Return a client that may do everything."""
    roles = {role for name in NAMES for held in service(name).permissions.values() for role in held}
    return stage.http(*sorted(roles - ANYONE), sub="everybody")


def refusal(answer: httpx.Response) -> int | str:
    """Return the status of a problem document, or what is wrong with it."""
    if answer.headers.get("content-type") != MEDIA_TYPE:
        return f"{answer.status_code} as {answer.headers.get('content-type')}: {answer.text[:200]}"
    document = Problem.model_validate_json(answer.content)
    wrong = {
        "status": document.status != answer.status_code,
        "type": document.type != f"/problems/{document.code}",
        "instance": document.instance != httpx.URL(answer.request.url).path,
        "trace_id": not document.trace_id,
        "title": not document.title,
        "detail": not document.detail,
        "challenge": answer.status_code == 401 and "www-authenticate" not in answer.headers,
        "retry": answer.status_code in (429, 503) and "retry-after" not in answer.headers,
        "cache": answer.headers.get("cache-control") != "no-store",
        "correlation": not answer.headers.get("x-correlation-id"),
    }
    odd = [name for name, is_wrong in wrong.items() if is_wrong]
    return f"{answer.status_code} with a wrong {', '.join(odd)}" if odd else answer.status_code


@pytest.fixture
async def stage(platform: Factory) -> Stage:
    return await platform()


@pytest.mark.parametrize("name", NAMES)
def test_routes_document_and_permissions_name_the_same_operations(name: str) -> None:
    app = service_app(service(name))
    routes: list[APIRoute] = app.state.routes
    served = {
        (route.path, method.lower()): route.name
        for route in routes
        for method in route.methods or ()
    }
    described = {(one.path, one.method): one.name for one in operations(name, app.openapi())}
    assert served == described
    assert set(served.values()) == set(service(name).permissions)
    assert len(set(served.values())) == len(served)


async def test_every_operation_declares_its_answers(stage: Stage) -> None:
    odd = [f"{one}: {line}" for one in all_operations(stage) for line in undeclared(one)]
    assert odd == []


def undeclared(operation: Operation) -> Iterator[str]:
    """Yield what an operation's description lacks."""
    wanted = {400, 401, 403, 500, 503}
    if operation.names_a_record and operation.service not in operation.path.split("/")[3:4]:
        wanted |= {404} if "/intake/" not in operation.path else set()
    if operation.body() is not None:
        wanted |= {413, 415, 422}
    if operation.method == "patch" or operation.path.endswith("transitions"):
        wanted |= {409, 412, 428}
        if not operation.takes("If-Match"):
            yield "no If-Match"
    if operation.method == "post" and not operation.takes("Idempotency-Key"):
        yield from () if _manages_itself(operation) else ["no Idempotency-Key"]
    if missing := wanted - operation.statuses:
        yield f"no {sorted(missing)}"
    if not operation.described.get("summary"):
        yield "no summary"
    for status, described in operation.described["responses"].items():
        media = list(described.get("content", {}))
        good = ("application/json", "application/yaml") if status[0] == "2" else (MEDIA_TYPE,)
        if len(media) != 1 or media[0] not in good:
            yield f"{status} as {media}"


def _manages_itself(operation: Operation) -> bool:
    """Tell whether repeating a POST is harmless by what it means, key or not."""
    harmless = ("bundles", "parked", "republications", "subscriptions")
    if operation.path.split("/")[3] in harmless:
        return True
    # A sender's own keys tell signals apart; a question about a form writes nothing.
    return "/intake/" in operation.path or operation.path.endswith("/form-checks")


async def test_without_a_token_nobody_comes_in(stage: Stage) -> None:
    odd = {
        str(one): found
        for one in all_operations(stage)
        if (found := refusal(await ask(stage.http(), one))) != 401
    }
    assert odd == {}


async def test_without_a_role_nobody_may_do_anything(stage: Stage) -> None:
    nobody = stage.http("role-that-does-not-exist", sub="nobody")
    odd = {
        str(one): found
        for one in all_operations(stage)
        if service(one.service).permissions[one.name] is not ANYONE
        and (found := refusal(await ask(nobody, one))) != 403
    }
    assert odd == {}


async def test_an_unknown_parameter_is_refused(stage: Stage) -> None:
    http = everybody(stage)
    odd = {
        str(one): found
        for one in all_operations(stage)
        if (found := refusal(await ask(http, one, query="?colour=blue"))) != 400
    }
    assert odd == {}


@pytest.mark.parametrize("reference", MALFORMED)
async def test_a_reference_that_can_be_none_is_not_found(stage: Stage, reference: str) -> None:
    http = everybody(stage)
    odd = {
        str(one): found
        for one in all_operations(stage)
        if one.names_a_record
        and (found := refusal(await ask(http, one, reference))) != 404
        and not (_is_intake(one) and found == 401)
    }
    assert odd == {}


def _is_intake(operation: Operation) -> bool:
    # A sender learns nothing about integrations but that it is not one of them.
    return "/intake/" in operation.path


async def test_a_record_that_is_not_there_is_not_found(stage: Stage) -> None:
    http = everybody(stage)
    odd = {
        str(one): found
        for one in all_operations(stage)
        if one.names_a_record
        and not _is_intake(one)
        and "/parked/" not in one.path
        and (found := refusal(await ask(http, one))) != 404
    }
    assert odd == {}


async def test_a_body_of_another_kind_is_refused(stage: Stage) -> None:
    http = everybody(stage)
    odd = {
        f"{one} {media_type}": found
        for one in all_operations(stage)
        if one.body() is not None
        for media_type in ("text/plain", "application/x-www-form-urlencoded", "")
        if (found := refusal(await ask(http, one, media_type=media_type))) != 415
    }
    assert odd == {}


async def test_a_change_without_the_version_that_was_read_is_refused(stage: Stage) -> None:
    world = await populate(stage)
    http = everybody(stage)
    asked = 0
    odd: dict[str, Any] = {}
    for one in all_operations(stage):
        if 428 not in one.statuses:
            continue
        asked += 1
        reference = world.paths.get(one.collection, [""])[0]
        for if_match, expected in ((None, 428), ('"999999"', 412), ("*", 412), ('W/"1"', 412)):
            found = refusal(await ask(http, one, reference, if_match=if_match))
            if found != expected:
                odd[f"{one} {if_match}"] = found
    assert odd == {}
    assert asked > 20


@pytest.mark.parametrize("method", ["put", "delete"])
async def test_a_method_that_a_path_has_not_is_refused(stage: Stage, method: str) -> None:
    http = everybody(stage)
    offered = {(one.path, one.method) for one in all_operations(stage)}
    odd = {}
    for one in all_operations(stage):
        if (one.path, method) not in offered:
            found = refusal(await http.request(method, one.at("some-record")))
            if found != 405:
                odd[f"{method} {one.path}"] = found
    assert odd == {}


@pytest.mark.parametrize("name", NAMES)
async def test_the_documents_are_open_to_all(stage: Stage, name: str) -> None:
    for page in OPEN:
        assert (await stage.http().get(f"/{name}/{page}")).status_code == 200


async def foreign_to_suedwind(stage: Stage, world: World) -> dict[str, list[str]]:
    """Return, by collection, the records that concern Nordwind or the provider alone."""
    its = world.organisation
    notifications = (await everybody(stage).get("/notify/v1/notifications")).json()["items"]
    clocks = (await everybody(stage).get("/incident/v1/clocks")).json()["items"]
    return {
        "/catalog/v1/customers": [its.nordwind["id"], its.nordwind["number"]],
        "/catalog/v1/contacts": [its.nordwind_representative["id"], its.duty["id"]],
        "/catalog/v1/services": [its.shop["id"], its.database["number"]],
        "/catalog/v1/offerings": [its.shop_offering["id"]],
        "/catalog/v1/request-items": [its.shop_access["id"]],
        "/catalog/v1/service-uses": [its.nordwind_use["id"]],
        "/catalog/v1/agreements": world.paths["/catalog/v1/agreements"],
        "/incident/v1/incidents": world.paths["/incident/v1/incidents"],
        "/catalog/v1/service-health": [its.shop["id"]],
        "/incident/v1/outages": world.paths["/incident/v1/outages"],
        "/incident/v1/clocks": [
            one["id"] for one in clocks if one["customer_id"] != its.suedwind["id"]
        ],
        "/change/v1/changes": world.paths["/change/v1/changes"],
        "/notify/v1/notifications": [
            one["id"] for one in notifications if one["customer_id"] != its.suedwind["id"]
        ],
    }


async def test_a_customers_user_finds_nothing_of_another_customer(stage: Stage) -> None:
    world = await populate(stage)
    suedwind, nordwind = (
        stage.http("customer_user", customer_id=UUID(customer["id"]), sub="user")
        for customer in (world.organisation.suedwind, world.organisation.nordwind)
    )
    foreign = await foreign_to_suedwind(stage, world)
    odd: dict[str, Any] = {}
    asked: set[str] = set()
    for one in all_operations(stage):
        if not is_for(one, "customer_user", "customer_representative"):
            continue
        if one.names_a_record:
            assert one.collection in foreign, one
            asked.add(one.collection)
            for reference in foreign[one.collection]:
                if (found := refusal(await ask(suedwind, one, reference))) != 404:
                    odd[f"{one} {reference}"] = found
        elif one.method == "get" and one.path in foreign:
            listed = {item["id"] for item in (await suedwind.get(one.path)).json()["items"]}
            if both := listed & set(foreign[one.path]):
                odd[str(one)] = both
    assert odd == {}
    assert asked == set(foreign)
    for collection, references in foreign.items():
        # The same references are good for whom they concern, or this would prove nothing.
        seen = [(await nordwind.get(f"{collection}/{one}")).status_code for one in references]
        assert 200 in seen, (collection, seen)


async def test_a_customers_user_without_a_customer_sees_nothing(stage: Stage) -> None:
    world = await populate(stage)
    lost = stage.http("customer_user", sub="lost")
    odd: dict[str, Any] = {}
    for collection, references in world.paths.items():
        one = next((o for o in all_operations(stage) if str(o) == f"GET {collection}"), None)
        if one is None or not is_for(one, "customer_user"):
            continue
        if (listed := (await lost.get(collection)).json()["items"]) != []:
            odd[collection] = listed
        for reference in references:
            if (answer := await lost.get(f"{collection}/{reference}")).status_code != 404:
                odd[f"{collection}/{reference}"] = answer.status_code
    assert odd == {}
