"""A timer wakes its handler once, not early, and never gets lost; effect and row are one act."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from shared import clock, failpoints, timers
from shared.db import Tx
from shared.failpoints import FailPointError
from shared.timers import Timer, TimerLoop
from tests.support.eventually import eventually
from tests.support.sample import THINGS, Factory, SampleStage, make
from tests.support.sample_service import REFUSED

DUE: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER: Final = DUE + timedelta(hours=1)


async def arm(stage: SampleStage, due_at: datetime = DUE) -> UUID:
    """Make a thing with a reminder; return its id."""
    client = stage.keeper()
    thing = await make(client)
    body = {"due_at": due_at.isoformat()}
    assert (await client.post(f"{THINGS}/{thing['id']}/remind", json=body)).status_code == 200
    return UUID(thing["id"])


async def reminders(stage: SampleStage, thing_id: UUID) -> int:
    (row,) = await stage.rows("select reminders from sample.thing where id = $1", thing_id)
    count: int = row["reminders"]
    return count


async def armed(stage: SampleStage) -> list[tuple[int, int]]:
    """Return (generation, attempts) of what is armed."""
    rows = await stage.rows("select generation, attempts from sample.timer where armed")
    return [tuple(row) for row in rows]


async def test_a_timer_fires_once_and_not_before_it_is_due(sample: Factory) -> None:
    stage = await sample()
    thing = await arm(stage)
    assert await stage.fire_timers("sample", DUE - timedelta(microseconds=1)) == 0
    assert await stage.fire_timers("sample", DUE) == 1
    assert await stage.fire_timers("sample", LATER) == 0
    assert await reminders(stage, thing) == 1
    event = (await stage.events("sample"))[-1]
    assert (event.key, event.sequence, event.actor) == (thing, 2, "itsm:sample")


async def test_arming_again_replaces_the_due_time(sample: Factory) -> None:
    stage = await sample()
    thing = await arm(stage)
    await stage.keeper().post(f"{THINGS}/{thing}/remind", json={"due_at": LATER.isoformat()})
    assert await armed(stage) == [(2, 0)]
    assert await stage.fire_timers("sample", DUE) == 0
    assert await stage.fire_timers("sample", LATER) == 1
    assert await reminders(stage, thing) == 1


async def test_a_timer_taken_back_does_not_fire(sample: Factory) -> None:
    stage = await sample()
    thing = await arm(stage)
    closed = await stage.keeper().post(f"{THINGS}/{thing}/close", headers={"If-Match": '"1"'})
    assert closed.status_code == 200
    assert await stage.fire_timers("sample", LATER) == 0
    async with stage.database("sample").transaction() as tx:
        assert await timers.disarm(tx, kind="remind", subject=thing) is False
        assert await timers.disarm(tx, kind="remind", subject=uuid4()) is False


async def test_two_loops_fire_each_timer_once(sample: Factory) -> None:
    stage = await sample()
    things = [await arm(stage) for _ in range(12)]
    loops = [stage.part("sample").timers.fire_due for _ in range(4)]
    fired = await asyncio.gather(*(fire(LATER) for fire in loops))
    while await stage.fire_timers("sample", LATER):
        pass
    assert sum(fired) <= 12
    assert [await reminders(stage, thing) for thing in things] == [1] * 12
    assert len(await stage.rows("select from sample.heard")) == 12


async def test_a_handler_that_fails_is_undone_alone_and_tried_later(sample: Factory) -> None:
    stage = await sample()
    bad, good = await arm(stage), await arm(stage)
    REFUSED.add(bad)
    assert await stage.fire_timers("sample", DUE) == 2
    assert (await reminders(stage, bad), await reminders(stage, good)) == (0, 1)
    assert [row["key"] for row in await stage.rows("select key from sample.heard")] == [good]
    now = DUE
    for attempt, wait in enumerate((5, 10, 20, 40, 80, 160, 320, 600, 600), start=1):
        assert await armed(stage) == [(1, attempt)]
        assert await stage.fire_timers("sample", now + timedelta(seconds=wait - 0.001)) == 0
        now += timedelta(seconds=wait)
        assert await stage.fire_timers("sample", now) == 1
    REFUSED.clear()
    assert await stage.fire_timers("sample", now + timedelta(seconds=600)) == 1
    assert await reminders(stage, bad) == 1
    assert await armed(stage) == []


async def test_a_failed_statement_in_a_handler_spares_the_others(sample: Factory) -> None:
    stage = await sample()

    async def divide(tx: Tx, timer: Timer, _: datetime) -> None:
        if timer.generation == 1:
            await tx.connection.execute("select 1 / 0")
        await tx.connection.execute(
            "insert into sample.heard (key, sequence, type) values ($1, 1, 'x')", timer.subject
        )

    database = stage.database("sample")
    subjects = [uuid4() for _ in range(3)]
    async with database.transaction() as tx:
        for subject in subjects:
            await timers.arm(tx, kind="divide", subject=subject, due_at=DUE)
        await timers.arm(tx, kind="divide", subject=subjects[1], due_at=DUE)
    assert await TimerLoop(database, {"divide": divide}).fire_due(DUE) == 3
    assert [row["key"] for row in await stage.rows("select key from sample.heard")] == [subjects[1]]
    assert await armed(stage) == [(1, 1), (1, 1)]


async def test_a_handler_that_arms_its_timer_again_keeps_it(sample: Factory) -> None:
    stage = await sample()
    subject = uuid4()

    async def again(tx: Tx, timer: Timer, _: datetime) -> None:
        if timer.generation < 3:
            await timers.arm(
                tx, kind="again", subject=timer.subject, due_at=timer.due_at + timedelta(hours=1)
            )

    database = stage.database("sample")
    async with database.transaction() as tx:
        await timers.arm(tx, kind="again", subject=subject, due_at=DUE)
    loop = TimerLoop(database, {"again": again})
    fired = [await loop.fire_due(DUE + timedelta(hours=hour)) for hour in range(5)]
    assert fired == [1, 1, 1, 0, 0]


async def test_a_handler_that_loses_its_connection_is_tried_again_at_once(sample: Factory) -> None:
    stage = await sample()
    database, subject = stage.database("sample"), uuid4()
    tries: list[int] = []

    async def lose(tx: Tx, timer: Timer, _: datetime) -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            tx.connection.terminate()
        await tx.connection.execute(
            "insert into sample.heard (key, sequence, type) values ($1, 1, 'x')", timer.subject
        )

    async with database.transaction() as tx:
        await timers.arm(tx, kind="lose", subject=subject, due_at=DUE)
    assert await TimerLoop(database, {"lose": lose}).fire_due(DUE) == 1
    assert tries == [0, 1]
    assert [row["key"] for row in await stage.rows("select key from sample.heard")] == [subject]
    assert await armed(stage) == []


async def test_a_kind_without_a_handler_stays_armed(sample: Factory) -> None:
    stage = await sample()
    async with stage.database("sample").transaction() as tx:
        await timers.arm(tx, kind="of another release", subject=uuid4(), due_at=DUE)
    assert await stage.fire_timers("sample", LATER) == 0
    assert await armed(stage) == [(1, 0)]


@pytest.mark.parametrize("place", ["T1", "T2", "A2", "A3"])
async def test_dying_while_firing_leaves_the_timer_armed(sample: Factory, place: str) -> None:
    stage = await sample()
    thing = await arm(stage)
    failpoints.arm(f"{place}:1:raise", environment="test")
    with pytest.raises(FailPointError):
        await stage.fire_timers("sample", DUE)
    assert (await reminders(stage, thing), await armed(stage)) == (0, [(1, 0)])
    assert await stage.fire_timers("sample", DUE) == 1
    assert await reminders(stage, thing) == 1


async def test_dying_after_the_commit_does_not_fire_again(sample: Factory) -> None:
    stage = await sample()
    thing = await arm(stage)
    failpoints.arm("T3:1:raise", environment="test")
    with pytest.raises(FailPointError):
        await stage.fire_timers("sample", DUE)
    assert await stage.fire_timers("sample", LATER) == 0
    assert await reminders(stage, thing) == 1


async def test_a_late_timer_fires_once_and_says_how_late(sample: Factory) -> None:
    def late() -> float:
        return REGISTRY.get_sample_value("timer_delay_seconds_sum", {"service": "sample"}) or 0

    stage = await sample()
    thing = await arm(stage)
    before = late()
    assert await stage.fire_timers("sample", DUE + timedelta(days=1)) == 1
    assert late() - before == pytest.approx(86_400)
    assert await reminders(stage, thing) == 1


async def test_the_loop_goes_on_when_its_connection_is_taken_away(sample: Factory) -> None:
    stage = await sample(start=True)
    async with stage.database("sample").transaction() as holder:
        await holder.begin()
        await holder.connection.execute("lock table sample.timer in access exclusive mode")

        async def waiting() -> list[object]:
            return await stage.rows("select from pg_locks where not granted")

        await eventually(waiting, within=5)
        await stage.rows("select pg_terminate_backend(pid) from pg_locks where not granted")
    thing = await arm(stage, clock.now())

    async def reminded() -> bool:
        return await reminders(stage, thing) == 1

    await eventually(reminded, within=5)
    assert stage.running.condition.failed is None


async def test_two_runs_of_a_job_at_once_share_its_work(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    for _ in range(15):
        await make(client, size=0)
    kept = await make(client, size=1)
    done = await asyncio.gather(*(stage.run_job("sample", "close_empty", LATER) for _ in range(3)))
    assert sum(done) == 15
    assert await stage.run_job("sample", "close_empty", LATER) == 0
    rows = await stage.rows("select id::text from sample.thing where state = 'open'")
    assert [row["id"] for row in rows] == [kept["id"]]
