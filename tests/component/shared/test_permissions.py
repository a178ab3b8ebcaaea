"""Each operation is in the table of who may use it, and declares what it may answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.app import attach
from shared.runtime import service_app
from shared.web import Edge
from tests.support.sample import Factory, SampleHome
from tests.support.sample_service import PERMISSIONS, sample_service


@pytest.mark.parametrize("name", ["create_thing", "read_events", "replay_parked"])
async def test_an_operation_that_nobody_is_named_for_refuses_the_start(
    sample: Factory, name: str
) -> None:
    part = (await sample()).part("sample")
    edge: Edge = part.app.state.edge
    fewer = {key: roles for key, roles in edge.permissions.items() if key != name}
    with pytest.raises(LookupError, match=name):
        attach(part.app, replace(edge, permissions=fewer))


async def test_a_permission_for_no_operation_refuses_the_start(sample: Factory) -> None:
    part = (await sample()).part("sample")
    edge: Edge = part.app.state.edge
    more = {**edge.permissions, "destroy_thing": frozenset({"keeper"})}
    with pytest.raises(LookupError, match="destroy_thing"):
        attach(part.app, replace(edge, permissions=more))


async def test_two_operations_of_one_name_refuse_the_start(
    sample_environment: SampleHome,
) -> None:
    service = sample_service(sample_environment.folder)
    with pytest.raises(LookupError):
        service_app(replace(service, areas=service.areas * 2))


async def test_every_operation_declares_its_problems(sample_environment: SampleHome) -> None:
    document = service_app(sample_service(sample_environment.folder)).openapi()
    problem = {"$ref": "#/components/schemas/Problem"}
    seen = set()
    for path, operations in document["paths"].items():
        assert path.startswith("/sample/v1/")
        for operation in operations.values():
            seen.add(operation["operationId"])
            for status in ("400", "401", "403", "500", "503"):
                content = operation["responses"][status]["content"]
                assert content["application/problem+json"]["schema"] == problem
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert set(answer["content"]) == {"application/problem+json"}
    assert seen >= set(PERMISSIONS)
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_documents_and_probes_are_open_and_nothing_else_is(sample: Factory) -> None:
    stage = await sample()
    nobody = stage.http()
    for path in (
        "/livez",
        "/readyz",
        "/version",
        "/sample/docs",
        "/sample/openapi.json",
        "/sample/asyncapi.json",
    ):
        assert (await nobody.get(path)).status_code in (200, 503), path
    document = (await nobody.get("/sample/openapi.json")).json()
    for path, operations in document["paths"].items():
        address = path.replace("{thing_id}", "01890a5d-ac96-774b-bcce-b302099a8057")
        address = address.replace("{parked_id}", "1").replace("{name}", "sample.listener")
        for method in operations:
            body: dict[str, object] | None = {} if method in ("post", "patch") else None
            answer = await nobody.request(method, address, json=body)
            assert answer.status_code == 401, (method, path)
