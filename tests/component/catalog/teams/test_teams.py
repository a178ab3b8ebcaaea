"""Teams over HTTP."""

from __future__ import annotations

from tests.component.catalog.desk import NOBODY, SERVICES, TEAMS, Desk, ids, pointers, refusal


async def test_a_team_is_registered_changed_and_retired(desk: Desk) -> None:
    team = await desk.team("Shop platform", purpose="Runs the shop")
    team = (await desk.change(TEAMS, team, purpose="Runs the shop\nand its cash desk")).json()
    team = (await desk.move(TEAMS, team, "retired")).json()
    assert (team["status"], team["version"]) == ("retired", 3)
    told = [data for name, data in await desk.events(team) if name == "team.changed"]
    assert [one["status"] for one in told] == ["active", "active", "retired"]
    assert ids(await desk.keeper.get(TEAMS, params={"status": "retired"})) == [team["id"]]


async def test_a_name_belongs_to_one_active_team_whatever_the_case(desk: Desk) -> None:
    team = await desk.team("Shop platform")
    taken = await desk.keeper.post(TEAMS, json={"name": "SHOP platform"})
    assert refusal(taken) == (409, "team-name-taken")
    assert pointers(taken) == {"/name"}
    team = (await desk.move(TEAMS, team, "retired")).json()
    await desk.team("SHOP platform")
    assert refusal(await desk.move(TEAMS, team, "active")) == (409, "team-name-taken")
    assert await desk.facts() == ["team.changed"] * 3


async def test_a_team_can_be_retired_while_it_owns_a_service(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service("shop-web", team)
    assert (await desk.move(TEAMS, team, "retired")).status_code == 200
    assert (await desk.read(SERVICES, service))["owner_team_id"] == team["id"]


async def test_refusals_of_a_team(desk: Desk) -> None:
    team = await desk.team()
    assert refusal(await desk.move(TEAMS, team, "active")) == (409, "team-transition-not-allowed")
    assert refusal(await desk.change(TEAMS, team, name=None)) == (422, "invalid-fields")
    unknown = await desk.keeper.get(f"{TEAMS}/{NOBODY}")
    assert refusal(unknown) == (404, "team-not-found")
    await desk.change(TEAMS, team, purpose="new")
    assert refusal(await desk.change(TEAMS, team, purpose="newer")) == (412, "stale-version")
