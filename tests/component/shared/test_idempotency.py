"""The same request again gets the first answer, never a second effect."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from shared.db import statement
from tests.support.eventually import eventually
from tests.support.sample import THINGS, Factory, SampleStage, make

BODY = {"name": "one", "size": 1}


async def send(client: httpx.AsyncClient, key: str, body: object = None) -> httpx.Response:
    return await client.post(THINGS, json=body or BODY, headers={"Idempotency-Key": key})


async def names(stage: SampleStage) -> list[str]:
    return [row["name"] for row in await stage.rows("select name from sample.thing order by name")]


async def test_the_same_request_again_gets_the_same_bytes(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    first = await send(client, "k-1")
    again = await send(client, "k-1")
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert await names(stage) == ["one"]
    assert len(await stage.events("sample")) == 1


async def test_a_secret_leaves_with_the_first_answer_alone(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}/keys"
    headers = {"Idempotency-Key": "k-1"}
    first = await client.post(address, headers=headers)
    again = await client.post(address, headers=headers)
    secret = first.json()["key"]
    assert len(secret) >= 40
    assert again.json() == {**first.json(), "key": None}
    assert again.headers["Idempotent-Replayed"] == "true"
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    (kept,) = await stage.rows("select * from sample.idempotency")
    assert secret.encode() not in kept["body"]


@pytest.mark.parametrize(
    "body", [{"name": "two", "size": 1}, {"size": 1, "name": "one"}, {"name": "one", "size": 2}]
)
async def test_another_body_under_the_same_key_is_refused(
    sample: Factory, body: dict[str, object]
) -> None:
    stage = await sample()
    client = stage.keeper()
    await send(client, "k-1")
    other = await send(client, "k-1", body)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await names(stage) == ["one"]


async def test_the_same_body_at_another_address_is_another_request(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    ids = [(await make(client))["id"] for _ in range(2)]
    headers = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    assert (await client.post(f"{THINGS}/{ids[0]}/close", headers=headers)).status_code == 200
    assert (await client.post(f"{THINGS}/{ids[1]}/close", headers=headers)).status_code == 422


async def test_a_key_is_the_same_quoted_or_bare(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    first = await send(client, '"k-1"')
    again = await send(client, "k-1")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


async def test_a_key_belongs_to_its_sender(sample: Factory) -> None:
    stage = await sample()
    first = await send(stage.keeper("anna"), "k-1")
    other = await send(stage.keeper("ben"), "k-1", {"name": "two", "size": 1})
    assert (first.status_code, other.status_code) == (201, 201)
    assert await names(stage) == ["one", "two"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_an_impossible_key_is_refused(sample: Factory, key: str) -> None:
    stage = await sample()
    answer = await send(stage.keeper(), key)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
    assert await names(stage) == []


async def test_a_refused_request_does_not_use_its_key_up(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    await make(client, "one")
    assert (await send(client, "k-1")).status_code == 409
    assert (await send(client, "k-1", {"name": "two", "size": 1})).status_code == 201


async def test_a_second_request_while_the_first_runs_has_no_effect_of_its_own(
    sample: Factory,
) -> None:
    stage = await sample()
    client = stage.keeper()
    async with stage.database("sample").transaction() as holder:
        await holder.all(statement("lock table sample.thing in exclusive mode"))
        first = asyncio.create_task(send(client, "k-1"))

        async def waiting() -> list[object]:
            return await stage.rows("select from pg_locks where not granted")

        await eventually(waiting, within=5)
        second = asyncio.create_task(send(client, "k-1"))
    answers = [await first, await second]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency-key-in-use"
            assert int(answer.headers["Retry-After"]) >= 1
    made = [answer.content for answer in answers if answer.status_code == 201]
    assert made
    assert len(set(made)) == 1
    again = await send(client, "k-1")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (made[0], "true")
    assert len(await stage.events("sample")) == 1


async def test_a_repetition_that_could_not_succeed_any_more_gets_the_first_answer(
    sample: Factory,
) -> None:
    stage = await sample()
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}"
    headers = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    first = await client.patch(address, json={"size": 7}, headers=headers)
    closed = await client.post(f"{address}/close", headers={"If-Match": '"2"'})
    assert closed.status_code == 200
    again = await client.patch(address, json={"size": 7}, headers=headers)
    assert (again.content, again.headers["ETag"]) == (first.content, '"2"')


async def test_many_at_once_have_one_effect(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    for round_ in range(5):
        body = {"name": f"round {round_}", "size": 1}
        answers = await asyncio.gather(*(send(client, f"k-{round_}", body) for _ in range(8)))
        done = {answer.content for answer in answers if answer.status_code == 201}
        assert len(done) == 1
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert all("Retry-After" in one.headers for one in answers if one.status_code == 409)
    assert len(await names(stage)) == 5
    assert len(await stage.events("sample")) == 5


async def test_an_update_keeps_its_answer_too(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}"
    headers = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    first = await client.patch(address, json={"size": 7}, headers=headers)
    again = await client.patch(address, json={"size": 7}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert again.headers["ETag"] == '"2"'
