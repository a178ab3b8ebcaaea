"""The feed over HTTP: every event once, in the order it went out, and nothing later before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from shared.audit import verify_chain
from shared.feed import republish
from tests.support.eventually import eventually
from tests.support.recording_bus import RecordingBus
from tests.support.relaying import relay_all, relaying
from tests.support.sample import THINGS, Factory, SampleStage, fetch, make

FEED = "/sample/v1/events"
LOG = (
    "with logged as (insert into sample.event_log"
    " (event_id, key, sequence, type, recorded_at, occurred_at, actor, data)"
    " values ($1, $2, 1, 'itsm.thing.changed.v1', now(), now(), 'raw', '{}') returning id)"
    " insert into sample.outbox select id from logged"
)


async def read(client: httpx.AsyncClient, after: int = 0, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await client.get(FEED, params={"after": after, **parameters})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_the_feed_shows_what_went_out_as_it_went_out(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    things = [await make(client) for _ in range(5)]
    reader = stage.http("integration")
    assert await read(reader) == {"items": [], "next": 0}
    bus = await relay_all(stage.home)
    page = await read(reader)
    assert [item["position"] for item in page["items"]] == [1, 2, 3, 4, 5]
    assert [item["subject"] for item in page["items"]] == [thing["id"] for thing in things]
    assert page["next"] == 5
    for item, event in zip(page["items"], bus.events, strict=True):
        headers = {name[3:]: value.decode() for name, value in bus.copies[str(event.id)][0].headers}
        assert {name: item[name] for name in headers if name in item} == {
            name: value for name, value in headers.items() if name in item
        }
        assert item["data"]["thing_id"] == item["subject"]
        assert (item["specversion"], item["datacontenttype"]) == ("1.0", "application/json")


async def test_reading_goes_on_after_a_position(sample: Factory) -> None:
    stage = await sample()
    for _ in range(5):
        await make(stage.keeper())
    await relay_all(stage.home)
    reader = stage.http("auditor")
    seen: list[int] = []
    after = 0
    while True:
        page = await read(reader, after, limit=2)
        if not page["items"]:
            break
        seen += [item["position"] for item in page["items"]]
        after = page["next"]
    assert (seen, after) == ([1, 2, 3, 4, 5], 5)
    assert await read(reader, 99) == {"items": [], "next": 99}


async def test_a_reader_of_rare_types_makes_progress(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    things = [await make(client) for _ in range(6)]
    await client.post(f"{THINGS}/{things[2]['id']}/close", headers={"If-Match": '"1"'})
    await relay_all(stage.home)
    reader = stage.http("admin")
    page = await read(reader, type="itsm.thing.closed.v1,itsm.other.v1")
    assert [item["position"] for item in page["items"]] == [8]
    page = await read(reader, type="itsm.never.v1")
    assert (page["items"], page["next"]) == ([], 8)
    page = await read(reader, type="itsm.thing.changed.v1", limit=3)
    assert ([item["position"] for item in page["items"]], page["next"]) == ([1, 2, 3], 3)


async def test_an_event_committed_late_is_neither_lost_nor_put_before(sample: Factory) -> None:
    """A has the lower log id and commits last; the feed was read in between."""
    stage = await sample()
    reader = stage.http("admin")
    ids = [uuid4(), uuid4()]
    late = await asyncpg.connect(stage.home.database.admin)
    try:
        slow = late.transaction()
        await slow.start()
        await late.execute(LOG, ids[0], uuid4())
        await fetch(stage.home.database, LOG, ids[1], uuid4())
        await feed_grows_to(stage, 1)
        first = await read(reader)
        assert [item["id"] for item in first["items"]] == [str(ids[1])]
        await slow.commit()
    finally:
        await late.close()
    await relay_all(stage.home)
    second = await read(reader, first["next"])
    assert [item["id"] for item in second["items"]] == [str(ids[0])]
    rows = await stage.rows("select log_id from sample.feed order by position")
    assert rows[0]["log_id"] > rows[1]["log_id"]
    whole = await read(reader)
    assert [item["id"] for item in whole["items"]] == [str(ids[1]), str(ids[0])]


async def feed_grows_to(stage: SampleStage, count: int) -> None:
    """Send out what is committed, until the feed has so many entries."""

    async def there() -> bool:
        return len(await stage.rows("select from sample.feed")) == count

    async with relaying(stage.home, RecordingBus()):
        await eventually(there, within=10)


async def test_a_reader_beside_late_writers_gets_each_event_once(sample: Factory) -> None:
    stage = await sample(start=True, pool_size=10)
    reader = stage.http("admin")
    wrote: list[UUID] = []

    async def writer(number: int) -> None:
        connection = await asyncpg.connect(stage.home.database.admin)
        try:
            for step in range(20):
                async with connection.transaction():
                    await connection.execute(LOG, event_id := uuid4(), uuid4())
                    await asyncio.sleep(0.002 * ((number * 7 + step) % 5))
                wrote.append(event_id)
        finally:
            await connection.close()

    writing = asyncio.gather(*(writer(number) for number in range(5)))
    seen: list[str] = []
    after = 0
    while len(seen) < 100:
        page = await read(reader, after, limit=7, wait=5)
        assert page["items"], "a long poll ended without what was still to come"
        positions = [item["position"] for item in page["items"]]
        assert positions == list(range(after + 1, after + 1 + len(positions)))
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    await writing
    assert sorted(seen) == sorted(str(event_id) for event_id in wrote)


async def test_a_long_poll_wakes_for_a_new_event_and_ends_by_itself(sample: Factory) -> None:
    stage = await sample(start=True)
    reader = stage.http("integration")
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await read(reader, wait=1) == {"items": [], "next": 0}
    assert 1 <= loop.time() - started < 2
    polling = asyncio.create_task(read(reader, wait=20))
    thing = await make(stage.keeper())
    page = await asyncio.wait_for(polling, timeout=3)
    assert [item["subject"] for item in page["items"]] == [thing["id"]]


async def test_a_long_poll_leaves_when_the_process_is_about_to_stop(sample: Factory) -> None:
    stage = await sample(start=True)
    polling = asyncio.create_task(read(stage.http("integration"), wait=20))
    await asyncio.sleep(0)
    stage.running.condition.draining = True
    assert await asyncio.wait_for(polling, timeout=2) == {"items": [], "next": 0}


@pytest.mark.parametrize(
    "parameters",
    [
        {"after": "-1"},
        {"after": str(2**63)},
        {"after": "x"},
        {"limit": "0"},
        {"limit": "501"},
        {"wait": "31"},
        {"wait": "0.5"},
        {"type": "x" * 1001},
        {"type": "a\x00b"},
        {"since": "1"},
    ],
)
async def test_a_wrong_parameter_is_refused(sample: Factory, parameters: dict[str, str]) -> None:
    stage = await sample()
    answer = await stage.http("admin").get(FEED, params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")


async def sent_again(stage: SampleStage, **only: Any) -> RecordingBus:  # noqa: ANN401
    counts = [count async for count in republish(stage.database("sample"), **only)]
    bus = await relay_all(stage.home)
    assert (counts or [0])[-1] == len(bus.events)
    return bus


async def test_events_are_sent_again_as_they_were(sample: Factory) -> None:
    stage = await sample()
    client = stage.keeper()
    things = [await make(client) for _ in range(3)]
    await client.post(f"{THINGS}/{things[1]['id']}/close", headers={"If-Match": '"1"'})
    first = await relay_all(stage.home)
    fed = await stage.rows("select * from sample.feed order by position")
    again = await sent_again(stage)
    assert [event.id for event in again.events] == [event.id for event in first.events]
    for event_id, copies in again.copies.items():
        assert copies == first.copies[event_id]
    key = UUID(things[1]["id"])
    assert [event.sequence for event in (await sent_again(stage, key=key)).events] == [1, 2, 3]
    closed = await sent_again(stage, event_type="itsm.thing.closed.v1")
    assert [event.key for event in closed.events] == [key]
    future = datetime.now(UTC) + timedelta(hours=1)
    assert (await sent_again(stage, since=future)).events == []
    assert await stage.rows("select * from sample.feed order by position") == fed


async def test_what_is_new_gets_its_place_among_what_is_sent_again(
    sample: Factory,
) -> None:
    stage = await sample()
    client = stage.keeper()
    for _ in range(3):
        await make(client)
    await relay_all(stage.home)
    thing = await make(client)
    admin = stage.http("admin")
    answer = await admin.post("/sample/v1/republications", json={})
    assert (answer.status_code, answer.json()) == (200, {"queued": 4})
    bus = await relay_all(stage.home)
    assert len(bus.events) == 4
    page = await read(admin)
    assert [item["position"] for item in page["items"]] == [1, 2, 3, 4]
    assert page["items"][-1]["subject"] == thing["id"]
    found = [one async for _, some in verify_chain(stage.database("sample")) for one in some]
    assert found == []


async def test_only_an_administrator_sends_again_and_says_what(sample: Factory) -> None:
    stage = await sample()
    bodies: list[dict[str, object]] = [
        {"keys": []},
        {"key": "x"},
        {"since": "2026-01-01T00:00:00"},
        {"type": "a\nb"},
    ]
    for body in bodies:
        answer = await stage.http("admin").post("/sample/v1/republications", json=body)
        assert answer.status_code == 422
    answer = await stage.http("auditor").post("/sample/v1/republications", json={})
    assert answer.status_code == 403
