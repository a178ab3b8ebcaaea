"""Availability equals a reading of the rows by SQL of another kind, and says what it is made of."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from shared.calendar import Calendar
from tests.component.incident.clocks.promising import target, tell_agreement, tell_calendar
from tests.component.incident.desk import Body, Desk
from tests.component.incident.outages.recording import ago, listed, record, send
from tests.support.builders import event

AVAILABILITY = "/incident/v1/availability"
DAYS = 20
HOURS = [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "18:30"}]
OFFICE = Calendar(zone="Europe/Berlin", week={day: [(480, 720), (780, 1110)] for day in range(7)})
FIGURES = ("strict", "weighted", "experienced")


async def try_ask(
    desk: Desk,
    customer: UUID,
    service: object,
    *,
    by: httpx.AsyncClient | None = None,
    **more: Any,  # noqa: ANN401 - any value
) -> httpx.Response:
    params = {
        "customer_id": str(customer),
        "service_id": str(service),
        "period_start": ago(days=DAYS),
        "period_end": ago(days=0),
        **more,
    }
    return await (by or desk.staff).get(AVAILABILITY, params=params)


async def ask(desk: Desk, customer: UUID, service: object, **more: Any) -> Body:  # noqa: ANN401 - any value
    answer = await try_ask(desk, customer, service, **more)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def promise(desk: Desk, customer: UUID, service: UUID, calendar: UUID | None) -> UUID:
    wanted = {**target("availability", 0), "seconds": None, "percent": "99.5", "period": "month"}
    line = {"calendar_id": calendar and str(calendar)}
    return await tell_agreement(desk, service, {None: [wanted]}, customers=[customer], line=line)


def by_sql(service: UUID, customer: UUID, opened: Iterable[tuple[datetime, datetime]]) -> str:
    """Return SQL that cuts time at every bound and asks of each piece what lasted in it."""
    hours = orjson.dumps([{"s": start, "e": end} for start, end in opened]).decode()
    return f"""
        with hours as (select * from jsonb_to_recordset('{hours}')
            as h(s timestamptz, e timestamptz)),
        used as (select * from incident.view_service_use
            where service_id = '{service}' and customer_id = '{customer}'),
        felt as (
            select s.kind, s.severity_factor * coalesce(c.share, o.others_share) as weight,
                s.started_at as s, coalesce(s.ended_at, 'infinity') as e
            from incident.outage_segment s
            join incident.outage o on o.id = s.outage_id and o.merged_into is null
            left join incident.outage_customer c
                on c.outage_id = s.outage_id and c.customer_id = '{customer}'
            where o.service_id = '{service}' and coalesce(c.share, o.others_share) > 0
                and (c.share is not null
                    or exists (select from used where valid_from <= o.started_at))
            union all
            select 'planned', 0, p.actual_start,
                least(p.actual_end, p.actual_start + (one ->> 'minutes')::int * interval '1 minute')
            from incident.view_change p, jsonb_array_elements(p.planned_outages) one
            where one ->> 'service_id' = '{service}' and exists (select from used)
        ),
        bounds as (select s as b from hours union select e from hours
            union select s from felt union select e from felt where isfinite(e)),
        steps as (select b as s, lead(b) over (order by b) as e from bounds),
        open_steps as (select steps.s, steps.e, extract(epoch from steps.e - steps.s) as seconds
            from steps join hours on hours.s <= steps.s and steps.e <= hours.e),
        judged as (select o.seconds, array_agg(f.kind) as kinds,
                coalesce(max(f.weight) filter (where f.kind <> 'planned'), 0) as weight
            from open_steps o left join felt f on f.s <= o.s and o.e <= f.e group by o.s, o.seconds)
        select sum(seconds) as agreed,
            coalesce(sum(seconds) filter (where 'outage' = any(kinds)), 0) as strict,
            sum(seconds * weight) as weighted,
            coalesce(sum(seconds) filter
                (where kinds && array['outage', 'planned']), 0) as experienced
        from judged"""


async def tell_change(desk: Desk, service: UUID, minutes: int, start: str, end: str) -> UUID:
    """Tell of a change that planned an outage and was carried out."""
    key = uuid4()
    common: Body = {
        "change_id": str(key),
        "number": "CHG0000001",
        "title": "New disks",
        "state": "implement",
        "planned_start": start,
        "planned_end": end,
    }
    content: Body = {"planned_outages": [{"service_id": str(service), "minutes": minutes}]}
    facts: list[tuple[str, Body]] = [
        ("requested", content),
        ("implementation_started", {"actual_start": start}),
        ("implemented", {"actual_start": start, "actual_end": end}),
    ]
    for sequence, (fact, more) in enumerate(facts, start=1):
        told = event(
            f"itsm.change.{fact}.v1",
            key,
            sequence,
            {**common, **more},
            service="change",
        )
        await desk.stage.deliver("incident", told)
    return key


async def suffer(desk: Desk, dice: random.Random, service: UUID, customers: list[UUID]) -> None:
    """Record an outage of a random way."""
    begun = dice.uniform(0, DAYS + 3)
    named = dice.sample(customers, dice.randint(0, len(customers)))
    shares = ("0", "0.25", "0.5", "1")
    affected = [{"customer_id": str(one), "share": dice.choice(shares)} for one in named]
    outage = await record(
        desk,
        service,
        kind=dice.choice(["outage", "degradation", "planned"]),
        severity_factor=dice.choice(["0.3", "0.7", "1"]),
        started_at=ago(days=begun),
        affected=dice.choice([affected, None]),
        others_share=dice.choice([None, None, "0.1"]),
    )
    for _ in range(dice.randint(0, 2)):
        begun *= dice.uniform(0.95, 1)
        outage = await send(
            desk,
            outage,
            "segments",
            kind=dice.choice(["outage", "degradation"]),
            severity_factor=dice.choice(shares),
            occurred_at=ago(days=begun),
        )
    if dice.random() < 0.9:
        end = ago(days=begun * dice.uniform(0.9, 1))
        await send(desk, outage, "transitions", to="ended", occurred_at=end)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_figures_equal_sql_of_another_kind(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    service = await desk.service()
    customers = [await desk.register_customer() for _ in range(3)]
    for one in customers[:2]:
        await desk.use(one, service)
    calendar = await tell_calendar(desk, HOURS) if dice.random() < 0.7 else None
    for one in customers:
        await promise(desk, one, service, calendar)
    for _ in range(12):
        await suffer(desk, dice, service, customers)
    await tell_change(desk, service, 90, ago(days=5), ago(days=4.9))
    still = await listed(desk, state="open", sort="started_at")
    if len(still) > 1:
        await send(desk, still[1], "transitions", to="merged", into=still[0]["id"])
    for customer in customers:
        found = await ask(desk, customer, service)
        start, end = (
            datetime.fromisoformat(found[name]) for name in ("period_start", "period_end")
        )
        opened = [(start, end)] if calendar is None else OFFICE.intervals(start, end)
        (expected,) = await desk.rows(by_sql(service, customer, opened))
        assert found["agreed_seconds"] == int(expected["agreed"])
        for name in FIGURES:
            assert found[name]["downtime_seconds"] == int(expected[name]), name
            left = (1 - expected[name] / expected["agreed"]) * 100
            rounded = left.quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
            assert found[name]["percent"] == str(rounded), name
            adds = sum(one[f"{name}_seconds"] for one in found["outages"])
            assert 0 <= found[name]["downtime_seconds"] - adds <= len(found["outages"])


async def test_the_agreed_time_is_the_calendar_of_the_customers_line(desk: Desk) -> None:
    service = await desk.service()
    promised, bare = await desk.register_customer(), await desk.register_customer()
    calendar = await tell_calendar(desk, HOURS)
    agreement = await promise(desk, promised, service, calendar)
    (part,) = (await ask(desk, promised, service))["agreed_service_time"]
    assert (part["basis"], part["agreement_id"]) == ("calendar", str(agreement))
    assert (part["calendar_id"], part["calendar_version"]) == (str(calendar), 1)
    assert (part["target_percent"], part["time_zone"]) == ("99.5", "Europe/Berlin")
    (part,) = (await ask(desk, bare, "SVC0000001"))["agreed_service_time"]
    assert (part["basis"], part["time_zone"]) == ("no_agreement", "UTC")
    assert part["seconds"] in (DAYS * 86400 - 1, DAYS * 86400)
    await promise(desk, bare, service, uuid4())
    (part,) = (await ask(desk, bare, service))["agreed_service_time"]
    assert part["basis"] == "calendar_unknown"


async def test_a_planned_outage_counts_in_experienced_alone_and_ends_with_the_work(
    desk: Desk,
) -> None:
    service, customer = await desk.service(), await desk.register_customer()
    await desk.use(customer, service)
    change = await tell_change(desk, service, 60, ago(hours=5), ago(hours=4.5))
    found = await ask(desk, customer, service)
    assert [found[name]["downtime_seconds"] for name in FIGURES] == [0, 0, 1800]
    (counted,) = found["outages"]
    assert (counted["source"], counted["id"]) == ("change", str(change))
    assert [one["kind"] for one in counted["segments"]] == ["planned"]
    # Somebody recorded the same by hand: it is still the same half hour.
    await record(
        desk,
        service,
        kind="planned",
        change_id=str(change),
        started_at=counted["segments"][0]["start"],
        ended_at=counted["segments"][0]["end"],
    )
    again = await ask(desk, customer, service)
    assert [again[name]["downtime_seconds"] for name in FIGURES] == [0, 0, 1800]
    assert len(again["outages"]) == 2


async def test_what_has_not_come_yet_is_left_out(desk: Desk) -> None:
    service, customer = await desk.service(), await desk.register_customer()
    await desk.use(customer, service)
    await record(desk, service, started_at=ago(hours=1))
    end = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    found = await ask(desk, customer, service, period_start=ago(hours=4), period_end=end)
    assert found["measured_until"] < found["period_end"]
    assert 4 * 3600 <= found["agreed_seconds"] < 4 * 3600 + 60
    assert found["strict"]["percent"].startswith(("74.", "75."))
    assert found["failures"] == 1
    ahead = {"period_start": end, "period_end": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    coming = await ask(desk, customer, service, **ahead)
    assert (coming["agreed_seconds"], coming["strict"]["percent"]) == (0, None)


async def test_customers_ask_for_themselves(desk: Desk) -> None:
    service = await desk.service()
    mine, theirs = await desk.register_customer(), await desk.register_customer()
    below = await desk.register_customer(mine)
    carl = desk.customer(mine)
    assert (await try_ask(desk, mine, service, by=carl)).status_code == 200
    assert (await try_ask(desk, below, service, by=carl)).status_code == 200
    foreign = await try_ask(desk, theirs, service, by=carl)
    unknown = await try_ask(desk, uuid4(), service, by=carl)
    assert foreign.status_code == unknown.status_code == 422
    assert foreign.json()["code"] == unknown.json()["code"] == "customer-unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {"period_end": "2020-01-01T00:00:00Z"},
        {"period_start": "2020-01-01T00:00:00Z"},
        {"period_start": "1950-01-01T00:00:00Z", "period_end": "1951-01-01T00:00:00Z"},
        {"period_start": "yesterday"},
        {"period_start": "2026-03-02T09:00:00"},
        {"service_id": "SVC9999999"},
        {"service_id": "shop web"},
    ],
)
async def test_a_question_that_has_no_answer_is_refused(desk: Desk, wrong: Body) -> None:
    service, customer = await desk.service(), await desk.register_customer()
    answer = await try_ask(desk, customer, service, **wrong)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
