"""What cannot be understood is refused, with a complete problem document and without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.db import statement
from shared.problems import MEDIA_TYPE
from tests.support.sample import THINGS, Factory, SampleStage, make

GOOD = {"name": "one", "size": 1}
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "trace_id"}


def assert_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Check that an answer is a complete problem document; return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    document: dict[str, Any] = answer.json()
    assert set(document) >= MEMBERS
    assert document["status"] == status
    assert document["type"] == f"/problems/{document['code']}"
    assert document["instance"] == answer.request.url.path
    assert document["trace_id"]
    assert document["title"]
    assert document["detail"]
    assert code is None or document["code"] == code
    return document


@pytest.fixture
async def stage(sample: Factory) -> AsyncIterator[SampleStage]:
    stage = await sample()
    yield stage
    assert await stage.rows("select name from sample.thing where name = 'one'") == []


async def post(stage: SampleStage, content: bytes, **headers: str) -> httpx.Response:
    sent = {"Content-Type": "application/json", **headers}
    return await stage.keeper().post(THINGS, content=content, headers=sent)


@pytest.mark.parametrize(
    "name", ["size[like]", "Size", "offset", "limit ", "state[gt]", "'", "%00"]
)
async def test_an_unknown_parameter_is_named(stage: SampleStage, name: str) -> None:
    answer = await stage.keeper().get(THINGS, params={name: "1"})
    document = assert_problem(answer, 400, "malformed-request")
    assert document["errors"][0]["pointer"] == name
    assert_problem(await stage.keeper().post(f"{THINGS}?{name}=1", json=GOOD), 400)


@pytest.mark.parametrize(
    ("extra", "pointer"),
    [
        ({"version": 7}, "/version"),
        ({"state": "closed"}, "/state"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"": None}, "/"),
        ({"name": "  "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 5}, "/name"),
        ({"size": "1"}, "/size"),
        ({"size": True}, "/size"),
        ({"size": 1.0}, "/size"),
        ({"size": -1}, "/size"),
        ({"size": 2**63}, "/size"),
        ({"size": 2**64}, "/size"),
        ({"since": "2026-01-01T00:00:00"}, "/since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "/since"),
        ({"since": "9999-12-31T23:59:59-14:00"}, "/since"),
        ({"since": "infinity"}, "/since"),
        ({"since": 10**30}, "/since"),
    ],
)
async def test_a_wrong_field_is_pointed_at(
    stage: SampleStage, extra: dict[str, Any], pointer: str
) -> None:
    document = assert_problem(await stage.keeper().post(THINGS, json={**GOOD, **extra}), 422)
    assert pointer in [error["pointer"] for error in document["errors"]]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{'name': 1}",
        b'{"name": "one", "size": NaN}',
        b'{"name": "one", "size": Infinity}',
        b'{"name": "one", "size": 1e400}',
        b'{"name": "one", "size": ' + b"9" * 400 + b"}",
        b'{"name": "\xff", "size": 1}',
        b'{"name": "\\ud800", "size": 1}',
        b'{"name": "one", "size": 1} x',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 33 + b"]" * 33,
        b"\x00",
    ],
    ids=range(14),
)
async def test_what_is_no_json_of_ours_is_refused(stage: SampleStage, content: bytes) -> None:
    document = assert_problem(await post(stage, content), 400, "malformed-request")
    assert "body" in document["detail"]


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"one"', b"1", b"[" * 32 + b"]" * 32])
async def test_a_body_of_another_shape_is_refused(stage: SampleStage, content: bytes) -> None:
    assert_problem(await post(stage, content), 422, "invalid-fields")


@pytest.mark.parametrize(
    "content",
    [b'{"name": "o\\u0000ne", "size": 1}', b'{"name": "one", "size": 1, "a\\u0000": [1]}'],
)
async def test_nul_is_refused(stage: SampleStage, content: bytes) -> None:
    document = assert_problem(await post(stage, content), 422, "invalid-fields")
    assert "NUL" in document["detail"]


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "", "multipart/form-data; boundary=x", "json", "*/*"]
)
async def test_another_media_type_is_refused(stage: SampleStage, media: str) -> None:
    answer = await post(stage, b'{"name": "one", "size": 1}', **{"Content-Type": media})
    assert_problem(answer, 415, "unsupported-media-type")


async def test_json_with_parameters_or_suffix_is_taken(sample: Factory) -> None:
    stage = await sample()
    for number, media in enumerate(("application/json; charset=utf-8", "application/x+json")):
        body = b'{"name": "thing %d", "size": 1}' % number
        assert (await post(stage, body, **{"Content-Type": media})).status_code == 201


async def test_a_body_over_the_limit_is_refused(stage: SampleStage) -> None:
    large = b'{"name": "one", "size": 1, "about": "' + b"x" * 1024 * 1024 + b'"}'
    answer = await post(stage, large)
    assert_problem(answer, 413, "too-large")
    assert answer.headers["Connection"] == "close"
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        for start in range(0, 64 * len(large), 65_536):
            taken = start
            yield large[:65_536]

    headers = {"Content-Type": "application/json"}
    answer = await stage.keeper().post(THINGS, content=chunks(), headers=headers)
    assert_problem(answer, 413, "too-large")
    assert taken < 2 * len(large)


async def test_nobody_gets_in_without_a_role(stage: SampleStage) -> None:
    some_id = "01890a5d-ac96-774b-bcce-b302099a8057"
    for method, path in (
        ("GET", THINGS),
        ("POST", THINGS),
        ("GET", f"{THINGS}/{some_id}"),
        ("PATCH", f"{THINGS}/{some_id}"),
        ("POST", f"{THINGS}/{some_id}/close"),
        ("GET", "/sample/v1/events"),
        ("GET", "/sample/v1/parked"),
        ("POST", "/sample/v1/parked/1/replay"),
        ("POST", "/sample/v1/subscriptions/sample.listener/resume"),
    ):
        body = GOOD if method in ("POST", "PATCH") else None
        answer = await stage.http().request(method, path, json=body)
        assert_problem(answer, 401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        answer = await stage.http("stranger").request(method, path, json=body)
        assert_problem(answer, 403, "forbidden")
    assert_problem(await stage.http("reader").post(THINGS, json=GOOD), 403)


async def test_what_is_not_there_is_a_problem_too(stage: SampleStage) -> None:
    client = stage.keeper()
    for path in ("/", "/nothing", "/sample", "/sample/v1/nothing", f"{THINGS}/", f"{THINGS}/x"):
        assert_problem(await client.get(path), 404, "not-found")
    missing = f"{THINGS}/01890a5d-ac96-774b-bcce-b302099a8057"
    assert_problem(await client.get(missing), 404, "thing-not-found")
    answer = await client.delete(missing)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"]


async def test_the_correlation_id_goes_in_and_out_and_into_events(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    parent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    sent = {"X-Correlation-Id": "order-7", "traceparent": parent}
    answer = await client.post(THINGS, json={"name": "two", "size": 1}, headers=sent)
    assert answer.headers["X-Correlation-Id"] == "order-7"
    (event,) = await stage.events("sample")
    assert (event.correlation_id, event.traceparent) == ("order-7", parent)
    refused = await client.post(THINGS, json={}, headers=sent)
    assert refused.json()["trace_id"] == "a" * 32
    for odd in ("", "x" * 129, "a b", "<script>"):
        answer = await client.get(THINGS, headers={"X-Correlation-Id": odd})
        assert len(answer.headers["X-Correlation-Id"]) == 32
    made = {(await client.get(THINGS)).headers["X-Correlation-Id"] for _ in range(3)}
    assert len(made) == 3


async def test_every_answer_forbids_keeping_it(stage: SampleStage) -> None:
    for path in (THINGS, "/livez", "/version", "/nothing"):
        answer = await stage.keeper().get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_statement_that_takes_too_long_is_503(sample: Factory) -> None:
    stage = await sample(statement_timeout_seconds=0.3)
    client = stage.keeper()
    thing = await make(client)
    async with stage.database("sample").transaction() as holder:
        await holder.all(statement("select * from sample.thing for update"))
        headers = {"If-Match": '"1"'}
        answer = await client.patch(f"{THINGS}/{thing['id']}", json={"size": 5}, headers=headers)
    document = assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "try again" in document["detail"]


async def test_a_pool_with_nothing_left_is_503_in_bounded_time(sample: Factory) -> None:
    stage = await sample(pool_size=2, pool_wait_seconds=0.5)
    client = stage.keeper()
    database = stage.database("sample")
    loop = asyncio.get_running_loop()
    async with database.transaction() as one, database.reading():
        await one.begin()
        started = loop.time()
        answers = await asyncio.gather(*(client.get(THINGS) for _ in range(10)))
        took = loop.time() - started
    for answer in answers:
        assert_problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
    assert 0.4 < took < 1.5
    assert (await client.get(THINGS)).status_code == 200
