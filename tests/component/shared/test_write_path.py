"""A request is one transaction: committed, then answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from shared import failpoints
from shared.db import TransactionLostError, Tx, statement
from tests.support.eventually import eventually
from tests.support.sample import THINGS, Factory, SampleHome, fetch, make

COUNTS = (
    "select (select count(*) from sample.thing) as things,"
    " (select count(*) from sample.event_log) as logged,"
    " (select count(*) from sample.outbox) as queued,"
    " (select count(*) from sample.idempotency) as answers"
)
Arrange = Callable[[str], Awaitable[None]]
AT_COMMIT = """
create function sample.at_commit() returns trigger language plpgsql as $$
begin
  {action};
  return null;
end $$;
create constraint trigger at_commit after insert on sample.thing
  deferrable initially deferred for each row execute function sample.at_commit();
"""


async def counts(home: SampleHome) -> tuple[int, ...]:
    (row,) = await fetch(home.database, COUNTS)
    return tuple(row.values())


@pytest.fixture
async def at_commit(sample_environment: SampleHome) -> AsyncIterator[Arrange]:
    """Make every COMMIT that follows an insert of a thing do something first."""
    admin = await asyncpg.connect(sample_environment.database.admin)

    async def arrange(action: str) -> None:
        await admin.execute(AT_COMMIT.format(action=action))

    try:
        yield arrange
    finally:
        await admin.execute("drop function if exists sample.at_commit cascade")
        await admin.close()


async def test_a_write_leaves_row_log_and_queue_under_one_version(sample: Factory) -> None:
    stage = await sample()
    answer = await stage.keeper().post(THINGS, json={"name": "one", "size": 3})
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"{THINGS}/{answer.json()['id']}"
    (event,) = await stage.events("sample")
    assert (str(event.key), event.sequence) == (answer.json()["id"], 1)
    assert await stage.rows("select log_id from sample.outbox") == await stage.rows(
        "select id as log_id from sample.event_log"
    )


async def test_row_and_events_are_of_one_transaction(sample: Factory) -> None:
    stage = await sample()
    await make(stage.keeper())
    writers = await stage.rows(
        "select xmin::text from sample.thing union all select xmin::text from sample.event_log"
        " union all select xmin::text from sample.outbox"
    )
    assert len(writers) == 3
    assert len({row["xmin"] for row in writers}) == 1


async def test_two_events_raise_the_version_by_two(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    thing = await make(client)
    answer = await client.post(f"{THINGS}/{thing['id']}/close", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"], answer.json()["version"]) == (200, '"3"', 3)
    events = await stage.events("sample")
    assert [event.sequence for event in events] == [1, 2, 3]
    assert [event.type.split(".")[2] for event in events] == ["changed", "changed", "closed"]


async def test_an_update_asks_for_the_version_that_was_read(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}"

    async def patch(size: int, **headers: str) -> httpx.Response:
        return await client.patch(address, json={"size": size}, headers=headers)

    assert (await patch(2)).status_code == 428
    changed = await patch(2, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    stale = await patch(3, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert stale.json()["current_version"] == 2
    for odd in ("2", 'W/"2"', '""', '"x"', "*", '"2", "3"', '"' + "9" * 40 + '"', '"²"'):
        headers = {b"If-Match": odd.encode("latin-1")}
        refused = await client.patch(address, json={"size": 3}, headers=headers)
        assert refused.status_code == 412, odd
    assert (await client.get(address)).json()["size"] == 2


async def test_a_reader_that_has_the_version_gets_304(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}"
    for tag, status in (('"1"', 304), ('"7", W/"1"', 304), ('"2"', 200)):
        answer = await client.get(address, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.headers["ETag"]) == (status, '"1"')
        assert bool(answer.content) is (status == 200)


async def test_a_broken_rule_leaves_nothing(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    await make(client, "taken")
    before = await counts(stage.home)
    body = {"name": "taken", "size": 1}
    answer = await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (409, "thing-name-taken")
    assert answer.json()["errors"][0]["pointer"] == "/name"
    assert await counts(stage.home) == before


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("raise exception 'no' using errcode = '40001'", 503),
        ("raise exception 'no' using errcode = '23514'", 409),
        ("raise exception 'no'", 500),
    ],
)
async def test_a_commit_that_fails_is_never_answered_with_success(
    sample: Factory, at_commit: Arrange, action: str, status: int
) -> None:
    stage = await sample()
    await at_commit(action)
    body = {"name": "one", "size": 1}
    answer = await stage.keeper().post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == status
    assert await counts(stage.home) == (0, 0, 0, 0)


async def test_a_connection_lost_during_commit_leaves_the_outcome_open(
    sample: Factory, at_commit: Arrange
) -> None:
    stage = await sample()
    await at_commit("perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5)")
    client = stage.keeper()
    answer = await client.post(THINGS, json={"name": "one", "size": 1})
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown")
    assert int(answer.headers["Retry-After"]) >= 1
    assert await counts(stage.home) == (0, 0, 0, 0)
    assert (await client.get(THINGS)).status_code == 200


async def test_a_commit_that_takes_too_long_leaves_the_outcome_open(
    sample: Factory, at_commit: Arrange
) -> None:
    stage = await sample(statement_timeout_seconds=0.1)
    await at_commit("perform pg_sleep(1.5)")
    client = stage.keeper()
    body = {"name": "one", "size": 1}
    answer = await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown")

    async def ended() -> bool:
        again = await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
        return again.status_code == 201

    await eventually(ended, within=10)
    assert await counts(stage.home) == (1, 1, 1, 1)


async def test_a_connection_lost_before_commit_is_not_an_open_outcome(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    thing = await make(client)
    async with stage.database("sample").transaction() as holder:
        await holder.all(statement("select * from sample.thing for update"))
        waiting = asyncio.create_task(
            client.patch(f"{THINGS}/{thing['id']}", json={"size": 9}, headers={"If-Match": '"1"'})
        )

        async def blocked() -> list[Any]:
            return await stage.rows(
                "select pid from pg_stat_activity where wait_event_type = 'Lock'"
                " and application_name = 'itsm-sample'"
            )

        (row,) = await eventually(blocked, within=5)
        await stage.rows("select pg_terminate_backend($1)", row["pid"])
        answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_an_error_that_was_swallowed_does_not_commit_as_nothing(sample: Factory) -> None:
    """PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error."""
    stage = await sample()
    database = stage.database("sample")

    async def swallow() -> None:
        async with database.transaction() as tx:
            with suppress(asyncpg.DivisionByZeroError):
                await tx.value(statement("select 1 / 0"))

    with pytest.raises(TransactionLostError):
        await swallow()
    async with database.transaction() as tx:
        assert await tx.value(statement("select 1")) == 1


async def test_an_inner_step_that_failed_leaves_the_outer_step_whole(sample: Factory) -> None:
    stage = await sample()
    hear = statement("insert into sample.heard (key, sequence, type) values (:key, :n, 'x')")
    key = uuid4()

    async def inner(tx: Tx) -> None:
        async with tx.savepoint():
            await tx.run(hear, key=key, n=3)
            raise ZeroDivisionError

    async def outer(tx: Tx) -> None:
        async with tx.savepoint():
            await tx.run(hear, key=key, n=2)
            with suppress(ZeroDivisionError):
                await inner(tx)
            raise KeyError

    async with stage.database("sample").transaction() as tx:
        await tx.run(hear, key=key, n=1)
        with suppress(KeyError):
            await outer(tx)
        async with tx.savepoint():
            await tx.run(hear, key=key, n=4)
    assert [row["sequence"] for row in await stage.rows("select * from sample.heard")] == [1, 4]


@pytest.mark.parametrize("place", ["A1", "A2", "A3", "I1"])
async def test_dying_before_the_commit_leaves_nothing(sample: Factory, place: str) -> None:
    stage = await sample()
    failpoints.arm(f"{place}:1:raise", environment="test")
    body = {"name": "one", "size": 1}
    client = stage.keeper()
    answer = await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 500
    assert "FailPoint" not in answer.text
    assert await counts(stage.home) == (0, 0, 0, 0)
    again = await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)


async def test_dying_after_the_commit_keeps_what_was_committed(sample: Factory) -> None:
    stage = await sample()
    failpoints.arm("A4:1:raise", environment="test")
    lost = await stage.keeper().post(THINGS, json={"name": "one", "size": 1})
    assert lost.status_code == 500
    assert await counts(stage.home) == (1, 1, 1, 0)


async def test_dying_after_the_commit_keeps_its_answer_for_the_key(sample: Factory) -> None:
    stage = await sample()
    failpoints.arm("A4:1:raise", environment="test")
    body = {"name": "one", "size": 1}
    client = stage.keeper()
    await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert await counts(stage.home) == (1, 1, 1, 1)
    again = await client.post(THINGS, json=body, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert await counts(stage.home) == (1, 1, 1, 1)


async def test_commands_of_one_thing_take_turns(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}"

    async def step(size: int) -> int:
        while True:
            tag = (await client.get(address)).headers["ETag"]
            answer = await client.patch(address, json={"size": size}, headers={"If-Match": tag})
            if answer.status_code == 200:
                return size
            assert answer.status_code == 412

    await asyncio.gather(*(step(size) for size in range(2, 10)))
    events = await stage.events("sample")
    assert [event.sequence for event in events] == list(range(1, 10))
