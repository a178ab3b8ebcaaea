"""What a customer's user sees of the catalog: its own side, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.component.catalog.desk import (
    CONTACTS,
    CUSTOMERS,
    DEPENDENCIES,
    NOBODY,
    SERVICES,
    TEAMS,
    USES,
    Body,
    Desk,
    ids,
    refusal,
)


@dataclass
class Side:
    """One customer with everything that is its own."""

    customer: Body
    contact: Body
    service: Body
    use: Body

    def records(self) -> list[tuple[str, Body]]:
        return [
            (CUSTOMERS, self.customer),
            (CONTACTS, self.contact),
            (SERVICES, self.service),
            (USES, self.use),
        ]


async def side(desk: Desk, name: str, team: Body, parent: Body | None = None) -> Side:
    parent_id = None if parent is None else parent["id"]
    customer = await desk.customer(name=name, parent_id=parent_id)
    service = await desk.service(f"service-of-{name}", team)
    contact = await desk.contact(name=name, customer_id=customer["id"])
    return Side(customer, contact, service, await desk.use(customer, service))


@dataclass
class World:
    """A customer, one above and one below it, a stranger, and a team with its contact."""

    above: Side
    own: Side
    below: Side
    stranger: Side
    team: Body
    team_contact: Body


@pytest.fixture
async def world(desk: Desk) -> World:
    team = await desk.team()
    above = await side(desk, "above", team)
    own = await side(desk, "own", team, above.customer)
    below = await side(desk, "below", team, own.customer)
    stranger = await side(desk, "stranger", team)
    team_contact = await desk.contact(name="duty", team_id=team["id"])
    return World(above, own, below, stranger, team, team_contact)


async def test_its_own_side_is_its_customer_and_those_below(desk: Desk, world: World) -> None:
    user = desk.user_of(world.own.customer)
    for seen in (world.own, world.below):
        for path, record in seen.records():
            answer = await user.get(f"{path}/{record['id']}")
            assert answer.json() == record
    for place, (path, _) in enumerate(world.own.records()):
        listed = ids(await user.get(path))
        wanted = {side.records()[place][1]["id"] for side in (world.own, world.below)}
        assert set(listed) == wanted
        assert len(listed) == len(wanted)


async def test_what_is_foreign_looks_exactly_like_what_does_not_exist(
    desk: Desk, world: World
) -> None:
    user = desk.user_of(world.own.customer)
    for foreign in (world.above, world.stranger):
        for path, record in foreign.records():
            hidden = await user.get(f"{path}/{record['id']}")
            absent = await user.get(f"{path}/{NOBODY}")
            assert refusal(hidden) == refusal(absent)
            assert hidden.status_code == 404
            assert hidden.json()["detail"].replace(record["id"], "") == absent.json()[
                "detail"
            ].replace(str(NOBODY), "")
    by_number = await user.get(f"{CUSTOMERS}/{world.above.customer['number']}")
    assert by_number.status_code == 404
    team_contact = await user.get(f"{CONTACTS}/{world.team_contact['id']}")
    assert team_contact.status_code == 404


async def test_a_filter_for_something_foreign_finds_nothing(desk: Desk, world: World) -> None:
    user = desk.user_of(world.own.customer)
    stranger = world.stranger.customer["id"]
    for path, parameters in (
        (CUSTOMERS, {"number": world.stranger.customer["number"]}),
        (CONTACTS, {"customer_id": stranger}),
        (CONTACTS, {"team_id": world.team["id"]}),
        (SERVICES, {"name_technical": "service-of-stranger"}),
        (USES, {"customer_id": stranger}),
    ):
        assert ids(await user.get(path, params=parameters)) == []


async def test_a_service_is_seen_only_while_it_is_used(desk: Desk, world: World) -> None:
    user = desk.user_of(world.own.customer)
    service, below = world.own.service, world.below.service
    await desk.move(USES, world.own.use, "ended")
    assert (await user.get(f"{SERVICES}/{service['id']}")).status_code == 404
    assert ids(await user.get(SERVICES)) == [below["id"]]
    await desk.use(world.own.customer, service, valid_from="2190-01-01T00:00:00Z")
    assert (await user.get(f"{SERVICES}/{service['id']}")).status_code == 404


async def test_a_customer_moved_elsewhere_is_foreign_at_once(desk: Desk, world: World) -> None:
    user = desk.user_of(world.own.customer)
    await desk.change(CUSTOMERS, world.below.customer, parent_id=None)
    assert ids(await user.get(CUSTOMERS)) == [world.own.customer["id"]]


async def test_a_customer_user_without_a_customer_sees_nothing(desk: Desk, world: World) -> None:
    user = desk.user_of(None)
    for path, record in world.own.records():
        assert ids(await user.get(path)) == []
        assert (await user.get(f"{path}/{record['id']}")).status_code == 404


async def test_a_customer_user_changes_nothing(desk: Desk, world: World) -> None:
    user = desk.user_of(world.own.customer)
    before = await desk.facts()
    for path, record in world.own.records():
        answer = await user.post(
            f"{path}/{record['id']}/transitions",
            json={"to": "retired"},
            headers={"If-Match": '"1"'},
        )
        assert refusal(answer) == (403, "forbidden")
    for path in (TEAMS, DEPENDENCIES):
        assert refusal(await user.get(path)) == (403, "forbidden")
    assert await desk.facts() == before


async def test_a_customer_in_the_token_binds_a_keeper_as_well(desk: Desk, world: World) -> None:
    bound = desk.bound_keeper(world.own.customer)
    assert len(ids(await bound.get(CUSTOMERS))) == 2
    etag = {"If-Match": '"1"'}
    customer, team = world.own.customer, world.team
    for answer in (
        await bound.patch(f"{CUSTOMERS}/{customer['id']}", json={"name": "x"}, headers=etag),
        await bound.patch(f"{TEAMS}/{team['id']}", json={"name": "x"}, headers=etag),
        await bound.post(TEAMS, json={"name": "x"}),
        await bound.get(TEAMS),
        await bound.get(f"{TEAMS}/{team['id']}"),
        await bound.get(DEPENDENCIES),
        await bound.get(f"{DEPENDENCIES}/{NOBODY}"),
    ):
        assert refusal(answer) == (403, "provider-only")


@pytest.mark.usefixtures("world")
async def test_staff_see_all_and_nobody_sees_nothing(desk: Desk) -> None:
    resolver = desk.stage.http("resolver")
    assert len(ids(await resolver.get(CUSTOMERS))) == 4
    refused = await resolver.post(TEAMS, json={"name": "x"})
    assert refusal(refused) == (403, "forbidden")
    anonymous = desk.stage.http()
    for path in (CUSTOMERS, CONTACTS, TEAMS, SERVICES, USES, DEPENDENCIES):
        answer = await anonymous.get(path)
        assert refusal(answer) == (401, "unauthenticated")
        assert "WWW-Authenticate" in answer.headers
