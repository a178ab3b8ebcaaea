"""The map in memory against the map read anew, and what happens under pressure."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.catalog.components.domain import NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.impact import downstream
from services.catalog.impact.graph.rows import Level
from services.catalog.impact.queries import LiveMap, live
from shared.db import statement
from tests.component.catalog.desk import DEPENDENCIES, Body, Desk, refusal
from tests.component.catalog.impact.ground import GROUPS, IMPACT, Ground, new_ground
from tests.support.eventually import eventually
from tests.support.relaying import running

ITEMS = "/catalog/v1/configuration-items"
NAMES = ("portal", "shop", "mobile", "payroll", "storage", "queue")


def live_map(ground: Ground) -> LiveMap:
    found: LiveMap = ground.desk.stage.part("catalog").app.state.edge.kept(LiveMap)
    return found


async def everything(ground: Ground, asked: LiveMap) -> list[object]:
    """Return who is hit by each thing, as a map says."""
    now = datetime.now(UTC)

    def question(service_map: ServiceMap) -> list[object]:
        return [
            (impact.hits, impact.held, impact.circles)
            for thing in ground.things.values()
            for impact in [
                downstream(service_map, {NodeId(UUID(thing["id"])): Level.DOWN}, as_of=now),
            ]
        ]

    return await asked.ask(question, now=now)


@pytest.mark.parametrize("seed", range(3))
async def test_following_change_by_change_leads_to_the_map_read_anew(desk: Desk, seed: int) -> None:
    ground = await new_ground(desk)
    for name in NAMES:
        await ground.thing(name)
    chance = random.Random(seed)
    present: list[Body] = []
    held = live_map(ground)
    for _ in range(40):
        await _change(ground, present, chance)
        anew = LiveMap(desk.stage.database("catalog"))
        assert await everything(ground, held) == await everything(ground, anew)
    assert present


async def _change(ground: Ground, present: list[Body], chance: random.Random) -> None:
    """Declare, change, end or group something."""
    desk = ground.desk
    what = chance.choice(["declare", "declare", "declare", "change", "end", "group"])
    if what == "declare" or not present:
        consumer, provider = chance.sample(list(ground.things.values()), 2)
        answer = await desk.keeper.post(
            DEPENDENCIES,
            json={
                "from_id": consumer["id"],
                "to_id": provider["id"],
                "failure_mode": chance.choice(["down", "degrade"]),
            },
        )
        if answer.status_code == 201:
            present.append(answer.json())
        return
    one = present.pop(chance.randrange(len(present)))
    one = await desk.read(DEPENDENCIES, one)
    if what == "change":
        mode = "down" if one["failure_mode"] == "degrade" else "degrade"
        answer = await desk.change(DEPENDENCIES, one, failure_mode=mode)
        present.append(answer.json())
    elif what == "end" or one["redundancy_group_id"] is not None:
        answer = await desk.move(DEPENDENCIES, one, "removed")
        if answer.status_code != 200:
            present.append(one)
    else:
        name = f"Spare {chance.random()}"
        body = {"node_id": one["from_id"], "name": name, "min_up": 1, "dependency_ids": [one["id"]]}
        answer = await desk.keeper.post(GROUPS, json=body)
        assert answer.status_code == 201, answer.text
        present.append(one)


async def test_a_configuration_item_is_on_the_map_under_its_number(desk: Desk) -> None:
    ground = await new_ground(desk)
    server = await desk.make(ITEMS, kind="hardware", name="web-1", **{"class": "server"})
    shop = await ground.thing("shop")
    await desk.dependency(shop, server)
    for number in (server["number"], server["number"].lower()):
        answer = await desk.keeper.get(IMPACT, params={"node": number})
        assert [(one["label"], one["kind"]) for one in answer.json()["nodes"]] == [
            ("web-1", "configuration_item"),
            ("shop", "service"),
        ]


async def test_a_gap_that_is_too_large_is_bridged_by_reading_all_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = await new_ground(desk)
    await ground.rests("shop", "storage")
    assert (await ground.ask("storage"))["total"] == 2
    monkeypatch.setattr(live, "CHANGED_AT_ONCE", 1)
    await ground.rests("portal", "shop")
    await ground.rests("mobile", "shop")
    assert (await ground.ask("storage"))["total"] == 4


async def test_more_sent_than_is_looked_at_is_bridged_too_though_the_first_of_it_is_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = await new_ground(desk)
    await ground.rests("shop", "storage")
    assert (await ground.ask("storage"))["total"] == 2
    await ground.rests("portal", "shop")

    async def all_sent() -> bool:
        async with desk.stage.database("catalog").reading() as tx:
            return not await tx.value(statement("select count(*) from catalog.outbox"))

    async with running(desk.stage.part("catalog").relay):
        await eventually(all_sent, within=10)
    monkeypatch.setattr(live, "SENT_AT_ONCE", 1)
    assert (await ground.ask("storage"))["total"] == 3


async def test_who_waits_too_long_is_told_that_the_map_is_busy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = await new_ground(desk)
    await ground.thing("shop")
    done = threading.Event()
    monkeypatch.setattr(live, "WAIT_SECONDS", 0.05)
    first = asyncio.ensure_future(
        live_map(ground).ask(lambda _: done.wait(10), now=datetime.now(UTC))
    )
    await asyncio.sleep(0)
    answer = await ground.try_asking("shop")
    assert refusal(answer) == (503, "map-busy")
    assert answer.headers["Retry-After"]
    done.set()
    assert await first
    assert (await ground.ask("shop"))["total"] == 1


async def test_a_question_given_up_keeps_the_map_until_it_stops_reading(desk: Desk) -> None:
    ground = await new_ground(desk)
    await ground.thing("shop")
    begun, done = threading.Event(), threading.Event()
    order: list[str] = []

    def slow(_: ServiceMap) -> None:
        begun.set()
        done.wait(10)
        order.append("given up")

    now = datetime.now(UTC)
    given_up = asyncio.ensure_future(live_map(ground).ask(slow, now=now))
    assert await asyncio.to_thread(begun.wait, 10)
    given_up.cancel()
    following = asyncio.ensure_future(live_map(ground).ask(lambda _: order.append("next"), now=now))
    await asyncio.sleep(0)
    done.set()
    await following
    assert order == ["given up", "next"]
    assert given_up.cancelled()
