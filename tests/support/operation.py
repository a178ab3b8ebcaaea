"""What a service needs before it may run, said over HTTP: for everybody who wants one that does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from shared.calendar import WEEKDAYS

Body = dict[str, Any]
AROUND_THE_CLOCK: Final[Mapping[str, Any]] = {
    "name": "Around the clock",
    "time_zone": "UTC",
    "weeks": [{"hours": {day: [{"start": "00:00", "end": "24:00"}] for day in WEEKDAYS}}],
}
"""A calendar that never closes."""


def about_to_run(calendar_id: str) -> Body:
    """Return what the body of a new service needs, beside its name, to run later."""
    return {
        "status": "build_test_release",
        "support_calendar_id": calendar_id,
        "no_agreement_needed": True,
    }


async def put_into_operation(http: httpx.AsyncClient, service: Body) -> tuple[Body, Body]:
    """Offer a service that is about to run, and let it run; return both as they are then."""
    drafted = await _answered(
        http,
        "/catalog/v1/offerings",
        {"service_id": service["id"], "name": f"{service['name_business']}, standard"},
    )
    offering = await _moved(http, "offerings", drafted, "published")
    return await _moved(http, "services", service, "operational"), offering


async def _moved(http: httpx.AsyncClient, collection: str, record: Body, to: str) -> Body:
    path = f"/catalog/v1/{collection}/{record['id']}/transitions"
    return await _answered(http, path, {"to": to}, {"If-Match": f'"{record["version"]}"'})


async def _answered(
    http: httpx.AsyncClient, path: str, body: Body, headers: Mapping[str, str] | None = None
) -> Body:
    answer = await http.post(path, json=body, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    made: Body = answer.json()
    return made
