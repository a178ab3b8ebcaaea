"""What the map was like at an instant, and what happened to it."""

from __future__ import annotations

import pytest

from tests.component.catalog.components.ground import FAR, GROUPS, ITEMS, Ground
from tests.component.catalog.desk import DEPENDENCIES, NOBODY, Body, Desk, refusal


async def records(ground: Ground) -> dict[str, tuple[Body, Body]]:
    """Return one record of each kind before and after a change."""
    desk = ground.desk
    item = await ground.item(
        attributes={"cpu": "16"}, external_refs=[{"system": "inventory", "id": "1"}]
    )
    [dependency] = await ground.rests(evidence="discovered")
    group = await ground.group([dependency])
    dependency = await desk.read(DEPENDENCIES, dependency)
    return {
        ITEMS: (item, (await desk.change(ITEMS, item, attributes={"cpu": None})).json()),
        DEPENDENCIES: (
            dependency,
            (await desk.change(DEPENDENCIES, dependency, strength=0.5)).json(),
        ),
        GROUPS: (group, (await desk.change(GROUPS, group, valid_to=FAR)).json()),
    }


async def test_a_record_is_read_as_it_was_known_at_an_instant(desk: Desk, ground: Ground) -> None:
    for path, (before, after) in (await records(ground)).items():
        assert before != after
        assert await desk.at(path, before["id"], before["updated_at"]) == before
        assert await desk.at(path, before["id"], after["updated_at"]) == after
        assert await desk.at(path, before["id"], FAR) == after
        early = await desk.keeper.get(
            f"{path}/{before['id']}", params={"as_of": "2001-01-01T00:00:00Z"}
        )
        assert early.status_code == 404


async def test_the_history_of_a_record_tells_every_event(desk: Desk, ground: Ground) -> None:
    for path, (_, after) in (await records(ground)).items():
        answer = await desk.keeper.get(
            f"{path}/{after['id']}/history", params={"sort": "-sequence"}
        )
        entries = answer.json()["items"]
        assert [entry["sequence"] for entry in entries] == list(range(after["version"], 0, -1))
        told = [(entry["type"], entry["data"]) for entry in reversed(entries)]
        assert told == [(f"itsm.{name}.v1", data) for name, data in await desk.events(after)]
        assert entries[0]["actor"] == "keeper"


@pytest.mark.parametrize("path", [ITEMS, DEPENDENCIES, GROUPS])
async def test_what_never_was_has_no_history(desk: Desk, path: str) -> None:
    for rest in ("/history", "?as_of=2026-01-01T00:00:00Z"):
        status, code = refusal(await desk.keeper.get(f"{path}/{NOBODY}{rest}"))
        assert status == 404
        assert code.endswith("-not-found")
