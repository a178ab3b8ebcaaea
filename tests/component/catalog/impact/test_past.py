"""The map as it was known at a past instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.catalog.components.domain import NodeId
from services.catalog.impact.domain import ReachTooLargeError
from services.catalog.impact.queries import past
from tests.component.catalog.desk import DEPENDENCIES, Desk, refusal
from tests.component.catalog.impact.ground import GROUPS, Ground, new_ground

FAILED, DOWN = ("failed", "down"), ("hit", "down")


@pytest.fixture
async def ground(desk: Desk) -> Ground:
    """A shop on a database, and a portal that nothing connects with them yet."""
    made = await new_ground(desk)
    await made.rests("shop", "storage")
    await made.thing("portal")
    return made


def instant() -> str:
    return datetime.now(UTC).isoformat()


async def test_what_was_declared_changed_and_ended_since_is_as_it_was(ground: Ground) -> None:
    made = await ground.rests("portal", "shop", failure_mode="degrade")
    declared = instant()
    changed = await ground.desk.change(DEPENDENCIES, made, failure_mode="down")
    after_change = instant()
    await ground.desk.move(DEPENDENCIES, changed.json(), "removed")
    assert await ground.hit("storage") == {"storage": FAILED, "shop": DOWN}
    then = await ground.hit("storage", as_of=after_change)
    assert then == {"storage": FAILED, "shop": DOWN, "portal": DOWN}
    earlier = await ground.hit("storage", as_of=declared)
    assert earlier["portal"] == ("hit", "degraded")


async def test_what_was_recorded_later_was_not_known_however_early_it_holds(
    ground: Ground,
) -> None:
    before = instant()
    long_ago = datetime.now(UTC) - timedelta(days=30)
    await ground.rests("portal", "shop", valid_from=long_ago.isoformat())
    assert "portal" not in await ground.hit("storage", as_of=before)
    assert (await ground.hit("storage"))["portal"] == DOWN


async def test_what_holds_later_did_not_hold_yet_though_it_was_recorded(ground: Ground) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    await ground.rests("portal", "shop", valid_from=soon.isoformat())
    assert "portal" not in await ground.hit("storage", as_of=instant())


async def test_a_redundancy_group_needed_what_it_needed_then(ground: Ground) -> None:
    group = await ground.group("shop", "front-a", "front-b", min_up=1)
    one_was_enough = instant()
    await ground.desk.change(GROUPS, group, min_up=2)
    assert (await ground.hit("front-a"))["shop"] == DOWN
    then = await ground.hit("front-a", as_of=one_was_enough)
    assert then["shop"] == ("held", "operational")


async def test_an_instant_just_past_is_answered_like_now_in_both_directions(
    ground: Ground,
) -> None:
    await ground.rests("portal", "shop", strength=0.5)
    await ground.rests("mobile", "portal", failure_mode="degrade")
    await ground.rests("storage", "mobile")
    for more in ({}, {"depth": 1}, {"depth": 2}, {"direction": "upstream"}):
        past_graph = await ground.ask("shop", as_of=instant(), **more)
        present = await ground.ask("shop", **more)
        assert {**past_graph, "as_of": ""} == {**present, "as_of": ""}


async def test_a_thing_that_was_not_there_yet_is_not_found(ground: Ground) -> None:
    before = instant()
    await ground.thing("late")
    answer = await ground.try_asking("late", as_of=before)
    assert refusal(answer) == (404, "asked-unknown")


async def test_too_far_a_reach_into_the_past_is_refused(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ground.rests("portal", "shop")
    monkeypatch.setattr(past, "MOST_NODES", 2)
    answer = await ground.try_asking("storage", as_of=instant())
    assert refusal(answer) == (422, "reach-too-large")
    assert answer.json()["most"] == 2
    assert (await ground.ask("storage"))["total"] == 3
    monkeypatch.setattr(past, "MOST_DEPENDENCIES", 1)
    monkeypatch.setattr(past, "MOST_NODES", 100)
    asked = [NodeId(UUID(ground.things["storage"]["id"]))]
    async with ground.desk.stage.database("catalog").snapshot() as tx:
        with pytest.raises(ReachTooLargeError):
            await past.past_map(tx, asked=asked, up=False, depth=None, as_of=datetime.now(UTC))
