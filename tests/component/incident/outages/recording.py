"""What tests of outages ask the service for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.component.incident.desk import Body, Desk

OUTAGES = "/incident/v1/outages"


def ago(**duration: float) -> str:
    return (datetime.now(UTC) - timedelta(**duration)).isoformat()


async def try_record(desk: Desk, service: object, **body: Any) -> httpx.Response:  # noqa: ANN401 - any field
    return await desk.staff.post(OUTAGES, json={"service_id": str(service), **body})


async def record(desk: Desk, service: object, **body: Any) -> Body:  # noqa: ANN401 - any field
    answer = await try_record(desk, service, **body)
    assert answer.status_code == 201, answer.text
    found: Body = answer.json()
    return found


async def try_send(desk: Desk, outage: Body, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401 - any field
    return await desk.staff.post(
        f"{OUTAGES}/{outage['id']}/{path}",
        json=body,
        headers={"If-Match": f'"{outage["version"]}"'},
    )


async def send(desk: Desk, outage: Body, path: str, **body: Any) -> Body:  # noqa: ANN401 - any field
    answer = await try_send(desk, outage, path, **body)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def listed(
    desk: Desk,
    *,
    by: httpx.AsyncClient | None = None,
    **filters: Any,  # noqa: ANN401 - any value
) -> list[Body]:
    answer = await (by or desk.staff).get(OUTAGES, params={"sort": "id", **filters})
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["items"]
    return found


async def told(desk: Desk, outage: Body) -> list[str]:
    """Return what was told of an outage, in order."""
    return [
        one.type.removeprefix("itsm.outage.").removesuffix(".v1")
        for one in await desk.stage.events("incident")
        if str(one.key) == outage["id"]
    ]
