"""Whoever changes the past is found out, even with all rights in the database."""

from __future__ import annotations

import asyncio
import hashlib

import asyncpg
import pytest

from shared.audit import Anchor, newest_anchor, verify_chain, verify_tables
from shared.envelope import chain_hash
from shared.outbox import event_of
from tests.support.eventually import eventually
from tests.support.relaying import relay_all
from tests.support.sample import THINGS, Factory, SampleStage, make
from tests.support.tampering import EDIT, NEXT, TAMPERINGS, filled


@pytest.fixture
async def history(sample: Factory) -> SampleStage:
    """Eight events of four things went out; nothing waits."""
    stage = await sample()
    client = stage.keeper()
    things = [await make(client) for _ in range(3)]
    first, second = (f"{THINGS}/{thing['id']}" for thing in things[:2])
    await client.patch(first, json={"size": 2}, headers={"If-Match": '"1"'})
    await client.post(f"{second}/close", headers={"If-Match": '"1"'})
    last = f"{THINGS}/{(await make(client))['id']}"
    await client.patch(last, json={"size": 2}, headers={"If-Match": '"1"'})
    await relay_all(stage.home)
    assert len(await stage.rows("select from sample.feed")) == 8
    return stage


async def checks(stage: SampleStage, anchor: Anchor | None = None) -> set[str]:
    """Return the names of the checks that found something."""
    database = stage.database("sample")
    found = [one async for _, some in verify_chain(database, anchor=anchor) for one in some]
    found += await verify_tables(database, ["thing"])
    return {finding.check for finding in found}


async def anchored(stage: SampleStage) -> Anchor:
    anchor = await newest_anchor(stage.database("sample"))
    assert anchor is not None
    return Anchor.parse(str(anchor))


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_is_found(history: SampleStage, name: str) -> None:
    expected, statements = TAMPERINGS[name]
    anchor = await anchored(history)
    assert await checks(history, anchor) == set()
    for text in statements:
        await history.rows(filled(text))
    assert expected in await checks(history, anchor)
    if expected == "anchor":
        assert await checks(history) == set(), "what needs no anchor should be named by its check"


async def rewrite_chain(stage: SampleStage) -> None:
    """Do what a forger with the source code does: make every hash right again."""
    link = b""
    for row in await stage.rows(
        "select f.position, l.* from sample.feed f join sample.event_log l on l.id = f.log_id"
        " order by f.position"
    ):
        link = chain_hash(link, event_of(row, "sample"))
        await stage.rows(
            "update sample.feed set hash = $1 where position = $2", link, row["position"]
        )


async def test_a_chain_written_anew_is_found_by_its_anchor(history: SampleStage) -> None:
    anchor = await anchored(history)
    await history.rows(filled(EDIT))
    await rewrite_chain(history)
    assert await checks(history) == set()
    assert await checks(history, anchor) == {"anchor"}


async def test_an_entry_put_in_with_a_right_hash_is_found(history: SampleStage) -> None:
    await history.rows(NEXT)
    await history.rows("insert into sample.feed select 9, max(id), '' from sample.event_log")
    await rewrite_chain(history)
    assert await checks(history) == {"aggregate-version"}


async def test_the_chain_is_what_its_definition_says(history: SampleStage) -> None:
    row = (
        await history.rows(
            "select f.hash, l.* from sample.feed f join sample.event_log l on l.id = f.log_id"
            " where f.position = 1"
        )
    )[0]
    event = event_of(row, "sample")
    link = hashlib.sha256(b"zero").digest()
    assert row["hash"] == chain_hash(b"", event) != chain_hash(link, event)


async def test_an_untouched_history_raises_no_alarm_while_it_grows(sample: Factory) -> None:
    stage = await sample(start=True, pool_size=10)
    client = stage.keeper()
    done = asyncio.Event()

    async def writer() -> None:
        for _ in range(12):
            thing = await make(client)
            tag = {"If-Match": '"1"'}
            await client.post(f"{THINGS}/{thing['id']}/close", headers=tag)

    async def auditor() -> int:
        rounds = 0
        anchor: Anchor | None = None
        while not done.is_set():
            assert await checks(stage, anchor) == set()
            anchor = await newest_anchor(stage.database("sample"))
            rounds += 1
        return rounds

    auditing = asyncio.create_task(auditor())
    await asyncio.gather(*(writer() for _ in range(3)))
    done.set()
    assert await auditing > 2
    await eventually(lambda: _all_out(stage), within=5)
    assert await checks(stage) == set()


async def _all_out(stage: SampleStage) -> bool:
    return len(await stage.rows("select from sample.feed")) == 3 * 12 * 3


async def test_the_service_itself_may_not_change_the_past(history: SampleStage) -> None:
    database = history.database("sample")
    for text in (
        "update sample.event_log set actor = 'x'",
        "delete from sample.event_log",
        "truncate sample.event_log",
        "update sample.feed set hash = ''",
        "delete from sample.feed",
    ):
        async with database.reading() as tx:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.connection.execute(text)
