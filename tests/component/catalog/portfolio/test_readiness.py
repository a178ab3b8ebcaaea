"""What a service needs to run and to end, and that all that is missing is told at once."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from services.catalog.portfolio.commands import note_cover
from services.catalog.portfolio.domain import ServiceId
from tests.component.catalog.desk import (
    CALENDARS,
    DEPENDENCIES,
    OFFERINGS,
    REQUEST_ITEMS,
    SERVICES,
    TEAMS,
    USES,
    Body,
    Desk,
    pointers,
    refusal,
)
from tests.support.operation import about_to_run


async def cover(desk: Desk, *services: Body, agreement: UUID) -> None:
    """Let an agreement cover services, and nothing else any more."""
    async with desk.transaction() as tx:
        pairs = [(ServiceId(UUID(one["id"])), None) for one in services]
        await note_cover(tx, agreement_id=agreement, cover=pairs)


async def test_everything_that_a_service_lacks_is_named_at_once(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service("shop-web", team)
    await desk.move(TEAMS, team, "retired")
    answer = await desk.move(SERVICES, service, "operational")
    assert refusal(answer) == (409, "service-not-ready")
    lacks = {"/owner_team_id", "/support_calendar_id", "/offerings", "/no_agreement_needed"}
    assert pointers(answer) == lacks
    assert await desk.read(SERVICES, service) == service
    body = {"name_technical": "born", "name_business": "Born", "criticality": 1}
    owner = (await desk.team("Second"))["id"]
    born = await desk.keeper.post(
        SERVICES, json={**body, "owner_team_id": owner, "status": "operational"}
    )
    assert refusal(born) == (409, "service-not-ready")
    assert pointers(born) == lacks - {"/owner_team_id"}


async def test_a_draft_and_a_retired_calendar_do_not_count(desk: Desk) -> None:
    calendar = await desk.calendar()
    service = await desk.service("shop-web", await desk.team(), **about_to_run(calendar["id"]))
    await desk.offering(service)
    await desk.move(CALENDARS, calendar, "retired")
    answer = await desk.move(SERVICES, service, "operational")
    assert refusal(answer) == (409, "service-not-ready")
    assert pointers(answer) == {"/support_calendar_id", "/offerings"}


async def test_an_agreement_does_for_a_service_what_the_statement_does(desk: Desk) -> None:
    prepared = {**about_to_run((await desk.calendar())["id"]), "no_agreement_needed": False}
    service = await desk.service("shop-web", await desk.team(), **prepared)
    await desk.published(service)
    answer = await desk.move(SERVICES, service, "operational")
    assert pointers(answer) == {"/no_agreement_needed"}
    agreement = uuid4()
    await cover(desk, service, agreement=agreement)
    service = (await desk.move(SERVICES, service, "operational")).json()
    assert service["status"] == "operational"
    # The agreement ends, and the service goes on.
    await cover(desk, agreement=agreement)
    assert (await desk.change(SERVICES, service, criticality=1)).status_code == 200


async def test_nobody_takes_away_what_a_service_that_runs_needs(desk: Desk) -> None:
    service, offering = await desk.running("shop-web", await desk.team(), await desk.calendar())
    for changes, pointer in (
        ({"support_calendar_id": None}, "/support_calendar_id"),
        ({"no_agreement_needed": False}, "/no_agreement_needed"),
    ):
        answer = await desk.change(SERVICES, service, **changes)
        assert refusal(answer) == (409, "service-not-ready")
        assert pointers(answer) == {pointer}
    answer = await desk.move(OFFERINGS, offering, "withdrawn")
    assert refusal(answer) == (409, "service-not-ready")
    assert pointers(answer) == {"/offerings"}
    await desk.published(service, "Another")
    assert (await desk.move(OFFERINGS, offering, "withdrawn")).status_code == 200


async def test_a_service_of_before_goes_on_without_what_is_asked_for_today(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service("shop-web", team)
    async with desk.transaction() as tx:
        await tx.begin()
        await tx.connection.execute(
            "update catalog.service set status = 'operational' where id = $1", UUID(service["id"])
        )
    answer = await desk.change(SERVICES, service, criticality=5)
    assert answer.status_code == 200
    assert answer.json()["status"] == "operational"


async def test_of_the_last_two_offerings_withdrawn_at_once_one_stays(desk: Desk) -> None:
    service, first = await desk.running("shop-web", await desk.team(), await desk.calendar())
    second = await desk.published(service, "Second")
    answers = await asyncio.gather(
        desk.move(OFFERINGS, first, "withdrawn"), desk.move(OFFERINGS, second, "withdrawn")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_everybody_who_holds_a_service_is_named_at_once(desk: Desk) -> None:
    team, calendar = await desk.team(), await desk.calendar()
    service, offering = await desk.running("order-db", team, calendar)
    consumer = await desk.service("shop-web", team)
    rests = await desk.dependency(consumer, service)
    own = await desk.dependency(service, await desk.service("disk", team))
    use = await desk.use(await desk.customer(), service)
    item = await desk.item(offering)
    draft = await desk.offering(service, "Draft")
    agreement = uuid4()
    await cover(desk, service, agreement=agreement)
    service = (await desk.move(SERVICES, service, "retiring")).json()
    answer = await desk.move(SERVICES, service, "retired")
    assert refusal(answer) == (409, "service-still-needed")
    assert pointers(answer) == {"/service_uses", "/agreements", "/dependencies"}
    await desk.move(USES, use, "ended")
    await cover(desk, agreement=agreement)
    answer = await desk.move(SERVICES, service, "retired")
    assert pointers(answer) == {"/dependencies"}
    assert await desk.read(SERVICES, service) == service
    await desk.move(DEPENDENCIES, rests, "removed")
    answer = await desk.move(SERVICES, service, "retired")
    assert answer.status_code == 200, answer.text
    assert (await desk.facts(own))[-1] == "dependency.removed"
    for path, record in ((OFFERINGS, offering), (OFFERINGS, draft), (REQUEST_ITEMS, item)):
        assert (await desk.read(path, record))["status"] == "withdrawn"
        assert (await desk.facts(record))[-1].endswith(".withdrawn")


async def test_a_use_that_is_to_come_holds_a_service(desk: Desk) -> None:
    service, _ = await desk.running("order-db", await desk.team(), await desk.calendar())
    await desk.use(await desk.customer(), service, valid_from="2190-01-01T00:00:00Z")
    service = (await desk.move(SERVICES, service, "retiring")).json()
    answer = await desk.move(SERVICES, service, "retired")
    assert pointers(answer) == {"/service_uses"}


async def test_people_and_calendar_of_a_service_are_told(desk: Desk) -> None:
    team, calendar = await desk.team(), await desk.calendar()
    people = {
        role: (await desk.contact(name=role, team_id=team["id"]))["id"]
        for role in ("service_manager_id", "inner_owner_id", "continuity_manager_id")
    }
    service = await desk.service("shop-web", team)
    answer = await desk.change(
        SERVICES,
        service,
        **people,
        support_calendar_id=calendar["id"],
        data_classification="restricted",
    )
    changed = answer.json()
    assert {name: changed[name] for name in people} == people
    name, told = (await desk.events(service))[-1]
    assert name == "service.updated"
    assert {one: told[one] for one in people} == people
    assert told["support_calendar_id"] == calendar["id"]
    assert told["data_classification"] == "restricted"
