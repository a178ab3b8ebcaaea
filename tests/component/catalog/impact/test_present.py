"""The present map over HTTP: it follows each change at once, whether the bus has it or not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.catalog.impact.queries import LiveMap
from shared.app import attach
from shared.db import statement
from shared.runtime import service_app
from shared.web import Edge
from tests.component.catalog.desk import DEPENDENCIES, SERVICES, Desk
from tests.component.catalog.impact.ground import CHANCES, GROUPS, IMPACT, Ground, new_ground
from tests.support.app import Factory

FAILED, DOWN = ("failed", "down"), ("hit", "down")


@pytest.fixture
async def ground(desk: Desk) -> Ground:
    """A portal on a shop on a database."""
    made = await new_ground(desk)
    await made.rests("portal", "shop")
    await made.rests("shop", "storage")
    return made


async def test_what_rests_on_a_failed_thing_is_hit_with_the_reason(ground: Ground) -> None:
    graph = await ground.ask("storage")
    assert graph["direction"] == "downstream"
    assert graph["asked"] == [ground.things["storage"]["id"]]
    assert (graph["total"], graph["complete"], graph["depth"]) == (3, True, None)
    assert [(one["label"], one["level"], one["distance"]) for one in graph["nodes"]] == [
        ("storage", "down", 0),
        ("shop", "down", 1),
        ("portal", "down", 2),
    ]
    shop = graph["nodes"][1]
    assert shop["kind"] == "service"
    assert [one["text"] for one in shop["reasons"]] == ["Rests on storage, which is down."]
    ends = [(one["from_id"], one["to_id"], one["decisive"]) for one in graph["edges"]]
    names = {one["id"]: name for name, one in ground.things.items()}
    assert [(names[consumer], names[provider]) for consumer, provider, _ in ends] == [
        ("shop", "storage"),
        ("portal", "shop"),
    ]
    assert all(decisive for _, _, decisive in ends)
    assert shop["reasons"][0]["id"] == graph["edges"][0]["id"]


async def test_a_number_names_a_thing_as_well_as_its_id(ground: Ground) -> None:
    number = ground.things["storage"]["number"]
    answer = await ground.desk.keeper.get(IMPACT, params={"node": number})
    assert answer.json()["nodes"] == (await ground.ask("storage"))["nodes"]


async def test_several_things_fail_at_once(ground: Ground) -> None:
    await ground.rests("payroll", "mail")
    assert await ground.hit("storage", "mail") == {
        "storage": FAILED,
        "mail": FAILED,
        "shop": DOWN,
        "payroll": DOWN,
        "portal": DOWN,
    }


async def test_a_degraded_thing_degrades(ground: Ground) -> None:
    assert (await ground.hit("storage", level="degraded"))["portal"] == ("hit", "degraded")


async def test_depth_and_most_bound_the_answer_and_say_so(ground: Ground) -> None:
    near = await ground.ask("storage", depth=1)
    assert [one["label"] for one in near["nodes"]] == ["storage", "shop"]
    assert (near["total"], near["complete"]) == (2, False)
    few = await ground.ask("storage", most=1)
    assert [one["label"] for one in few["nodes"]] == ["storage"]
    assert (few["total"], few["complete"], few["most"]) == (3, False, 1)


async def test_upstream_is_what_a_thing_rests_on(ground: Ground) -> None:
    graph = await ground.ask("portal", direction="upstream")
    assert [(one["label"], one["role"], one["distance"]) for one in graph["nodes"]] == [
        ("portal", "asked", 0),
        ("shop", "foundation", 1),
        ("storage", "foundation", 2),
    ]
    assert graph["complete"]
    assert not (await ground.ask("portal", direction="upstream", depth=1))["complete"]


async def test_each_change_is_in_the_next_answer(ground: Ground) -> None:
    assert len(await ground.hit("storage")) == 3
    made = await ground.rests("payroll", "storage", failure_mode="degrade")
    assert (await ground.hit("storage"))["payroll"] == ("hit", "degraded")
    changed = await ground.desk.change(DEPENDENCIES, made, failure_mode="down")
    assert (await ground.hit("storage"))["payroll"] == DOWN
    ended = await ground.desk.move(DEPENDENCIES, changed.json(), "removed")
    assert ended.status_code == 200, ended.text
    assert "payroll" not in await ground.hit("storage")
    shop = ground.things["shop"]
    renamed = await ground.desk.change(SERVICES, shop, name_technical="web-shop")
    assert renamed.status_code == 200, renamed.text
    assert (await ground.hit("storage"))["web-shop"] == DOWN


async def test_a_dependency_to_come_counts_from_its_begin(ground: Ground) -> None:
    begin = datetime.now(UTC) + timedelta(days=3)
    await ground.rests("payroll", "storage", valid_from=begin.isoformat())
    assert "payroll" not in await ground.hit("storage")
    later = (begin + timedelta(seconds=1)).isoformat()
    assert (await ground.hit("storage", as_of=later))["payroll"] == DOWN


async def test_a_redundancy_group_keeps_its_node_up_until_too_few_are_left(
    ground: Ground,
) -> None:
    group = await ground.group("shop", "front-a", "front-b", min_up=1)
    graph = await ground.ask("front-a")
    assert {one["label"]: one["role"] for one in graph["nodes"]} == {
        "front-a": "failed",
        "shop": "held",
    }
    assert [(one["id"], one["size"], one["needed"]) for one in graph["groups"]] == [
        (group["id"], 2, 1)
    ]
    both = await ground.ask("front-a", "front-b")
    hit = next(one for one in both["nodes"] if one["label"] == "shop")
    assert hit["level"] == "down"
    assert hit["reasons"][0]["text"].startswith("Needs 1 of 2 not down, has 0 without ")
    more = await ground.desk.change(GROUPS, group, min_up=2)
    assert more.status_code == 200, more.text
    assert (await ground.hit("front-a"))["shop"] == DOWN


async def test_an_answer_has_what_the_relay_has_not_sent_and_what_it_has(
    platform: Factory,
) -> None:
    stage = await platform("catalog")
    ground = await new_ground(Desk(stage))
    await ground.rests("shop", "storage")
    waiting = await _waiting(ground)
    assert waiting
    assert await ground.hit("storage") == {"storage": FAILED, "shop": DOWN}
    await ground.rests("portal", "shop")
    stage.running.start()
    async with asyncio.timeout(20):
        while await _waiting(ground):
            assert len(await ground.hit("storage")) == 3
    await ground.rests("mobile", "shop")
    assert len(await ground.hit("storage")) == 4


async def test_two_applications_on_one_database_agree(desk: Desk, ground: Ground) -> None:
    application = desk.stage.part("catalog").app
    edge: Edge = application.state.edge
    other = service_app(desk.stage.part("catalog").service)
    attach(other, replace(edge, memory={}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(other), base_url="http://other", headers=desk.keeper.headers
    ) as http:
        asked = {"node": ground.things["storage"]["id"]}
        for name in ("mobile", "payroll", "mail"):
            first, second = await ground.ask("storage"), (await http.get(IMPACT, params=asked))
            assert {**first, "as_of": ""} == {**second.json(), "as_of": ""}
            await ground.rests(name, "storage")
        assert len((await http.get(IMPACT, params=asked)).json()["nodes"]) == 6
    assert edge.kept(LiveMap) is not other.state.edge.kept(LiveMap)


async def test_questions_and_changes_at_once_all_get_whole_answers(ground: Ground) -> None:
    await ground.thing("mail")
    names = [f"consumer-{number}" for number in range(6)]
    for name in names:
        await ground.thing(name)
    answers = await asyncio.gather(
        *(ground.rests(name, "mail") for name in names), *(ground.ask("mail") for _ in range(12))
    )
    assert all(one["total"] == len(one["nodes"]) for one in answers[len(names) :])
    assert (await ground.ask("mail"))["total"] == 7


async def test_a_chance_is_exact_where_it_can_be_and_has_an_error_where_it_is_drawn(
    ground: Ground,
) -> None:
    await ground.rests("payroll", "storage", strength=0.5)
    found = await ground.ask("storage", path=CHANCES)
    assert (found["method"], found["uncertain"], found["draws"]) == ("enumerated", 1, 0)
    shares = {one["label"]: one["hit"] for one in found["nodes"]}
    assert shares["portal"] == {"value": 1.0, "standard_error": 0.0, "exact": True}
    assert shares["payroll"] == {"value": 0.5, "standard_error": 0.0, "exact": True}
    assert found["nodes"][-1]["label"] == "payroll"
    for number in range(13):
        await ground.rests(f"report-{number}", "payroll", strength=0.25)
    drawn = await ground.ask("storage", path=CHANCES, seed=7, draws=2000, most=5)
    assert (drawn["method"], drawn["draws"], drawn["seed"]) == ("sampled", 2000, 7)
    assert (drawn["total"], drawn["complete"], len(drawn["nodes"])) == (17, False, 5)
    again = await ground.ask("storage", path=CHANCES, seed=7, draws=2000, most=5)
    assert {**again, "as_of": ""} == {**drawn, "as_of": ""}
    payroll = next(one["hit"] for one in drawn["nodes"] if one["label"] == "payroll")
    assert abs(payroll["value"] - 0.5) <= 4 * payroll["standard_error"]


async def _waiting(ground: Ground) -> int:
    async with ground.desk.stage.database("catalog").reading() as tx:
        found: int = await tx.value(statement("select count(*) from catalog.outbox"))
    return found
