"""Webhooks to a real receiver: signed, in order, each with an id that never changes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.envelope import to_document
from tests.component.notify.desk import DELIVERIES, ENDPOINTS, Desk
from tests.support.app import Factory
from tests.support.webhook_sink import Answer, Delivered, Sink

SOON = timedelta(seconds=15)
DECLARED = "itsm.incident.declared.v1"


def is_signed(request: Delivered, secret: str) -> bool:
    """Check a signature as a receiver does, with nothing of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


async def test_an_endpoint_gets_the_event_as_a_signed_document(hooks: Desk, sink: Sink) -> None:
    endpoint = await hooks.endpoint(sink.url())
    declared = hooks.incident("declared", uuid4())
    await hooks.tell(declared)
    assert await hooks.send() >= 1
    (request,) = sink.requests
    assert request.document == to_document(declared)
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["host"] == f"127.0.0.1:{sink.port}"
    assert is_signed(request, endpoint["secret"])
    assert not is_signed(request, "whsec_" + base64.b64encode(b"x" * 32).decode())
    (one,) = await hooks.listed(channel="webhook")
    assert (one["id"], one["state"], one["audience"]) == (request.id, "sent", "system")
    assert one["body"] is None


async def test_an_endpoint_gets_what_it_asked_for_and_no_echo(hooks: Desk, sink: Sink) -> None:
    await hooks.endpoint(sink.url("/declared"), event_types=[DECLARED])
    await hooks.endpoint(sink.url("/all"))
    await hooks.endpoint(sink.url("/others"), exclude_origins=["chat-bridge"])
    own = UUID(int=1)
    echo = hooks.incident("declared", own)
    object.__setattr__(echo, "origin", "chat-bridge")
    await hooks.tell(echo, hooks.team(uuid4()), hooks.incident("started", own))
    await hooks.send()
    seen = {path: [one.document["type"] for one in sink.at(path)] for path in ("/declared", "/all")}
    assert seen["/declared"] == [DECLARED]
    assert sorted(seen["/all"]) == [
        DECLARED,
        "itsm.incident.started.v1",
        "itsm.team.changed.v1",
    ]
    assert DECLARED not in [one.document["type"] for one in sink.at("/others")]


async def test_no_endpoint_is_told_the_address_of_a_person(hooks: Desk, sink: Sink) -> None:
    await hooks.endpoint(sink.url())
    await hooks.tell(hooks.contact(uuid4(), email="private@example.com"))
    await hooks.send()
    assert sink.requests == []


async def test_a_retry_is_the_same_message_with_a_fresh_signature(hooks: Desk, sink: Sink) -> None:
    sink.answers["/hook"] = [Answer(500), Answer(200)]
    endpoint = await hooks.endpoint(sink.url())
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send()
    await hooks.send(after=SOON)
    first, second = sink.requests
    assert (first.id, first.body) == (second.id, second.body)
    assert int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"])
    assert is_signed(second, endpoint["secret"])
    (one,) = await hooks.listed(channel="webhook")
    assert (one["state"], one["attempts"]) == ("sent", 2)


async def test_later_events_of_a_record_wait_behind_one_that_fails(hooks: Desk, sink: Sink) -> None:
    sink.answers["/hook"] = [Answer(500), Answer(200)]
    await hooks.endpoint(sink.url(), event_types=[DECLARED, "itsm.incident.started.v1"])
    stuck, free = uuid4(), uuid4()
    await hooks.tell(hooks.incident("declared", stuck))
    await hooks.send()
    await hooks.tell(hooks.incident("started", stuck), hooks.incident("declared", free))
    await hooks.send(after=timedelta(seconds=1))
    about = [one.document["subject"] for one in sink.requests]
    assert about == [str(stuck), str(free)]
    await hooks.send(after=SOON)
    rest = [(one.document["subject"], one.document["type"]) for one in sink.requests[2:]]
    assert rest == [(str(stuck), DECLARED), (str(stuck), "itsm.incident.started.v1")]


async def test_several_events_of_a_record_go_out_in_their_order(hooks: Desk, sink: Sink) -> None:
    await hooks.endpoint(sink.url())
    incident = uuid4()
    facts = ["declared", "started", "put_on_hold", "resumed", "started"]
    await hooks.tell(*(hooks.incident(fact, incident) for fact in facts))
    for _ in facts:
        await hooks.send()
    assert [int(one.document["sequence"]) for one in sink.requests] == [1, 2, 3, 4, 5]


async def test_after_a_rotation_both_secrets_sign(hooks: Desk, sink: Sink) -> None:
    endpoint = await hooks.endpoint(sink.url())
    path = f"{ENDPOINTS}/{endpoint['id']}/secret-rotations"
    rotated = await hooks.keeper.post(path, headers={"If-Match": '"1"'})
    assert rotated.status_code == 200, rotated.text
    assert rotated.json()["secret"] != endpoint["secret"]
    assert len(rotated.json()["former_secrets_until"]) == 1
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send()
    (request,) = sink.requests
    assert is_signed(request, endpoint["secret"])
    assert is_signed(request, rotated.json()["secret"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(
    hooks: Desk, sink: Sink, status: int
) -> None:
    sink.default = Answer(status, {"Location": sink.url("/elsewhere")})
    await hooks.endpoint(sink.url())
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send()
    assert sink.at("/elsewhere") == []
    (tried,) = await hooks.listed(DELIVERIES, channel="webhook")
    assert (tried["result"], tried["status_code"]) == ("failed", status)


async def test_gone_disables_the_endpoint_until_somebody_enables_it(
    hooks: Desk, sink: Sink
) -> None:
    sink.answers["/hook"] = [Answer(410), Answer(200)]
    endpoint = await hooks.endpoint(sink.url(), event_types=[DECLARED])
    first, second = uuid4(), uuid4()
    await hooks.tell(hooks.incident("declared", first))
    await hooks.send()
    path = f"{ENDPOINTS}/{endpoint['id']}"
    record = (await hooks.keeper.get(path)).json()
    assert (record["status"], record["reason"], record["version"]) == ("disabled", "gone", 2)
    await hooks.tell(hooks.incident("declared", second))
    (dead,) = await hooks.listed(channel="webhook")
    assert (dead["state"], dead["reason"]) == ("dead_lettered", "endpoint_gone")
    move = {"to": "enabled"}
    back = await hooks.keeper.post(f"{path}/transitions", json=move, headers={"If-Match": '"2"'})
    assert (back.status_code, back.json()["reason"]) == (200, None)
    again = f"/notify/v1/notifications/{dead['id']}/transitions"
    match = {"If-Match": f'"{dead["version"]}"'}
    await hooks.keeper.post(again, json={"to": "queued"}, headers=match)
    await hooks.send()
    assert [one.document["subject"] for one in sink.requests] == [str(first), str(first)]
    await hooks.is_consistent()


async def test_what_waits_for_a_disabled_endpoint_ends_visibly(hooks: Desk, sink: Sink) -> None:
    endpoint = await hooks.endpoint(sink.url())
    await hooks.tell(hooks.incident("declared", uuid4()))
    path = f"{ENDPOINTS}/{endpoint['id']}/transitions"
    off = await hooks.keeper.post(path, json={"to": "disabled"}, headers={"If-Match": '"1"'})
    assert (off.json()["status"], off.json()["reason"]) == ("disabled", "by_hand")
    await hooks.send()
    (one,) = await hooks.listed(channel="webhook")
    assert (one["state"], one["reason"]) == ("dead_lettered", "endpoint_disabled")
    assert sink.requests == []
    await hooks.is_consistent()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_receiver_that_asks_for_a_pause_gets_it(
    hooks: Desk, sink: Sink, status: int
) -> None:
    sink.answers["/hook"] = [Answer(status, {"Retry-After": "120"}), Answer(200)]
    await hooks.endpoint(sink.url(), event_types=[DECLARED])
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send()
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send(after=timedelta(seconds=100))
    assert len(sink.requests) == 1
    await hooks.send(after=timedelta(seconds=125))
    assert len(sink.requests) == 3


async def test_a_wish_to_wait_for_ever_is_capped(hooks: Desk, sink: Sink) -> None:
    sink.answers["/hook"] = [Answer(429, {"Retry-After": "99999999"}), Answer(200)]
    await hooks.endpoint(sink.url(), event_types=[DECLARED])
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send()
    assert len(sink.requests) == 1
    await hooks.send(after=timedelta(seconds=3605))
    assert len(sink.requests) == 2


async def test_an_address_that_is_no_longer_allowed_is_not_connected_to(
    hooks: Desk, sink: Sink
) -> None:
    endpoint = await hooks.endpoint(sink.url(), event_types=[DECLARED])
    await hooks.run_sql(
        "update notify.webhook_endpoint set url = :url where id = :id",
        url="http://169.254.169.254/latest/meta-data",
        id=UUID(endpoint["id"]),
    )
    await hooks.tell(hooks.incident("declared", uuid4()))
    await hooks.send()
    (tried,) = await hooks.listed(DELIVERIES, channel="webhook")
    assert tried["result"] == "failed"
    assert tried["detail"].startswith("address refused")
    assert sink.requests == []


async def test_a_name_is_resolved_once_and_keeps_its_place_in_the_request(
    sink: Sink, platform: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name of this machine may have an IPv6 address as well, where nobody listens.
    monkeypatch.setenv("ITSM_NOTIFY_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128")
    desk = Desk(await platform("notify"))
    await desk.endpoint(f"http://localhost:{sink.port}/hook", event_types=[DECLARED])
    await desk.tell(desk.incident("declared", uuid4()))
    await desk.send()
    (request,) = sink.requests
    assert request.headers["host"] == f"localhost:{sink.port}"


async def test_a_name_with_one_answer_that_is_not_allowed_is_not_connected_to(
    sink: Sink, platform: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSM_NOTIFY_WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8")
    desk = Desk(await platform("notify"))
    await desk.endpoint(f"http://localhost:{sink.port}/hook", event_types=[DECLARED])
    await desk.tell(desk.incident("declared", uuid4()))
    await desk.send()
    (tried,) = await desk.listed(DELIVERIES, channel="webhook")
    assert tried["detail"].startswith("address refused")
    assert sink.requests == []
