"""Figures equal a second reading of the events, written another way."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from shared.envelope import Event
from tests.component.incident.clocks.promising import target, tell_agreement
from tests.component.incident.desk import Body, Desk

METRICS = "/incident/v1/metrics"
DAY = timedelta(days=1)
HUMAN = ("phone", "mail", "portal", "chat")


async def ask(
    desk: Desk,
    group_by: str,
    *,
    by: httpx.AsyncClient | None = None,
    days: float = 30,
    **more: Any,  # noqa: ANN401 - any value
) -> httpx.Response:
    now = datetime.now(UTC)
    period = {"period_start": (now - days * DAY).isoformat(), "period_end": now.isoformat()}
    params = {**period, "group_by": group_by, **more}
    return await (by or desk.staff).get(METRICS, params=params)


async def groups(desk: Desk, group_by: str, **more: Any) -> dict[str | None, Body]:  # noqa: ANN401 - any value
    answer = await ask(desk, group_by, **more)
    assert answer.status_code == 200, answer.text
    return {one["key"]: one for one in answer.json()["items"]}


async def live(desk: Desk, dice: random.Random, services: Sequence[UUID | None]) -> None:
    """Let an incident of the last twenty days run a random way."""
    at = datetime.now(UTC) - dice.uniform(2, 45) * DAY

    def later() -> str:
        nonlocal at
        at += timedelta(seconds=dice.randint(0, 30_000))
        return at.isoformat()

    said: Body = {"started_at": later(), "detected_at": later(), "occurred_at": later()}
    service = dice.choice(services)
    if service is not None:
        said["service_id"] = str(service)
    channel = dice.choice([*HUMAN, "api"])
    incident = await desk.declare(channel=channel, **said)
    team = str(await desk.team(f"Team {dice.random()}"))
    ways: tuple[list[tuple[str, Body]], ...] = (
        [("assigned", {"team_id": team}), ("in_progress", {})],
        [("in_progress", {})],
        [("assigned", {"team_id": team}), ("in_progress", {}), ("on_hold", {})],
        [],
    )
    end = dice.choice(["resolved", "resolved", "resolved", "cancelled", "in_progress"])
    steps: list[tuple[str, Body]] = [*dice.choice(ways), (end, {})]
    if end == "resolved" and dice.random() < 0.4:
        steps += [("in_progress", {"reason": "Still broken."}), ("resolved", {})]
    for to, more in steps:
        answer = await desk.try_move(incident, to, occurred_at=later(), **more)
        if answer.status_code == 409:
            continue
        assert answer.status_code == 200, answer.text
        incident = answer.json()


def kinds(events: Iterable[Event], name: str) -> list[Event]:
    return [one for one in events if one.type == f"itsm.incident.{name}.v1"]


def nearest_rank(values: Sequence[int], share: Fraction) -> int:
    """Return the smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    return next(
        one for place, one in enumerate(ordered, start=1) if Fraction(place, len(ordered)) >= share
    )


def told(figure: Body, values: Sequence[int]) -> None:
    assert figure["count"] == len(values)
    if not values:
        assert figure["mean_seconds"] is figure["median_seconds"] is figure["p90_seconds"] is None
        return
    assert figure["mean_seconds"] == round(Fraction(sum(values), len(values)))
    assert figure["median_seconds"] == nearest_rank(values, Fraction(1, 2))
    assert figure["p90_seconds"] == nearest_rank(values, Fraction(9, 10))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)


@dataclass
class Reading:
    """What the events of one group say, counted one by one."""

    start: datetime
    end: datetime
    detected: list[int] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
    resolutions: int = 0
    reopenings: int = 0
    human: int = 0
    first: int = 0

    def within(self, moments: Iterable[datetime]) -> list[datetime]:
        return [one for one in moments if self.start <= one < self.end]

    def add(self, events: Sequence[Event], begun: datetime, seen: datetime) -> None:
        reported = kinds(events, "declared")[0].occurred_at
        ends = times(events, "resolved")
        self.detected += [seconds(begun, one) for one in self.within([seen])]
        noticed = self.within(times(events, "acknowledged"))
        self.acknowledged += [seconds(reported, one) for one in noticed]
        self.resolutions += len(self.within(ends))
        self.reopenings += len(self.within(times(events, "reopened")))
        state = orjson.loads(events[-1].data)["state"]
        if state in ("resolved", "closed") and self.within(ends[-1:]):
            self.resolved.append(seconds(reported, ends[-1]))
            if orjson.loads(kinds(events, "declared")[0].data)["channel"] in HUMAN:
                self.human += 1
                self.first += not times(events, "reassigned") and not times(events, "put_on_hold")


def times(events: Iterable[Event], name: str) -> list[datetime]:
    return [one.occurred_at for one in kinds(events, name)]


async def read_again(desk: Desk, key: str | None, *, now: datetime) -> Reading:
    """Count an incident after the other, from its own events."""
    by_record: dict[UUID, list[Event]] = {}
    for one in await desk.stage.events("incident"):
        if one.type.startswith("itsm.incident."):
            by_record.setdefault(one.key, []).append(one)
    found = Reading(start=now - 30 * DAY, end=now)
    for record, events in by_record.items():
        last = orjson.loads(events[-1].data)
        if last["service_id"] == key and last["state"] not in ("cancelled", "merged"):
            shown = (await desk.read(str(record)))["milestones"]
            found.add(events, moment(shown["started_at"]), moment(shown["detected_at"]))
    return found


async def test_figures_equal_a_second_reading_of_the_events(desk: Desk) -> None:
    dice = random.Random(20261124)
    shop = await desk.service(team=await desk.team())
    mail = await desk.service("SVC0000002", name="Mail", technical="mail")
    for _ in range(40):
        await live(desk, dice, [shop, mail, None])
    found = await groups(desk, "service")
    for key in (str(shop), str(mail), None):
        again = await read_again(desk, key, now=datetime.now(UTC))
        assert again.resolved, "the dice left a group empty"
        figures = found[key]
        told(figures["mean_time_to_detect"], again.detected)
        told(figures["mean_time_to_acknowledge"], again.acknowledged)
        told(figures["time_to_resolve"], again.resolved)
        shared(figures["reopen_rate"], again.reopenings, again.resolutions)
        shared(figures["first_contact_resolution"], again.first, again.human)
    assert found[str(shop)]["name"] == "Web shop"


def shared(rate: Body, part: int, count: int) -> None:
    assert (rate["part"], rate["count"]) == (part, count)
    assert abs(Decimal(rate["percent"]) - Decimal(part) * 100 / count) <= Decimal("0.005")


async def test_attainment_counts_what_was_met_and_what_was_breached(desk: Desk) -> None:
    shop = await desk.service(team=await desk.team())
    customer = await desk.register_customer()
    await tell_agreement(desk, shop, {None: [target("resolution", 3600)]}, customers=[customer])
    now = datetime.now(UTC)
    for minutes, ends in ((90, 40), (100, 20), (200, 70), (300, None)):
        reported = now - timedelta(minutes=minutes)
        incident = await desk.declare(
            service_id=str(shop),
            customer_ids=[str(customer)],
            occurred_at=reported.isoformat(),
        )
        if ends is not None:
            at = (reported + timedelta(minutes=ends)).isoformat()
            answer = await desk.try_move(incident, "resolved", occurred_at=at)
            assert answer.status_code == 200, answer.text
    for group_by in ("customer", "service"):
        key = str(customer if group_by == "customer" else shop)
        rate = (await groups(desk, group_by))[key]["sla_attainment"]
        assert (rate["part"], rate["count"], rate["percent"]) == (2, 4, "50.00")


async def test_a_breach_counts_though_nothing_has_happened_to_its_incident_for_long(
    desk: Desk,
) -> None:
    shop = await desk.service(team=await desk.team())
    customer = await desk.register_customer()
    await tell_agreement(desk, shop, {None: [target("resolution", 3600)]}, customers=[customer])
    at = datetime.now(UTC) - timedelta(minutes=90)
    await desk.declare(
        service_id=str(shop), customer_ids=[str(customer)], occurred_at=at.isoformat()
    )
    await desk.rows(
        "update incident.incident set updated_at = updated_at - interval '2 days' returning id"
    )
    for period in (30, 1):
        rate = (await groups(desk, "service", days=period))[str(shop)]["sla_attainment"]
        assert (rate["part"], rate["count"]) == (0, 1)


async def test_a_customer_sees_its_own_figures_alone(desk: Desk) -> None:
    shop = await desk.service(team=await desk.team())
    mine, other = await desk.register_customer(), await desk.register_customer()
    for one in (mine, other):
        await desk.declare(service_id=str(shop), customer_ids=[str(one)])
    assert set(await groups(desk, "customer")) == {str(mine), str(other)}
    assert set(await groups(desk, "customer", by=desk.customer(mine))) == {str(mine)}
    refused = await ask(desk, "service", by=desk.customer(mine))
    assert (refused.status_code, refused.json()["code"]) == (403, "not-for-customers")


async def test_groups_come_page_by_page(desk: Desk) -> None:
    for number in range(3):
        team = await desk.team(f"Team {number}")
        service = await desk.service(f"SVC000001{number}", technical=f"s{number}", team=team)
        await desk.declare(service_id=str(service))
    await desk.declare()
    seen: list[str | None] = []
    more: Body = {}
    while True:
        page = (await ask(desk, "service", limit=1, **more)).json()
        seen += [one["key"] for one in page["items"]]
        if page["next"] is None and len(seen) > 1:
            break
        more = {"after": page["next"]} if page["next"] else {"after": str(UUID(int=0))}
    assert len(seen) == len(set(seen)) == 4


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"period_end": "2020-01-01T00:00:00Z"}, 422),
        ({"period_start": "2020-01-01T00:00:00Z"}, 422),
        ({"period_start": "yesterday"}, 400),
        ({"group_by": "weather"}, 400),
        ({"limit": 0}, 400),
        ({"colour": "red"}, 400),
    ],
)
async def test_questions_that_make_no_sense_are_refused(
    desk: Desk, change: dict[str, Any], status: int
) -> None:
    now = datetime.now(UTC)
    period = {"period_start": (now - DAY).isoformat(), "period_end": now.isoformat()}
    answer = await desk.staff.get(METRICS, params={**period, **change})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nothing_measured_is_an_empty_page(desk: Desk) -> None:
    answer = (await ask(desk, "team")).json()
    assert (answer["items"], answer["next"]) == ([], None)
