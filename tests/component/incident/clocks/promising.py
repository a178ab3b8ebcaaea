"""Agreements and calendars as catalog tells of them, and what clocks say to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.component.incident.desk import Body, Desk

CLOCKS = "/incident/v1/clocks"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = [{"start": "00:00", "end": "24:00"}]
HOUR = 3600


def ago(**duration: float) -> datetime:
    return datetime.now(UTC) - timedelta(**duration)


async def tell_calendar(
    desk: Desk,
    hours: Sequence[Body] = ALWAYS,
    *,
    key: UUID | None = None,
    version: int = 1,
    closed: Iterable[str] = (),
) -> UUID:
    """Tell of a calendar with the same hours on each day, but for some dates."""
    key = key or uuid4()
    await desk.tell(
        "calendar.changed",
        key,
        calendar_id=str(key),
        name="Service desk",
        description="",
        status="active",
        time_zone="Europe/Berlin",
        calendar_version=version,
        weeks=[{"effective_from": None, "hours": {day: list(hours) for day in DAYS}}],
        holidays=None,
        exceptions=[],
        days=[{"date": day, "name": None, "hours": []} for day in closed],
        expanded_from="2021-01-01",
        expanded_to="2032-01-01",
    )
    return key


def target(metric: str, seconds: int, **fields: Any) -> Body:  # noqa: ANN401 - any field
    return {
        "target_id": str(uuid4()),
        "agreement_version": 1,
        "metric": metric,
        "seconds": seconds,
        "percent": None,
        "period": None,
        "calendar_id": None,
        "pause_on": [],
        "runs_only_on": [],
        "thresholds": [50, 75, 100],
        **fields,
    }


async def tell_agreement(
    desk: Desk,
    service: UUID,
    by_priority: dict[int | None, list[Body]],
    *,
    customers: Sequence[UUID] = (),
    key: UUID | None = None,
    **fields: Any,  # noqa: ANN401 - any field
) -> UUID:
    """Tell of an active agreement on incidents of one service."""
    key = key or uuid4()
    line: Body = {
        "agreement_version": 1,
        "customer_ids": [str(one) for one in customers],
        "service_id": str(service),
        "offering_id": None,
        "record_type": "incident",
        "calendar_id": None,
        "valid_from": "2020-01-01T00:00:00Z",
        "valid_to": None,
        **fields.pop("line", {}),
    }
    await desk.tell(
        "agreement.activated",
        key,
        **{
            "agreement_id": str(key),
            "number": "AGR0000001",
            "name": "Gold",
            "type": "sla",
            "status": "active",
            "previous_status": "agreed",
            "customer_ids": line["customer_ids"],
            "team_id": None,
            "supplier_id": None,
            "agreement_version": 1,
            "valid_from": "2020-01-01T00:00:00Z",
            "valid_to": None,
            "review_date": None,
            "parent_agreement_ids": [],
            "penalties": [],
            "targets": [one for targets in by_priority.values() for one in targets],
            "lines": [
                {**line, "priority": priority, "target_ids": [one["target_id"] for one in targets]}
                for priority, targets in by_priority.items()
            ],
            **fields,
        },
    )
    return key


async def clocks(
    desk: Desk,
    *,
    by: httpx.AsyncClient | None = None,
    **filters: Any,  # noqa: ANN401 - any value
) -> list[Body]:
    answer = await (by or desk.staff).get(CLOCKS, params={"sort": "id", **filters})
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["items"]
    return found


async def clock(desk: Desk, incident: Body, metric: str, **filters: Any) -> Body:  # noqa: ANN401 - any value
    (found,) = await clocks(desk, record_id=incident["id"], metric=metric, **filters)
    return found


async def told(desk: Desk, shown: Body) -> list[str]:
    """Return what was told of a clock, in order."""
    return [
        one.type.removeprefix("itsm.sla_clock.").removesuffix(".v1")
        for one in await desk.stage.events("incident")
        if str(one.key) == shown["id"]
    ]


def at(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


PAUSING = {"pause_on": ["awaiting_caller", "awaiting_supplier"]}


async def promised(desk: Desk, *, team: UUID | None = None) -> tuple[UUID, UUID]:
    """Return a customer and a service with a promise of both kinds for priorities 3 and 5."""
    customer, service = await desk.register_customer(), await desk.service(team=team)
    await tell_agreement(
        desk,
        service,
        {
            3: [target("response", HOUR), target("resolution", 8 * HOUR, **PAUSING)],
            5: [target("response", 2 * HOUR), target("resolution", 40 * HOUR, **PAUSING)],
            1: [target("response", 900), target("resolution", 2 * HOUR, **PAUSING)],
        },
        customers=[customer],
    )
    return customer, service


async def declared(desk: Desk, customer: UUID, service: UUID, **body: Any) -> Body:  # noqa: ANN401 - any field
    return await desk.declare(service_id=str(service), customer_ids=[str(customer)], **body)
