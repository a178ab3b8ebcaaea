"""What a copy in memory is kept fresh by: news of the event store, and snapshots."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.db import Database, statement
from shared.feed import News, changed_keys, read_news
from shared.web import Edge
from tests.support.relaying import relay_all
from tests.support.sample import Factory, SampleStage, make

COUNT = statement("select count(*) from sample.event_log")


async def news(stage: SampleStage, after: int = 0, limit: int = 100) -> News:
    async with database(stage).reading() as tx:
        return await read_news(tx, service="sample", after=after, limit=limit)


def database(stage: SampleStage) -> Database:
    return stage.database("sample")


def edge(stage: SampleStage) -> Edge:
    found: Edge = stage.part("sample").app.state.edge
    return found


class _Notes:
    """What an application could keep."""

    def __init__(self, of: Database) -> None:
        self.database = of


def keys(things: list[dict[str, Any]]) -> set[UUID]:
    return {UUID(thing["id"]) for thing in things}


async def test_news_are_what_waits_and_what_was_sent_since(sample: Factory) -> None:
    stage = await sample()
    assert await news(stage) == News(head=0, sent=[], waiting=[])
    first = [await make(stage.keeper()) for _ in range(3)]
    waiting = await news(stage)
    assert (waiting.head, waiting.sent, len(waiting.waiting)) == (0, [], 3)
    await relay_all(stage.home)
    sent = await news(stage)
    assert (sent.head, sent.sent, sent.waiting) == (3, waiting.waiting, [])
    second = [await make(stage.keeper())]
    later = await news(stage, after=3)
    assert (later.head, later.sent, len(later.waiting)) == (3, [], 1)
    assert await news(stage, after=1, limit=1) == News(3, [sent.sent[1]], later.waiting)
    async with database(stage).reading() as tx:
        changed = await changed_keys(
            tx, service="sample", log_ids=[*sent.sent, *later.waiting], aggregates=["thing", "none"]
        )
        assert changed == {"thing": keys(first) | keys(second), "none": set()}
        assert await changed_keys(tx, service="sample", log_ids=[], aggregates=["thing"]) == {
            "thing": set()
        }


async def test_a_snapshot_does_not_see_what_is_committed_meanwhile(sample: Factory) -> None:
    stage = await sample()
    await make(stage.keeper())
    async with database(stage).snapshot() as tx:
        assert await tx.value(COUNT) == 1
        await make(stage.keeper())
        assert await tx.value(COUNT) == 1
    async with database(stage).snapshot() as tx:
        assert await tx.value(COUNT) == 2


async def test_what_an_application_keeps_is_made_once_and_is_its_own(sample: Factory) -> None:
    stage = await sample()
    first = edge(stage).kept(_Notes)
    assert first is edge(stage).kept(_Notes)
    assert first.database is database(stage)
    assert first is not replace(edge(stage), memory={}).kept(_Notes)
