"""Amendments, what holds by itself at its time, and who is covered then."""

from __future__ import annotations

import asyncio

from tests.component.catalog.agreements.promising import (
    AGREEMENTS,
    ENTITLEMENTS,
    RESOLUTION,
    RESPONSE,
    Parties,
    ahead,
    cover,
    text,
)
from tests.component.catalog.desk import SERVICES, Body, pointers, refusal


async def test_an_amendment_holds_from_its_beginning_and_the_old_version_stays_readable(
    parties: Parties,
) -> None:
    agreement = await parties.active()
    later = text(ahead(10))
    quicker = {**RESPONSE, "seconds": 300}
    after = await parties.amended(
        agreement,
        valid_from=later,
        reason="They pay more.",
        covers=[cover(parties.service, targets=[quicker])],
    )
    assert (after["agreement_version"], after["version"]) == (2, 5)
    assert after["reason"] == "They pay more."
    assert [(one["agreement_version"], one["valid_to"]) for one in after["lines"]] == [
        (1, later),
        (2, None),
    ]
    versions = await parties.desk.keeper.get(f"{AGREEMENTS}/{after['number']}/versions")
    first, second = versions.json()["items"]
    assert first["covers"] == agreement["covers"]
    assert (first["valid_to"], second["valid_from"], second["valid_to"]) == (later, later, None)
    assert [one["seconds"] for one in second["covers"][0]["targets"]] == [300]
    name, told = (await parties.desk.events(agreement))[-1]
    assert name == "agreement.amended"
    assert [one["agreement_version"] for one in told["targets"]] == [1, 1, 2]
    assert [one["seconds"] for one in told["targets"]] == [900, 14400, 300]


async def test_an_amendment_that_changes_nothing_is_none(parties: Parties) -> None:
    agreement = await parties.active()
    same = await parties.amended(
        agreement, valid_from=text(ahead(1)), covers=parties.body()["covers"]
    )
    assert same == agreement
    assert len(await parties.desk.facts(agreement)) == 4


async def test_only_what_is_in_force_is_amended(parties: Parties) -> None:
    fields: Body = {"valid_from": text(ahead(1)), "valid_to": text(ahead(2))}
    refused = await parties.amend(await parties.draft(), **fields)
    assert refusal(refused) == (409, "agreement-transition-not-allowed")
    agreement = await parties.active(valid_to=text(ahead(9)))
    early = await parties.amend(agreement, valid_from="2020-01-01T00:00:00Z", valid_to=None)
    assert (refusal(early), pointers(early)) == (
        (422, "agreement-period-invalid"),
        {"/valid_from"},
    )


async def test_an_agreement_begins_and_ends_by_itself_however_late(parties: Parties) -> None:
    desk = parties.desk
    begins, ends = ahead(2), ahead(20)
    agreement = await parties.agreed(valid_from=text(begins), valid_to=text(ends))
    early = await desk.move(AGREEMENTS, agreement, "active")
    assert refusal(early) == (422, "agreement-period-invalid")
    assert await desk.stage.fire_timers("catalog", ahead(1.9)) == 0
    assert await desk.stage.fire_timers("catalog", ahead(5)) == 1
    agreement = await parties.read(agreement)
    assert (agreement["status"], agreement["activated_at"]) == ("active", text(begins))
    assert agreement["lines"][0]["valid_from"] == text(begins)
    assert await desk.stage.fire_timers("catalog", ahead(19.9)) == 0
    assert await desk.stage.fire_timers("catalog", ahead(30)) == 1
    agreement = await parties.read(agreement)
    assert (agreement["status"], agreement["valid_to"]) == ("expired", text(ends))
    assert await desk.stage.fire_timers("catalog", ahead(99)) == 0
    logged = [one for one in await desk.stage.events("catalog") if str(one.key) == agreement["id"]]
    assert [one.occurred_at for one in logged[-2:]] == [begins, ends]
    assert {one.actor for one in logged[-2:]} == {"itsm:catalog"}


async def test_one_timer_finds_both_ends_if_it_is_late_enough(parties: Parties) -> None:
    agreement = await parties.agreed(valid_from=text(ahead(2)), valid_to=text(ahead(3)))
    assert await parties.desk.stage.fire_timers("catalog", ahead(9)) == 1
    assert await parties.desk.facts(agreement) == [
        "agreement.drafted",
        "agreement.proposed",
        "agreement.agreed",
        "agreement.activated",
        "agreement.expired",
    ]
    assert await parties.desk.stage.fire_timers("catalog", ahead(99)) == 0


async def test_a_planned_end_moves_with_an_amendment_and_goes_with_the_agreement(
    parties: Parties,
) -> None:
    agreement = await parties.active(valid_to=text(ahead(5)))
    now = agreement["updated_at"]
    agreement = await parties.amended(agreement, valid_from=now, valid_to=text(ahead(50)))
    assert await parties.desk.stage.fire_timers("catalog", ahead(6)) == 0
    await parties.move(agreement, "terminated", reason="Over.")
    assert await parties.desk.stage.fire_timers("catalog", ahead(99)) == 0
    assert (await parties.read(agreement))["status"] == "terminated"


async def test_a_service_is_free_when_the_version_without_it_begins(parties: Parties) -> None:
    desk = parties.desk
    other = await desk.service("mail", parties.team, no_agreement_needed=True)
    calendar = await desk.calendar()
    running, _ = await desk.running("pay", parties.team, calendar)
    agreement = await parties.active(covers=[cover(parties.service), cover(running)])
    await parties.amended(agreement, valid_from=text(ahead(10)), covers=[cover(other)])
    retiring = (await desk.move(SERVICES, running, "retiring")).json()
    assert (await desk.move(SERVICES, retiring, "retired")).status_code == 409
    assert await desk.stage.fire_timers("catalog", ahead(11)) == 1
    assert (await desk.move(SERVICES, retiring, "retired")).status_code == 200
    assert len(await desk.facts(agreement)) == 5


async def test_what_was_retired_meanwhile_does_not_keep_the_rest_from_beginning(
    parties: Parties,
) -> None:
    desk = parties.desk
    idea = await desk.service("idea", parties.team, status="requirements")
    agreement = await parties.agreed(
        covers=[cover(parties.service), cover(idea)], valid_from=text(ahead(2))
    )
    assert (await desk.move(SERVICES, idea, "cancelled")).status_code == 200
    assert await desk.stage.fire_timers("catalog", ahead(3)) == 1
    assert (await parties.read(agreement))["status"] == "active"


async def test_of_two_that_cover_the_same_the_second_is_refused_and_told_why(
    parties: Parties,
) -> None:
    first = await parties.agreed()
    second = await parties.move(await parties.draft(name="Silver"), "proposed")
    refused = await parties.desk.move(AGREEMENTS, second, "agreed")
    assert refusal(refused) == (409, "agreement-overlaps")
    [overlap] = refused.json()["overlaps"]
    assert overlap == {
        "number": first["number"],
        "customer_id": parties.customer["id"],
        "service_id": parties.service["id"],
        "record_type": "incident",
        "valid_from": first["valid_from"],
    }
    first = await parties.move(first, "active")
    again = await parties.desk.move(AGREEMENTS, second, "agreed")
    assert refusal(again) == (409, "agreement-overlaps")
    await parties.move(first, "terminated", reason="Over.")
    # What the first held until now it held, so the second can only begin after it.
    past = await parties.desk.move(AGREEMENTS, second, "agreed")
    assert refusal(past) == (409, "agreement-overlaps")
    later = (await parties.desk.change(AGREEMENTS, second, valid_from=text(ahead(1)))).json()
    await parties.move(later, "agreed")


async def test_other_priorities_types_offerings_and_times_do_not_overlap(
    parties: Parties,
) -> None:
    offering = await parties.desk.published(parties.service)
    service = parties.service
    await parties.active(covers=[cover(service, priorities=[1, 2])], valid_to=text(ahead(10)))
    for fields in (
        {"covers": [cover(service, priorities=[3])]},
        {"covers": [cover(service, record_types=["change"])]},
        {"covers": [cover(None, offering=offering)]},
        {"covers": [cover(service, priorities=[1])], "valid_from": text(ahead(10))},
    ):
        await parties.agreed(**fields)
    clash = await parties.move(
        await parties.draft(covers=[cover(service)], valid_from=text(ahead(9))), "proposed"
    )
    refused = await parties.desk.move(AGREEMENTS, clash, "agreed")
    assert refusal(refused) == (409, "agreement-overlaps")
    assert sorted(one["priority"] for one in refused.json()["overlaps"]) == [1, 1, 2, 3]


async def test_an_amendment_does_not_take_what_another_covers(parties: Parties) -> None:
    desk = parties.desk
    mail = await desk.service("mail", parties.team)
    await parties.active(covers=[cover(mail)])
    agreement = await parties.active()
    refused = await parties.amend(agreement, valid_from=text(ahead(1)), covers=[cover(mail)])
    assert refusal(refused) == (409, "agreement-overlaps")
    assert await parties.read(agreement) == agreement
    assert (await parties.entitled())["by"]["agreement_version"] == 1


async def test_of_two_agreed_on_at_once_one_wins(parties: Parties) -> None:
    drafts = [await parties.draft(name=f"Gold {number}") for number in range(6)]
    proposed = [await parties.move(draft, "proposed") for draft in drafts]
    answers = await asyncio.gather(
        *(parties.desk.move(AGREEMENTS, one, "agreed") for one in proposed)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert {refusal(one)[1] for one in answers if one.status_code == 409} == {"agreement-overlaps"}
    await parties.move(winner, "active")
    assert (await parties.entitled())["by"]["number"] == winner["number"]


async def test_the_cover_of_any_instant_is_told_with_its_targets_and_its_end(
    parties: Parties,
) -> None:
    calendar = await parties.desk.calendar()
    target = {**RESOLUTION, "calendar_id": calendar["id"]}
    terms = [cover(parties.service, targets=[target], calendar_id=calendar["id"])]
    agreement = await parties.active(covers=terms, valid_to=text(ahead(30)))
    later = text(ahead(10))
    slower = [cover(parties.service, targets=[{**target, "seconds": 28800}])]
    await parties.amended(agreement, valid_from=later, covers=slower)
    now = await parties.entitled()
    assert (now["covered"], now["until"]) == (True, agreement["valid_to"])
    by = now["by"]
    assert (by["number"], by["agreement_version"], by["valid_to"]) == ("AGR0000001", 1, later)
    assert by["calendar_id"] == calendar["id"]
    assert by["targets"] == agreement["covers"][0]["targets"]
    then = await parties.entitled(at=later)
    assert (then["by"]["agreement_version"], then["by"]["targets"][0]["seconds"]) == (2, 28800)
    for uncovered in (
        await parties.entitled(at="2020-01-01T00:00:00Z"),
        await parties.entitled(at=agreement["valid_to"]),
        await parties.entitled(record_type="change"),
    ):
        assert (uncovered["covered"], uncovered["by"], uncovered["until"]) == (False, None, None)


async def test_what_begins_by_itself_counts_before_it_does(parties: Parties) -> None:
    agreement = await parties.agreed(valid_from=text(ahead(3)))
    assert (await parties.entitled())["covered"] is False
    coming = await parties.entitled(at=text(ahead(4)))
    assert (coming["covered"], coming["by"]["status"]) == (True, "agreed")
    await parties.move(agreement, "terminated", reason="No.")
    assert (await parties.entitled(at=text(ahead(4))))["covered"] is False


async def test_what_waits_for_somebody_does_not_count(parties: Parties) -> None:
    agreement = await parties.agreed()
    assert (await parties.entitled())["covered"] is False
    await parties.move(agreement, "active")
    assert (await parties.entitled())["covered"] is True


async def test_an_offering_goes_before_its_service(parties: Parties) -> None:
    offering = await parties.desk.published(parties.service)
    await parties.active(name="Whole")
    await parties.active(name="Narrow", covers=[cover(None, offering=offering)])
    found = await parties.entitled()
    assert (found["by"]["name"], [one["name"] for one in found["also"]]) == ("Narrow", ["Whole"])
    other = await parties.desk.offering(parties.service, "Other")
    assert (await parties.entitled(offering_id=other["id"]))["by"]["name"] == "Whole"


async def test_the_question_is_about_somebody_and_something_there_is(parties: Parties) -> None:
    nobody = "01970000-0000-7000-8000-0000deadbeef"
    given = {"customer_id": parties.customer["id"], "service_id": parties.service["id"]}
    cases: list[tuple[Body, tuple[int, str]]] = [
        ({"customer_id": nobody}, (404, "customer-not-found")),
        ({"service_id": nobody}, (404, "service-not-found")),
        ({"customer_id": "x"}, (400, "malformed-request")),
        ({"priority": 6}, (400, "malformed-request")),
        ({"record_type": "wish"}, (400, "malformed-request")),
        ({"at": "yesterday"}, (400, "malformed-request")),
        ({"at": "2026-01-01T00:00:00"}, (400, "malformed-request")),
        ({"colour": "red"}, (400, "malformed-request")),
    ]
    for fields, expected in cases:
        answer = await parties.desk.keeper.get(ENTITLEMENTS, params={**given, **fields})
        assert refusal(answer) == expected, fields
