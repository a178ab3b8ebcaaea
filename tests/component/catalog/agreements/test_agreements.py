"""Agreements over HTTP, from the first draft to their end."""

from __future__ import annotations

import pytest

from tests.component.catalog.agreements.promising import (
    AGREEMENTS,
    RESPONSE,
    Parties,
    ahead,
    cover,
    text,
)
from tests.component.catalog.desk import SERVICES, Body, ids, pointers, refusal


async def test_an_agreement_goes_through_its_life_and_each_step_is_told(parties: Parties) -> None:
    agreement = await parties.draft()
    assert agreement["number"] == "AGR0000001"
    assert (agreement["status"], agreement["agreement_version"]) == ("draft", 1)
    agreement = await parties.move(
        agreement, "proposed", "agreed", "active", "under_review", "active"
    )
    gone = await parties.move(agreement, "terminated", reason="They left us.")
    assert (gone["status"], gone["reason"], gone["version"]) == ("terminated", "They left us.", 7)
    assert gone["lines"][0]["valid_to"] == gone["valid_to"] == gone["updated_at"]
    told = await parties.desk.events(agreement)
    assert [name for name, _ in told] == [
        "agreement.drafted",
        "agreement.proposed",
        "agreement.agreed",
        "agreement.activated",
        "agreement.review_started",
        "agreement.review_completed",
        "agreement.terminated",
    ]
    assert [len(data["lines"]) for _, data in told] == [0, 0, 0, 1, 1, 1, 1]
    assert [data["previous_status"] for _, data in told[1:4]] == ["draft", "proposed", "agreed"]


async def test_an_event_carries_the_resolved_lines_and_their_targets(parties: Parties) -> None:
    calendar = await parties.desk.calendar()
    offering = await parties.desk.published(parties.service)
    target = {**RESPONSE, "calendar_id": calendar["id"], "thresholds": [80, 100]}
    agreement = await parties.active(
        covers=[
            cover(
                None,
                offering=offering,
                priorities=[1, 2],
                calendar_id=calendar["id"],
                targets=[target],
            )
        ]
    )
    _, told = (await parties.desk.events(agreement))[-1]
    [promised] = told["targets"]
    assert promised == {
        "target_id": agreement["covers"][0]["targets"][0]["target_id"],
        "agreement_version": 1,
        "metric": "response",
        "seconds": 900,
        "percent": None,
        "period": None,
        "calendar_id": calendar["id"],
        "pause_on": [],
        "runs_only_on": [],
        "thresholds": [80, 100],
    }
    assert told["lines"] == [
        {
            "agreement_version": 1,
            "customer_ids": [parties.customer["id"]],
            "service_id": parties.service["id"],
            "offering_id": offering["id"],
            "record_type": "incident",
            "priority": priority,
            "target_ids": [promised["target_id"]],
            "calendar_id": calendar["id"],
            "valid_from": agreement["valid_from"],
            "valid_to": None,
        }
        for priority in (1, 2)
    ]
    assert agreement["lines"] == told["lines"]


async def test_a_draft_is_written_anew_and_what_was_agreed_on_is_not(parties: Parties) -> None:
    agreement = await parties.draft()
    same = await parties.desk.change(
        AGREEMENTS, agreement, name="Gold", covers=parties.body()["covers"]
    )
    assert same.json() == agreement
    changed = await parties.desk.change(
        AGREEMENTS,
        agreement,
        covers=[cover(parties.service, priorities=[1])],
        valid_to=text(ahead(30)),
        review_date="2027-01-31",
    )
    agreement = changed.json()
    assert (agreement["version"], agreement["review_date"]) == (2, "2027-01-31")
    assert agreement["covers"][0]["priorities"] == [1]
    agreement = await parties.move(agreement, "proposed", "agreed")
    late = await parties.desk.change(AGREEMENTS, agreement, name="Silver")
    assert refusal(late) == (409, "agreement-settled")
    assert await parties.desk.facts(agreement) == [
        "agreement.drafted",
        "agreement.revised",
        "agreement.proposed",
        "agreement.agreed",
    ]


@pytest.mark.parametrize(
    ("steps", "to", "allowed"),
    [
        ((), "agreed", ["proposed", "terminated"]),
        (("proposed",), "active", ["agreed", "terminated"]),
        (("proposed", "agreed", "active"), "proposed", ["under_review", "terminated"]),
    ],
)
async def test_a_step_that_is_not_allowed_names_those_that_are(
    parties: Parties, steps: tuple[str, ...], to: str, allowed: list[str]
) -> None:
    agreement = await parties.move(await parties.draft(), *steps)
    refused = await parties.desk.move(AGREEMENTS, agreement, to)
    assert refusal(refused) == (409, "agreement-transition-not-allowed")
    assert refused.json()["allowed"] == allowed


async def test_nobody_can_ask_an_agreement_to_expire(parties: Parties) -> None:
    refused = await parties.desk.move(AGREEMENTS, await parties.active(), "expired")
    assert refusal(refused) == (422, "invalid-fields")


async def test_an_agreement_is_had_by_its_number_and_as_it_was(parties: Parties) -> None:
    agreement = await parties.draft()
    later = await parties.move(agreement, "proposed", "agreed", "active")
    by_number = await parties.desk.keeper.get(f"{AGREEMENTS}/agr0000001")
    assert by_number.json() == later
    assert await parties.desk.at(AGREEMENTS, agreement["id"], agreement["updated_at"]) == agreement
    early = await parties.desk.keeper.get(
        f"{AGREEMENTS}/{agreement['id']}", params={"as_of": "2020-01-01T00:00:00Z"}
    )
    assert refusal(early) == (404, "agreement-not-found")
    history = await parties.desk.keeper.get(f"{AGREEMENTS}/AGR0000001/history")
    assert [entry["sequence"] for entry in history.json()["items"]] == [1, 2, 3, 4]


async def test_agreements_are_listed_by_customer_service_type_and_status(parties: Parties) -> None:
    desk = parties.desk
    supplier, other = await desk.supplier(), await desk.customer(name="Südwind")
    payroll = await desk.service("payroll", parties.team)
    gold = await parties.active()
    both = await parties.draft(
        name="Silver",
        customer_ids=[parties.customer["id"], other["id"]],
        covers=[cover(payroll)],
    )
    inner = await parties.active(
        type="ola", name="Inner", customer_ids=[], team_id=parties.team["id"]
    )
    outer = await parties.active(
        type="uc",
        name="Outer",
        customer_ids=[],
        supplier_id=supplier["id"],
        parent_agreement_ids=[gold["id"]],
    )
    assert outer["parent_agreement_ids"] == [gold["id"]]

    async def listed(**asked: str) -> list[str]:
        return ids(await desk.keeper.get(AGREEMENTS, params=asked))

    assert await listed(customer_id=parties.customer["id"]) == [gold["id"], both["id"]]
    assert await listed(customer_id=other["id"]) == [both["id"]]
    assert await listed(service_id=payroll["id"]) == [both["id"]]
    assert await listed(type="ola,uc") == [inner["id"], outer["id"]]
    assert await listed(status="draft") == [both["id"]]
    assert await listed(sort="-number", limit="2") == [outer["id"], inner["id"]]
    refused = await desk.keeper.get(AGREEMENTS, params={"customer_id": "x"})
    assert refusal(refused)[0] == 400


async def test_a_service_runs_under_an_agreement_and_is_not_retired_under_it(
    parties: Parties,
) -> None:
    desk = parties.desk
    calendar = await desk.calendar()
    service = await desk.service("mail", parties.team, support_calendar_id=calendar["id"])
    await desk.published(service)
    bare = await desk.move(SERVICES, service, "operational")
    assert bare.status_code == 409
    agreement = await parties.active(covers=[cover(service)])
    running = await desk.move(SERVICES, service, "operational")
    assert running.status_code == 200, running.text
    retiring = (await desk.move(SERVICES, running.json(), "retiring")).json()
    assert (await desk.move(SERVICES, retiring, "retired")).status_code == 409
    await parties.move(agreement, "terminated", reason="Over.")
    assert (await desk.move(SERVICES, retiring, "retired")).status_code == 200


async def test_references_to_nothing_are_refused_with_their_place(parties: Parties) -> None:
    nobody = "01970000-0000-7000-8000-0000deadbeef"
    ola: Body = {"type": "ola", "customer_ids": []}
    cases: list[tuple[Body, str]] = [
        ({"customer_ids": [nobody]}, "/customer_ids/0"),
        ({**ola, "team_id": nobody}, "/team_id"),
        ({"type": "uc", "customer_ids": [], "supplier_id": nobody}, "/supplier_id"),
        ({"parent_agreement_ids": [nobody]}, "/parent_agreement_ids/0"),
        ({"covers": [cover({"id": nobody})]}, "/covers/0/service_ids/0"),
        ({"covers": [cover(None, offering={"id": nobody})]}, "/covers/0/offering_ids/0"),
        ({"covers": [cover(parties.service, calendar_id=nobody)]}, "/covers/0/calendar_id"),
    ]
    for fields, pointer in cases:
        answer = await parties.desk.keeper.post(AGREEMENTS, json=parties.body(**fields))
        assert refusal(answer) == (422, "agreement-reference-invalid"), fields
        assert pointers(answer) == {pointer}
    assert not [name for name in await parties.desk.facts() if name.startswith("agreement")]


async def test_what_is_retired_is_not_agreed_on(parties: Parties) -> None:
    offering = await parties.desk.offering(parties.service)
    drafted = await parties.desk.keeper.post(
        AGREEMENTS, json=parties.body(covers=[cover(None, offering=offering)])
    )
    assert refusal(drafted) == (422, "agreement-reference-invalid")
    agreement = await parties.move(await parties.draft(), "proposed")
    await parties.desk.move("/catalog/v1/customers", parties.customer, "inactive")
    refused = await parties.desk.move(AGREEMENTS, agreement, "agreed")
    assert refusal(refused) == (422, "agreement-reference-invalid")
    assert pointers(refused) == {"/customer_ids/0"}


async def test_agreements_do_not_rest_on_each_other_in_a_circle(parties: Parties) -> None:
    first = await parties.draft()
    second = await parties.draft(parent_agreement_ids=[first["id"]])
    third = await parties.draft(parent_agreement_ids=[second["id"]])
    circle = await parties.desk.change(AGREEMENTS, first, parent_agreement_ids=[third["id"]])
    assert refusal(circle) == (422, "agreement-reference-invalid")
    itself = await parties.desk.change(AGREEMENTS, first, parent_agreement_ids=[first["id"]])
    assert refusal(itself) == (422, "agreement-parties-invalid")
