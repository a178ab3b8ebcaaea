"""Many events in one transaction."""

from __future__ import annotations

import gc
import weakref
from uuid import uuid4

from shared import clock, outbox
from shared.auth import Actor
from tests.support.sample import Factory
from tests.support.sample_things import ThingChanged


async def test_many_events_are_logged_in_their_order(sample: Factory) -> None:
    stage = await sample()
    actor = Actor(sub="writer", roles=frozenset())
    things = [uuid4() for _ in range(700)]
    # More bytes than one statement takes, so that the order has to hold over two.
    names = ["x" * 200_000 if number % 50 == 0 else str(number) for number in range(len(things))]
    async with stage.database("sample").transaction() as tx:
        for version in (1, 2):
            for key, name in zip(things, names, strict=True):
                said = [ThingChanged(thing_id=key, name=name, size=version, state="open")]
                moment = clock.now()
                outbox.append(
                    tx,
                    key=key,
                    version=version,
                    events=said,
                    actor=actor,
                    occurred_at=moment,
                    now=moment,
                )
    found = await stage.events("sample")
    assert [(event.key, event.sequence) for event in found] == [
        (key, version) for version in (1, 2) for key in things
    ]
    queued = await stage.rows("select log_id from sample.outbox order by log_id")
    assert queued == await stage.rows("select id as log_id from sample.event_log order by id")


async def test_a_transaction_with_its_events_is_gone_once_it_is_over(sample: Factory) -> None:
    stage = await sample()
    said = [ThingChanged(thing_id=uuid4(), name="x", size=1, state="open")]
    gc.disable()
    try:
        async with stage.database("sample").transaction() as tx:
            outbox.append(
                tx,
                key=said[0].thing_id,
                version=1,
                events=said,
                actor=Actor(sub="writer", roles=frozenset()),
                occurred_at=clock.now(),
                now=clock.now(),
            )
        kept = weakref.ref(tx)
        del tx
        assert kept() is None
    finally:
        gc.enable()
    assert len(await stage.events("sample")) == 1
