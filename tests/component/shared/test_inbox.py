"""Each event is applied once, in order; what cannot be applied is set aside with its key."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from shared import failpoints
from shared.db import DatabaseUnavailableError
from shared.inbox.work import RETRY_DELAYS_SECONDS
from tests.support.builders import event
from tests.support.eventually import eventually
from tests.support.inbox_rows import heard, parked, quick
from tests.support.sample import Factory, deliveries, order
from tests.support.sample_service import REFUSED


async def test_a_batch_is_one_transaction(sample: Factory) -> None:
    stage = await sample()
    keys = [uuid4() for _ in range(5)]
    await stage.inbox.handle(deliveries(*(order(key) for key in keys)))
    assert await heard(stage) == [(key, 1) for key in keys]
    writers = await stage.rows(
        "select distinct xmin::text from sample.heard union select xmin::text from sample.inbox"
        " union select xmin::text from sample.inbox_sequence"
    )
    assert len(writers) == 1


async def test_copies_are_applied_once(sample: Factory) -> None:
    stage = await sample()
    key = uuid4()
    events = [order(key, 1), order(key, 2)]
    await stage.inbox.handle(deliveries(events[0], events[0], events[1]))
    await stage.inbox.handle(deliveries(*events))
    await stage.inbox.handle(deliveries(events[0]))
    assert await heard(stage) == [(key, 1), (key, 2)]


async def test_two_members_with_the_same_batch_apply_it_once(sample: Factory) -> None:
    stage = await sample()
    keys = [uuid4() for _ in range(20)]
    batch = deliveries(*(order(key) for key in keys))
    await asyncio.gather(*(stage.inbox.handle(part) for part in (batch, batch[::-1], batch)))
    assert sorted(await heard(stage)) == sorted((key, 1) for key in keys)
    assert await parked(stage) == []


async def test_an_older_version_than_the_last_applied_is_ignored(sample: Factory) -> None:
    stage = await sample()
    key, other = uuid4(), uuid4()
    await stage.inbox.handle(deliveries(order(key, 2), order(key, 1), order(other, 1)))
    await stage.inbox.handle(deliveries(order(key, 1), order(key, 2), order(key, 3)))
    assert await heard(stage) == [(key, 2), (other, 1), (key, 3)]


async def test_types_that_nobody_reads_are_let_pass(sample: Factory) -> None:
    stage = await sample()
    await stage.inbox.handle(
        deliveries(event("itsm.order.placed.v2", uuid4(), 1, {}, service="other"))
    )
    assert await stage.rows("select from sample.inbox") == []
    assert await parked(stage) == []


async def test_more_fields_than_are_read_are_let_pass(sample: Factory) -> None:
    stage = await sample()
    key = uuid4()
    await stage.inbox.handle(deliveries(order(key, colour="green", lines=[1, {"a": None}])))
    assert await heard(stage) == [(key, 1)]


async def test_what_a_handler_emits_names_its_cause(sample: Factory) -> None:
    stage = await sample()
    cause = order(uuid4(), makes="a thing")
    await stage.inbox.handle(deliveries(cause))
    (emitted,) = await stage.events("sample")
    assert (emitted.key, emitted.causation_id) == (cause.id, cause.id)
    assert emitted.correlation_id == cause.correlation_id
    assert emitted.actor == "itsm:sample"


@pytest.mark.parametrize("place", ["C2", "C3", "C7", "A2", "A3"])
async def test_dying_before_the_commit_leaves_nothing_of_the_batch(
    sample: Factory, place: str
) -> None:
    stage = await sample()
    stage.inbox.retry_delays = ()
    batch = deliveries(order(uuid4(), makes="one"), order(uuid4(), makes="two"))
    failpoints.arm(f"{place}:1:raise", environment="test")
    await stage.inbox.handle(batch)
    assert await heard(stage) == []
    assert await stage.events("sample") == []
    await stage.rows("truncate sample.parked, sample.inbox")
    await stage.inbox.handle(batch)
    assert len(await heard(stage)) == len(await stage.events("sample")) == 2


async def test_a_batch_that_failed_for_a_moment_is_applied_one_by_one(sample: Factory) -> None:
    stage = await quick(sample)
    keys = [uuid4(), uuid4()]
    failpoints.arm("C3:1:raise,C2:3:raise", environment="test")
    await stage.inbox.handle(deliveries(*(order(key) for key in keys)))
    assert await heard(stage) == [(key, 1) for key in keys]
    assert await parked(stage) == []


async def test_dying_between_commit_and_acknowledgement_applies_once(sample: Factory) -> None:
    failpoints.arm("C4:1:raise,C5:2:raise", environment="test")
    stage = await sample(start=True)
    client = stage.keeper()
    await client.post("/sample/v1/things", json={"name": "one", "size": 1})
    await eventually(lambda: failpoints.passed("C4") >= 2, within=5)

    async def feed() -> bool:
        return len(await stage.rows("select from sample.feed")) == 1

    await eventually(feed, within=5)
    assert len(await heard(stage)) == 1


async def test_a_database_that_is_away_parks_nothing(sample: Factory) -> None:
    stage = await quick(sample)
    batch = deliveries(*(order(uuid4()) for _ in range(3)))

    async with stage.database("sample").transaction() as holder:
        await holder.begin()
        await holder.connection.execute("lock table sample.heard in exclusive mode")
        handling = asyncio.create_task(stage.inbox.handle(batch))

        async def waiting() -> list[object]:
            return await stage.rows("select from pg_locks where not granted")

        await eventually(waiting, within=5)
        await stage.rows(
            "select pg_terminate_backend(pid) from pg_locks where not granted and pid is not null"
        )
        with pytest.raises(DatabaseUnavailableError):
            await handling
    assert await parked(stage) == []
    assert stage.inbox.stopped is False
    await stage.inbox.handle(batch)
    assert len(await heard(stage)) == 3


async def test_a_failing_record_is_tried_five_times_and_parked(sample: Factory) -> None:
    assert len(RETRY_DELAYS_SECONDS) == 5
    assert sum(RETRY_DELAYS_SECONDS) < 10
    stage = await sample()
    stage.inbox.retry_delays = [delay / 20 for delay in RETRY_DELAYS_SECONDS]
    bad, good = uuid4(), uuid4()
    REFUSED.add(bad)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await stage.inbox.handle(deliveries(order(bad, 1), order(bad, 2), order(good, 1)))
    assert loop.time() - started >= sum(RETRY_DELAYS_SECONDS) / 20
    assert await heard(stage) == [(good, 1)]
    assert await parked(stage) == [(str(bad), "failed", 5), (str(bad), "behind", 0)]


async def test_a_record_that_fails_for_a_moment_is_not_parked(sample: Factory) -> None:
    stage = await sample()
    key = uuid4()
    REFUSED.add(key)
    handling = asyncio.create_task(stage.inbox.handle(deliveries(order(key))))
    await asyncio.sleep(0.1)
    REFUSED.clear()
    await handling
    assert await heard(stage) == [(key, 1)]
    assert await parked(stage) == []
