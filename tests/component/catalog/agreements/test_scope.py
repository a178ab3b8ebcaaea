"""What customers see of agreements, and what is refused before it is one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.component.catalog.agreements.promising import (
    AGREEMENTS,
    RESPONSE,
    Parties,
    ahead,
    cover,
    text,
)
from tests.component.catalog.desk import Body, ids, pointers, refusal


async def test_a_customer_sees_its_own_service_level_agreements_and_nothing_behind_them(
    parties: Parties,
) -> None:
    desk = parties.desk
    other = await desk.customer(name="Südwind")
    inner = await parties.active(type="ola", customer_ids=[], team_id=parties.team["id"])
    payroll = await desk.service("payroll", parties.team)
    theirs = await parties.active(customer_ids=[other["id"]], covers=[cover(payroll)])
    draft = await parties.draft(name="Not yet theirs")
    mine = await parties.active(
        customer_ids=[other["id"], parties.customer["id"]],
        parent_agreement_ids=[inner["id"]],
        penalties=[
            {
                "metric": "response",
                "basis": "per_breach",
                "price": {"amount": "10.00", "currency": "EUR"},
            }
        ],
    )
    user = desk.user_of(parties.customer)
    listed = await user.get(AGREEMENTS)
    assert ids(listed) == [mine["id"]]
    assert listed.json()["items"][0]["customer_ids"] == [parties.customer["id"]]
    for asked, found in (
        (parties.customer["id"], [mine["id"]]),
        (other["id"], []),
        (f"{other['id']},{parties.customer['id'].upper()}", [mine["id"]]),
    ):
        assert ids(await user.get(AGREEMENTS, params={"customer_id": asked})) == found
    staff = await desk.keeper.get(AGREEMENTS, params={"customer_id": other["id"]})
    assert set(ids(staff)) == {mine["id"], theirs["id"]}
    seen = (await user.get(f"{AGREEMENTS}/{mine['number']}")).json()
    assert seen["customer_ids"] == [parties.customer["id"]]
    assert seen["lines"][0]["customer_ids"] == [parties.customer["id"]]
    assert seen["parent_agreement_ids"] == []
    assert [one["price"]["amount"] for one in seen["penalties"]] == ["10.00"]
    versions = (await user.get(f"{AGREEMENTS}/{mine['id']}/versions")).json()["items"]
    assert [one["customer_ids"] for one in versions] == [[parties.customer["id"]]]
    for hidden in (inner, theirs, draft):
        for path in ("", "/versions"):
            answer = await user.get(f"{AGREEMENTS}/{hidden['id']}{path}")
            assert refusal(answer) == (404, "agreement-not-found")
    assert (await user.get(f"{AGREEMENTS}/{mine['id']}/history")).status_code == 403
    assert ids(await desk.user_of(None).get(AGREEMENTS)) == []


async def test_a_customer_sees_the_past_only_as_far_as_it_was_shown_to_them(
    parties: Parties,
) -> None:
    draft = await parties.draft()
    proposed = await parties.move(draft, "proposed")
    user = parties.desk.user_of(parties.customer)
    path = f"{AGREEMENTS}/{draft['id']}"
    then = await user.get(path, params={"as_of": proposed["updated_at"]})
    assert then.json()["status"] == "proposed"
    before = await user.get(path, params={"as_of": draft["updated_at"]})
    assert refusal(before) == (404, "agreement-not-found")


async def test_customers_ask_for_themselves_and_those_below_them(parties: Parties) -> None:
    desk = parties.desk
    below = await desk.customer(name="Nordwind Süd", parent_id=parties.customer["id"])
    other = await desk.customer(name="Südwind")
    await parties.active(customer_ids=[below["id"], other["id"]])
    user = desk.user_of(parties.customer)
    assert (await parties.entitled(user, customer_id=below["id"]))["covered"] is True
    # An agreement covers exactly those it names.
    assert (await parties.entitled(user))["covered"] is False
    hidden = await user.get(
        "/catalog/v1/entitlements",
        params={"customer_id": other["id"], "service_id": parties.service["id"]},
    )
    assert refusal(hidden) == (404, "customer-not-found")
    unknown = "01970000-0000-7000-8000-0000deadbeef"
    assert (await parties.entitled(user, service_id=unknown))["covered"] is False


async def test_only_keepers_of_the_provider_write(parties: Parties) -> None:
    agreement = await parties.active()
    path = f"{AGREEMENTS}/{agreement['id']}"
    match = {"If-Match": f'"{agreement["version"]}"'}
    steps: list[tuple[str, str, Body]] = [
        ("POST", AGREEMENTS, parties.body()),
        ("PATCH", path, {"name": "x"}),
        ("POST", f"{path}/transitions", {"to": "under_review"}),
        ("POST", f"{path}/amendments", {"valid_from": text(ahead(1))}),
    ]
    resolver = parties.desk.stage.http("resolver")
    bound = parties.desk.bound_keeper(parties.customer)
    for method, url, body in steps:
        for http, code in ((resolver, "forbidden"), (bound, "provider-only")):
            answer = await http.request(method, url, json=body, headers=match)
            assert refusal(answer) == (403, code)


async def test_a_step_from_an_old_version_is_refused(parties: Parties) -> None:
    agreement = await parties.draft()
    await parties.move(agreement, "proposed")
    stale = await parties.desk.move(AGREEMENTS, agreement, "proposed")
    assert refusal(stale) == (412, "stale-version")
    bare = await parties.desk.keeper.patch(f"{AGREEMENTS}/{agreement['id']}", json={"name": "x"})
    assert refusal(bare) == (428, "precondition-required")


def with_target(**fields: Any) -> Body:  # noqa: ANN401 - any field
    return {"covers": [{"targets": [{**RESPONSE, **fields}]}]}


def with_penalty(amount: object, currency: str = "EUR") -> Body:
    price = {"amount": amount, "currency": currency}
    return {"penalties": [{"metric": "response", "basis": "per_breach", "price": price}]}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"valid_from": "2026-03-02T09:00:00Z", "valid_to": "2026-03-02T09:00:00Z"}, "/valid_to"),
        ({"valid_from": "2026-03-02T09:00:00"}, "/valid_from"),
        ({"valid_to": 1772442000}, "/valid_to"),
        ({"review_date": "2026-02-30"}, "/review_date"),
        ({"review_date": 20000}, "/review_date"),
        ({"name": "two\nlines"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"type": "nda"}, "/type"),
        ({"customer_ids": []}, "/customer_ids"),
        ({"covers": []}, "/covers"),
        ({"colour": "red"}, "/colour"),
        (with_target(seconds=0), "/covers/0/targets/0/seconds"),
        (with_target(seconds=-1), "/covers/0/targets/0/seconds"),
        (with_target(seconds=1.5), "/covers/0/targets/0/seconds"),
        (with_target(seconds=10**12), "/covers/0/targets/0/seconds"),
        (with_target(metric="kindness"), "/covers/0/targets/0/metric"),
        (with_target(thresholds=[50, 50]), "/covers/0/targets/0/thresholds"),
        (with_target(thresholds=[1001]), "/covers/0/targets/0/thresholds/0"),
        (with_target(pause_on=["bored"]), "/covers/0/targets/0/pause_on/0"),
        (
            with_target(metric="availability", seconds=None, percent="100.1", period="month"),
            "/covers/0/targets/0/percent",
        ),
        (
            with_target(metric="availability", seconds=None, percent="NaN", period="month"),
            "/covers/0/targets/0/percent",
        ),
        (with_penalty("NaN"), "/penalties/0/price/amount"),
        (with_penalty("-1.00"), "/penalties/0/price/amount"),
        (with_penalty(1.5), "/penalties/0/price/amount"),
        (with_penalty("1.001"), "/penalties/0/price/amount"),
        (with_penalty("1", "XXX"), "/penalties/0/price/currency"),
    ],
)
async def test_what_no_agreement_can_say_is_refused_at_its_place(
    parties: Parties, fields: Body, pointer: str
) -> None:
    for one in fields.get("covers", []):
        one.update(cover(parties.service, **one))
    answer = await parties.desk.keeper.post(AGREEMENTS, json=parties.body(**fields))
    assert (answer.status_code, pointers(answer)) == (422, {pointer})
    assert not [name for name in await parties.desk.facts() if name.startswith("agreement")]


async def test_the_same_metric_twice_and_the_same_cover_twice_are_refused(
    parties: Parties,
) -> None:
    twice = [cover(parties.service, targets=[RESPONSE, {**RESPONSE, "seconds": 60}])]
    answer = await parties.desk.keeper.post(AGREEMENTS, json=parties.body(covers=twice))
    assert refusal(answer) == (422, "agreement-terms-invalid")
    assert pointers(answer) == {"/covers/0/targets"}
    both = [cover(parties.service), cover(parties.service, priorities=[1])]
    answer = await parties.desk.keeper.post(AGREEMENTS, json=parties.body(covers=both))
    assert pointers(answer) == {"/covers/1"}


async def test_an_agreement_too_large_for_its_events_says_so(parties: Parties) -> None:
    ids_of_nobody = [str(UUID(int=number)) for number in range(200)]
    wide = {**cover(parties.service), "priorities": [1, 2, 3, 4, 5]}
    answer = await parties.desk.keeper.post(
        AGREEMENTS, json=parties.body(covers=[{**wide, "service_ids": ids_of_nobody}])
    )
    assert refusal(answer) == (422, "agreement-too-large")
    assert answer.json()["size_bytes"] > answer.json()["limit_bytes"]
