"""Requesting and revising changes, with what is wrong answered clearly."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from shared.outbox import MAX_EVENT_BYTES
from tests.component.change.desk import PATH, Desk, minutes_from_now, whole


async def test_a_request_tells_everything_and_is_found_by_both_names(desk: Desk) -> None:
    service = await desk.service()
    body = whole(service) | {"planned_outages": [{"service_id": str(service), "minutes": 15}]}

    answer = await desk.asker.post(PATH, json=body)

    record = answer.json()
    assert answer.headers["Location"] == f"{PATH}/{record['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (record["service_ids"], record["planned_outages"]) == (
        body["service_ids"],
        body["planned_outages"],
    )
    for name in (record["id"], record["number"]):
        assert (await desk.asker.get(f"{PATH}/{name}")).json() == record
    (event,) = await desk.stage.events("change")
    data = orjson.loads(event.data)
    assert data["backout_plan"] == body["backout_plan"]
    assert data["planned_outages"] == body["planned_outages"]


async def test_the_same_key_makes_one_change(desk: Desk) -> None:
    body, key = {"title": "Once"}, {"Idempotency-Key": "k-1"}
    first = await desk.asker.post(PATH, json=body, headers=key)
    second = await desk.asker.post(PATH, json=body, headers=key)
    assert first.content == second.content
    assert await desk.facts() == ["requested"]


@pytest.mark.parametrize("kind", ["standard", "emergency"])
async def test_other_types_are_refused_with_what_is_available(desk: Desk, kind: str) -> None:
    answer = await desk.asker.post(PATH, json={"title": "Quick", "type": kind})
    assert (answer.status_code, answer.json()["code"]) == (422, "change-type-not-available")
    assert answer.json()["available"] == ["normal"]
    assert await desk.facts() == []


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, "/title"),
        ({"title": " "}, "/title"),
        ({"title": "two\nlines"}, "/title"),
        ({"title": "T", "state": "closed"}, "/state"),
        ({"title": "T", "type": "unheard-of"}, "/type"),
        ({"title": "T", "reason": "x" * 5001}, "/reason"),
        ({"title": "T", "planned_start": "2026-03-08T02:00:00"}, "/planned_start"),
        ({"title": "T", "planned_start": "1800-03-08T02:00:00Z"}, "/planned_start"),
        ({"title": "T", "planned_start": "2026-03-08T02:00:00Z"}, "/planned_end"),
        (
            {
                "title": "T",
                "planned_start": "2026-03-08T02:00:00Z",
                "planned_end": "2026-03-08T01:00:00Z",
            },
            "/planned_end",
        ),
        ({"title": "T", "service_ids": ["x"]}, "/service_ids/0"),
        ({"title": "T", "service_ids": [str(uuid4())]}, "/service_ids/0"),
        ({"title": "T", "service_ids": [str(uuid4())] * 201}, "/service_ids"),
        (
            {"title": "T", "planned_outages": [{"service_id": str(uuid4()), "minutes": 0}]},
            "/planned_outages/0/minutes",
        ),
        (
            {"title": "T", "planned_outages": [{"service_id": str(uuid4()), "minutes": 5}]},
            "/planned_outages/0/service_id",
        ),
    ],
)
async def test_a_wrong_field_is_refused_at_its_place(
    desk: Desk, sent: dict[str, Any], pointer: str
) -> None:
    answer = await desk.asker.post(PATH, json=sent)
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]
    assert await desk.facts() == []


async def test_nul_characters_are_refused_everywhere(desk: Desk) -> None:
    assert (await desk.asker.post(PATH, json={"title": "a\x00b"})).status_code == 422
    assert (await desk.asker.get(f"{PATH}/CHG%000000001")).status_code == 404
    assert (await desk.asker.get(PATH, params={"state": "dra\x00ft"})).status_code == 400


@pytest.mark.parametrize(
    "name",
    ["CHG0000001", "chg0000001", "CHG" + "\u0660" * 6 + "\u0661", "x", "x" * 500, "CHG1", "0" * 36],
)
@pytest.mark.parametrize("place", ["", "/history"])
async def test_an_unknown_name_is_not_found(desk: Desk, name: str, place: str) -> None:
    answer = await desk.boss.get(f"{PATH}/{name}{place}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_largest_request_fits_into_its_events(desk: Desk) -> None:
    wide = "\U0001f6e0"
    services = [await desk.service() for _ in range(40)]
    texts = {"reason": 5_000, "description_technical": 5_000, "description_business": 5_000}
    plans = {"implementation_plan": 10_000, "backout_plan": 10_000}
    small_plans = {"test_plan": 5_000, "communication_plan": 5_000}
    body = whole(*services)
    body |= {name: wide * size for name, size in (texts | plans | small_plans).items()}
    body["title"] = wide * 200
    body["planned_outages"] = [{"service_id": str(one), "minutes": 10} for one in services]

    change = await desk.request(body)

    (event,) = await desk.stage.events("change")
    left_for_more_services = 160 * 150
    assert len(event.data) + left_for_more_services < MAX_EVENT_BYTES
    assert change["title"] == wide * 200


async def test_a_patch_changes_what_it_names_and_says_which(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))

    answer = await desk.asker.patch(
        f"{PATH}/{change['number']}",
        json={"title": "New", "planned_start": None, "planned_end": None, "reason": ""},
        headers={"If-Match": '"1"'},
    )

    assert answer.json() == change | {
        "title": "New",
        "planned_start": None,
        "planned_end": None,
        "version": 2,
        "updated_at": answer.json()["updated_at"],
    }
    data = orjson.loads((await desk.stage.events("change"))[-1].data)
    assert data["changed"] == ["planned_end", "planned_start", "title"]


async def test_a_patch_that_changes_nothing_makes_no_event(desk: Desk) -> None:
    change = await desk.request({"title": "Same"})
    answer = await desk.asker.patch(
        f"{PATH}/{change['id']}", json={"title": "Same"}, headers={"If-Match": '"1"'}
    )
    assert answer.json() == change
    assert await desk.facts() == ["requested"]


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"state": "closed"}, "/state"),
        ({"number": "CHG0000009"}, "/number"),
        ({"title": None}, "/title"),
        ({"planned_end": minutes_from_now(1)}, "/planned_start"),
        ({"service_ids": [str(uuid4())]}, "/service_ids/0"),
    ],
)
async def test_a_wrong_patch_is_refused_at_its_place(
    desk: Desk, sent: dict[str, Any], pointer: str
) -> None:
    change = await desk.request({"title": "Same"})
    answer = await desk.asker.patch(
        f"{PATH}/{change['id']}", json=sent, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]
    assert await desk.facts() == ["requested"]


async def test_acting_on_an_older_version_is_refused(desk: Desk) -> None:
    change = await desk.request({"title": "Same"})
    place = f"{PATH}/{change['id']}"

    stale = await desk.asker.patch(place, json={"title": "X"}, headers={"If-Match": '"7"'})
    blind = await desk.asker.patch(place, json={"title": "X"})
    moved = await desk.try_move(change | {"version": 2}, "assess")

    assert [one.status_code for one in (stale, blind, moved)] == [412, 428, 412]
    assert stale.json()["current_version"] == 1


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"to": "nowhere"}, ""),
        ({}, ""),
        ({"to": "cancelled"}, "/reason"),
        ({"to": "cancelled", "reason": "  "}, "/reason"),
        ({"to": "assess", "reason": "unasked"}, "/reason"),
        ({"to": "authorize", "risk_level": "some"}, "/risk_level"),
        ({"to": "assess", "occurred_at": "yesterday"}, "/occurred_at"),
    ],
)
async def test_a_malformed_transition_is_refused_at_its_place(
    desk: Desk, sent: dict[str, Any], pointer: str
) -> None:
    change = await desk.request({"title": "Same"})
    answer = await desk.asker.post(
        f"{PATH}/{change['id']}/transitions", json=sent, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 422
    assert any(one["pointer"].endswith(pointer) for one in answer.json()["errors"])


@pytest.mark.parametrize(
    ("roles", "status"),
    [((), 401), (("customer_user",), 403), (("auditor",), 403), (("resolver",), 201)],
)
async def test_requesting_needs_a_role(desk: Desk, roles: tuple[str, ...], status: int) -> None:
    answer = await desk.stage.http(*roles).post(PATH, json={"title": "Mine"})
    assert answer.status_code == status
