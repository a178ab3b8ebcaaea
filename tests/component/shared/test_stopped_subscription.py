"""Ten failing keys in a row stop a subscription; it goes on when somebody says so."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from shared.bus import Delivery
from shared.envelope import Event, Record
from shared.inbox import SubscriptionStoppedError
from tests.support.eventually import eventually
from tests.support.inbox_rows import AT_ONCE, heard, parked, quick
from tests.support.sample import THINGS, Factory, SampleStage, deliveries, make, order
from tests.support.sample_service import LISTENER, REFUSED


def bad_orders(count: int, *, each: int = 1) -> list[Event]:
    """Return orders of different keys, some versions each, that the handler refuses."""
    keys = [uuid4() for _ in range(count)]
    REFUSED.update(keys)
    return [order(key, sequence) for key in keys for sequence in range(1, each + 1)]


async def stop(stage: SampleStage) -> list[Event]:
    """Stop the subscription by twelve failing keys; return their orders."""
    events = bad_orders(12)
    with pytest.raises(SubscriptionStoppedError):
        await stage.inbox.handle(deliveries(*events))
    return events


async def test_ten_failing_keys_stop_it_and_nothing_more_is_parked(sample: Factory) -> None:
    stage = await quick(sample)
    await stop(stage)
    assert len(await parked(stage)) == 10
    (row,) = await stage.rows("select * from sample.stopped_subscription")
    assert row["subscription"] == LISTENER.name
    assert "this order is refused right now" in row["reason"]
    with pytest.raises(SubscriptionStoppedError):
        await stage.inbox.handle(deliveries(order(uuid4())))
    assert len(await parked(stage)) == 10
    (state,) = (await stage.http("admin").get("/sample/v1/subscriptions")).json()["items"]
    assert (state["stopped"], state["parked"]) == (row["reason"], 10)


async def test_nine_failing_keys_do_not_stop_it(sample: Factory) -> None:
    stage = await quick(sample)
    await stage.inbox.handle(deliveries(*bad_orders(9)))
    await stage.inbox.handle(deliveries(order(uuid4())))
    await stage.inbox.handle(deliveries(*bad_orders(9)))
    assert stage.inbox.stopped is False


async def test_one_success_between_them_begins_the_row_anew(sample: Factory) -> None:
    stage = await quick(sample)
    await stage.inbox.handle(
        deliveries(*bad_orders(6), order(uuid4()), *bad_orders(6), order(uuid4()))
    )
    assert stage.inbox.stopped is False
    assert len(await heard(stage)) == 2


async def test_records_set_aside_unseen_are_no_success(sample: Factory) -> None:
    """A bad deployment fails every key, and each key has more than one event."""
    stage = await quick(sample)
    copies = deliveries(order(uuid4()))
    await stage.inbox.handle(copies)

    async def deploy_badly() -> None:
        for event in bad_orders(12, each=3):
            malformed = Delivery(Record(event.topic, event.key.bytes, b"", ()), 0, 0)
            await stage.inbox.handle([*deliveries(event), malformed, *copies])

    with pytest.raises(SubscriptionStoppedError):
        await deploy_badly()
    failed = [row for row in await parked(stage) if row[1] == "failed"]
    assert len(failed) == 10


async def test_one_key_that_fails_for_ever_does_not_stop_it(sample: Factory) -> None:
    stage = await quick(sample)
    bad = uuid4()
    REFUSED.add(bad)
    await stage.inbox.handle(deliveries(*(order(bad, sequence) for sequence in range(1, 30))))
    assert stage.inbox.stopped is False
    assert len(await parked(stage)) == 29


async def test_it_goes_on_where_it_stopped_when_resumed(sample: Factory) -> None:
    stage = await quick(sample)
    events = await stop(stage)
    REFUSED.clear()
    admin = stage.http("admin")
    answer = await admin.post(f"/sample/v1/subscriptions/{LISTENER.name}/resume")
    assert (answer.status_code, answer.json()["stopped"]) == (200, None)
    await stage.inbox.handle(deliveries(*events))
    assert await heard(stage) == [(event.key, 1) for event in events[10:]]
    assert len(await parked(stage)) == 10
    assert (await admin.post("/sample/v1/subscriptions/other/resume")).status_code == 404


async def test_another_process_sees_the_stop_and_can_lift_it(sample: Factory) -> None:
    stage = await quick(sample)
    await stop(stage)
    REFUSED.clear()
    other = (
        stage.part("sample")
        .inboxes[LISTENER.name]
        .__class__(stage.database("sample"), LISTENER, AT_ONCE)
    )
    await other.resume()
    key = uuid4()
    await stage.inbox.handle(deliveries(order(key)))
    assert await heard(stage) == [(key, 1)]


async def test_a_restart_lifts_the_stop(sample: Factory) -> None:
    stage = await quick(sample)
    await stop(stage)
    REFUSED.clear()
    await stage.stop()
    again = await sample()
    assert await again.rows("select from sample.stopped_subscription") == []
    key = uuid4()
    await again.inbox.handle(deliveries(order(key)))
    assert await heard(again) == [(key, 1)]


async def test_a_stopped_subscription_makes_the_process_unready(sample: Factory) -> None:
    stage = await quick(sample, start=True)
    probe = stage.http()

    async def ready() -> bool:
        return (await probe.get("/readyz")).status_code == 200

    await eventually(ready, within=5)
    await stop(stage)
    answer = await probe.get("/readyz")
    assert answer.status_code == 503
    assert "stopped after failing keys" in answer.json()["details"][LISTENER.name]
    assert (await probe.get("/livez")).status_code == 200
    REFUSED.clear()
    await stage.http("admin").post(f"/sample/v1/subscriptions/{LISTENER.name}/resume")
    await eventually(ready, within=5)


async def test_standing_still_with_work_to_do_can_be_seen(
    sample: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.supervision.WATCH_EVERY_SECONDS", 0.05)
    monkeypatch.setattr("shared.supervision.STALLED_AFTER_SECONDS", 0.3)
    stage = await sample(start=True)
    probe = stage.http()

    def gauge(name: str) -> float:
        return REGISTRY.get_sample_value(name, {"subscription": LISTENER.name}) or 0

    async with stage.database("sample").transaction() as holder:
        await holder.begin()
        await holder.connection.execute("lock table sample.heard in exclusive mode")
        await asyncio.gather(*(make(stage.keeper()) for _ in range(3)))
        await eventually(lambda: gauge("inbox_lag") > 0, within=5)
        await eventually(lambda: gauge("inbox_stalled_seconds") > 0.3, within=5)
        answer = await probe.get("/readyz")
        assert answer.status_code == 503
        assert "no progress" in answer.json()["details"][LISTENER.name]
        assert (await stage.keeper().get(THINGS)).status_code == 200
    await eventually(lambda: gauge("inbox_lag") == 0, within=5)
    await eventually(lambda: gauge("inbox_stalled_seconds") == 0, within=5)
    assert (await probe.get("/readyz")).status_code == 200
    assert len(await heard(stage)) == 3
