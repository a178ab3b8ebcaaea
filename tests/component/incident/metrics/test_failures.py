"""MTRS, MTBF and MTBSI equal a count of the outages' records, one by one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from tests.component.incident.desk import Body, Desk
from tests.component.incident.metrics.test_metrics import ask
from tests.component.incident.outages.recording import ago, listed, record, send

NAMES = (
    "mean_time_to_restore_service",
    "mean_time_between_failures",
    "mean_time_between_service_incidents",
)


async def fail(desk: Desk, dice: random.Random, service: UUID, customer: UUID) -> None:
    begun = dice.uniform(0.1, 40)
    share = dice.choice(["0", "0.5", "1"])
    outage = await record(
        desk,
        service,
        kind=dice.choice(["outage", "outage", "degradation", "planned"]),
        started_at=ago(days=begun),
        affected=[{"customer_id": str(customer), "share": share}],
    )
    if dice.random() < 0.5:
        kind = dice.choice(["outage", "degradation"])
        begun *= dice.uniform(0.8, 1)
        outage = await send(desk, outage, "segments", kind=kind, occurred_at=ago(days=begun))
    if dice.random() < 0.9:
        end = ago(days=begun * dice.uniform(0.8, 1))
        await send(desk, outage, "transitions", to="ended", occurred_at=end)


def failures(outages: Sequence[Body], start: datetime, end: datetime) -> list[timedelta]:
    """Return how long each uninterrupted time with an outage lasted within a period."""
    spans = sorted(
        (
            max(datetime.fromisoformat(one["start"]), start),
            min(datetime.fromisoformat(one["end"]) if one["end"] else end, end),
        )
        for outage in outages
        if outage["state"] != "merged"
        for one in outage["segments"]
        if one["kind"] == "outage"
    )
    found: list[list[datetime]] = []
    for begin, finish in spans:
        if begin >= finish:
            continue
        if found and begin <= found[-1][1]:
            found[-1][1] = max(found[-1][1], finish)
        else:
            found.append([begin, finish])
    return [finish - begin for begin, finish in found]


async def test_failures_equal_a_count_of_their_records(desk: Desk) -> None:
    dice = random.Random(20261125)
    team, customer = await desk.team(), await desk.register_customer()
    services = [
        await desk.service(f"SVC000000{number}", technical=f"s{number}", team=team)
        for number in (1, 2)
    ]
    for _ in range(24):
        await fail(desk, dice, dice.choice(services), customer)
    for group_by, key in (("service", services[0]), ("team", team), ("customer", customer)):
        answer = (await ask(desk, group_by)).json()
        start, end = (datetime.fromisoformat(answer[f"period_{name}"]) for name in ("start", "end"))
        (figures,) = [one for one in answer["items"] if one["key"] == str(key)]
        counted: list[timedelta] = []
        failed = 0
        for service in services[:1] if group_by == "service" else services:
            theirs = await listed(desk, service_id=str(service), limit=200)
            if group_by == "customer":
                theirs = [one for one in theirs if one["affected"][0]["share"] != "0"]
            lasted = failures(theirs, start, end)
            counted += lasted
            failed += bool(lasted)
        down = sum(counted, timedelta()) // timedelta(seconds=1)
        whole = failed * ((end - start) // timedelta(seconds=1))
        restored, between, apart = (figures[name] for name in NAMES)
        assert counted, "the dice left a group empty"
        assert restored["count"] == between["count"] == apart["count"] == len(counted)
        assert restored["mean_seconds"] == round(Fraction(down, len(counted)))
        assert between["mean_seconds"] == round(Fraction(whole - down, len(counted)))
        assert apart["mean_seconds"] == round(Fraction(whole, len(counted)))
        ordered = sorted(one // timedelta(seconds=1) for one in counted)
        assert restored["median_seconds"] == ordered[(len(ordered) - 1) // 2]
        assert restored["p90_seconds"] in ordered
        assert between["median_seconds"] is apart["p90_seconds"] is None


async def test_a_group_without_failures_has_none(desk: Desk) -> None:
    service = await desk.service()
    incident = await desk.declare(service_id=str(service))
    await desk.move(incident, "resolved")
    await record(desk, service, kind="degradation", started_at=ago(hours=2))
    (figures,) = (await ask(desk, "service", days=1)).json()["items"]
    for name in NAMES:
        assert (figures[name]["count"], figures[name]["mean_seconds"]) == (0, None)
