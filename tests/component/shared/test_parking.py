"""What was set aside is seen, applied again in order, or given up; nothing overtakes it."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from prometheus_client import REGISTRY

from shared.envelope import to_record
from tests.support.inbox_rows import heard, parked, quick
from tests.support.sample import Factory, SampleStage, deliveries, order
from tests.support.sample_service import LISTENER, REFUSED


async def test_what_is_parked_can_be_seen_whole(sample: Factory) -> None:
    stage = await quick(sample)
    bad = order(uuid4(), note="für Ω")
    REFUSED.add(bad.key)
    before = REGISTRY.get_sample_value(
        "inbox_parked_total", {"subscription": LISTENER.name, "reason": "failed"}
    )
    await stage.inbox.handle(deliveries(bad))
    client = stage.http("auditor")
    page = (await client.get("/sample/v1/parked")).json()
    (summary,) = page["items"]
    assert page["next"] is None
    assert (summary["key"], summary["type"], summary["reason"]) == (
        str(bad.key),
        bad.type,
        "failed",
    )
    assert "this order is refused right now" in summary["error"]
    whole = (await client.get(f"/sample/v1/parked/{summary['id']}")).json()
    assert whole["value"].encode() == bad.data
    assert whole["headers"] == {n: v.decode() for n, v in to_record(bad).headers}
    after = REGISTRY.get_sample_value(
        "inbox_parked_total", {"subscription": LISTENER.name, "reason": "failed"}
    )
    assert (after or 0) == (before or 0) + 1
    (state,) = (await client.get("/sample/v1/subscriptions")).json()["items"]
    assert state == {
        "name": LISTENER.name,
        "topics": list(LISTENER.topics),
        "stopped": None,
        "parked": 1,
    }
    for missing in (summary["id"] + 1, 0, 2**63, -1):
        assert (await client.get(f"/sample/v1/parked/{missing}")).status_code == 404


async def test_later_events_of_a_parked_key_wait_behind_it_and_others_go_on(
    sample: Factory,
) -> None:
    stage = await quick(sample)
    bad, good = uuid4(), uuid4()
    REFUSED.add(bad)
    await stage.inbox.handle(deliveries(order(bad, 1)))
    REFUSED.clear()
    await stage.inbox.handle(deliveries(order(bad, 2), order(good, 1)))
    await stage.inbox.handle(deliveries(order(bad, 3), order(good, 2)))
    assert await heard(stage) == [(good, 1), (good, 2)]
    assert [reason for _, reason, _ in await parked(stage)] == ["failed", "behind", "behind"]


async def park_three(stage: SampleStage) -> tuple[UUID, list[int]]:
    """Park three versions of one aggregate; return its id and theirs."""
    key = uuid4()
    REFUSED.add(key)
    await stage.inbox.handle(deliveries(*(order(key, sequence) for sequence in (1, 2, 3))))
    rows = await stage.rows("select id from sample.parked order by id")
    return key, [row["id"] for row in rows]


async def test_a_replay_applies_what_is_parked_of_a_key_in_order(sample: Factory) -> None:
    stage = await quick(sample)
    key, ids = await park_three(stage)
    REFUSED.clear()
    admin = stage.http("admin")
    answer = await admin.post(f"/sample/v1/parked/{ids[2]}/replay")
    assert (answer.status_code, answer.json()) == (200, {"applied": 3, "left": False})
    assert await heard(stage) == [(key, 1), (key, 2), (key, 3)]
    assert await parked(stage) == []
    await stage.inbox.handle(deliveries(order(key, 4)))
    assert (await heard(stage))[-1] == (key, 4)
    assert (await admin.post(f"/sample/v1/parked/{ids[0]}/replay")).status_code == 404


async def test_a_replay_that_fails_again_leaves_everything_parked(sample: Factory) -> None:
    stage = await quick(sample)
    _, ids = await park_three(stage)
    answer = await stage.http("admin").post(f"/sample/v1/parked/{ids[1]}/replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "replay-failed")
    assert answer.json()["applied"] == 0
    assert await heard(stage) == []
    assert [attempts for _, _, attempts in await parked(stage)] == [6, 0, 0]


async def test_giving_a_record_up_lets_those_behind_it_go_on(sample: Factory) -> None:
    stage = await quick(sample)
    key, ids = await park_three(stage)
    REFUSED.clear()
    admin = stage.http("admin")
    assert (await admin.post(f"/sample/v1/parked/{ids[0]}/discard")).status_code == 200
    assert (await admin.post(f"/sample/v1/parked/{ids[0]}/discard")).status_code == 404
    answer = await admin.post(f"/sample/v1/parked/{ids[1]}/replay")
    assert answer.json() == {"applied": 2, "left": False}
    assert await heard(stage) == [(key, 2), (key, 3)]


async def test_a_replay_and_new_records_of_its_key_keep_their_order(sample: Factory) -> None:
    stage = await quick(sample)
    key, ids = await park_three(stage)
    REFUSED.clear()
    admin = stage.http("admin")
    await asyncio.gather(
        admin.post(f"/sample/v1/parked/{ids[0]}/replay"),
        stage.inbox.handle(deliveries(order(key, 4))),
        stage.inbox.handle(deliveries(order(uuid4(), 1))),
    )
    if await parked(stage):
        (row,) = await stage.rows("select id from sample.parked")
        await admin.post(f"/sample/v1/parked/{row['id']}/replay")
    mine = [sequence for one, sequence in await heard(stage) if one == key]
    assert mine == [1, 2, 3, 4]
