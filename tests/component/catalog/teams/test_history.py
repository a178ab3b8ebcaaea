"""What a team was like at an instant, and everything that ever happened to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.component.catalog.desk import NOBODY, TEAMS, Body, Desk, pointers, refusal


async def grown(desk: Desk) -> list[Body]:
    """Return a team in all its versions."""
    first = await desk.team("Shop platform", purpose="Runs the shop")
    second = (await desk.change(TEAMS, first, name="Shop and till")).json()
    third = (await desk.move(TEAMS, second, "retired")).json()
    return [first, second, third]


def moment_before(instant: str) -> str:
    return (datetime.fromisoformat(instant) - timedelta(microseconds=1)).isoformat()


async def test_a_team_is_answered_as_it_was_known_at_an_instant(desk: Desk) -> None:
    versions = await grown(desk)
    team = versions[0]["id"]
    for version in versions:
        assert await desk.at(TEAMS, team, version["updated_at"]) == version
    for version, following in pairwise(versions):
        assert await desk.at(TEAMS, team, moment_before(following["updated_at"])) == version
    assert await desk.at(TEAMS, team, "2190-01-01T00:00:00Z") == versions[-1]


async def test_the_version_of_a_past_answer_is_that_of_its_time(desk: Desk) -> None:
    first, *_ = await grown(desk)
    asked = {"as_of": first["updated_at"]}
    answer = await desk.keeper.get(f"{TEAMS}/{first['id']}", params=asked)
    assert answer.headers["ETag"] == '"1"'
    known = await desk.keeper.get(
        f"{TEAMS}/{first['id']}", params=asked, headers={"If-None-Match": '"1"'}
    )
    assert known.status_code == 304


async def test_before_its_first_event_there_was_no_team(desk: Desk) -> None:
    team = await desk.team()
    customer = await desk.customer()
    for record, instant in (
        (team["id"], moment_before(team["created_at"])),
        (NOBODY, "2190-01-01T00:00:00Z"),
        (customer["id"], "2190-01-01T00:00:00Z"),
    ):
        answer = await desk.keeper.get(f"{TEAMS}/{record}", params={"as_of": instant})
        assert refusal(answer) == (404, "team-not-found")


@pytest.mark.parametrize(
    "as_of", ["yesterday", "2026-03-02T09:00:00", "1772442000", "2026-03-02", "9999-01-01T00:00Z"]
)
async def test_an_instant_that_is_none_is_refused(desk: Desk, as_of: str) -> None:
    team = await desk.team()
    answer = await desk.keeper.get(f"{TEAMS}/{team['id']}", params={"as_of": as_of})
    assert refusal(answer) == (400, "malformed-request")
    assert pointers(answer) == {"as_of"}


async def test_the_history_tells_every_event_with_who_and_when(desk: Desk) -> None:
    versions = await grown(desk)
    answer = await desk.keeper.get(f"{TEAMS}/{versions[0]['id']}/history")
    page = answer.json()
    assert page["next"] is None
    told = await desk.stage.events("catalog")
    assert page["items"] == [
        {
            "event_id": str(told[version["version"] - 1].id),
            "sequence": version["version"],
            "type": "itsm.team.changed.v1",
            "occurred_at": version["updated_at"],
            "recorded_at": version["updated_at"],
            "actor": "keeper",
            "data": {
                "team_id": version["id"],
                **{name: version[name] for name in ("name", "purpose", "status")},
            },
        }
        for version in versions
    ]


async def sequences(desk: Desk, path: str, **parameters: Any) -> list[int]:  # noqa: ANN401
    """Return the sequences of all pages of a history."""
    found: list[int] = []
    while True:
        answer = await desk.keeper.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        found += [item["sequence"] for item in answer.json()["items"]]
        if answer.json()["next"] is None:
            return found
        parameters["cursor"] = answer.json()["next"]


async def test_a_long_history_is_paged_both_ways_and_narrowed_by_time(desk: Desk) -> None:
    other = await desk.team("Another")
    team = await desk.team()
    path = f"{TEAMS}/{team['id']}/history"
    middle = team
    for number in range(2, 12):
        team = (await desk.change(TEAMS, team, purpose=f"purpose {number}")).json()
        middle = team if number == 6 else middle
    assert await sequences(desk, path, limit=3) == list(range(1, 12))
    assert await sequences(desk, path, limit=4, sort="-sequence") == list(range(11, 0, -1))
    since = {"recorded_at[gte]": middle["updated_at"]}
    assert await sequences(desk, path, limit=2, **since) == list(range(6, 12))
    assert await sequences(desk, path, type="itsm.team.renamed.v1") == []
    cursor = (await desk.keeper.get(path, params={"limit": 3})).json()["next"]
    foreign = f"{TEAMS}/{other['id']}/history"
    answer = await desk.keeper.get(foreign, params={"limit": 3, "cursor": cursor})
    assert refusal(answer) == (400, "malformed-request")


async def test_no_team_has_no_history(desk: Desk) -> None:
    customer = await desk.customer()
    for record in (NOBODY, customer["id"]):
        answer = await desk.keeper.get(f"{TEAMS}/{record}/history")
        assert refusal(answer) == (404, "team-not-found")


async def test_a_history_is_the_providers_matter(desk: Desk) -> None:
    team, customer = await desk.team(), await desk.customer()
    bound = desk.bound_keeper(customer)
    for query in ("/history", f"?as_of={team['created_at']}"):
        assert refusal(await bound.get(f"{TEAMS}/{team['id']}{query}")) == (403, "provider-only")
        user = desk.user_of(customer)
        assert refusal(await user.get(f"{TEAMS}/{team['id']}{query}")) == (403, "forbidden")
