"""Receivers that are slow, endless, silent or broken make nobody else wait."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.component.notify.desk import DELIVERIES, Desk
from tests.support.eventually import eventually
from tests.support.smtp import raw_server
from tests.support.webhook_sink import Answer, Sink

DECLARED = "itsm.incident.declared.v1"


async def tried(desk: Desk) -> dict[str, object]:
    (one,) = await desk.listed(DELIVERIES, channel="webhook")
    return one


async def declare(desk: Desk, url: str) -> None:
    await desk.endpoint(url, event_types=[DECLARED])
    await desk.tell(desk.incident("declared", uuid4()))


@pytest.mark.usefixtures("impatient")
async def test_a_receiver_that_never_answers_costs_the_deadline(hooks: Desk, sink: Sink) -> None:
    sink.default = Answer(silent=True)
    await declare(hooks, sink.url())
    began = time.monotonic()
    await hooks.send()
    assert time.monotonic() - began < 3
    one = await tried(hooks)
    assert (one["result"], one["detail"]) == ("failed", "no answer within 1 s")


async def test_an_endless_answer_is_read_up_to_a_bound(hooks: Desk, sink: Sink) -> None:
    sink.default = Answer(200, endless=True)
    await declare(hooks, sink.url())
    began = time.monotonic()
    await hooks.send()
    assert time.monotonic() - began < 3
    assert (await tried(hooks))["result"] == "accepted"
    sent = sink.sent_bytes
    assert sent < 20 * 1024 * 1024


async def test_a_taken_webhook_stays_taken_however_slow_the_rest_of_the_answer(
    hooks: Desk, sink: Sink
) -> None:
    sink.default = Answer(200, body=b"x" * 100, trickle_seconds=0.1)
    await declare(hooks, sink.url())
    began = time.monotonic()
    await hooks.send()
    assert time.monotonic() - began < 3
    assert (await tried(hooks))["result"] == "accepted"


async def test_a_compressed_bomb_is_not_unpacked(hooks: Desk, sink: Sink) -> None:
    sink.default = Answer(200, {"content-encoding": "gzip"}, body=b"\x1f\x8b not really")
    await declare(hooks, sink.url())
    await hooks.send()
    assert (await tried(hooks))["result"] == "accepted"


async def test_an_answer_cut_after_its_status_counts(hooks: Desk, sink: Sink) -> None:
    sink.default = Answer(200, {"x-note": "cut"}, body=b"")

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\npart")
        await writer.drain()
        writer.transport.abort()

    async with raw_server(cut) as port:
        await declare(hooks, f"http://127.0.0.1:{port}/")
        await hooks.send()
    assert (await tried(hooks))["result"] == "accepted"


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
    await writer.drain()


async def _headers_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + b"y" * 1000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("talk", [_reset, _garbage, _headers_without_end])
async def test_what_is_not_an_answer_is_a_failure(hooks: Desk, talk: object) -> None:
    assert callable(talk)
    async with raw_server(talk) as port:
        await declare(hooks, f"http://127.0.0.1:{port}/")
        await hooks.send()
    one = await tried(hooks)
    assert one["result"] == "failed"
    assert str(one["detail"]).startswith("connection: ")


@pytest.mark.usefixtures("impatient")
async def test_encryption_with_a_receiver_that_has_none_is_a_failure(
    hooks: Desk, sink: Sink
) -> None:
    await declare(hooks, sink.url().replace("http://", "https://"))
    await hooks.send()
    assert (await tried(hooks))["result"] == "failed"
    assert sink.requests == []


async def test_a_slow_receiver_makes_no_other_wait(hooks: Desk, sink: Sink) -> None:
    sink.answers["/slow"] = [Answer(200, after_seconds=4)]
    await hooks.endpoint(sink.url("/slow"), event_types=[DECLARED])
    await hooks.endpoint(sink.url("/quick"), event_types=[DECLARED])
    await hooks.tell(hooks.incident("declared", uuid4()))
    sending = asyncio.create_task(
        hooks.stage.run_job("notify", "deliveries.send", datetime.now(UTC))
    )
    await eventually(lambda: len(sink.at("/quick")) == 1, within=4)
    # The step goes on claiming while the slow one is in hand.
    await hooks.tell(hooks.incident("declared", uuid4()))
    await eventually(lambda: len(sink.at("/quick")) == 2, within=4)
    assert not sending.done()
    states = {one["result"] for one in await hooks.listed(DELIVERIES, channel="webhook")}
    assert "sending" in states
    await sending
    assert {one["state"] for one in await hooks.listed(channel="webhook")} == {"sent"}


async def test_a_receiver_that_failed_is_served_in_the_lane_of_the_doubtful(
    hooks: Desk, sink: Sink
) -> None:
    sink.answers["/hook"] = [Answer(500), Answer(200)]
    await declare(hooks, sink.url())
    now = datetime.now(UTC)
    assert await hooks.stage.run_job("notify", "deliveries.send", now) >= 1
    later = now + timedelta(seconds=15)
    await hooks.stage.run_job("notify", "deliveries.send", later)
    assert len(sink.requests) == 1
    await hooks.stage.run_job("notify", "deliveries.send_doubtful", later)
    assert len(sink.requests) == 2
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.stage.run_job("notify", "deliveries.send", later)
    assert len(sink.requests) == 3
