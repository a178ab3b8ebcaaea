"""People record outages: segments, customers, corrections, merging."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.component.incident.desk import Body, Desk, minutes_from_now
from tests.component.incident.outages.recording import (
    OUTAGES,
    ago,
    listed,
    record,
    send,
    told,
    try_record,
    try_send,
)


async def test_an_outage_affects_whoever_uses_the_service_when_it_begins(desk: Desk) -> None:
    service = await desk.service()
    user, former, other = [await desk.register_customer() for _ in range(3)]
    await desk.use(user, service)
    await desk.use(former, service, ends=-120)
    await desk.use(other, await desk.service("SVC0000002", technical="mail"))
    outage = await record(desk, "SVC0000001", started_at=ago(hours=1))
    assert outage["affected"] == [{"customer_id": str(user), "share": "1"}]
    assert (outage["kind"], outage["state"], outage["automatic"]) == ("outage", "open", False)
    assert [one["severity_factor"] for one in outage["segments"]] == ["1"]
    last = await desk.last("outage.started")
    assert last["outage_id"] == outage["id"]
    assert last["affected"] == outage["affected"]


async def test_worse_and_better_are_new_segments(desk: Desk) -> None:
    outage = await record(
        desk,
        await desk.service(),
        kind="degradation",
        severity_factor="0.25",
        started_at=ago(hours=3),
    )
    outage = await send(desk, outage, "segments", kind="outage", occurred_at=ago(hours=2))
    outage = await send(desk, outage, "segments", kind="degradation", occurred_at=ago(hours=1))
    outage = await send(desk, outage, "transitions", to="ended")
    shown = [(one["kind"], one["severity_factor"]) for one in outage["segments"]]
    assert shown == [("degradation", "0.25"), ("outage", "1"), ("degradation", "0.5")]
    ends = [one["end"] for one in outage["segments"]]
    assert ends[:2] == [one["start"] for one in outage["segments"][1:]]
    assert ends[2] == outage["ended_at"]
    assert await told(desk, outage) == ["started", "changed", "changed", "ended"]
    assert (await desk.last("outage.ended"))["segments"] == [
        {**one, "start": one["start"], "end": one["end"]} for one in outage["segments"]
    ]


async def test_a_correction_is_an_event_with_its_reason(desk: Desk) -> None:
    outage = await record(
        desk, await desk.service(), started_at=ago(hours=2), ended_at=ago(hours=1)
    )
    before = datetime.fromisoformat(outage["updated_at"])
    start, end = ago(hours=3), ago(minutes=50)
    fixed = await send(
        desk, outage, "corrections", started_at=start, ended_at=end, reason="The log says so."
    )
    assert datetime.fromisoformat(fixed["started_at"]) == datetime.fromisoformat(start)
    assert datetime.fromisoformat(fixed["ended_at"]) == datetime.fromisoformat(end)
    assert (await desk.last("outage.corrected"))["reason"] == "The log says so."
    path = f"{OUTAGES}/{outage['id']}"
    known = await desk.staff.get(path, params={"as_of": before.isoformat()})
    assert known.json() == outage
    assert (await desk.staff.get(path, params={"as_of": ago(minutes=9)})).status_code == 404
    history = (await desk.staff.get(f"{path}/history")).json()["items"]
    assert [one["type"] for one in history] == [
        "itsm.outage.started.v1",
        "itsm.outage.corrected.v1",
    ]
    later = await desk.staff.get(path, params={"as_of": minutes_from_now(1)})
    assert later.json() == fixed


async def test_overlapping_outages_of_a_service_become_one(desk: Desk) -> None:
    service = await desk.service()
    mine, theirs = await desk.register_customer(), await desk.register_customer()
    first = await record(
        desk,
        service,
        kind="degradation",
        started_at=ago(hours=4),
        affected=[{"customer_id": str(mine), "share": "0.5"}],
    )
    second = await record(
        desk,
        service,
        started_at=ago(hours=3),
        affected=[{"customer_id": str(mine), "share": "0.7"}, {"customer_id": str(theirs)}],
    )
    gone = await send(desk, second, "transitions", to="merged", into=first["id"])
    assert (gone["state"], gone["merged_into"]) == ("merged", first["id"])
    whole = (await listed(desk, state="open"))[0]
    assert whole["id"] == first["id"]
    assert [one["kind"] for one in whole["segments"]] == ["degradation", "outage"]
    assert {one["customer_id"]: one["share"] for one in whole["affected"]} == {
        str(mine): "0.7",
        str(theirs): "1",
    }
    assert await told(desk, first) == ["started", "changed"]
    assert await told(desk, gone) == ["started", "merged"]
    again = await try_send(desk, gone, "transitions", to="ended")
    assert (again.status_code, again.json()["allowed"]) == (409, [])


@pytest.mark.parametrize("case", ["other service", "apart", "itself", "one ended", "unknown"])
async def test_outages_that_are_not_one_are_not_merged(desk: Desk, case: str) -> None:
    service = await desk.service()
    other = await desk.service("SVC0000002", technical="mail")
    past = {"started_at": ago(hours=9), "ended_at": ago(hours=8)}
    first = await record(desk, service, **past)
    place, times = {
        "other service": (other, past),
        "apart": (service, {"started_at": ago(hours=7), "ended_at": ago(hours=6)}),
        "one ended": (service, {"started_at": ago(hours=9)}),
    }.get(case, (service, past))
    second = await record(desk, place, **times)
    target = {"itself": first["id"], "unknown": str(uuid4())}.get(case, second["id"])
    answer = await try_send(desk, first, "transitions", to="merged", into=target)
    assert answer.status_code == (404 if case == "unknown" else 409)
    assert await told(desk, first) == ["started"]


async def test_who_is_affected_can_be_edited(desk: Desk) -> None:
    service, customer = await desk.service(), await desk.register_customer()
    outage = await record(desk, service)
    headers = {"If-Match": '"1"'}
    path = f"{OUTAGES}/{outage['id']}"
    body = {"affected": [{"customer_id": str(customer), "share": "0.25"}], "description": "Slow."}
    answer = await desk.staff.patch(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["affected"] == [{"customer_id": str(customer), "share": "0.25"}]
    stale = await desk.staff.patch(path, json=body, headers=headers)
    assert stale.status_code == 412
    same = await desk.staff.patch(path, json=body, headers={"If-Match": '"2"'})
    assert (same.status_code, same.json()["version"]) == (200, 2)
    assert await told(desk, outage) == ["started", "changed"]


async def test_customers_see_what_affects_them_and_themselves_in_it(desk: Desk) -> None:
    service = await desk.service()
    mine, theirs = await desk.register_customer(), await desk.register_customer()
    for one in (mine, theirs):
        await desk.use(one, service)
    both = await record(desk, service, cause_ci_id=str(uuid4()))
    not_mine = await record(desk, service, affected=[{"customer_id": str(theirs)}])
    all_users = await record(desk, service, affected=[], others_share="0.1")
    carl = desk.customer(mine)
    seen = await listed(desk, by=carl)
    assert [one["id"] for one in seen] == [both["id"], all_users["id"]]
    assert seen[0]["affected"] == [{"customer_id": str(mine), "share": "1"}]
    assert seen[0]["cause_ci_id"] is None
    assert (await carl.get(f"{OUTAGES}/{both['id']}")).status_code == 200
    assert (await carl.get(f"{OUTAGES}/{not_mine['id']}")).status_code == 404
    assert (await carl.get(f"{OUTAGES}/{both['id']}/history")).status_code == 403
    assert (await carl.post(OUTAGES, json={"service_id": str(service)})).status_code == 403
    bound = desk.stage.http("resolver", customer_id=mine)
    assert (await bound.post(OUTAGES, json={"service_id": str(service)})).status_code == 403
    for by in (desk.staff, carl):
        found = await listed(desk, by=by, customer_id=str(mine))
        assert [one["id"] for one in found] == [both["id"], all_users["id"]]
    assert await listed(desk, by=carl, customer_id=str(theirs)) == []
    first = await desk.staff.get(OUTAGES, params={"customer_id": str(mine), "limit": 1})
    other = {"customer_id": str(theirs), "limit": 1, "cursor": first.json()["next"]}
    refused = await desk.staff.get(OUTAGES, params=other)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed-request")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"severity_factor": "-0.1"}, "/severity_factor"),
    ({"severity_factor": "1.1"}, "/severity_factor"),
    ({"severity_factor": "0.12345"}, "/severity_factor"),
    ({"severity_factor": 0.5}, "/severity_factor"),
    ({"others_share": "-1"}, "/others_share"),
    ({"affected": [{"customer_id": str(uuid4()), "share": "-0.5"}]}, "/affected/0/share"),
    ({"affected": [{"customer_id": str(uuid4())}]}, "/affected"),
    ({"affected": [{"customer_id": str(uuid4())}] * 2001}, "/affected"),
    ({"started_at": minutes_from_now(60)}, "/started_at"),
    ({"started_at": "1950-01-01T00:00:00Z"}, "/started_at"),
    ({"started_at": ago(hours=1), "ended_at": ago(hours=2)}, "/ended_at"),
    ({"ended_at": minutes_from_now(60)}, "/ended_at"),
    ({"service_id": "SVC9999999"}, "/service_id"),
    ({"incident_id": str(uuid4())}, "/incident_id"),
    ({"kind": "holiday"}, "/kind"),
    ({"description": "x" * 2001}, "/description"),
    ({"description": "bell \x07"}, "/description"),
    ({"minutes": 5}, "/minutes"),
]


@pytest.mark.parametrize(("body", "pointer"), BAD)
async def test_what_is_not_possible_is_refused(desk: Desk, body: Body, pointer: str) -> None:
    service = await desk.service()
    answer = await try_record(desk, service, **body)
    assert answer.status_code == 422, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert await listed(desk) == []


async def test_times_out_of_order_are_refused(desk: Desk) -> None:
    outage = await record(desk, await desk.service(), started_at=ago(hours=1))
    for path, body in (
        ("segments", {"kind": "degradation", "occurred_at": ago(hours=2)}),
        ("segments", {"kind": "degradation", "occurred_at": minutes_from_now(30)}),
        ("transitions", {"to": "ended", "occurred_at": ago(hours=2)}),
        ("corrections", {"started_at": minutes_from_now(30), "reason": "No."}),
        ("corrections", {"reason": "Nothing said."}),
    ):
        answer = await try_send(desk, outage, path, **body)
        assert answer.status_code == 422, answer.text
    for path, body in (
        ("corrections", {"ended_at": ago(minutes=30), "reason": "It has not ended."}),
        ("segments", {"kind": "planned"}),
    ):
        answer = await try_send(desk, outage, path, **body)
        assert answer.status_code == 409, answer.text
        assert answer.json()["allowed"]
    assert await told(desk, outage) == ["started"]
